"""Pattern: which elements of a seed each element of a linear map may depend on.

An element is a number whose bits are the elements of the seed. What `moving.py` does not know of an
operation counts as if it mixed them all. A loop is followed step by step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from gradc.diagnostics import error
from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Node, Scan, Value
from gradc.passes.offer.moving import entries_of, moved
from gradc.passes.offer.places import Bits, along, shape_of, size_of

_LARGEST = 1 << 30
"""Bits of one value beyond which all of them are taken for set."""

_STEPS = 20_000
"""Nodes that are followed in a loop, over all of its steps; what a longer one makes is mixed."""


def patterns(nodes: Iterable[Node], seed: Value) -> dict[Value, Bits]:
    """What each value that a seed reaches may depend on. All sizes are fixed."""
    count = size_of(seed.type.shape)
    found: dict[Value, Bits] = {seed: [1 << i for i in range(count)]}
    _follow(nodes, found, {}, count)
    return found


def _follow(
    nodes: Iterable[Node], found: dict[Value, Bits], arrays: dict[Value, list[Any]], count: int
) -> None:
    """Adds what nodes make of what is found; `arrays` are those of compile time."""
    for node in nodes:
        if isinstance(node, Apply) and (entries := entries_of(node, arrays)) is not None:
            arrays[node.result] = entries
        if found.keys().isdisjoint(node.operands):
            continue
        if any(size_of(r.type.shape) * count > _LARGEST for r in node.results):
            bits = None
        elif isinstance(node, Scan):
            bits = _steps(node, found, arrays, count)
        else:
            made = moved(node, found, arrays) if isinstance(node, Apply) else None
            bits = None if made is None else [made]
        if bits is None:
            moving = {v for v in node.operands if v in found}
            mixed = reduce(or_, [b for v in moving for b in found[v]], 0)
            bits = [[mixed] * size_of(r.type.shape) for r in node.results]
        found.update(zip(node.results, bits, strict=True))


def _steps(
    scan: Scan, found: Mapping[Value, Bits], arrays: dict[Value, list[Any]], count: int
) -> list[Bits] | None:
    """What a loop carries to its end and collects, step by step."""
    if not isinstance(scan.count, int) or scan.count * len(scan.nodes) > _STEPS:
        return None
    fixed = {s.parameter: found[s.value] for s in scan.captured if s.value in found}
    known = {s.parameter: arrays[s.value] for s in scan.captured if s.value in arrays}
    carried = {s: found.get(s.initial) for s in scan.carried}
    stacks = {s: [0] * size_of(s.stack.type.shape) for s in scan.collected}
    for step in reversed(range(scan.count)) if scan.reverse else range(scan.count):
        inner = dict(fixed)
        inner |= {s.parameter: bits for s, bits in carried.items() if bits is not None}
        for walked in scan.walked:
            if walked.whole in found:
                places = along(shape_of(walked.whole), walked.axis, walked.start + step)
                inner[walked.parameter] = [found[walked.whole][i] for i in places]
        _follow(scan.nodes, inner, arrays | known, count)
        carried = {s: inner.get(s.following) for s in scan.carried}
        for slot, stack in stacks.items():
            if slot.value in inner:
                places = along(shape_of(slot.stack), slot.axis, step)
                for place, some in zip(places, inner[slot.value], strict=True):
                    stack[place] = some
    last = [bits or [0] * size_of(s.result.type.shape) for s, bits in carried.items()]
    return [*last, *stacks.values()]


def refuse_free_sizes(graph: Graph) -> None:
    """Raises DiagnosticError where a size is not fixed, as a pattern needs it."""
    for dim in graph.dims:
        if not isinstance(dim.size, int):
            given = [i.span for i in graph.inputs] + [p.place for p in graph.params]
            place = [span for span in given if span is not None]
            message = f"`--sparse`: the dimension `{dim.name}` is not fixed"
            helps = (f"`-D {dim.name}=10` fixes it",)
            raise error("E0503", message, place[0] if place else None, helps=helps)
