"""ATen's operations that read and write at positions, and its products."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradc.importing.foreign import Operand, Tensor, Unsupported
from gradc.importing.torch.aten import TABLE, Arguments, TorchMaking, near_end, says, told
from gradc.ir.sizes import Size
from gradc.ir.types import broadcast


@says("embedding")
def embedding(m: TorchMaking, a: Arguments) -> Tensor:
    padding, places = told(padding_idx=(a["padding_idx"], -1)), a.tensor("indices")
    if places.is_known and places.data is not None and not places.rank:
        return m.apply("index", a.tensor("weight"), entries=(int(places.data),))
    return m.apply("embedding", a.tensor("indices"), a.tensor("weight"), **padding)


@says("index_select")
def index_select(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    return m.apply("take", x, a.tensor("index"), axis=near_end(a["dim"], x.rank))


@says("take")
def take(m: TorchMaking, a: Arguments) -> Tensor:
    x, places = a.tensor("self"), a.tensor("index")
    return m.apply("take", x if x.rank == 1 else m.apply("ravel", x), places)


@says("gather")
def gather(m: TorchMaking, a: Arguments) -> Tensor:
    x, places = a.tensor("self"), a.tensor("index")
    axis = a["dim"] % x.rank
    # torch reads as far as the positions reach; here all other axes agree.
    for other in range(x.rank):
        if other != axis and x.shape[other] != places.shape[other]:
            entry = slice(None, places.shape[other])
            x = m.apply("index", x, entries=(*[slice(None)] * other, entry))
    return m.apply("take_along_axis", x, places, **told(axis=(near_end(axis, x.rank), -1)))


@says("take_along_dim")
def take_along(m: TorchMaking, a: Arguments) -> Tensor:
    x, places = a.tensor("self"), a.tensor("indices")
    if a["dim"] is None:
        raise Unsupported("`take_along_dim` of all elements in a row", "give it a `dim`")
    axis = a["dim"] % x.rank
    shape = broadcast([_but(x.shape, axis), _but(places.shape, axis)])
    whole = (*shape[:axis], places.shape[axis], *shape[axis + 1 :])
    if places.shape != whole:
        places = m.apply("broadcast_to", places, whole)
    return m.apply("take_along_axis", x, places, **told(axis=(near_end(axis, x.rank), -1)))


def _but(shape: tuple[Size, ...], axis: int) -> tuple[Size, ...]:
    return (*shape[:axis], 1, *shape[axis + 1 :])


@says("index")
def index(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    entries: list[Operand] = []
    for places in a["indices"]:
        if isinstance(places, Tensor) and places.dtype == "bool":
            if not places.is_known or places.data is None or places.rank != 1:
                raise Unsupported("a bool index, whose size depends on data", "use `torch.where`")
            places = m.known(np.nonzero(places.data)[0])
        entries.append(slice(None) if places is None else places)
    while entries and entries[-1] == slice(None):
        entries.pop()
    return m.apply("index", x, entries=tuple(entries))


@says("one_hot")
def one_hot(m: TorchMaking, a: Arguments) -> Tensor:
    if a["num_classes"] < 0:
        raise Unsupported("how many classes there are depends on data", "give `num_classes`")
    return m.apply("one_hot", a.tensor("self"), a["num_classes"], dtype="i64")


@says("index_add", "scatter_add")
def index_add(m: TorchMaking, a: Arguments) -> Tensor:
    x, places = a.tensor("self"), a.tensor("index")
    values: Operand = a["source" if a.name == "index_add" else "src"]
    if a.get("alpha", 1) != 1:
        values = m.apply("multiply", a["alpha"], values)
    axis = near_end(a["dim"], x.rank)
    if a.name == "index_add":
        added = m.apply("scatter_add", values, places, x.shape, axis=axis)
    else:
        added = m.apply("add_along_axis", values, places, x.shape[a["dim"]], axis=axis)
    return m.apply("add", x, added)


@says("scatter")
def scatter(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    values = a.get("src", a.get("value"))
    if not isinstance(values, Tensor):
        values = m.apply("full", a.tensor("index").shape, values)
    axis = near_end(a["dim"], x.rank)
    return m.apply("put_along_axis", x, a.tensor("index"), values, axis=axis)


@says("select_scatter", "slice_scatter")
def put_back(m: TorchMaking, a: Arguments) -> Tensor:
    """A copy of `x` in which a part along an axis is another."""
    x, part = a.tensor("self"), a.tensor("src")
    axis = a["dim"] % x.rank
    size = x.shape[axis]
    if a.name == "select_scatter":
        start: Any = a["index"]
        stop: Any = start + 1 if start != -1 else size
        part = m.apply("index", part, entries=(*[slice(None)] * axis, None))
    else:
        start, stop = a.get("start") or 0, a.get("end")
        if a.get("step", 1) != 1:
            raise Unsupported("every so many elements are overwritten")
        stop = size if stop is None or stop == 2**63 - 1 or stop == size else stop
    if start == 0 and stop == size:
        return part
    before = [] if start == 0 else [slice(None, start)]
    after = [] if stop == size else [slice(stop, None)]
    lead = [slice(None)] * axis
    sides = [[m.apply("index", x, entries=(*lead, s)) for s in side] for side in (before, after)]
    return m.apply("concatenate", (*sides[0], part, *sides[1]), axis=near_end(axis, x.rank))


@says("fill")
def fill(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("full_like", a.tensor("self"), a["value"])


@says("copy")
def copy(m: TorchMaking, a: Arguments) -> Tensor:
    x, source = a.tensor("self"), a.tensor("src")
    if source.dtype != x.dtype:
        source = m.apply("astype", source, x.dtype)
    return source if source.shape == x.shape else m.apply("broadcast_to", source, x.shape)


# --- products -----------------------------------------------------------------------------------

for _name in ("matmul", "mm", "bmm", "mv", "dot", "linalg_matmul"):
    TABLE[_name] = lambda m, a: m.apply("matmul", *_two(a))


def _two(a: Arguments) -> tuple[Tensor, Tensor]:
    one, other = (a[name] for name in list(a)[:2])
    assert isinstance(one, Tensor)
    assert isinstance(other, Tensor)
    return one, other


@says("linear")
def linear(m: TorchMaking, a: Arguments) -> Tensor:
    x, weight, bias = a.tensor("input"), a.tensor("weight"), a["bias"]
    weight = m.turned(weight)
    if weight.role != "param":
        product = m.apply("matmul", x, weight)
        return product if bias is None else m.apply("add", product, bias)
    return m.apply("linear", x, weight, *([] if bias is None else [bias]))


@says("addmm", "addbmm", "baddbmm", "addmv")
def addmm(m: TorchMaking, a: Arguments) -> Tensor:
    added, one, other = (a[name] for name in list(a)[:3])
    product = m.apply("matmul", one, other)
    if a.name == "addbmm":
        product = m.apply("sum", product, axis=0)
    if a.get("alpha", 1) != 1:
        product = m.apply("multiply", a["alpha"], product)
    if not a.get("beta", 1):
        return product
    added = added if a.get("beta", 1) == 1 else m.apply("multiply", a["beta"], added)
    return m.apply("add", product, added)


@says("einsum")
def einsum(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("einsum", a["equation"].replace(" ", ""), *a["tensors"])


@says("outer", "ger")
def outer(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("outer", *_two(a))


@says("bilinear")
def bilinear(m: TorchMaking, a: Arguments) -> Tensor:
    found = m.apply("einsum", "...i,oij,...j->...o", a["input1"], a["weight"], a["input2"])
    return found if a["bias"] is None else m.apply("add", found, a["bias"])


@says("cdist")
def cdist(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("cdist", a.tensor("x1"), a.tensor("x2"), **told(p=(a["p"], 2)))


@says("cosine_similarity")
def cosine_similarity(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("x1")
    attrs = told(axis=(near_end(a["dim"], x.rank), -1), eps=(a["eps"], 1e-8))
    return m.apply("cosine_similarity", x, a.tensor("x2"), **attrs)


@says("scaled_dot_product_attention")
def attention(m: TorchMaking, a: Arguments) -> Tensor:
    if a["dropout_p"]:
        raise Unsupported("dropout in attention", "export the model after `.eval()`")
    q, k, v = (a.tensor(n) for n in ("query", "key", "value"))
    if a.get("enable_gqa") and q.shape[-3] != k.shape[-3]:
        groups = q.shape[-3] // k.shape[-3]
        k, v = (m.apply("repeat", t, groups, axis=t.rank - 3) for t in (k, v))
    attrs: dict[str, Any] = {}
    if a["attn_mask"] is not None:
        attrs["mask"] = a["attn_mask"]
    attrs |= told(causal=(bool(a["is_causal"]), False), scale=(a.get("scale"), None))
    return m.apply("scaled_dot_product_attention", q, k, v, **attrs)
