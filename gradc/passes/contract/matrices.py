"""Matrices: contractions of two arrays as products of matrices, which BLAS makes.

Axes that go together are one axis of a matrix, where they lie side by side already. Of two factors
and what comes out, those that are small beside the larger factor may be copied in another order.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradc.ir.builder import Builder
from gradc.ir.cost import count_of, nominal
from gradc.ir.library import Library
from gradc.ir.node import Fragment, Node, Scan, Value, applies, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.program import Routine
from gradc.ir.sizes import Size
from gradc.passes.contract.contraction import (
    UNIT,
    Contraction,
    Factor,
    contraction_of,
    length,
)
from gradc.records import dataclass, replace

_SMALLER = 4  # times as many numbers as what is copied into another order the larger factor has


def with_matrices(routine: Routine, library: Library) -> tuple[Routine, dict[Value, Value]]:
    """The routine with `matmul` for `einsum`, in its loops too, and what stands for values now."""
    moved: dict[Value, Value] = {}
    nodes = _changed(routine.nodes, moved, library)
    results = tuple([moved.get(v, v) for v in routine.results])
    return replace(routine, nodes=nodes, results=results), moved


def _changed(
    nodes: Iterable[Node], moved: dict[Value, Value], library: Library
) -> tuple[Node, ...]:
    builder = Builder(library, Origin(None, ""))
    for node in nodes:
        there = renamed_operands(node, moved) if moved else node
        if isinstance(there, Scan):
            body = there.body
            inner = _changed(body.nodes, moved, library)
            results = tuple([moved.get(r, r) for r in body.results if r is not None])
            there = there.with_body(Fragment(body.parameters, inner, results, body.checks))
        builder.origin, builder.span = there.origin, there.span
        builder.adjoint_of = there.adjoint_of
        found = contraction_of(there, _no_one) if applies(there, "einsum") else None
        form = None if found is None else _form_of(found)
        if found is None or form is None:
            builder.nodes.append(there)
            continue
        (old,) = node.results
        made = _Matrices(builder, found.sizes()).product(form, found.result)
        made.name, made.named, made.nameless = old.name, old.named, old.nameless
        moved[old] = made
    return tuple(builder.nodes)


def _no_one(value: Value) -> None:
    pass


@dataclass(frozen=True, slots=True)
class _Form:
    """A product of matrices, with axes that go together: of a batch, rows, inner, columns."""

    left: Factor
    right: Factor
    batch: str
    rows: str
    inner: str
    columns: str


def _form_of(found: Contraction) -> _Form | None:
    """The product of matrices that a contraction is, either way round; None where it is none."""
    for left, right in (found.factors, found.factors[::-1]):
        a, b, y = left.letters, right.letters, found.result
        batch = "".join([c for c in y if c in a and c in b])
        rows = "".join([c for c in y if c in a and c not in b])
        columns = "".join([c for c in y if c in b and c not in a])
        inner = "".join([c for c in a if c in b and c not in y])
        if not inner or y != batch + rows + columns:
            continue
        if not rows and not columns and batch:
            continue
        is_left = a in (batch + rows + inner, batch + inner + rows)
        is_right = b in (batch + inner + columns, batch + columns + inner)
        if is_left and is_right:
            return _Form(left, right, batch, rows, inner, columns)
    return _reordered(found)


def _reordered(found: Contraction) -> _Form | None:
    """The product of matrices that a contraction is once what is small has its axes in another
    order; None where it is none then."""
    left, right = sorted(found.factors, key=lambda f: nominal(count_of(f.value)), reverse=True)
    a, b, y = left.letters, right.letters, found.result
    inner = "".join([c for c in a if c in b and c not in y])
    rows = "".join([c for c in a if c not in inner])
    columns = "".join([c for c in b if c not in inner])
    if (
        not inner
        or UNIT in a + b
        or set(rows) & set(columns)
        or sorted(y) != sorted(rows + columns)
    ):
        return None
    sizes = found.sizes()
    large = nominal(count_of(left.value))
    if a not in (rows + inner, inner + rows) or _SMALLER * nominal(count_of(right.value)) > large:
        return None
    if y != rows + columns and _SMALLER * nominal(length(y, sizes)) > large:
        return None
    return _Form(left, right, "", rows, inner, columns)


class _Matrices:
    def __init__(self, builder: Builder, sizes: dict[str, Size]):
        self.builder, self.sizes = builder, sizes

    def product(self, form: _Form, letters: str) -> Value:
        """The product, with the axes of the result apart."""
        left = self._matrix(form.left, form.batch, form.rows, form.inner)
        right = self._matrix(form.right, form.batch, form.inner, form.columns)
        made = self._emit("matmul", (left, right))
        order = form.batch + form.rows + form.columns
        made = self._reshaped(made, tuple([self.sizes[c] for c in order]))
        if order == letters:
            return made
        return self._emit("in_rows", (self._ordered(made, order, letters),))

    def _ordered(self, value: Value, before: str, after: str) -> Value:
        """The value with its axes in another order."""
        return self._emit("transpose", (value,), tuple([before.index(c) for c in after]))

    def _matrix(self, factor: Factor, batch: str, rows: str, columns: str) -> Value:
        """A factor as matrices; one without rows or columns is a vector, or a matrix in a batch."""
        first = factor.letters == batch + rows + columns
        if not first and factor.letters != batch + columns + rows:
            turned = self._ordered(factor.value, factor.letters, batch + rows + columns)
            return self._matrix(Factor(turned, batch + rows + columns), batch, rows, columns)
        ends = (rows, columns) if first else (columns, rows)
        shape = [self.sizes[c] for c in batch]
        shape += [length(end, self.sizes) for end in ends if end or batch]
        value = self._reshaped(factor.value, tuple(shape))
        if first or len(shape) < 2:
            return value
        axes = list(range(len(shape)))
        axes[-2:] = axes[:-3:-1]
        return self._emit("transpose", (value,), tuple(axes))

    def _emit(self, name: str, operands: tuple[Value, ...], *attrs: object) -> Value:
        return self.builder.emit(self.builder.library.operation(name), operands, attrs)

    def _reshaped(self, value: Value, shape: tuple[Size, ...]) -> Value:
        return value if value.type.shape == shape else self._emit("reshape", (value,), shape)
