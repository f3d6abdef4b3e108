"""Sequences: elements that are read where they are used, and written straight into their stacks."""

from __future__ import annotations

from collections import Counter

from gradc.ir.aliases import Aliases
from gradc.ir.node import Apply, Collected, Scan, Value, Walked
from gradc.ir.plan import Block
from gradc.passes.target import Target


def inlined_elements(scan: Scan, body: Block) -> frozenset[Walked]:
    """The elements without a name of the user's that a step reads at most once."""
    reads = _reads(body)
    return frozenset(s for s in scan.walked if reads[s.parameter] <= (not s.parameter.named))


def placed_results(scan: Scan, body: Block, target: Target) -> frozenset[Collected]:
    """The collected values that a statement makes in one go and nothing else reads."""
    reads = _reads(body)
    plain = {
        s.result
        for s in body.statements
        if s.into is None and isinstance(s.node, Apply) and target.is_expression(s.node.op)
    }
    return frozenset(s for s in scan.collected if s.value in plain and reads[s.value] == 1)


def kept_results(scan: Scan, target: Target) -> frozenset[Value]:
    """What is written straight into a stack of rows, and read from there: what a step carries on,
    which the next one may overwrite, is made for itself."""
    if scan.rows is not None:
        return frozenset()
    aliases = Aliases(scan.nodes)
    carried = {aliases.root(s.following) for s in scan.carried}
    made = {
        n.result
        for n in scan.nodes
        if isinstance(n, Apply)
        and n.result.type.shape
        and n.traits.view is None
        and target.writes(n.op)
    }
    stacked = Counter(s.value for s in scan.collected)
    return frozenset(
        s.value
        for s in scan.collected
        if s.axis == 0 and s.value in made and s.value not in carried and stacked[s.value] == 1
    )


def written_straight(scan: Scan) -> frozenset[Value]:
    """What a loop over blocks writes straight into its stacks, where nothing else reads it."""
    if scan.rows is None:
        return frozenset()
    reads = Counter(v for n in scan.nodes for v in n.operands)
    stacked = Counter(s.value for s in scan.collected)
    return frozenset(v for v, times in stacked.items() if times == 1 and not reads[v])


def _reads(body: Block) -> Counter[Value]:
    reads = Counter(v for n in body.nodes for v in n.operands)
    reads.update(body.results)
    return reads
