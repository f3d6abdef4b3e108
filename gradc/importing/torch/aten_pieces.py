"""ATen's operations that put arrays side by side, cut them, and turn them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradc.importing.foreign import Tensor, Unsupported
from gradc.importing.torch.aten import (
    TABLE,
    Arguments,
    Handler,
    TorchMaking,
    near_end,
    says,
    shared,
    told,
)
from gradc.importing.torch.aten_shapes import flat, reshaped
from gradc.ir.sizes import floor_divide


@says("dstack", "column_stack", "row_stack")
def beside(m: TorchMaking, a: Arguments) -> Tensor:
    arrays: Sequence[Tensor] = a["tensors"]
    if a.name == "dstack":
        return m.apply("concatenate", tuple(_at_least(m, t, 3) for t in arrays), axis=2)
    if a.name == "column_stack" and arrays[0].rank == 1:
        return m.apply("stack", tuple(arrays), axis=1)
    rows = tuple(_at_least(m, t, 2) for t in arrays)
    return m.apply("concatenate", rows, axis=1 if a.name == "column_stack" else 0)


@says("atleast_1d", "atleast_2d", "atleast_3d")
def at_least(m: TorchMaking, a: Arguments) -> Any:
    count = int(a.name[-2])
    if "tensors" in a:
        return tuple(_at_least(m, t, count) for t in a["tensors"])
    return _at_least(m, a.tensor("self"), count)


def _at_least(m: TorchMaking, x: Tensor, count: int) -> Tensor:
    """As many axes: new ones in front, and the third one behind."""
    if x.rank >= count:
        return x
    lead = 1 if x.rank == 1 and count > 1 else count - x.rank if x.rank == 0 else 0
    behind = count - x.rank - lead
    return m.apply("reshape", x, (*[1] * lead, *x.shape, *[1] * behind))


@says("block_diag")
def block_diag(m: TorchMaking, a: Arguments) -> Tensor:
    blocks = [_at_least(m, t, 2) for t in a["tensors"]]
    rows = []
    for place, block in enumerate(blocks):
        before = sum((b.shape[1] for b in blocks[:place]), 0)
        after = sum((b.shape[1] for b in blocks[place + 1 :]), 0)
        rows.append(m.apply("pad", block, ((0, 0), (before, after))))
    return m.apply("concatenate", tuple(rows), axis=0)


@says("meshgrid")
def meshgrid(m: TorchMaking, a: Arguments) -> tuple[Tensor, ...]:
    indexing = a.get("indexing") or "ij"
    arrays = [flat(m, t) if t.rank != 1 else t for t in a["tensors"]]
    return m.apply_all("meshgrid", *arrays, **told(indexing=(indexing, "xy")))


@says("cartesian_prod")
def cartesian(m: TorchMaking, a: Arguments) -> Tensor:
    arrays = a["tensors"]
    if len(arrays) == 1:
        (only,) = arrays
        assert isinstance(only, Tensor)
        return only
    grids = m.apply_all("meshgrid", *arrays, indexing="ij")
    return m.apply("stack", tuple(m.apply("ravel", g) for g in grids), axis=-1)


@says("tril_indices", "triu_indices")
def triangle_indices(m: TorchMaking, a: Arguments) -> Tensor:
    make = np.tril_indices if a.name.startswith("tril") else np.triu_indices
    dtype = {"i32": "i4"}.get(a.get("dtype") or "i64", "i8")
    return m.known(np.stack(make(a["row"], a["offset"], a["col"])).astype(dtype))


@says("rot90")
def rot90(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    one, other = (d % x.rank for d in a["dims"])
    turns = a["k"] % 4
    if turns == 2:
        return m.apply("flip", x, axis=(one, other))
    if turns == 1:
        return m.apply("swapaxes", m.apply("flip", x, axis=other), one, other)
    return m.apply("flip", m.apply("swapaxes", x, one, other), axis=other) if turns else x


@says("swapdims")
def swapdims(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("swapaxes", a.tensor("self"), a["dim0"], a["dim1"])


@says("ravel")
def ravel(m: TorchMaking, a: Arguments) -> Tensor:
    return flat(m, a.tensor("self"))


@says("reshape_as", "view_as")
def reshape_as(m: TorchMaking, a: Arguments) -> Tensor:
    return reshaped(m, a.tensor("self"), a.tensor("other").shape)


def _halved(name: str) -> Handler:
    def handler(m: TorchMaking, a: Arguments) -> Any:
        axis = {"h": 1, "v": 0, "d": 2}[name[0]]
        x = a.tensor("self")
        a["dim"] = 0 if name == "hsplit" and x.rank == 1 else axis
        return TABLE["tensor_split"](m, a)

    return handler


for _name in ("hsplit", "vsplit", "dsplit"):
    TABLE[_name] = _halved(_name)


@says("tensor_split")
def tensor_split(m: TorchMaking, a: Arguments) -> tuple[Tensor, ...]:
    """At positions, or in parts of which the first ones are one longer."""
    x = a.tensor("self")
    axis, size = a["dim"] % x.rank, x.shape[a["dim"]]
    where = next(a[n] for n in ("indices", "sections", "tensor_indices_or_sections") if n in a)
    if isinstance(where, Tensor):
        if where.data is None or not where.is_known:
            raise Unsupported("where an array is cut depends on data", "give the places as numbers")
        where = where.data.tolist()
    if isinstance(where, int):
        if not isinstance(size, int):
            raise Unsupported("an axis of free size is split")
        less, more = divmod(size, where)
        where = np.cumsum([less + 1] * more + [less] * (where - more))[:-1].tolist()
    if not where:
        return (x,)
    return m.apply_all("split", x, tuple(where), axis=near_end(axis, x.rank))


@says("unsafe_split", "unsafe_chunk", "unsafe_split_with_sizes")
def unsafe_split(m: TorchMaking, a: Arguments) -> Any:
    return TABLE[a.name.removeprefix("unsafe_")](m, a)


@says("channel_shuffle", "native_channel_shuffle")
def channel_shuffle(m: TorchMaking, a: Arguments) -> Tensor:
    x, groups = a.tensor("self"), a["groups"]
    channels = x.shape[1]
    if not isinstance(channels, int):
        raise Unsupported("`channel_shuffle` of a free number of channels")
    parts = m.apply("reshape", x, (x.shape[0], groups, channels // groups, *x.shape[2:]))
    return m.apply("reshape", m.apply("swapaxes", parts, 1, 2), x.shape)


@says("unfold")
def unfold(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    axis = a["dimension"] % x.rank
    last = x if axis == x.rank - 1 else m.apply("moveaxis", x, axis, -1)
    found = m.apply("sliding_window", last, a["size"], **told(stride=(a["step"], 1)))
    return found if last is x else m.apply("moveaxis", found, -2, axis)


def _window(a: Arguments) -> dict[str, Any]:
    """How windows of images stand, as gradc has it."""
    return told(stride=(shared(a["stride"]), 1), dilation=(shared(a["dilation"]), 1))


@says("im2col")
def im2col(m: TorchMaking, a: Arguments) -> Tensor:
    """Windows of images as columns: [N, C, H, W] to [N, C * h * w, places]."""
    x, size = a.tensor("self"), tuple(a["kernel_size"])
    if x.rank != 4:
        raise Unsupported("`unfold` of a single image", "give it a batch of one")
    top, left = a["padding"]
    if top or left:
        x = m.apply("pad", x, ((0, 0), (0, 0), (top, top), (left, left)))
    found = m.apply("sliding_window", x, size, **_window(a))
    order = m.apply("transpose", found, axes=(0, 1, 4, 5, 2, 3))
    n, c, h, w, *places = order.shape
    return m.apply("reshape", order, (n, c * h * w, places[0] * places[1]))


@says("col2im")
def col2im(m: TorchMaking, a: Arguments) -> Tensor:
    """The sum of what windows hold at each place of the images that they are of."""
    x, (h, w) = a.tensor("self"), a["kernel_size"]
    if x.rank != 3:
        raise Unsupported("`fold` of a single image", "give it a batch of one")
    n, rows, _ = x.shape
    sizes = [s + 2 * p for s, p in zip(a["output_size"], a["padding"], strict=True)]
    spans = [(k - 1) * d + 1 for k, d in zip((h, w), a["dilation"], strict=True)]
    places = [(s - p) // t + 1 for s, p, t in zip(sizes, spans, a["stride"], strict=True)]
    channels = floor_divide(rows, h * w)
    parts = m.apply("reshape", x, (n, channels, h, w, *places))
    order = m.apply("transpose", parts, axes=(0, 1, 4, 5, 2, 3))
    whole = (n, channels, *sizes)
    found = m.apply("sliding_window_adjoint", order, whole, (h, w), **_window(a))
    inner = [slice(p or None, -p or None) for p in a["padding"]]
    return m.apply("index", found, entries=("...", *inner)) if any(a["padding"]) else found
