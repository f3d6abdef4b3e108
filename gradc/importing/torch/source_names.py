"""Names of the source: of values, weights and outputs."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator
from typing import Any

import torch
from torch.export import ExportedProgram

from gradc.importing.foreign import Tensor
from gradc.importing.torch.frames import frames_of


def named(result: Any, node: torch.fx.Node) -> Any:
    """The result, called what the line of the source calls it.

    What the same line goes on with has no name there.
    """
    results = result if isinstance(result, tuple) else (result,)
    names = source_names(node)
    if not names or not _is_last(node):
        return result
    if len(results) == 1 and len(names) > 1:  # `src, dst = edges[0], edges[1]`
        line = node.meta.get("stack_trace")
        lines = [n for n in node.graph.nodes if n.meta.get("stack_trace") == line and _is_last(n)]
        names = [names[lines.index(node) % len(names)]] if len(lines) % len(names) == 0 else []
    if len(names) != len(results):
        return result
    for made, name in zip(results, names, strict=True):
        if isinstance(made, Tensor) and not made.name and made.role == "made":
            made.name = name
    return result


def _is_last(node: torch.fx.Node) -> bool:
    """Whether no other node of the same line reads what a node gives."""
    line = node.meta.get("stack_trace")
    return node.target is not operator.getitem and all(
        user.meta.get("stack_trace") != line for user in _users(node)
    )


def _users(node: torch.fx.Node) -> Iterator[torch.fx.Node]:
    """What reads a node's results, the picking of one of several left out."""
    for user in node.users:
        if user.target is operator.getitem:
            yield from user.users
        else:
            yield user


def source_names(node: torch.fx.Node) -> list[str]:
    """What the innermost line of the model's source binds: `q` of `q = self.query(x)`."""
    lines = (node.meta.get("stack_trace") or "").strip().splitlines()
    line = lines[-1].strip() if lines else ""
    found = re.match(r"([A-Za-z]\w*(?:\s*,\s*[A-Za-z]\w*)*)\s*=[^=]", line)
    return [name.strip() for name in found[1].split(",")] if found else []


def own_path(node: torch.fx.Node) -> str:
    """The path of a table that a linear layer shares, which torch may call after that one."""
    for user in node.users:
        frames = frames_of(user)
        if (
            str(user.target) == "aten.embedding.default"
            and frames
            and frames[-1].kind == "Embedding"
        ):
            return ".".join((*frames[-1].path, "weight"))
    return ""


def output_names(program: ExportedProgram, count: int) -> list[str]:
    """Names for outputs: the keys of a dictionary, else `y`, or `y1`, `y2` …"""
    spec = program.call_spec.out_spec
    keys = getattr(spec, "context", None) if getattr(spec, "type", None) is dict else None
    if isinstance(keys, list) and len(keys) == count and all(isinstance(k, str) for k in keys):
        return keys
    return ["y"] if count == 1 else [f"y{i}" for i in range(1, count + 1)]
