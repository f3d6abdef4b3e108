"""C as a target: a header and a source of their own for each graph, which need libm alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradc.diagnostics import error
from gradc.ir.node import Apply
from gradc.ir.plan import Plan
from gradc.ir.sizes import product
from gradc.passes.target import MakesNew, ResultsAlone
from gradc.patterns import pattern
from gradc.targets.render import render
from gradc.targets.target import Described, Refused

_UNSPEAKABLE = pattern(r"[\x00-\x1f\x7f\"\\\\]|\?\?")


class C(MakesNew):
    """Writes loops over elements, which are written where they are used."""

    clause = "c"
    nests = True

    def __init__(self, blas: str | None = None):
        """`blas` is what large products of matrices are left to: `cblas`, or nothing."""
        self.has_blas = blas is not None

    @property
    def memory(self) -> ResultsAlone:
        from gradc.targets.c.workspaces import CMemory  # noqa: PLC0415 - for those who ask for C

        return CMemory(has_blas=self.has_blas)

    def joins(self, node: Apply, users: Sequence[Apply]) -> bool:
        """Views anywhere; elements where no more of them are asked for than there are."""
        from gradc.targets.c.elements import has_element  # noqa: PLC0415 - for those who ask for C
        from gradc.targets.c.nests import nest_of  # noqa: PLC0415
        from gradc.targets.c.nests.nest import Pointwise  # noqa: PLC0415
        from gradc.targets.c.views import VIEWS  # noqa: PLC0415

        if node.name in VIEWS:
            return True
        if len(users) > 1 or not has_element(node.op) or not isinstance(nest_of(node), Pointwise):
            return False
        (user,) = users
        if user.operands.count(node.result) > 1 or user.name in VIEWS:
            return False
        nest = nest_of(user)
        if nest is None or nest.domain == ():
            return nest is not None
        if not node.result.type.shape and not node.operands:
            return True
        return product(nest.domain) == product(node.result.type.shape)

    def lower(self, plan: Plan, described: Described) -> dict[str, str]:
        from gradc.targets.c.interface import stem_of  # noqa: PLC0415
        from gradc.targets.c.module import view_of  # noqa: PLC0415
        from gradc.targets.c.offered import refuse  # noqa: PLC0415

        refuse(described.also)
        if _UNSPEAKABLE.search(described.called):
            message = "a file of this name cannot be included in C"
            raise error("E0502", message, None, helps=["name it with `-o net.c`"])
        view = view_of(plan, described, stem_of(described.called), has_blas=self.has_blas)
        return {".h": render("c/header.h.jinja", view), ".c": render("c/source.c.jinja", view)}

    def inspect(self, files: Mapping[str, str], plan: Plan) -> None:
        if "malloc" in files[".c"]:
            raise Refused("a call of malloc")
