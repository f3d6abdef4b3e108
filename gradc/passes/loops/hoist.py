"""Hoist: what no step has to wait for is done before the loop, for all steps at once.

That takes memory for all steps. Products of matrices are worth it; what is made element by element
is, where the loop walks along arrays as large already. Neither is, where steps are known to be so
wide that each does its own as fast, in memory that is in cache.
"""

from __future__ import annotations

from collections.abc import Collection

from gradc.ir.builder import Builder
from gradc.ir.cost import count_of, nominal
from gradc.ir.node import Apply, Captured, Node, Scan, Value, Walked
from gradc.ir.origin import Origin
from gradc.passes.loops.batched import batched
from gradc.passes.loops.twins import Twins, is_literal, is_wide
from gradc.records import replace

_MOST = 65_536  # numbers of a step, where it is not known how many it has


def hoisted(
    scan: Scan,
    builder: Builder,
    results: Collection[Value],
    moved: dict[Value, Value],
    *,
    nests: bool = False,
) -> Scan:
    """The scan with less to do in each step, what it needs for that made by the builder.

    `results` are those around the scan; what stands for a stack now goes to `moved`. Where loops
    over elements are the target's own (`nests`), a step makes these in the loops it has anyway.
    """
    chosen = _chosen(scan, builder, results, nests=nests)
    if not chosen:
        return scan
    twins = Twins(scan, builder)
    left = [node for node in scan.nodes if node not in chosen or not _moves(node, twins)]
    collected = []
    for slot in scan.collected:
        if slot.axis == 0 and slot.value in twins.each and slot.stack not in results:
            moved[slot.stack] = twins.each[slot.value]
        else:
            collected.append(slot)
    read = {v for n in left for v in n.operands}
    read |= {slot.following for slot in scan.carried} | {slot.value for slot in collected}
    handed = set(scan.parameters)
    made = [r for n in scan.nodes if n in chosen for r in n.results if r in read - handed]
    walked = [Walked(v, twins.each[v], 0) for v in made if v in twins.each]
    captured = [Captured(v, twins.same[v]) for v in made if v in twins.same]
    return replace(
        scan,
        walked=(*scan.walked, *walked),
        captured=(*scan.captured, *captured),
        collected=tuple(collected),
        nodes=tuple(left),
    )


def _moves(node: Node, twins: Twins) -> bool:
    """Makes a node outside the loop, where it can stand there; whether it does."""
    if type(node) is not Apply or node.traits.impure or len(node.results) != 1 or is_literal(node):
        return False
    if all(twins.is_same(v) for v in node.operands):
        if not node.operands or _may_fail(node):
            return False
        operands = tuple([twins.outside(v) for v in node.operands])
        twin = node.result.again()
        twins.builder.nodes.append(
            node.copied(operands, (twin,), node.origin, node.adjoint_of, node.span)
        )
        twins.same[node.result] = twin
        return True
    if not all(twins.is_same(v) or twins.is_each(v) for v in node.operands):
        return False
    made = batched(node, twins)
    if made is None:
        return False
    twins.each[node.result] = made
    return True


def _may_fail(node: Apply) -> bool:
    """Whether a node may fail, where there is no step at all: those stay where they are."""
    safe = node.traits.elementwise or node.traits.quiet or node.traits.view is not None
    return not (safe or node.name == "matmul")


def _chosen(scan: Scan, builder: Builder, results: Collection[Value], *, nests: bool) -> set[Node]:
    """The nodes that are worth it, and those that they need."""
    stacked = {s.value for s in scan.collected if s.axis == 0 and s.stack not in results}
    trial = Twins(scan, Builder(builder.library, Origin(None, "")))
    able = [node for node in scan.nodes if _moves(node, trial)]
    widths: dict[Value, int] = {s.parameter: _width(s.parameter) for s in scan.walked}
    worth: set[Node] = set()
    needed: set[Value] = set()
    for node in able:
        value = node.results[0]
        there = [widths.get(v, 0) for v in node.operands]
        widths[value] = sum(there) if node.name == "concatenate" else max(there)
        if node.traits.heavy:
            if value in trial.same or not is_wide(value):
                worth.add(node)
            widths[value] = max(widths[value], _width(value))
        elif node.name == "concatenate" and {n.results[0] for n in worth}.issuperset(node.operands):
            worth.add(node)  # in its memory are its parts
        elif value in stacked or (
            node.traits.view is None
            and (value in trial.same or (not nests and _is_small(value, widths[value])))
        ):
            worth.add(node)
    for node in reversed(able):
        if node in worth or node.results[0] in needed:
            worth.add(node)
            needed.update(node.operands)
    return worth


def _width(value: Value) -> int:
    return nominal(count_of(value))


def _is_small(value: Value, width: int) -> bool:
    return _width(value) <= min(width, _MOST) and not is_wide(value)
