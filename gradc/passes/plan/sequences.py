"""Sequences: elements that are read where they are used, and written straight into their stacks."""

from __future__ import annotations

from collections import Counter

from gradc.ir.graph import Value
from gradc.ir.loop import Loop
from gradc.ir.plan import Block
from gradc.passes.target import Target


def inlined_slices(loop: Loop, body: Block) -> frozenset[int]:
    """The elements without a name of the user's that a step reads at most once."""
    reads = _reads(body)
    slices = range(loop.slices.start, loop.slices.stop)
    arguments = body.arguments
    return frozenset(i for i in slices if reads[arguments[i]] <= (not arguments[i].named))


def placed_results(loop: Loop, body: Block, target: Target) -> frozenset[int]:
    """The collected values that a statement makes in one go and nothing else reads."""
    reads = _reads(body)
    plain = {
        s.result
        for s in body.statements
        if s.into is None and s.repetition is None and target.is_expression(s.node.op)
    }
    return frozenset(
        i
        for i, value in enumerate(body.results)
        if i >= loop.carried and value in plain and reads[value] == 1
    )


def _reads(body: Block) -> Counter[Value]:
    reads = Counter(v for n in body.nodes for v in n.operands)
    reads.update(body.results)
    return reads
