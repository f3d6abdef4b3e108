"""One block of a plan: the statements of a routine, or of a loop's body."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from gradc.ir.aliases import Aliases
from gradc.ir.node import Carried, Node, Scan, Value
from gradc.ir.plan import Block, Repetition, Statement
from gradc.ir.sizes import Poly
from gradc.passes.plan.free import with_frees
from gradc.passes.plan.group import grouped
from gradc.passes.plan.hand_out import copied_results
from gradc.passes.plan.order import sunk
from gradc.passes.plan.reuse import with_reuse
from gradc.passes.target import Target
from gradc.records import replace

STEPS = ("group", "order", "hand_over", "reuse", "share", "free")
"""What planning does beyond one statement a node, in this order."""
FAST = frozenset({"share"})
"""What is done for speed alone, from -O2 on."""


def plan_block(
    arguments: Sequence[Value],
    nodes: Sequence[Node],
    results: Sequence[Value],
    steps: Set[str],
    target: Target,
    owned: Iterable[Value] = (),
    given: int = 0,
    placed: Set[Value] = frozenset(),
    rows: Poly | None = None,
) -> Block:
    """Statements for nodes; `owned` are arguments whose memory is the block's to overwrite.

    Of `STEPS` those in `steps` are taken. The first `given` results go to the caller of the module.
    What is `placed` has a place to be written to, and takes over no other's. In a loop over blocks
    `rows` counts the elements of one.
    """
    block = Block(tuple(arguments), (), tuple(results), frozenset(owned))
    aliases = Aliases(nodes, block.owned)
    groups = grouped(
        nodes, results, aliases, target,
        literals_only="group" not in steps, is_fast="share" in steps, rows=rows,
    )  # fmt: skip
    if "order" in steps:
        groups = sunk(groups, results)
    statements = [Statement(group) for group in groups]
    for position, statement in enumerate(statements):
        if isinstance(statement.node, Scan):
            repetition = _repetition(
                statement.node, position, statements, block, aliases, steps, target
            )
            statements[position] = replace(statement, repetition=repetition)
    if "reuse" in steps:
        statements = with_reuse(statements, results, aliases, target, placed)
    if "share" in steps:
        from gradc.passes.plan.share import with_shares

        statements = with_shares(statements, results, aliases, target, placed)
    if "free" in steps:
        statements = with_frees(statements, results, aliases)
    copied = copied_results(results, given, aliases)
    return replace(block, statements=tuple(statements), copied=copied)


def _repetition(
    scan: Scan,
    position: int,
    statements: Sequence[Statement],
    outer: Block,
    aliases: Aliases,
    steps: Set[str],
    target: Target,
) -> Repetition:
    """How a scan is run. What it hands on as its own memory is the outer block's from then on."""
    from gradc.passes.plan.hand_over import copied_slots, fresh_slots, handed_slots
    from gradc.passes.plan.sequences import (
        inlined_elements,
        kept_results,
        placed_results,
        written_straight,
    )

    body = scan.body
    results = tuple(r for r in body.results if r is not None)
    inside = Aliases(scan.nodes)
    # At every level: what comes out of a loop is nobody else's memory.
    copied = copied_slots(scan, inside)
    handed: frozenset[Carried] = frozenset()
    owned: frozenset[Value] = frozenset()
    if "hand_over" in steps:
        handed = handed_slots(scan, statements[position + 1 :], outer.results, aliases)
        inside = Aliases(scan.nodes, [slot.parameter for slot in handed])
        lasting = handed & (fresh_slots(scan, inside) | copied)
        owned = frozenset(slot.parameter for slot in lasting)
        aliases.own(slot.result for slot in lasting)
    straight = written_straight(scan)
    rows = kept_results(scan, target) if "share" in steps else frozenset()
    if scan.rows is not None:
        steps = steps - {"free"}  # a block is small
    planned = plan_block(
        scan.parameters, scan.nodes, results, steps, target, owned,
        placed=straight | rows, rows=scan.rows,
    )  # fmt: skip
    inlined, placed = inlined_elements(scan, planned), placed_results(scan, planned, target)
    made = {s.result for s in planned.statements}
    kept = frozenset(s for s in scan.collected if s.value in rows & made and s not in placed)
    return Repetition(scan, planned, handed, copied, inlined, placed, kept)
