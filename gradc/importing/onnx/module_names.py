"""Names in ONNX files: modules from those of nodes, parameters from those of initialisers."""

from __future__ import annotations

import re

from gradc.importing.foreign import Frame
from gradc.patterns import pattern

# What tracers and converters put around the names of modules.
_WRAPPERS = pattern(r"^(jax2tf\w*|p?jit\w*|StatefulPartitionedCall\w*|functional_\d+|serving\w*)$")
_MADE = pattern(
    r"(^\d+$)|(^onnx::)|(^(val|tmp|node|const|Constant|Add|Mul|t|v)_?\d*$)|(_output_\d+$)"
    r"|(^const_fold)|(__\d+$)|(^_)|(\.tmp_\d+)"
)
_OUTPUT = pattern(r":\d+$")
_WORDS = {"weight": "W", "bias": "b", "kernel": "W"}
"""How layers of `nn` call what others call so, where it is that of a product or a convolution."""


def frames_of(name: str) -> tuple[Frame, ...]:
    """The modules around a node, by its name: `/encoder/layers.0/attn/MatMul`."""
    path: list[str] = []
    frames = []
    segments = name.split(";", maxsplit=1)[0].strip("/").split("/")[:-1]
    before = ""
    for segment in segments:
        if not segment or _WRAPPERS.match(segment):
            before = ""
            continue
        # (A module of a list goes by its whole name: `layer1/layer1.0`.)
        own = segment.removeprefix(f"{before}.") if before else segment
        before = segment
        parts = [p for p in own.split(".") if p]
        if not parts:
            continue
        path += parts
        frames.append(Frame(tuple(path)))
    return tuple(frames)


def is_made_up(name: str) -> bool:
    """Whether a name was made by a converter, and tells nothing."""
    return not name or _MADE.search(name) is not None


def path_of(name: str, frames: tuple[Frame, ...], word: str) -> str:
    """The path of a parameter: by its own name, or else by its module and what it is there."""
    name = _OUTPUT.sub("", name)
    if is_made_up(name):
        return ".".join((*(frames[-1].path if frames else ()), word or "weight"))
    parts = [p for p in re.split(r"[./]", name) if p and not _WRAPPERS.match(p)]
    if word in ("W", "b") and parts[-1] in _WORDS:
        parts[-1] = word
    return ".".join(parts)


def hint(name: str) -> str:
    """What the source calls a value, where that is a name that tells something."""
    name = _OUTPUT.sub("", name)
    return name if name.isidentifier() and not is_made_up(name) else ""
