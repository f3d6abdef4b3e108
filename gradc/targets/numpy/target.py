"""NumPy as a target: a readable module of its own for each graph."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from gradc.ir.loop import all_nodes
from gradc.ir.node import Apply
from gradc.ir.operation import Operation
from gradc.ir.plan import Plan
from gradc.targets.numpy import copied
from gradc.targets.numpy.inspect import inspect
from gradc.targets.numpy.memory import NumPyMemory
from gradc.targets.numpy.module import view_of
from gradc.targets.numpy.operations import can_write
from gradc.targets.numpy.spelling import named_functions, spelling_of
from gradc.targets.render import render
from gradc.targets.target import Described


class NumPy:
    """Writes a module that needs NumPy alone."""

    clause = "numpy"
    nests = False
    memory = NumPyMemory()

    def joins(self, node: Apply, users: Sequence[Apply]) -> bool:
        """One user that names the value once; or several, where it is as short as a name."""
        if len(users) == 1:
            (user,) = users
            if spelling_of(node.op).statements or spelling_of(user.op).statements:
                return False
            return user.operands.index(node.result) not in _repeated(user.op)
        if not all([self.is_expression(op) for op in (node.op, *[u.op for u in users])]):
            return False
        is_short = node.name == "transpose" and node.result.type.rank == 2
        return is_short and not any([_repeated(u.op) for u in users])

    def is_expression(self, op: Operation) -> bool:
        return not spelling_of(op).statements

    def writes(self, op: Operation) -> bool:
        return can_write(op)

    def overwrites(self, op: Operation) -> frozenset[int]:
        return op.traits.overwrites if spelling_of(op).takes_over else frozenset()

    def lower(self, plan: Plan, described: Described) -> dict[str, str]:
        return {".py": render("python/module.py.jinja", view_of(plan, described, self))}

    def inspect(self, files: Mapping[str, str], plan: Plan) -> None:
        blocks = plan.blocks.values()
        operations = {
            n.op for block in blocks for n in all_nodes(block.nodes) if isinstance(n, Apply)
        }
        inspect(files[".py"], copied.names(), frozenset().union(*map(named_functions, operations)))


@cache
def _repeated(op: Operation) -> frozenset[int]:
    """The operands that its spelling names more than once."""
    words = re.findall(r"\w+", spelling_of(op).text)
    return frozenset(i for i, f in enumerate(op.operands) if words.count(f.name) > 1)
