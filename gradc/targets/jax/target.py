"""JAX as a target: a module of pure functions for each graph, with its own way backward."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from gradc.ir.loop import all_nodes
from gradc.ir.node import Apply
from gradc.ir.operation import Operation
from gradc.ir.plan import Plan
from gradc.passes.target import ResultsAlone
from gradc.targets.render import render
from gradc.targets.target import Described


class Jax:
    """Writes a module that needs JAX, and NumPy, which that needs."""

    clause = "jax"
    nests = False
    memory = ResultsAlone()

    def joins(self, node: Apply, users: Sequence[Apply]) -> bool:
        """One user that names the value once; or several, where it is as short as a name."""
        if len(users) == 1:
            (user,) = users
            return user.operands.index(node.result) not in _repeated(user.op)
        is_short = node.name == "transpose" and node.result.type.rank == 2
        return is_short and not any([_repeated(u.op) for u in users])

    def is_expression(self, op: Operation) -> bool:
        return True

    def writes(self, op: Operation) -> bool:
        return False

    def overwrites(self, op: Operation) -> frozenset[int]:
        return frozenset()

    def lower(self, plan: Plan, described: Described) -> dict[str, str]:
        from gradc.targets.jax.module import view_of  # noqa: PLC0415 - for those who ask for JAX

        return {".py": render("python/module.py.jinja", view_of(plan, described, self))}

    def inspect(self, files: Mapping[str, str], plan: Plan) -> None:
        from gradc.targets.jax.inspect import inspect  # noqa: PLC0415

        blocks = plan.blocks.values()
        nodes = [n for block in blocks for n in all_nodes(block.nodes)]
        inspect(files[".py"], {n.op for n in nodes if isinstance(n, Apply)})


@cache
def _repeated(op: Operation) -> frozenset[int]:
    """The operands that its spelling names more than once."""
    from gradc.targets.jax.spelling import spelling_of  # noqa: PLC0415

    words = re.findall(r"\w+", spelling_of(op).text)
    return frozenset(i for i, f in enumerate(op.operands) if words.count(f.name) > 1)
