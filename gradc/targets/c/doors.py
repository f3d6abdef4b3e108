"""What has to hold of dimensions, looked at before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gradc.ir.graph import Graph
from gradc.ir.types import Check
from gradc.targets.c.expression import Expr, binary
from gradc.targets.c.identifiers import comment
from gradc.targets.c.sizes import size_expr


def door_lines(graph: Graph, dims: Mapping[str, str], fails: Callable[[str], int]) -> list[str]:
    """Lines that return a code where dimensions do not fit. `dims` are their names in C."""
    lines: list[str] = []
    for dim, name in dims.items():
        lines.append(f"if ({name} < 0) return {fails(f'the dimension {dim} is negative')};")
    for check in graph.checks:
        condition = _broken(check, dims)
        if condition is not None:
            lines.append(f"if ({condition.text}) return {fails(comment(check.text))};")
    return lines


def _broken(check: Check, dims: Mapping[str, str]) -> Expr | None:
    """That a check fails; None where this depends on no dimension."""
    if not check.dimensions or not check.dimensions <= set(dims):
        return None
    left = size_expr(check.left, dims.__getitem__)
    right = size_expr(check.right, dims.__getitem__)
    if check.relation == "divides":
        none = binary("==", left, Expr("0"))
        return binary("||", none, binary("!=", binary("%", right, left), Expr("0")))
    relation = {"at_most": ">", "equal": "!="}.get(check.relation)
    return None if relation is None else binary(relation, left, right)
