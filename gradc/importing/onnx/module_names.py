"""Names in ONNX files: modules from those of nodes, parameters from those of initialisers."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from typing import Any

from gradc.importing.foreign import Frame
from gradc.patterns import pattern

Path = tuple[str, ...]

# What tracers and converters put around the names of modules, and in front of them.
_WRAPPERS = pattern(
    r"^(jax2tf\w*|p?jit\w*|StatefulPartitionedCall\w*|functional_\d+|model_\d+|sequential(_\d+)?"
    r"|serving\w*)$"
)
_PREFIX = pattern(r"^(F\d+::)?(\w*?__Inline_\d+__)?")
_MADE = pattern(
    r"(^\d+$)|(^onnx::)|(^(val|tmp|node|const|Constant|Const|Add|Mul|t|v|anon|weight)_?\d*$)"
    r"|(_output_\d+$)|(_split_\d+$)|(^const_fold)|(__\d+$)|(^_)|(\.tmp_\d+)|(_deepcopy_\d+$)|(^Constant_)"
)
_OPERATIONS = pattern(
    r"^(ReadVariableOp|BiasAdd|Conv\d?D?|MatMul|Relu\d?|Reshape|[Tt]ranspose|BroadcastTo|Sqrt|Add(V2)?"
    r"|Mul|Sub|FusedBatchNormV3|concat|Const|Cast|dot_general|mul|add|sub|conv\dd)(_\d+)?$"
)
_SCOPES, _CLASSES = "pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy"
_COUNTED = pattern(r"^[a-z]+\d?(_[a-z]+)*_\d+$")
_OUTPUT = pattern(r":\d+$")
_OF_PRODUCTS = {"weight": "W", "bias": "b", "kernel": "W", "w_0": "W", "b_0": "b"}
"""How layers of `nn` call what others call so, where it is that of a product or a convolution."""

_OF_NORMS = {"w_0": "weight", "b_0": "bias", "w_1": "mean", "w_2": "var", "gamma": "weight",
             "beta": "bias", "running_mean": "mean", "running_var": "var",
             "moving_mean": "mean", "moving_variance": "var"}  # fmt: skip
"""The same, where it is that of something else."""


def modules_of(node: Any) -> tuple[Frame, ...]:
    """The modules around a node: as torch notes them beside it, or else by its name."""
    notes = {n.key: n.value for n in node.metadata_props}
    try:
        scopes = ast.literal_eval(notes.get(_SCOPES, "[]"))[:-1]
        kinds = ast.literal_eval(notes.get(_CLASSES, "[]"))[:-1]
        pairs = list(zip(scopes, kinds, strict=True))
        return tuple(
            Frame(tuple(scope.split(".")), kind.rpartition(".")[2])
            for scope, kind in pairs
            if scope
        ) or frames_of(node.name)
    except (ValueError, SyntaxError, TypeError, AttributeError):
        return frames_of(node.name)


def frames_of(name: str) -> tuple[Frame, ...]:
    """The modules around a node, by its name: `/encoder/layers.0/attn/MatMul`."""
    path: list[str] = []
    frames = []
    segments = _PREFIX.sub("", _last(name)).strip("/").split("/")[:-1]
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


def _last(name: str) -> str:
    """Of several names of what was fused, the last: the one that the others follow."""
    return name.rsplit(";", maxsplit=1)[-1]


def is_made_up(name: str) -> bool:
    """Whether a name was made by a converter, and tells nothing."""
    return not name or _MADE.search(name) is not None


def path_of(name: str, frames: tuple[Frame, ...], word: str, modules: Collection[Path]) -> Path:
    """The path of a parameter: by its own name, or else by its module and what it is there.

    `modules` are the paths of all modules: a parameter is of one of them, or of none.
    """
    around = frames[-1].path if frames else ()
    name = _PREFIX.sub("", _OUTPUT.sub("", _last(name)))
    if is_made_up(name):
        return (*around, word or "weight")
    parts = [p for p in re.split(r"[./]", name) if p and not _WRAPPERS.match(p)]
    named = len(parts)
    while parts and _OPERATIONS.match(parts[-1]):
        parts.pop()
    if len(parts) < named or not parts or tuple(parts) in modules:
        parts.append(word or "weight")
    words = _OF_PRODUCTS if word in ("W", "b") else _OF_NORMS
    parts[-1] = words.get(parts[-1], parts[-1])
    for start in range(len(parts) - 1):
        owner = tuple(parts[start:-1])
        common = min(len(owner), len(around))
        # (A weight is of a module around its node, unless it is of no node alone.)
        if owner in modules and (not around or owner[:common] == around[:common]):
            return tuple(parts[start:])
    return (*around, parts[-1]) if around else tuple(parts)


def hint(name: str) -> str:
    """What the source calls a value, where that is a name that tells something."""
    name = _OUTPUT.sub("", name)
    if not name.isidentifier() or is_made_up(name) or _COUNTED.match(name):
        return ""
    return name
