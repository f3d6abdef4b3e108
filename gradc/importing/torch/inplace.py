"""Programs that write into arrays, as programs that do not."""

from __future__ import annotations

import torch
from torch.export import ExportedProgram

_VIEWS = frozenset(
    """view select slice transpose permute unsqueeze squeeze expand narrow t reshape flatten
    unflatten split chunk unbind diagonal contiguous detach alias""".split()
)


def functional(program: ExportedProgram) -> ExportedProgram:
    """The program without writes that a name elsewhere would see.

    A write into an array of its own, as `relu_` after a convolution, is left: its node stands for
    the array from then on.
    """
    nodes = [n for n in program.graph.nodes if n.op == "call_function"]
    if any(_writes(n) and _is_seen(n) for n in nodes):
        return program.run_decompositions({})
    return program


def _name(node: torch.fx.Node) -> str:
    schema = getattr(node.target, "_schema", None)
    return "" if schema is None else schema.name.rpartition("::")[2]


def _writes(node: torch.fx.Node) -> bool:
    name = _name(node)
    return name.endswith("_") and not name.endswith("__") and bool(node.args)


def _is_seen(node: torch.fx.Node) -> bool:
    """Whether what is written into is a view, or has views, or comes from outside."""
    target = node.args[0]
    if not isinstance(target, torch.fx.Node):
        return False
    if target.op == "placeholder":
        return not target.name.endswith("num_batches_tracked")
    views = [u for u in target.users if _name(u) in _VIEWS and u is not node]
    return _name(target) in _VIEWS or any(_before(u, node) for u in views)


def _before(one: torch.fx.Node, other: torch.fx.Node) -> bool:
    return bool(one < other)
