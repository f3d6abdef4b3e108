"""Separable: what stands outside of a product of matrix and vector.

`(X * s[:, newaxis] * c) @ v` is `s * (X @ (c * v))`, and sums of such products are sums of those.
So derivatives by what a network is given, each of which is such a product, share `X @ …`, and no
matrix is made for what one number a row can say. It is done in derivatives that a graph takes; what
its author wrote is computed as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import product

from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Node, Value
from gradc.passes.contract.contraction import axes_of
from gradc.passes.facts import Facts, facts_of
from gradc.passes.rewriter import Rewriter
from gradc.passes.simplify import Rewrites
from gradc.records import dataclass, replace

_TERMS = 4  # of a sum that is taken apart, at most
_LONGEST = 24  # letters of a product's name


@dataclass(frozen=True, slots=True)
class Term:
    """A product that makes a matrix: a number, and factors by the axes that they have."""

    number: float = 1.0
    rows: tuple[Value, ...] = ()  # a vector with a number for each row
    columns: tuple[Value, ...] = ()
    full: tuple[Value, ...] = ()

    def times(self, other: Term) -> Term:
        return Term(
            self.number * other.number,
            self.rows + other.rows,
            self.columns + other.columns,
            self.full + other.full,
        )

    @property
    def factors(self) -> tuple[Value, ...]:
        return self.rows + self.columns + self.full

    @property
    def is_full(self) -> bool:
        return not self.rows and not self.columns


def in_derivative(node: Node) -> bool:
    """Whether a node is of a derivative that the graph takes."""
    return node.origin.is_derived


def factors_of(r: Rewriter, value: Value) -> tuple[float, tuple[Value, ...]]:
    """What an unnamed product is made of, and the product of its numbers."""
    maker = None if value.named else r.producers.get(value)
    if (number := number_of(r, value)) is not None:
        return number, ()
    if maker is not None and maker.name == "negative":
        number, factors = factors_of(r, maker.operands[0])
        return -number, factors
    if maker is None or maker.name != "multiply":
        return 1.0, (value,)
    (n, left), (m, right) = (factors_of(r, v) for v in maker.operands)
    return n * m, left + right


def number_of(r: Rewriter, value: Value) -> float | None:
    """The number that a value is, as one of floats."""
    number = r.number(value)
    is_one = isinstance(number, int | float) and not isinstance(number, bool)
    return float(number) if is_one else None


def separable(graph: Graph, concerns: Callable[[Apply], bool] = in_derivative) -> Rewrites:
    """What takes such products apart, in the nodes that it concerns."""

    @cache
    def facts() -> Facts:  # asked for where there are derivatives
        return facts_of(graph)

    def matmul(r: Rewriter, node: Apply) -> Value | None:
        left, right = node.operands
        if not concerns(node) or {left.type.rank, right.type.rank} != {1, 2}:
            return None
        if left.type.rank == 2:
            return _separated(r, node, left, (right,), True, facts())
        return _separated(r, node, right, (left,), False, facts())

    def total(r: Rewriter, node: Apply) -> Value | None:
        (matrix,) = node.operands
        if not concerns(node) or matrix.type.rank != 2 or node.attr("keepdims"):
            return None
        axes = axes_of(node, 2)
        return _separated(r, node, matrix, (), axes == (1,), facts()) if len(axes) == 1 else None

    return {"matmul": matmul, "sum": total}


def _separated(
    r: Rewriter, node: Apply, matrix: Value, vector: tuple[Value, ...], is_left: bool, facts: Facts
) -> Value | None:
    """The sum of what each term gives; `is_left` where the columns are summed over."""
    if 1 in matrix.type.shape or any(v.type.dtype != matrix.type.dtype for v in vector):
        return None
    terms = _terms(r, matrix, matrix)
    if any(t.is_full or all(f.type.shape != matrix.type.shape for f in t.full) for t in terms):
        return None
    # What is 0 because it was left out meets no infinity on any way.
    if not all(facts[v].finite for t in terms for v in (*vector, *t.factors)):
        return None
    found: Value | None = None
    for term in sorted(terms, key=lambda t: t.number < 0):
        if found is None:
            found = _product(r, term, vector, is_left)
            continue
        part = _product(r, replace(term, number=abs(term.number)), vector, is_left)
        found = r.emit("subtract" if term.number < 0 else "add", (found, part))
    return found if found is not None and found.type == node.result.type else None


def _product(r: Rewriter, term: Term, vector: tuple[Value, ...], is_left: bool) -> Value:
    """What a term gives with the vector."""
    outside, inside = (term.rows, term.columns) if is_left else (term.columns, term.rows)
    full = _multiplied(r, term.full)
    if inside or vector:
        summed = _multiplied(r, _in_order([*inside, *vector]))
        pair = (full, summed) if is_left else (summed, full)
        part = r.emit("matmul", pair)
        _call(part, [f.name for f in pair], pair)
    else:
        part = r.emit("sum", (full,), (int(is_left), False))
    if outside:
        part = r.emit("multiply", (_multiplied(r, outside), part))
    if term.number == 1:
        return part
    number = int(term.number) if term.number.is_integer() else term.number
    return r.emit("multiply", (r.constant(number), part))


def _in_order(factors: Sequence[Value]) -> list[Value]:
    """Those that stand there once come first: then they are one product for many terms."""
    return sorted(factors, key=lambda f: (factors.count(f), f.name))


def _multiplied(r: Rewriter, factors: Sequence[Value]) -> Value:
    found = factors[0]
    for count, other in enumerate(factors[1:], 2):
        found = r.emit("multiply", sorted((found, other), key=lambda f: f.name))
        _call(found, sorted(f.name for f in factors[:count]), factors[:count])
    return found


def _call(product: Value, names: Sequence[str], factors: Sequence[Value]) -> None:
    """Calls a product by its factors, where these have names that say what they are.

    Letters stand together, as on paper: in `dJ_daw` nothing but `a * w` can be meant.
    """
    between = "" if all(len(n) == 1 for n in names) else "_"
    name = between.join(names).replace(".", "_")
    if product.nameless and all(map(_is_told, factors)) and len(name) <= _LONGEST:
        product.name = name


def _is_told(factor: Value) -> bool:
    """Whether the name of a factor says what it is: the user's, a slope's, or one made of these."""
    return factor.named or factor.name.endswith(".slope") or "." not in factor.name


def _terms(r: Rewriter, value: Value, whole: Value) -> list[Term]:
    """The products that are summed up in a value that broadcasts to the whole matrix."""
    rows, columns = whole.type.shape
    maker = None if value.named else r.producers.get(value)
    number = r.number(value)
    if isinstance(number, int | float) and not isinstance(number, bool):
        return [Term(float(number))]
    if value.type.shape == (columns,):
        factor, found_columns = factors_of(r, value)
        return [Term(factor, columns=found_columns)]
    if value.type.shape == (rows, 1):
        vector = _flat(r, value, rows)
        return [Term(rows=(vector,))] if vector is not None else [Term(full=(value,))]
    if maker is None or value.type.shape != whole.type.shape:
        return [Term(full=(value,))]
    found: list[Term] = []
    if maker.name == "negative":
        found = [Term(-1.0).times(t) for t in _terms(r, maker.operands[0], whole)]
    elif maker.name == "multiply":
        left, right = (_terms(r, v, whole) for v in maker.operands)
        found = [a.times(b) for a, b in product(left, right)]
    elif maker.name in ("add", "subtract"):
        sign = Term(1.0 if maker.name == "add" else -1.0)
        left, right = (_terms(r, v, whole) for v in maker.operands)
        found = [*left, *(sign.times(t) for t in right)]
        if any(t.is_full for t in found):
            found = []
    return found if 0 < len(found) <= _TERMS else [Term(full=(value,))]


def _flat(r: Rewriter, value: Value, rows: object) -> Value | None:
    """The vector that was stretched to a column."""
    maker = r.producers.get(value)
    if maker is None or maker.name not in ("index", "reshape"):
        return None
    (vector,) = maker.operands[:1]
    return vector if vector.type.shape == (rows,) else None
