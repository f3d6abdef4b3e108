"""Building graphs: every node is typed as it is made, so an untyped node cannot exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradc.ir.graph import Check, Fragment, Node, Origin, Value
from gradc.ir.operation import Library, Operation, Typing
from gradc.ir.sizes import Poly
from gradc.ir.types import Type


def number_type(number: object) -> Type:
    """The weak type of a compile-time number or size."""
    if isinstance(number, bool):
        return Type("bool", (), weak=True)
    return Type("i64" if isinstance(number, int | Poly) else "f64", (), weak=True)


class Builder:
    """Appends typed nodes to a list. `origin` and `span` mark the nodes made from now on."""

    def __init__(self, library: Library, origin: Origin):
        self.library = library
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
        key = (op, tuple([v.type for v in operands]), attrs)
        # (A list first: CPython builds it faster than a generator; this line runs for every node.)
        typing = self._typings.get(key)
        if typing is None:
            typing = self._typings[key] = type_operation(op, key[1], attrs)
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
        base = name or self._called(op, operands)
        if len(typing.results) == 1:
            results: tuple[Value, ...] = (Value(base, typing.results[0], nameless=not name),)
        else:
            results = tuple(
                Value(f"{base}_{part}", t)
                for part, t in zip(op.result_names, typing.results, strict=True)
            )
        self.nodes.append(
            Node(op, tuple(operands), attrs, results, self.origin, self.adjoint_of, self.span)
        )
        return results

    def _called(self, op: Operation, operands: Sequence[Value]) -> str:
        """What a result is called that nobody named: a view after what it looks at."""
        if op.traits.view is not None:
            return join_names(operands[op.traits.view].name, op.short)
        return join_names(self.origin.prefix, op.short)

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
        for node in fragment.nodes:
            results = tuple(
                [
                    Value(join_names(self.origin.prefix, v.name), v.type, nameless=v.nameless)
                    for v in node.results
                ]
            )
            there.update(zip(node.results, results, strict=True))
            self.nodes.append(
                Node(
                    node.op,
                    tuple([there[v] for v in node.operands]),
                    node.attrs,
                    results,
                    self.origin,
                    self.adjoint_of,
                    self.span,
                )
            )
        self.checks.extend(fragment.checks)
        return tuple([None if v is None else there[v] for v in fragment.results])


def join_names(prefix: str, name: str) -> str:
    """The name of a part of what `prefix` names."""
    return f"{prefix}.{name}" if prefix else name


def type_operation(op: Operation, types: tuple[Type, ...], attrs: tuple[Any, ...]) -> Typing:
    """What the operation makes of operands of these types. Raises TypeMismatch."""
    return op.type_rule(types, attrs)


def fragment_of(
    builder: Builder, parameters: Sequence[Value], results: Sequence[Value | None]
) -> Fragment:
    """What the builder holds, without the nodes that no result needs."""
    needed = {v for v in results if v is not None}
    kept: list[Node] = []
    for node in reversed(builder.nodes):
        if any(r in needed for r in node.results):
            needed.update(node.operands)
            kept.append(node)
    return Fragment(tuple(parameters), tuple(reversed(kept)), tuple(results), tuple(builder.checks))
