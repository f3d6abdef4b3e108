"""JAX as a target: a module of pure functions for each graph, with its own way backward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradc.ir.node import Apply
from gradc.ir.plan import Plan
from gradc.passes.target import MakesNew, ResultsAlone
from gradc.targets.python.joining import joins, operations_of
from gradc.targets.render import render
from gradc.targets.target import Described


class Jax(MakesNew):
    """Writes a module that needs JAX, and NumPy, which that needs."""

    clause = "jax"
    nests = False
    memory = ResultsAlone()

    def joins(self, node: Apply, users: Sequence[Apply]) -> bool:
        from gradc.targets.jax.spelling import spelling_of  # noqa: PLC0415 - for those who ask for JAX

        return joins(node, users, spelling_of)

    def lower(self, plan: Plan, described: Described) -> dict[str, str]:
        from gradc.targets.jax.module import view_of  # noqa: PLC0415

        return {".py": render("python/module.py.jinja", view_of(plan, described, self))}

    def inspect(self, files: Mapping[str, str], plan: Plan) -> None:
        from gradc.targets.jax.inspect import inspect  # noqa: PLC0415

        inspect(files[".py"], operations_of(plan))
