"""Plan: Program to Plan. Statements, the memory that they share, and what is let go.

Each question has a file of its own, and each is a pure function: `group` says what is written
within what, `hand_over` what loops may overwrite, `reuse` which results take over memory that
dies, `free` what is let go before the end, `hand_out` what the caller gets a copy of.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.plan import Block, Plan
from gradc.ir.program import Program
from gradc.passes.plan.block import FAST, STEPS, plan_block
from gradc.passes.target import Target


def plan(program: Program, target: Target, steps: Sequence[str] = STEPS) -> Plan:
    """The plan of a program; at -O0 every node is a statement and memory is left alone."""
    taken = frozenset(steps if program.level else ())
    if program.level < 2:
        taken -= FAST
    blocks: dict[str, Block] = {
        r.name: plan_block(r.arguments, r.nodes, r.results, taken, target, given=r.given)
        for r in program.routines
    }
    return Plan(program, blocks)
