"""Operators that are handed programs, and those of which is told what could be done instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradc.importing.foreign import WRITTEN, NoCounterpart, Tensor, Unsupported
from gradc.importing.torch.aten import TABLE, Handler, TorchMaking

Run = Callable[[Any, Sequence[Any]], Sequence[Any]]
"""Says a program on what it is given, and gives its results."""

REFUSED = {
    "upsample_bicubic2d": ("bicubic resizing", 'the modes "nearest" and "bilinear" are there'),
    "_upsample_bicubic2d_aa": ("bicubic resizing", 'the modes "nearest" and "bilinear" are there'),
    "_upsample_bilinear2d_aa": ("resizing against aliasing", "leave `antialias` out"),
    "upsample_trilinear3d": ("resizing of volumes", "resize two axes at a time"),
    "upsample_nearest3d": ("resizing of volumes", "`repeat_interleave` repeats along an axis"),
    "grid_sampler": ("sampling at places that are computed", "write it with `take` and weights"),
    "grid_sampler_2d": ("sampling at places that are computed", "write it with `take` and weights"),
    "nonzero": ("as many positions as there are", "`torch.where` with three arguments has a shape"),
    "masked_select": ("as many elements as there are", "`torch.where` keeps the shape"),
    "masked_scatter": ("as many elements as there are", "`torch.where` keeps the shape"),
    "stft": ("complex numbers", "products with tables of cosines and sines do it"),
    "complex": ("complex numbers", "keep real and imaginary parts apart"),
    "view_as_complex": ("complex numbers", "keep real and imaginary parts apart"),
    "linalg_eig": ("eigenvalues that are complex", "`torch.linalg.eigh` is for symmetric ones"),
    "linalg_eigvals": ("eigenvalues that are complex", "`torch.linalg.eigh` is for symmetric ones"),
    "as_strided": ("a view by strides", "say it with `reshape`, `transpose` and slices"),
    "conv_transpose3d": ("transposed convolutions of volumes", "there are those of two axes"),
    "multinomial": ("draws of classes", "draw outside, and give them as an input"),
    "bernoulli": ("draws of bits", "draw outside, and give them as an input"),
    "unique_consecutive": ("as many elements as differ", "do it outside"),
}
"""What has no counterpart, and what could be done."""

_HANDED = {
    "cond": (
        "a branch that data chooses",
        "`torch.where` of both sides, each of which is computed",
    ),
    "while_loop": ("a loop that data ends", "a loop of so many steps, which is written out"),
    "scan": ("a loop over an axis", "a loop of Python's, which is written out"),
    "associative_scan": ("a loop over an axis", "`torch.cumsum` and its like are there"),
    "map_impl": ("a loop over an axis", "operations of the whole array"),
    "wrap_with_autocast": ("element types that change by themselves", "say them with `.to(...)`"),
    "flex_attention": ("attention by a program", "`scaled_dot_product_attention` with a mask"),
}
"""Operators that are handed programs and have no counterpart: what they are, what could be done."""

_GRADIENTS = "wrap_with_set_grad_enabled"


def handler_of(name: str) -> Handler:
    """What says an operation of ATen. Raises NoCounterpart."""
    found = TABLE.get(name) or TABLE.get(name.removesuffix("_"))
    if found is not None:
        return found
    if name in REFUSED:
        message, remedy = REFUSED[name]
        raise NoCounterpart(f"there is no counterpart of `{name}`: {message}", remedy)
    raise NoCounterpart(f"there is no counterpart of `{name}`", WRITTEN)


def handed(target: Any) -> str:
    """The name of an operator that is handed programs. Raises NoCounterpart."""
    name: str = getattr(target, "__name__", str(target))
    if name in _HANDED:
        message, remedy = _HANDED[name]
        raise NoCounterpart(f"there is no counterpart of `torch.{name}`: {message}", remedy)
    if name != _GRADIENTS:
        raise NoCounterpart(f"`{name}` is called")
    return name


class Gradients:
    """Whether gradients are taken where the program is being read."""

    def __init__(self) -> None:
        self._are_on = True

    def said(self, m: TorchMaking, args: Sequence[Any], run: Run) -> tuple[Any, ...]:
        """What a part of a program gives that turns gradients on or off. Raises Unsupported."""
        turned_on, program, *given = args
        outer = self._are_on
        if turned_on and not outer:
            raise Unsupported("gradients that are taken within `no_grad`", "end it before")
        self._are_on = turned_on
        try:
            results = run(program, given)
        finally:
            self._are_on = outer
        return tuple(r if turned_on or not outer else _cut_off(m, r) for r in results)


def _cut_off(m: TorchMaking, result: Any) -> Any:
    if isinstance(result, Tensor) and result.type.is_float and not result.is_known:
        return m.apply("stop_gradient", result, name=result.name)
    return result
