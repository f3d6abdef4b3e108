"""The peak of a plan: the most that `value_and_grad` holds at once of what it allocates.

Gradients and outputs count, arguments do not. The plan is run as the target's text would be, on
arrays that have sizes and no numbers, so nothing is computed.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradc.ir.node import Value
from gradc.ir.plan import Plan
from gradc.ir.program import Part
from gradc.passes.memory.frame import Frame
from gradc.passes.memory.machine import Array, Machine
from gradc.passes.target import Target


def peak(plan: Plan, dims: Mapping[str, int], target: Target) -> int:
    """The bytes of the peak at these sizes, of the loss that needs most.

    Raises UnknownSize where they do not say enough.
    """
    held = target.memory.held(plan, dims)
    if held is not None:
        return held
    return max([_peak(plan, part, dims, target) for part in plan.program.parts])


def _peak(plan: Plan, part: Part, dims: Mapping[str, int], target: Target) -> int:
    program, machine = plan.program, Machine()
    given = {r.name: r.given for r in program.routines}

    def call(name: str, arguments: Mapping[Value, Array]) -> list[Array]:
        block = plan.blocks[name]
        frame = Frame(block, given[name], dims, target, machine, has_workspace=program.level > 1)
        return frame.run({v: arguments[v] for v in block.arguments if v in arguments})

    if part.at_once in plan.blocks:
        call(part.at_once, {})
    else:
        made = dict(zip(plan.blocks["forward"].results, call("forward", {}), strict=True))
        call(part.backward, made)
    return machine.peak
