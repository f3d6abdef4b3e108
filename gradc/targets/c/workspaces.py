"""What a call of a function in C holds: a workspace, which is the caller's, and the gradients."""

from __future__ import annotations

from collections.abc import Mapping

from gradc.ir.plan import Plan
from gradc.ir.sizes import known
from gradc.passes.target import ResultsAlone
from gradc.targets.c.interface import Interface
from gradc.targets.c.module import functions_of, gradients_of
from gradc.targets.c.places import bytes_of, room_of
from gradc.targets.c.routines import Routines

_LOSS = 8
"""The bytes of a loss, which is handed out as a double."""


class CMemory(ResultsAlone):
    """Memory that is one piece, laid out before anything is computed."""

    shares = True

    def __init__(self, *, has_blas: bool):
        self.has_blas = has_blas

    def held(self, plan: Plan, dims: Mapping[str, int]) -> int:
        """The bytes of the workspace, which all functions of a source share, and of what
        `value_and_grad` fills in, of the loss that has most of it."""
        interface = Interface("net", plan.program.graph)
        routines = Routines(plan, interface, self.has_blas)
        functions_of(plan, interface, routines)
        rooms = [room_of(place.bytes, dims) for place in routines.workspace.places]
        filled = [
            sum(known(bytes_of(f.value.type), dims) for f in gradients_of(interface, part).fields)
            for part in plan.program.parts
        ]
        return sum(rooms) + max(filled) + _LOSS
