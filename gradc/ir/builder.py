"""Building graphs: every node is typed as it is made, so an untyped node cannot exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gradc.budget import Budget
from gradc.ir.library import Library
from gradc.ir.loop import needed_for, stacked_type, with_own_body
from gradc.ir.node import (
    Apply,
    Call,
    Captured,
    Carried,
    Collected,
    Fragment,
    Node,
    RuledFunction,
    Scan,
    Value,
    Walked,
)
from gradc.ir.operation import Operation, Typing
from gradc.ir.origin import Origin
from gradc.ir.sizes import Poly, Size
from gradc.ir.types import Check, Type, TypeMismatch, is_too_large
from gradc.records import replace


def number_type(number: object) -> Type:
    """The weak type of a compile-time number or size."""
    if isinstance(number, bool):
        return Type("bool", (), weak=True)
    return Type("i64" if isinstance(number, int | Poly) else "f64", (), weak=True)


class Builder:
    """Appends typed nodes to a list. `origin` and `span` mark the nodes made from now on."""

    def __init__(self, library: Library, origin: Origin, budget: Budget | None = None):
        self.library = library
        self.budget = budget
        self.origin = origin
        self.span: Any = None
        self.adjoint_of: Node | None = None
        self.nodes: list[Node] = []
        self.checks: list[Check] = []
        self._typings: dict[Any, Typing] = {}

    def emit(
        self, op: Operation, operands: Sequence[Value], attrs: tuple[Any, ...] = (), name: str = ""
    ) -> Value:
        """The first result of a new node. Raises TypeMismatch."""
        return self.emit_all(op, operands, attrs, name)[0]

    def emit_all(
        self, op: Operation, operands: Sequence[Value], attrs: tuple[Any, ...] = (), name: str = ""
    ) -> tuple[Value, ...]:
        """All results of a new node; operands are converted as the type rule asks."""
        # (What is made of nothing may be one number of two types.)
        types = tuple([v.type for v in operands])
        key = (op, types, attrs) if types else (op, *map(type, attrs), attrs)
        # (A list first: CPython builds it faster than a generator; this line runs for every node.)
        typing = self._typings.get(key)
        if typing is None:
            typing = self._typings[key] = type_operation(op, types, attrs)
        if typing.attrs:
            attrs = tuple(
                typing.attrs.get(f.name, a) for f, a in zip(op.attributes, attrs, strict=True)
            )
        if typing.casts:
            operands = self._cast(operands, typing.casts)
        for check in typing.checks:
            self.checks.append(
                Check(check.relation, check.left, check.right, check.text, self.span)
            )
        if self.budget is not None:
            self.budget.spend(len(typing.results), self.origin.span)
        base = name or self._called(op, operands)
        results: tuple[Value, ...]
        if len(typing.results) == 1:  # mostly
            results = (Value(base, typing.results[0], False, not name),)
        else:
            results = self._made(base, op.result_names, typing.results, nameless=not name)
        self.nodes.append(
            Apply(op, tuple(operands), attrs, results, self.origin, self.adjoint_of, self.span)
        )
        return results

    def call(self, function: RuledFunction, operands: Sequence[Value]) -> tuple[Value, ...]:
        """The results of a call; the operands have the types that the function is made for."""
        types = [r.type for r in function.body.results if r is not None]
        self._spend(1)
        base = join_names(self.origin.prefix, function.short)
        results = self._made(base, function.result_names, types)
        self.nodes.append(
            Call(function, tuple(operands), results, self.origin, self.adjoint_of, self.span)
        )
        return results

    def scan(
        self,
        carried: Iterable[tuple[Value, Value, Value]],
        walked: Iterable[Walked],
        captured: Iterable[Captured],
        collected: Iterable[tuple[Value, int]],
        nodes: Iterable[Node],
        count: Size,
        names: Sequence[str],
        *,
        reverse: bool = False,
        recomputed: bool = False,
        block: Size | None = None,
        rows: Poly | None = None,
    ) -> Scan:
        """A new scan, whose results go by `names`.

        What is carried is given as parameter, initial and following value, what is collected as
        value and axis.
        """
        carried, collected = tuple(carried), tuple(collected)
        types = [following.type for _, _, following in carried]
        types += [stacked_type(value.type, count, axis, rows) for value, axis in collected]
        made = iter(self._made(join_names(self.origin.prefix, "scan"), names, types))
        scan = Scan(
            tuple([Carried(*slot, next(made)) for slot in carried]),
            tuple(walked),
            tuple(captured),
            tuple([Collected(value, next(made), axis) for value, axis in collected]),
            tuple(nodes), count, self.origin, self.adjoint_of, self.span, reverse, recomputed,
            block, rows,
        )  # fmt: skip
        self.nodes.append(scan)
        return scan

    def _spend(self, nodes: int) -> None:
        if self.budget is not None:
            self.budget.spend(nodes, self.origin.span)

    def _called(self, op: Operation, operands: Sequence[Value]) -> str:
        """What a result is called that nobody named: a view after what it looks at."""
        view = op.traits.view
        prefix = self.origin.prefix if view is None else operands[view].name
        return f"{prefix}.{op.short}" if prefix else op.short

    def _made(
        self, base: str, parts: Sequence[str], types: Sequence[Type], *, nameless: bool = True
    ) -> tuple[Value, ...]:
        """New values for the results of a node; where there are several, the parts name them."""
        if len(types) == 1:
            return (Value(base, types[0], False, nameless),)
        return tuple(Value(f"{base}_{part}", t) for part, t in zip(parts, types, strict=True))

    def _cast(self, operands: Sequence[Value], casts: tuple[str | None, ...]) -> tuple[Value, ...]:
        converted = list(operands)
        for i, dtype in enumerate(casts):
            if dtype is not None and (operands[i].type.dtype != dtype or operands[i].type.weak):
                converted[i] = self.emit(self.library.operation("astype"), [operands[i]], (dtype,))
        return tuple(converted)

    def constant(self, number: Any, text: str = "") -> Value:
        """A compile-time number, or a size, as a value."""
        if isinstance(number, Poly):
            return self.emit(self.library.operation("size"), (), (number,))
        # The text keeps 1, 1.0 and True apart, which are equal in Python.
        return self.emit(self.library.operation("constant"), (), (number, text or repr(number)))

    def splice(self, fragment: Fragment, arguments: Sequence[Value]) -> tuple[Value | None, ...]:
        """The results of a fragment whose parameters are replaced by arguments."""
        there: dict[Value, Value] = dict(zip(fragment.parameters, arguments, strict=True))
        self._spend(len(fragment.nodes))
        origin, adjoint_of, span, nodes = self.origin, self.adjoint_of, self.span, self.nodes
        prefix = f"{origin.prefix}." if origin.prefix else ""
        for node in fragment.nodes:
            made = tuple([Value(prefix + v.name, v.type, False, v.nameless) for v in node.results])
            operands = tuple([there[v] for v in node.operands])
            copy = node.copied(operands, made, origin, adjoint_of, span)
            nodes.append(copy if type(copy) is Apply else with_own_body(copy))
            there.update(zip(node.results, made, strict=True))
        if fragment.checks:
            self.checks.extend(fragment.checks)
        return tuple([None if v is None else there[v] for v in fragment.results])


def join_names(prefix: str, name: str) -> str:
    """The name of a part of what `prefix` names."""
    return f"{prefix}.{name}" if prefix else name


def type_operation(op: Operation, types: tuple[Type, ...], attrs: tuple[Any, ...]) -> Typing:
    """What the operation makes of operands of these types. Raises TypeMismatch."""
    typing = op.type_rule(types, attrs)
    for check in typing.checks:
        if check.is_impossible:
            raise TypeMismatch(
                check.text, (0,), "E0304" if check.relation == "at_most" else "E0306"
            )
    for kind in typing.results:
        if is_too_large(kind):
            sized = [f.name for f in op.attributes if f.kind in ("sizes", "size")]
            message = f"64 bits cannot count the bytes of {kind}"
            raise TypeMismatch(message, code="E0309", attribute="".join(sized[:1]))
    if any(t.weak and t.shape for t in typing.results):
        # Only Python's numbers give way to other element types: NumPy's arrays do not.
        results = tuple(replace(t, weak=False) if t.shape else t for t in typing.results)
        return replace(typing, results=results)
    return typing


def fragment_of(
    builder: Builder, parameters: Sequence[Value], results: Sequence[Value | None]
) -> Fragment:
    """What the builder holds, without the nodes that no result needs."""
    nodes = needed_for(builder.nodes, results)
    return Fragment(tuple(parameters), nodes, tuple(results), tuple(builder.checks))
