"""The calls of modules around a node of a program."""

from __future__ import annotations

import re

import torch

from gradc.importing.foreign import Frame


def frames_of(node: torch.fx.Node) -> tuple[Frame, ...]:
    """The calls of modules around a node, but for the root."""
    frames = []
    for key, (path, kind) in (node.meta.get("nn_module_stack") or {}).items():
        named = kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"
        path = re.sub(r"@\d+", "", path)
        if not path or path.startswith("_empty_nn_module_stack"):
            continue
        call = re.search(r"@(\d+)$", key)
        frames.append(
            Frame(tuple(path.split(".")), named.rpartition(".")[2], int(call[1]) if call else 0)
        )
    return tuple(frames)
