"""Hoist: what no step has to wait for is done before the loop, for all steps at once.

That takes memory for all steps. Products of matrices are worth it; what is made element by element
is, where the loop walks along arrays as large already. Neither is, where steps are known to be so
wide that each does its own as fast, in memory that is in cache.
"""

from __future__ import annotations

from collections.abc import Collection

from gradc.ir.builder import Builder
from gradc.ir.cost import count_of, nominal
from gradc.ir.library import Library
from gradc.ir.node import Apply, Captured, Collected, Node, Scan, Value, Walked, renamed_operands
from gradc.ir.origin import Origin
from gradc.passes.loops.batched import batched
from gradc.passes.loops.levels import levels_of
from gradc.passes.loops.sink import sunk, total_parts
from gradc.passes.loops.twins import Twins, is_literal, is_wide
from gradc.records import replace

_JOINING = ("concatenate", "stack")
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
    before = len(builder.nodes)
    left = [node for node in scan.nodes if node not in chosen or not _moves(node, twins)]
    collected = []
    made_before = []
    for slot in scan.collected:
        is_made = slot.axis == 0 and slot.value in twins.each
        if is_made and (slot.stack not in results or _handed_out(slot, twins, before, results)):
            made_before.append(slot)
        else:
            collected.append(slot)
    stacks = [(slot.stack, twins.each[slot.value]) for slot in made_before]
    moved.update((stack, twin) for stack, twin in stacks if stack is not twin)
    read = {v for n in left for v in n.operands}
    read |= {slot.following for slot in scan.carried} | {slot.value for slot in collected}
    made = [r for n in scan.nodes if n in chosen for r in n.results if r in read]
    walked = [Walked(v, twins.each[v], 0) for v in made if v in twins.each]
    captured = [Captured(v, twins.same[v]) for v in made if v in twins.same]
    return replace(
        scan,
        walked=(*scan.walked, *walked),
        captured=(*scan.captured, *captured),
        collected=tuple(collected),
        nodes=tuple(left),
    )


def _handed_out(slot: Collected, twins: Twins, before: int, results: Collection[Value]) -> bool:
    """Whether a stack that is a result is the twin itself, which nodes from `before` on made."""
    nodes, twin = twins.builder.nodes, twins.each[slot.value]
    if twin in results:
        return False  # what is handed out twice is no longer the same array
    made = [i for i in range(before, len(nodes)) if twin in nodes[i].results]
    if not made or nodes[made[0]].traits.view is not None:
        return False
    there = {twin: slot.stack}
    for i in range(made[0], len(nodes)):
        node = renamed_operands(nodes[i], there)
        results = tuple([there.get(r, r) for r in node.results])
        nodes[i] = node.copied(node.operands, results, node.origin, node.adjoint_of, node.span)
    twins.each[slot.value] = slot.stack
    return True


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


def does_more(
    scan: Scan, waited: Collection[Value], results: Collection[Value], library: Library
) -> bool:
    """Whether something is done for all steps at once of what `waited`, and is more than a view or
    a part of a total. What carries nothing on but totals has to be done without a loop."""
    builder = Builder(library, Origin(None, ""))
    chosen = _chosen(scan, builder, results, nests=False)
    if not any(n.result in waited and n.traits.view is None for n in chosen):
        return False
    if levels_of(scan).top:
        return True
    sunk(hoisted(scan, builder, results, {}), builder, {})
    loops = [node for node in builder.nodes if isinstance(node, Scan)]
    return not any(loop.carried or loop.collected for loop in loops)


def _chosen(scan: Scan, builder: Builder, results: Collection[Value], *, nests: bool) -> set[Node]:
    """The nodes that are worth it, and those that they need."""
    stacked = {s.value for s in scan.collected if s.axis == 0 and s.stack not in results}
    trial = Twins(scan, Builder(builder.library, Origin(None, "")))
    added_up = total_parts(scan, trial)
    able = [node for node in scan.nodes if node not in added_up and _moves(node, trial)]
    widths: dict[Value, int] = {s.parameter: _width(s.parameter) for s in scan.walked}
    worth: set[Node] = set()
    needed: set[Value] = set()
    for node in able:
        value = node.results[0]
        there = [widths.get(v, 0) for v in node.operands]
        widths[value] = sum(there) if node.name in _JOINING else max(there)
        if node.traits.heavy:
            if value in trial.same or not is_wide(value):
                worth.add(node)
            widths[value] = max(widths[value], _width(value))
        elif node.name in _JOINING and {n.results[0] for n in worth}.issuperset(node.operands):
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
