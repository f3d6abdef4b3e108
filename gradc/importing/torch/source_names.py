"""Names of the source: of values, weights and outputs."""

from __future__ import annotations

import re
from typing import Any

import torch
from torch.export import ExportedProgram

from gradc.importing.foreign import Tensor
from gradc.importing.torch.frames import frames_of


def named(result: Any, node: torch.fx.Node) -> Any:
    """The result, called what the line of the source calls it."""
    results = result if isinstance(result, tuple) else (result,)
    names = source_names(node)
    for made, name in zip(results, names, strict=False) if len(names) >= len(results) else ():
        if isinstance(made, Tensor) and not made.name and made.role == "made":
            made.name = name
    return result


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
