"""NumPy as a target: a readable module of its own for each graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gradc.ir.node import Apply
from gradc.ir.operation import Operation
from gradc.ir.plan import Plan
from gradc.targets.numpy import copied
from gradc.targets.numpy.inspect import inspect
from gradc.targets.numpy.module import view_of
from gradc.targets.numpy.operations import can_write
from gradc.targets.numpy.spelling import named_functions, spelling_of
from gradc.targets.python.joining import joins, operations_of
from gradc.targets.render import render
from gradc.targets.target import Described

if TYPE_CHECKING:
    from gradc.targets.numpy.memory import NumPyMemory


class NumPy:
    """Writes a module that needs NumPy alone."""

    clause = "numpy"
    nests = False

    @property
    def memory(self) -> NumPyMemory:
        from gradc.targets.numpy.memory import NumPyMemory  # noqa: PLC0415 - for a budget

        return NumPyMemory()

    def joins(self, node: Apply, users: Sequence[Apply]) -> bool:
        return joins(node, users, spelling_of)

    def is_expression(self, op: Operation) -> bool:
        return not spelling_of(op).statements

    def writes(self, op: Operation) -> bool:
        return can_write(op)

    def overwrites(self, op: Operation) -> frozenset[int]:
        return op.traits.overwrites if spelling_of(op).takes_over else frozenset()

    def lower(self, plan: Plan, described: Described) -> dict[str, str]:
        return {".py": render("python/module.py.jinja", view_of(plan, described, self))}

    def inspect(self, files: Mapping[str, str], plan: Plan) -> None:
        named = frozenset().union(*map(named_functions, operations_of(plan)))
        inspect(files[".py"], copied.names(), named)
