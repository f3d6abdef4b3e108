"""ONNX operators that pick elements by position, or put them there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradc.importing.extremes import extreme_at
from gradc.importing.foreign import Operand, Tensor
from gradc.importing.onnx.bound import Bound, Known
from gradc.importing.onnx.one_node import Node
from gradc.importing.onnx.sayings import says
from gradc.importing.onnx.shaping import cut, product


@says("Gather")
def gather(n: Node) -> Bound:
    axis = n.axis(0)
    places = n.bound(1)
    if isinstance(places, Known) and places.data.ndim == 0:
        x = n.tensor(0)
        entries: list[Operand] = [slice(None)] * axis
        return n.index(x, *entries, int(places.data))
    if isinstance(places, Known) and places.data.ndim == 1:
        run = _run(places.data.astype(np.int64))
        if run is not None:
            return cut(n, n.tensor(0), [*[slice(None)] * axis, run])
    x, indices = n.tensor(0, "table"), n.tensor(1)
    return n.apply("take", x, indices, axis=axis)


def _run(places: np.ndarray[Any, Any]) -> slice | None:
    """Places one behind the other, as a slice."""
    first, count = int(places[0]) if places.size else 0, places.size
    if count and first >= 0 and (places == np.arange(first, first + count)).all():
        return slice(first or None, first + count)
    return None


@says("GatherElements")
def gather_elements(n: Node) -> Bound:
    x, indices, axis = n.tensor(0), n.tensor(1), n.axis(0)
    return n.apply("take_along_axis", _as_far(n, x, indices, axis), indices, axis=axis)


def _as_far(n: Node, x: Tensor, indices: Tensor, axis: int) -> Tensor:
    """The part of `x` that the indices go over, along the other axes."""
    entries: list[Operand] = [
        slice(None) if i == axis or a == b else slice(None, b)
        for i, (a, b) in enumerate(zip(x.shape, indices.shape, strict=True))
    ]
    return cut(n, x, entries)


@says("GatherND")
def gather_nd(n: Node) -> Bound:
    x, indices = n.tensor(0), n.tensor(1)
    batch = int(n.attr("batch_dims", 0))
    depth = indices.shape[-1]
    if not isinstance(depth, int):
        raise n.refuse_free("by a number of axes that is free", depth)
    entries: list[Operand] = []
    for axis in range(batch):
        size = x.shape[axis]
        shape = [1] * (indices.rank - 1)
        shape[axis] = -1
        entries.append(n.apply("reshape", n.apply("arange", size), tuple(shape)))
    entries += [n.index(indices, "...", i) for i in range(depth)]
    return n.index(x, *entries)


@says("ScatterElements", "Scatter")
def scatter_elements(n: Node) -> Bound:
    x, indices, values, axis = n.tensor(0), n.tensor(1), n.tensor(2), n.axis(0)
    kind = n.attr("reduction", "none")
    if kind == "add" and _covers(x, indices, axis):
        added = n.apply("add_along_axis", values, indices, x.shape[axis], axis=axis)
        return n.apply("add", x, added)
    if kind == "none" and _covers(x, indices, axis):
        return n.apply("put_along_axis", x, indices, values, axis=axis)
    if n.is_known(1):
        return _put_flat(n, x, _flat_along(n, x, axis), values, kind)
    if kind in ("max", "min") and _covers(x, indices, axis):
        positive = n.apply("remainder", indices, x.shape[axis])
        return extreme_at(n.apply, x, positive, values, axis, kind)
    raise n.refuse(f"with the reduction {kind}" if kind != "none" else "into a part of an array")


def _covers(x: Tensor, indices: Tensor, axis: int) -> bool:
    pairs = zip(x.shape, indices.shape, strict=True)
    return all(a == b for i, (a, b) in enumerate(pairs) if i != axis)


def _flat_along(n: Node, x: Tensor, axis: int) -> np.ndarray[Any, Any]:
    """Where elements go in the flat array."""
    sizes = _fixed(n, x)
    indices = n.numbers(1).astype(np.int64)
    places: list[Any] = list(np.indices(indices.shape))
    places[axis] = indices % sizes[axis]
    found: np.ndarray[Any, Any] = np.ravel_multi_index(tuple(places), tuple(sizes)).reshape(-1)
    return found


def _fixed(n: Node, x: Tensor) -> list[int]:
    if not all(isinstance(s, int) for s in x.shape):
        raise n.refuse_free("into an array whose size is free", *x.shape)
    n.hold_small(math.prod(x.shape))  # type: ignore[arg-type]
    return [int(s) for s in x.shape]  # type: ignore[arg-type]


_REDUCING = {"mul": "multiply", "max": "maximum", "min": "minimum"}


def _put_flat(
    n: Node, x: Tensor, places: np.ndarray[Any, Any], values: Tensor, kind: str
) -> Tensor:
    """Values put at known places of the flat array, one round for those that are named again."""
    flat = n.apply("reshape", x, (-1,))
    given = n.apply("reshape", values, (-1,))
    if kind == "none":
        found = n.apply("index_put", flat, n.as_tensor(Known(places)), given)
        return n.apply("reshape", found, x.shape)
    if kind == "add":
        added = n.apply("scatter_add", given, n.as_tensor(Known(places)), (product(x.shape),))
        return n.apply("reshape", n.apply("add", flat, added), x.shape)
    if kind not in _REDUCING:
        raise n.refuse(f"with the reduction {kind}")
    seen: dict[int, int] = {}
    rounds: list[list[int]] = []
    for i, place in enumerate(places.tolist()):
        turn = seen[place] = seen.get(place, -1) + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(i)
    for chosen in rounds:
        at = n.as_tensor(Known(places[chosen]))
        news = n.apply("take", given, n.as_tensor(Known(np.array(chosen))), axis=0)
        olds = n.apply("take", flat, at, axis=0)
        flat = n.apply("index_put", flat, at, n.apply(_REDUCING[kind], olds, news))
    return n.apply("reshape", flat, x.shape)


@says("ScatterND")
def scatter_nd(n: Node) -> Bound:
    x, indices, values = n.tensor(0), n.tensor(1), n.tensor(2)
    kind, depth = n.attr("reduction", "none"), indices.shape[-1]
    if not isinstance(depth, int):
        raise n.refuse_free("by a number of axes that is free", depth)
    front, rest = x.shape[:depth], x.shape[depth:]
    if kind in _REDUCING:
        if not n.is_known(1):
            raise n.refuse(f"with the reduction {kind}")
        inner = math.prod(_fixed(n, x)[depth:])
        first = np.ravel_multi_index(
            tuple(np.moveaxis(n.numbers(1).astype(np.int64) % np.array(front), -1, 0)),
            tuple(front),  # type: ignore[arg-type]
        ).reshape(-1)
        places = (first[:, None] * inner + np.arange(inner)).reshape(-1)
        return _put_flat(n, x, places, values, kind)
    flat = n.index(indices, "...", 0)
    for axis in range(1, depth):
        scaled = n.apply("multiply", flat, front[axis])
        flat = n.apply("add", scaled, n.index(indices, "...", axis))
    flat = n.apply("reshape", flat, (-1,)) if flat.rank != 1 else flat
    wide = x if depth == 1 else n.apply("reshape", x, (product(front), *rest))
    rows = values if values.rank == 1 + len(rest) else n.apply("reshape", values, (-1, *rest))
    if kind == "add":
        added = n.apply("scatter_add", rows, flat, (product(front), *rest), axis=0)
        found = n.apply("add", wide, added)
    else:
        found = n.apply("index_put", wide, flat, rows)
    return found if depth == 1 else n.apply("reshape", found, x.shape)


@says("OneHot")
def one_hot(n: Node) -> Bound:
    indices, (depth,) = n.tensor(0), n.sizes(1)
    off, on = n.numbers(2).reshape(-1).tolist()
    values = n.numbers(2)
    axis = int(n.attr("axis", -1))
    axis = axis + indices.rank + 1 if axis < 0 else axis
    labels = indices if indices.dtype in ("i32", "i64") else n.apply("astype", indices, "i64")
    # Labels may count from the end; others that are outside have no 1.
    from_end = n.apply("add", labels, depth)
    labels = n.apply("where", n.apply("less", labels, 0), from_end, labels)
    dtype = n.as_tensor(Known(values.reshape(-1)[:1])).dtype
    places = n.index(labels, "...", None)
    found = n.apply("astype", n.apply("equal", places, n.apply("arange", depth)), dtype)
    if (off, on) != (0, 1):
        found = n.apply("where", n.apply("equal", found, 1), on, off)
        found = found if found.dtype == dtype else n.apply("astype", found, dtype)
    return found if axis == indices.rank else n.apply("moveaxis", found, -1, axis)


@says("Compress")
def compress(n: Node) -> Bound:
    x = n.tensor(0)
    chosen = n.as_tensor(Known(np.flatnonzero(n.numbers(1))))
    if n.attr("axis") is None:
        return n.apply("take", x, chosen)
    return n.apply("take", x, chosen, axis=n.axis(0))


@says("TensorScatter")
def tensor_scatter(n: Node) -> Bound:
    x, update = n.tensor(0), n.tensor(1)
    axis = n.axis(0, -2)
    starts = n.ints(2) if n.has(2) else [0] * int(x.shape[0])  # type: ignore[arg-type]
    sizes = _fixed(n, x)
    count = _fixed(n, update)[axis]
    steps = np.arange(count)
    along = np.array(starts)[:, None] + steps
    if n.attr("mode", "linear") == "circular":
        along = along % sizes[axis]
    shape = [1] * x.rank
    shape[0], shape[axis] = len(starts), count
    places = list(np.indices(_fixed(n, update)))
    places[axis] = np.broadcast_to(along.reshape(shape), _fixed(n, update))
    flat = np.ravel_multi_index(tuple(places), tuple(sizes)).reshape(-1)
    return _put_flat(n, x, flat, update, "none")
