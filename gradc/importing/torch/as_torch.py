"""Element types and shapes as torch has them, and arguments of its operations by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.export import ExportedProgram

from gradc.importing.foreign import Tensor, Unsupported, language_type
from gradc.importing.torch.aten import Arguments, TorchMaking

_HALF = (torch.float16, torch.bfloat16)
_NARROW = (torch.int8, torch.uint8, torch.int16, torch.uint16)
_WRAPS = frozenset(["add", "sub", "rsub", "mul", "neg", "pow", "square", "bitwise_not"])
"""What leaves the range of a narrow integer."""


def numpy_of(dtype: torch.dtype) -> np.dtype[Any]:
    """The element type of NumPy that stands for one of torch. Raises Unsupported."""
    try:
        return np.dtype(str(dtype).removeprefix("torch.").replace("bfloat16", "float32"))
    except TypeError:
        message = f"there are no {str(dtype).removeprefix('torch.')} values"
        raise Unsupported(message) from None


def array_of(tensor: torch.Tensor) -> np.ndarray[Any, Any]:
    """The numbers of a weight or a buffer."""
    tensor = tensor.detach().cpu()
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.float()
    return np.asarray(tensor.resolve_conj().numpy())


def bound(name: str, schema: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Arguments:
    """The arguments of a node by the names of its schema. Raises Unsupported."""
    found: dict[str, Any] = {}
    usual: dict[str, Any] = {}
    for place, formal in enumerate(schema.arguments):
        usual[formal.name] = formal.default_value if formal.has_default_value() else None
        if place < len(args) and not formal.kwarg_only:
            found[formal.name] = args[place]
        else:
            found[formal.name] = kwargs.get(formal.name, usual[formal.name])
    if isinstance(dtype := found.get("dtype"), torch.dtype):
        found["dtype"] = language_type(numpy_of(dtype))
    return Arguments(name, found, usual)


class Precision:
    """What a program rounds to: types of fewer digits than gradc has are read as wider ones.

    A program whose weights or inputs have them is computed in f32 throughout. Elsewhere a cast to
    them is there for its rounding.
    """

    def __init__(self, program: ExportedProgram):
        given = (n.meta.get("val") for n in program.graph.nodes if n.op == "placeholder")
        self._is_half = any(isinstance(v, torch.Tensor) and v.dtype in _HALF for v in given)

    def hold(self, node: torch.fx.Node) -> None:
        """Raises Unsupported where a node gives what is rounded, or wraps around."""
        made = node.meta.get("val")
        if not isinstance(made, torch.Tensor):
            return
        word = str(made.dtype).removeprefix("torch.")
        if made.dtype in _HALF and not self._is_half:
            text = f"values are rounded to {word}, which gradc has not"
            raise Unsupported(text, "leave the cast out of the model")
        if made.dtype not in _NARROW:
            return
        read = [n.meta.get("val") for n in node.all_input_nodes]
        kept = (made.dtype, torch.bool)
        name = node.target._schema.name.rpartition("::")[2].removesuffix("_")
        wider = any(isinstance(v, torch.Tensor) and v.dtype not in kept for v in read)
        if name in _WRAPS or (wider and name in ("to", "_to_copy", "type_as", "copy")):
            text = f"integers wrap around as {word} does, which gradc has not"
            raise Unsupported(text, "use int32 or int64 in the model")


def as_torch(making: TorchMaking, result: Any, node: torch.fx.Node, *, has_sizes: bool) -> Any:
    """What a node gives, of the element type that torch gives it.

    Raises Unsupported where the shape is another; `has_sizes` says that sizes can be compared.
    """
    if isinstance(result, tuple | list):
        vals = node.meta.get("val")
        if not isinstance(vals, tuple | list) or len(vals) != len(result):
            return result
        return tuple(_alike(making, r, v, has_sizes) for r, v in zip(result, vals, strict=True))
    return _alike(making, result, node.meta.get("val"), has_sizes)


def _alike(making: TorchMaking, result: Any, val: Any, has_sizes: bool) -> Any:
    if not isinstance(result, Tensor) or not isinstance(val, torch.Tensor):
        return result
    there = [s if isinstance(s, int) else None for s in val.shape]
    here = [s if isinstance(s, int) else None for s in result.shape]
    if len(here) != len(there) or any(
        has_sizes and None not in (a, b) and a != b for a, b in zip(here, there, strict=True)
    ):
        raise Unsupported(f"it gives {list(val.shape)} in torch and {list(result.shape)} here")
    dtype = language_type(numpy_of(val.dtype))
    return result if dtype == result.dtype else making.apply("astype", result, dtype)
