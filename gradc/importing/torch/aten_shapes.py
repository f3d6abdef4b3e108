"""ATen's operations that move elements."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradc.importing.foreign import Operand, Tensor, Unsupported
from gradc.importing.torch.aten import Arguments, TorchMaking, near_end, says, shared, told
from gradc.ir.sizes import Poly, Size
from gradc.ir.types import broadcast

_WHOLE = 2**63 - 1  # the end of an axis


def reshaped(m: TorchMaking, x: Tensor, shape: Sequence[Size]) -> Tensor:
    """`x` in another shape; one size may be -1."""
    sizes = list(shape)
    if tuple(sizes) == x.shape:
        return x
    if -1 not in sizes and sum(isinstance(s, Poly) for s in sizes) == 1:
        # A free size that is not a dimension alone reads better as what is left.
        place = next(i for i, s in enumerate(sizes) if isinstance(s, Poly))
        sizes[place] = sizes[place] if str(sizes[place]).isidentifier() else -1
    return m.apply("reshape", x, tuple(sizes))


def flat(m: TorchMaking, x: Tensor) -> Tensor:
    """All elements in one axis."""
    return x if x.rank == 1 else m.apply("ravel", x)


@says("view", "reshape", "_unsafe_view", "view_copy", "_reshape_alias")
def view(m: TorchMaking, a: Arguments) -> Tensor:
    shape = a.get("size", a.get("shape"))
    if not isinstance(shape, list | tuple):
        raise Unsupported("a view of other elements' bits")
    return reshaped(m, a.tensor("self"), m.rebatched(a.tensor("self"), list(shape)))


@says("flatten")
def flatten(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    start, end = a["start_dim"] % max(x.rank, 1), a["end_dim"] % max(x.rank, 1)
    if not x.rank:
        return m.apply("reshape", x, (1,))
    if start == end:
        return x
    return m.apply("reshape", x, (*x.shape[:start], -1, *x.shape[end + 1 :]))


@says("unflatten")
def unflatten(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    axis = a["dim"] % x.rank
    return reshaped(m, x, (*x.shape[:axis], *a.sizes("sizes"), *x.shape[axis + 1 :]))


@says("permute", "permute_copy")
def permute(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    axes = [d % x.rank for d in a["dims"]]
    return permuted(m, x, axes)


def permuted(m: TorchMaking, x: Tensor, axes: Sequence[int]) -> Tensor:
    """`x` with its axes in this order, in the words for two that change places."""
    moved = [i for i, axis in enumerate(axes) if i != axis]
    if not moved:
        return x
    if len(moved) == 2 and x.rank > 2:
        return _swapped(m, x, *moved)
    return m.apply("transpose", x, axes=tuple(axes)) if x.rank > 2 else m.apply("transpose", x)


def _swapped(m: TorchMaking, x: Tensor, one: int, other: int) -> Tensor:
    if {one, other} == {x.rank - 2, x.rank - 1}:
        return m.apply("matrix_transpose", x)
    return m.apply("swapaxes", x, one, other)


@says("transpose", "swapaxes", "transpose_copy")
def transpose(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    names = ("dim0", "dim1") if "dim0" in a else ("axis0", "axis1")
    one, other = sorted(a[n] % x.rank for n in names)
    if one == other:
        return x
    return m.apply("transpose", x) if x.rank == 2 else _swapped(m, x, one, other)


@says("t", "numpy_T", "t_copy")
def turned(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    return x if x.rank < 2 else m.apply("transpose", x)


@says("mT", "mH", "matrix_H", "adjoint")
def matrix_turned(m: TorchMaking, a: Arguments) -> Tensor:
    return matrix_swapped(m, a.tensor("self"))


def matrix_swapped(m: TorchMaking, x: Tensor) -> Tensor:
    """The last two axes exchanged."""
    return m.apply("transpose", x) if x.rank == 2 else m.apply("matrix_transpose", x)


@says("movedim", "moveaxis")
def moved(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply(
        "moveaxis", a.tensor("self"), shared(a.sizes("source")), shared(a.sizes("destination"))
    )


@says("squeeze", "squeeze_copy")
def squeeze(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    wanted = range(x.rank) if "dim" not in a else a.sizes("dim")
    axes = tuple(d % x.rank for d in wanted if isinstance(d, int) and x.shape[d] == 1)
    if not axes:
        return x
    return m.apply("squeeze", x, axis=shared([near_end(d, x.rank) for d in axes])
                   if len(axes) == 1 else axes)  # fmt: skip


@says("unsqueeze", "unsqueeze_copy")
def unsqueeze(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    axis = a["dim"] % (x.rank + 1)
    if axis == x.rank and x.rank > 1:
        return m.apply("index", x, entries=("...", None))
    return m.apply("index", x, entries=(*[slice(None)] * axis, None))


@says("expand", "broadcast_to", "expand_copy")
def expand(m: TorchMaking, a: Arguments) -> Tensor:
    x, shape = a.tensor("self"), m.batched(a.sizes("size"))
    lead = len(shape) - x.rank
    sizes = tuple(x.shape[i - lead] if s == -1 else s for i, s in enumerate(shape))
    return x if sizes == x.shape else m.apply("broadcast_to", x, sizes)


def spread_to(m: TorchMaking, values: Operand, shape: Sequence[Size]) -> Operand:
    """`values` in a shape that they broadcast to."""
    if isinstance(values, Tensor) and values.shape == tuple(shape):
        return values
    return m.apply("broadcast_to", values, tuple(shape))


@says("broadcast_tensors")
def broadcast_tensors(m: TorchMaking, a: Arguments) -> tuple[Tensor, ...]:
    shape = broadcast([t.shape for t in a["tensors"]])
    return tuple(t if t.shape == shape else m.apply("broadcast_to", t, shape) for t in a["tensors"])


@says("expand_as")
def expand_as(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("broadcast_to", a.tensor("self"), a.tensor("other").shape)


@says("repeat", "tile")
def repeat(m: TorchMaking, a: Arguments) -> Tensor:
    x, counts = a.tensor("self"), a.sizes("repeats" if "repeats" in a else "dims")
    return x if all(n == 1 for n in counts) and len(counts) == x.rank else m.apply(
        "tile", x, counts
    )  # fmt: skip


@says("repeat_interleave")
def repeat_interleave(m: TorchMaking, a: Arguments) -> Tensor:
    x, count = a.tensor("self"), a.get("repeats")
    a.pop("output_size", None)  # which follows from the others
    if not isinstance(count, int | Poly):
        raise Unsupported("how often elements are repeated depends on data")
    return m.apply("repeat", x, count, axis=a.get("dim"))


@says("cat", "concat", "concatenate")
def concatenate(m: TorchMaking, a: Arguments) -> Tensor:
    arrays = [t for t in a["tensors"] if t.shape != (0,)]
    if len(arrays) == 1:
        return _tensor(arrays[0])
    return m.apply("concatenate", tuple(arrays), axis=near_end(a["dim"], arrays[0].rank))


def _tensor(x: Any) -> Tensor:
    assert isinstance(x, Tensor)
    return x


@says("stack")
def stack(m: TorchMaking, a: Arguments) -> Tensor:
    arrays = tuple(a["tensors"])
    return m.apply("stack", arrays, axis=near_end(a["dim"], arrays[0].rank + 1))


@says("hstack", "vstack")
def joined(m: TorchMaking, a: Arguments) -> Tensor:
    arrays = tuple(a["tensors"])
    axis = 1 if a.name == "hstack" and arrays[0].rank > 1 else 0
    if a.name == "vstack" and arrays[0].rank == 1:
        return m.apply("stack", arrays, axis=0)
    return m.apply("concatenate", arrays, axis=axis)


@says("split", "split_with_sizes", "chunk", "split_copy")
def split(m: TorchMaking, a: Arguments) -> tuple[Tensor, ...]:
    x = a.tensor("self")
    axis = a["dim"] % x.rank
    size = x.shape[axis]
    sizes = a.get("split_sizes", a.get("split_size"))
    if isinstance(sizes, list | tuple):
        parts = list(sizes)
    elif not isinstance(size, int):
        part = size // a["chunks"] if "chunks" in a else None
        if part is None or (isinstance(part, Poly) and not part.is_polynomial):
            helps = "export the model with a size that the number of parts divides: `2 * Dim(...)`"
            raise Unsupported("an axis of free size is split", helps)
        return m.apply_all("split", x, a["chunks"], axis=near_end(axis, x.rank))
    elif a.name == "tensor_split":
        places = a.get("indices")
        count = a.get("sections") or 1
        each, more = divmod(size, count)
        bounds = [0, *(places or np.cumsum([each + (i < more) for i in range(count)])[:-1]), size]
        parts = [int(stop - start) for start, stop in itertools.pairwise(bounds)]
        if any(n < 0 for n in parts):
            raise Unsupported("pieces of an axis that do not ascend")
    else:
        count = a.get("chunks")
        each = -(-size // count) if count else sizes
        assert isinstance(each, int)
        parts = [min(each, size - start) for start in range(0, size, each)]
    if len(parts) == 1:
        return (x,)
    where = near_end(axis, x.rank)
    if len(set(parts)) == 1:
        return m.apply_all("split", x, len(parts), axis=where)
    ends = tuple(int(p) for p in np.cumsum(parts[:-1]))
    return m.apply_all("split", x, ends, axis=where)


@says("unbind", "unbind_copy")
def unbind(m: TorchMaking, a: Arguments) -> tuple[Tensor, ...]:
    x = a.tensor("self")
    count = x.shape[a["dim"]]
    if not isinstance(count, int):
        raise Unsupported("an axis of free size is unbound")
    return tuple(at(m, x, a["dim"], i) for i in range(count))


def at(m: TorchMaking, x: Tensor, axis: int, entry: Operand) -> Tensor:
    """`x` indexed along one axis."""
    axis %= x.rank
    if axis == x.rank - 1 and x.rank > 2:
        return m.apply("index", x, entries=("...", entry))
    return m.apply("index", x, entries=(*[slice(None)] * axis, entry))


@says("select", "select_copy")
def select(m: TorchMaking, a: Arguments) -> Tensor:
    return at(m, a.tensor("self"), a["dim"], a["index"])


@says("slice", "slice_copy", "narrow")
def sliced(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    start, end = a.get("start"), a.get("end")
    if a.name == "narrow":
        end = start + a["length"]
    size = x.shape[a["dim"]]
    stop = None if end is None or end in (_WHOLE, size) else end
    if isinstance(stop, int) and isinstance(size, int) and stop >= size:
        stop = None
    start = start or None
    step = a.get("step", 1)
    if start is None and stop is None and step == 1:
        return x
    return at(m, x, a["dim"], slice(start, stop, step))


@says("flip", "fliplr", "flipud")
def flip(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    axes = a.sizes("dims") if "dims" in a else (1 if a.name == "fliplr" else 0,)
    return m.apply("flip", x, axis=shared(axes))


@says("roll")
def roll(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    if not a.sizes("dims"):
        return m.apply("roll", x, a.sizes("shifts")[0])
    for shift, axis in zip(a.sizes("shifts"), a.sizes("dims"), strict=True):
        assert isinstance(axis, int)
        x = m.apply("roll", x, shift, axis=near_end(axis, x.rank))
    return x


@says("tril", "triu")
def triangle(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply(a.name, a.tensor("self"), **told(k=(a["diagonal"], 0)))


@says("diagonal", "diagonal_copy")
def diagonal(m: TorchMaking, a: Arguments) -> Tensor:
    ends = told(offset=(a["offset"], 0), axis1=(a["dim1"], 0), axis2=(a["dim2"], 1))
    return m.apply("diagonal", a.tensor("self"), **ends)


@says("pad", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "replication_pad1d",
      "replication_pad2d")  # fmt: skip
def pad(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    margins = a.sizes("pad" if "pad" in a else "padding")
    value = a.get("value")
    pairs = [(margins[i], margins[i + 1]) for i in range(0, len(margins), 2)]
    widths = tuple([(0, 0)] * (x.rank - len(pairs)) + pairs[::-1])
    if all(p == (0, 0) for p in widths):
        return x
    if any(_is_cut(n) for pair in widths for n in pair):
        ends = [[-n if _is_cut(n) else None for n in pair] for pair in widths]
        entries = tuple(slice(lo, None if hi is None else -hi) for lo, hi in ends)
        x = m.apply("index", x, entries=entries)
        widths = tuple((0 if _is_cut(lo) else lo, 0 if _is_cut(hi) else hi) for lo, hi in widths)
        if all(p == (0, 0) for p in widths):
            return x
    mode = a.get("mode", a.name)
    named = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    found = next((n for word, n in named.items() if mode.startswith(word[:7])), None)
    if found:
        return m.apply("pad", x, widths, mode=found)
    return m.apply("pad", x, widths, **told(constant_values=(value or 0, 0)))


def _is_cut(margin: Size) -> bool:
    return isinstance(margin, int) and margin < 0


@says("pixel_shuffle", "pixel_unshuffle")
def pixel_shuffle(m: TorchMaking, a: Arguments) -> Tensor:
    factor = a.get("upscale_factor", a.get("downscale_factor"))
    return m.apply(a.name, a.tensor("self"), factor)
