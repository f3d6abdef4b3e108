"""ATen's writes at positions: of several arrays at once, with sums, means and extremes."""

from __future__ import annotations

from typing import Any

from gradc.importing.extremes import extreme_at
from gradc.importing.foreign import Operand, Tensor, Unsupported
from gradc.importing.torch.aten import Arguments, TorchMaking, near_end, says, told
from gradc.importing.torch.aten_shapes import reshaped, spread_to


@says("index_put", "_unsafe_index_put", "_index_put_impl")
def index_put(m: TorchMaking, a: Arguments) -> Tensor:
    x, values = a.tensor("self"), a["values"]
    places = list(a["indices"])
    given = [i for i, p in enumerate(places) if p is not None]
    if len(given) == 1 and places[given[0]].dtype == "bool":
        return _masked(m, x, given[0], places[given[0]], values, a["accumulate"])
    if any(p is not None and p.dtype == "bool" for p in places):
        raise Unsupported("writes at a mask and at positions", "`torch.where` does the first")
    if given != list(range(given[0], given[0] + len(given))):
        raise Unsupported("writes at positions along axes that are not side by side")
    first, count = given[0], len(given)
    if count == 1:
        return _put(m, x, places[first], values, first, a["accumulate"])
    # Several axes are written into as the one that they are in a row.
    sizes = x.shape[first : first + count]
    wide: Any = 1
    row: Operand = 0
    for place, size in zip(places[first:], sizes, strict=True):
        positive = m.apply("remainder", place, size)
        wide = wide * size
        row = positive if row == 0 else m.apply("add", m.apply("multiply", row, size), positive)
    assert isinstance(row, Tensor)
    merged = reshaped(m, x, (*x.shape[:first], wide, *x.shape[first + count :]))
    found = _put(m, merged, row, values, first, a["accumulate"])
    return reshaped(m, found, x.shape)


def _put(m: TorchMaking, x: Tensor, places: Tensor, values: Any, axis: int, adds: bool) -> Tensor:
    shape = (*x.shape[:axis], *places.shape, *x.shape[axis + 1 :])
    if not adds:
        return m.apply("index_put", x, places, values, **told(axis=(axis, 0)))
    added = m.apply("scatter_add", spread_to(m, values, shape), places, x.shape, axis=axis)
    return m.apply("add", x, added)


def _masked(m: TorchMaking, x: Tensor, axis: int, mask: Tensor, values: Any, adds: bool) -> Tensor:
    """Where a mask over some axes holds, one number, or what is the same along them."""
    behind = x.rank - axis - mask.rank
    if (
        isinstance(values, Tensor)
        and values.rank > behind
        and any(s != 1 for s in values.shape[: values.rank - behind])
    ):
        raise Unsupported("as many values as a mask holds at, which depends on data")
    if behind:
        mask = m.apply("index", mask, entries=(*["..."], *[None] * behind))
    if isinstance(values, Tensor) and values.rank > behind:
        values = m.apply("reshape", values, values.shape[values.rank - behind :])
    there = m.apply("add", x, values) if adds else values
    return m.apply("where", mask, there, x)


@says("index_fill")
def index_fill(m: TorchMaking, a: Arguments) -> Tensor:
    x, axis = a.tensor("self"), a["dim"]
    return m.apply("index_put", x, a.tensor("index"), a["value"], axis=axis % x.rank)


@says("index_copy")
def index_copy(m: TorchMaking, a: Arguments) -> Tensor:
    x, axis = a.tensor("self"), a["dim"]
    return m.apply("index_put", x, a.tensor("index"), a.tensor("source"), axis=axis % x.rank)


@says("scatter_reduce", "index_reduce")
def scatter_reduce(m: TorchMaking, a: Arguments) -> Tensor:
    x, places = a.tensor("self"), a.tensor("index")
    values, kind = a.tensor("src" if "src" in a else "source"), a["reduce"]
    axis, keeps = a["dim"] % x.rank, a["include_self"]
    if a.name == "index_reduce":  # each position stands for a whole part of the others
        shape = [1] * values.rank
        shape[axis] = -1
        places = m.apply("broadcast_to", m.apply("reshape", places, tuple(shape)), values.shape)
    if places.shape != values.shape:
        ends = tuple(slice(None, s) for s in places.shape)
        values = m.apply("index", values, entries=ends)
    if x.shape[:axis] + x.shape[axis + 1 :] != places.shape[:axis] + places.shape[axis + 1 :]:
        raise Unsupported(f"`{a.name}` into a part of an array", "give it positions for all rows")
    if kind in ("sum", "mean"):
        return _added(m, x, places, values, axis, kind, keeps)
    if kind not in ("amax", "amin"):
        helps = "sum, mean, amax and amin are there"
        raise Unsupported(f"`{a.name}` with the reduction {kind}", helps)
    return extreme_at(m.apply, x, places, values, axis, kind[1:], keeps)


def _added(
    m: TorchMaking, x: Tensor, places: Tensor, values: Tensor, axis: int, kind: str, keeps: bool
) -> Tensor:
    size, along = x.shape[axis], near_end(axis, x.rank)
    added = m.apply("add_along_axis", values, places, size, axis=along)
    if kind == "sum" and keeps:
        return m.apply("add", x, added)
    ones = m.apply("ones_like", values)
    count = m.apply("add_along_axis", ones, places, size, axis=along)
    if kind == "mean":
        whole = m.apply("add", count, 1) if keeps else m.apply("maximum", count, 1)
        total = m.apply("add", x, added) if keeps else added
        added = m.apply("divide", total, whole)
        if keeps:
            return added
    return m.apply("where", m.apply("greater", count, 0), added, x)
