"""Loops: what a `scan` repeats, as an operation of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gradc.ir.graph import Fragment, Node, Value
from gradc.ir.operation import Formal, Operation, Typing
from gradc.ir.sizes import Poly, Size
from gradc.ir.traits import Traits
from gradc.ir.types import Type


@dataclass(frozen=True, slots=True)
class Loop:
    """The body of a scan and how it is repeated.

    Operands of the node are the initial values of what is carried, the sequences, and what the body
    captures from around it; parameters of the body are the same, a slice for each sequence. Results
    of the body are the next values of what is carried and what is collected; results of the node
    are the last values and the stacks.
    """

    body: Fragment
    carried: int
    axes: tuple[int, ...]  # along which each sequence is walked
    stacked: tuple[int, ...]  # along which each collected value is stacked
    count: Size
    reverse: bool = False
    recomputed: bool = False  # backward runs it again rather than saving what its steps make

    @property
    def slices(self) -> slice:
        """Which operands are sequences."""
        return slice(self.carried, self.carried + len(self.axes))

    @property
    def captured(self) -> slice:
        """Which operands are captured."""
        return slice(self.carried + len(self.axes), len(self.body.parameters))

    def with_body(self, body: Fragment) -> Loop:
        return replace(self, body=body)


def stacked_type(kind: Type, count: Size, axis: int) -> Type:
    """The type of `count` values stacked along an axis."""
    return Type(kind.dtype, (*kind.shape[:axis], count, *kind.shape[axis:]))


def sliced_type(kind: Type, axis: int) -> Type:
    """The type of one element along an axis."""
    return Type(kind.dtype, (*kind.shape[:axis], *kind.shape[axis + 1 :]))


def result_types(loop: Loop) -> tuple[Type, ...]:
    """The types of a loop's results."""
    types = [r.type for r in loop.body.results if r is not None]
    stacks = zip(types[loop.carried :], loop.stacked, strict=True)
    return (
        *types[: loop.carried],
        *(stacked_type(kind, loop.count, axis) for kind, axis in stacks),
    )


def loop_operation(loop: Loop, names: Sequence[str]) -> Operation:
    """The operation that a loop is; `names` are those of its results."""
    types = result_types(loop)
    formals = tuple(Formal(f"operand_{i}", "value") for i in range(len(loop.body.parameters)))
    return Operation(
        name="scan",
        formals=formals,
        result_names=tuple(names),
        type_rule=lambda _types, _attrs: Typing(types),
        ruled=frozenset(
            f.name for f, p in zip(formals, loop.body.parameters, strict=True) if p.type.is_float
        ),
        traits=Traits(
            analytic=all(n.op.traits.analytic for n in loop.body.nodes),
            impure=any(n.op.traits.impure for n in loop.body.nodes),
        ),
        short="scan",
        loop=loop,
    )


def captured_values(nodes: Iterable[Node], own: Iterable[Value]) -> list[Value]:
    """What nodes read that neither they nor `own` make, each once, in order."""
    made = set(own)
    found: dict[Value, None] = {}
    for node in nodes:
        for value in node.operands:
            if value not in made:
                found.setdefault(value)
        made.update(node.results)
    return list(found)


def renamed_operands(node: Node, there: Mapping[Value, Value]) -> Node:
    """The node reading other values, its results what they were."""
    return Node(
        node.op, tuple([there.get(v, v) for v in node.operands]), node.attrs, node.results,
        node.origin, node.adjoint_of, node.span,
    )  # fmt: skip


def fresh(fragment: Fragment) -> tuple[Fragment, dict[Value, Value]]:
    """A copy whose values are its own, and which value became which."""
    there = {v: v.again() for v in fragment.parameters}
    nodes = []
    for node in fragment.nodes:
        results = tuple([v.again() for v in node.results])
        copy = renamed_operands(node, there)
        copy.results = results
        nodes.append(copy)
        there.update(zip(node.results, results, strict=True))
    return (
        Fragment(
            tuple(there[v] for v in fragment.parameters),
            tuple(nodes),
            tuple(None if r is None else there[r] for r in fragment.results),
            fragment.checks,
        ),
        there,
    )


def all_nodes(nodes: Iterable[Node]) -> Iterator[Node]:
    """The nodes and those of the loops among them, without recursion."""
    pending = [iter(tuple(nodes))]
    while pending:
        node = next(pending[-1], None)
        if node is None:
            pending.pop()
            continue
        yield node
        if node.op.loop is not None:
            pending.append(iter(node.op.loop.body.nodes))


def sizes_named(node: Node) -> Iterator[Poly]:
    """The symbolic sizes in a node's attributes, and how often it repeats its body."""
    pending: list[object] = [node.attrs, None if node.op.loop is None else node.op.loop.count]
    while pending:
        part = pending.pop()
        if isinstance(part, Poly):
            yield part
        elif isinstance(part, tuple | list):
            pending.extend(part)
