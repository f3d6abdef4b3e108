"""Multiples: Graph to Graph. Of cotangents that are multiples of one array, one is made of another.

Numbers meet on their way back, so `2 * s * x` and `-0.2 * s * x` are each made from x. The second
is -0.1 times the first, as the chain rule has it. It is done where the first is there anyway.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradc.ir.builder import Builder
from gradc.ir.graph import Graph
from gradc.ir.library import Library
from gradc.ir.node import Apply, Node, Value, applies
from gradc.ir.operation import Operation
from gradc.ir.origin import Origin
from gradc.passes.trim import live_nodes
from gradc.records import dataclass

_LONGEST = 6  # characters of a ratio that one would write


@dataclass(frozen=True, slots=True)
class _Multiple:
    """An array as a number times a scalar, times what it is a multiple of."""

    number: float
    of: tuple[Value, Value]


def multiples(joint: Graph, library: Library) -> Graph:
    """The joint graph with such arrays made of the first of them."""
    producers = {r: n for n in (*joint.nodes, *joint.adjoints) for r in n.results}
    found = {n: m for n in joint.adjoints if (m := _multiple(n, producers)) is not None}
    if len({m.of for m in found.values()}) == len(found):
        return joint
    gradients = [g.value for g in joint.gradients]
    read = _last_reads(live_nodes(joint.adjoints, gradients), joint.adjoints)
    builder = Builder(library, Origin(None, ""))
    first: dict[tuple[Value, Value], Apply] = {}
    for position, node in enumerate(joint.adjoints):
        multiple = found.get(node)
        if multiple is not None and isinstance(node, Apply):
            made = first.get(multiple.of)
            if made is None:
                if node.result in read:
                    first[multiple.of] = node
            elif read[made.result] > position or node.result not in read:
                node = _made_of(made.result, found[made].number, node, multiple.number, builder)
        builder.nodes.append(node)
    told = [d.contribution for d in joint.derivations]
    return joint.with_(adjoints=live_nodes(builder.nodes, [*gradients, *told]))


def _last_reads(live: tuple[Node, ...], nodes: tuple[Node, ...]) -> dict[Value, int]:
    """Where each value that is needed is read for the last time, as a position among the nodes."""
    needed, read = set(live), dict[Value, int]()
    for position, node in enumerate(nodes):
        if node in needed:
            read.update(dict.fromkeys(node.results, position))
            read.update(dict.fromkeys(node.operands, position))
    return read


def _multiple(node: Node, producers: Mapping[Value, Node]) -> _Multiple | None:
    if not applies(node, "multiply") or not node.result.type.shape:
        return None
    for scalar, array in (node.operands, node.operands[::-1]):
        if scalar.type.shape:
            continue
        number, rest = 1.0, scalar
        product = producers.get(scalar)
        if applies(product, "multiply"):
            for one, other in (product.operands, product.operands[::-1]):
                maker = producers.get(one)
                if applies(maker, "constant") and other.type == scalar.type:
                    number, rest = float(maker.attrs[0]), other
        return _Multiple(number, (rest, array))
    return None


def _made_of(first: Value, one: float, node: Apply, other: float, builder: Builder) -> Apply:
    """The node as a multiple of the first, where the ratio is one that one would write."""
    ratio = other / one if one else 0.0
    text = f"{ratio:g}"
    if not ratio or ratio * one != other or float(text) != ratio:
        return node
    if len(text) > _LONGEST or "e" in text:  # what is 1e-16 of it may be 0 where it is not
        return node
    builder.origin, builder.span, builder.adjoint_of = node.origin, node.span, node.adjoint_of
    if ratio == -1:
        return _instead(node, builder.library.operation("negative"), (first,))
    number = builder.constant(int(ratio) if ratio.is_integer() else ratio)
    return _instead(node, node.op, (number, first))


def _instead(node: Apply, op: Operation, operands: tuple[Value, ...]) -> Apply:
    return Apply(op, operands, (), node.results, node.origin, node.adjoint_of, node.span)
