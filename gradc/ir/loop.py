"""Loops: what is asked of scans and of their bodies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gradc.ir.node import Apply, Call, Fragment, Node, Scan, Value
from gradc.ir.sizes import Poly, Size, minimum
from gradc.ir.types import Type

ELEMENT = "_t"
"""What ends the name of an element, which is that of its sequence otherwise."""


def stacked_type(kind: Type, count: Size, axis: int, rows: Size | None = None) -> Type:
    """The type of what steps make, one behind the other along an axis, `count` in all.

    An element has no such axis, but where steps make several, of which there are `rows`.
    """
    seen = axis if rows is None else axis + 1
    return Type(kind.dtype, (*kind.shape[:axis], count, *kind.shape[seen:]))


def sliced_type(kind: Type, axis: int, rows: Size | None = None) -> Type:
    """The type of what a step sees along an axis: an element, or `rows` of them."""
    several = () if rows is None else (rows,)
    return Type(kind.dtype, (*kind.shape[:axis], *several, *kind.shape[axis + 1 :]))


def longest(kind: Type, scan: Scan | None) -> tuple[Size, ...]:
    """The shape of what a loop over blocks makes in the longest of them; without one, its own."""
    if scan is None or scan.block is None:
        return kind.shape
    most = minimum(scan.count, scan.block)
    return tuple([most if size == scan.rows else size for size in kind.shape])


def walks(node: Node, value: Value) -> bool:
    """Whether a node is a loop that walks along a value, along its first axis, and no more."""
    if not isinstance(node, Scan):
        return False
    slots = [s for s in node.walked if s.whole is value]
    return node.operands.count(value) == len(slots) and not any(s.axis for s in slots)


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


def needed_for(nodes: Iterable[Node], results: Iterable[Value | None]) -> tuple[Node, ...]:
    """Those nodes that the results are made of."""
    needed = {r for r in results if r is not None}
    kept = []
    for node in reversed(tuple(nodes)):
        if not needed.isdisjoint(node.results):
            needed.update(node.operands)
            kept.append(node)
    return tuple(reversed(kept))


def fresh(fragment: Fragment) -> tuple[Fragment, dict[Value, Value]]:
    """A copy whose values are its own, those inside loops too, and which value became which."""
    there = {v: v.again() for v in fragment.parameters}
    nodes = []
    for node in fragment.nodes:
        results = tuple([v.again() for v in node.results])
        operands = tuple([there.get(v, v) for v in node.operands])
        copy = node.copied(operands, results, node.origin, node.adjoint_of, node.span)
        if isinstance(copy, Scan):
            body, inside = fresh(copy.body)
            copy = copy.with_body(body)
            there.update(inside)
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


def with_own_body(node: Node) -> Node:
    """The node, that may stand beside copies of it: values in a loop are of that loop alone."""
    return node.with_body(fresh(node.body)[0]) if isinstance(node, Scan) else node


def all_nodes(nodes: Iterable[Node]) -> Iterator[Node]:
    """The nodes and those of the loops among them, without recursion."""
    nodes = tuple(nodes)
    return _with_bodies(nodes) if Scan in map(type, nodes) else iter(nodes)


def _with_bodies(nodes: Iterable[Node]) -> Iterator[Node]:
    pending = [iter(nodes)]
    while pending:
        for node in pending[-1]:
            yield node
            if type(node) is Scan:
                pending.append(iter(node.nodes))
                break
        else:
            pending.pop()


def has_scan(nodes: Iterable[Node]) -> bool:
    """Whether there is a loop among the nodes, or in a function that they call."""
    pending = [nodes]
    while pending:
        for node in all_nodes(pending.pop()):
            if isinstance(node, Scan):
                return True
            if isinstance(node, Call):
                pending.append(node.function.body.nodes)
    return False


def sizes_named(node: Node) -> Sequence[Poly]:
    """The symbolic sizes in a node's attributes, and how often it repeats its body."""
    pending: list[object] = []
    if type(node) is Apply:
        if not node.attrs:
            return ()
        pending += node.attrs
    elif isinstance(node, Scan):
        pending.append(node.count)
    found: list[Poly] = []
    while pending:
        part = pending.pop()
        if isinstance(part, Poly):
            found.append(part)
        elif isinstance(part, tuple | list):
            pending.extend(part)
    return found
