"""ATen's cells of recurrent networks, bags of embeddings, and weights of unit length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradc.importing.foreign import Tensor, Unsupported
from gradc.importing.parts import owner
from gradc.importing.torch.aten import Arguments, TorchMaking, axes_of, says, told


def _gates(m: TorchMaking, x: Tensor, a: Arguments, word: str) -> Tensor:
    """`x @ W + b` with the weights of one of the two sides of a cell, turned."""
    weight, bias = a.tensor(f"w_{word}"), a.get(f"b_{word}")
    if weight.role != "param" or weight.data is None:
        product = m.apply("matmul", x, m.apply("transpose", weight))
        return product if bias is None else m.apply("add", product, bias)
    own = ".".join((*owner(weight), word))
    held = [m.own_param(f"{own}.W", weight.data.T)]
    if isinstance(bias, Tensor) and bias.data is not None:
        held.append(m.own_param(f"{own}.b", bias.data))
    return m.apply("linear", x, *held)


def _both(m: TorchMaking, a: Arguments, hidden: Tensor) -> tuple[Tensor, Tensor]:
    return _gates(m, a.tensor("input"), a, "ih"), _gates(m, hidden, a, "hh")


@says("lstm_cell")
def lstm_cell(m: TorchMaking, a: Arguments) -> tuple[Tensor, Tensor]:
    h, c = a["hx"]
    gates = m.apply_all("split", m.apply("add", *_both(m, a, h)), 4, axis=-1)
    i, f, o = (m.apply("sigmoid", gates[k]) for k in (0, 1, 3))
    new = m.apply("multiply", i, m.apply("tanh", gates[2]))
    cell = m.apply("add", m.apply("multiply", f, c), new)
    return m.apply("multiply", o, m.apply("tanh", cell)), cell


@says("gru_cell")
def gru_cell(m: TorchMaking, a: Arguments) -> Tensor:
    h = a.tensor("hx")
    (xr, xz, xn), (hr, hz, hn) = (
        m.apply_all("split", g, 3, axis=-1) for g in _both(m, a, h)
    )  # fmt: skip
    r = m.apply("sigmoid", m.apply("add", xr, hr))
    z = m.apply("sigmoid", m.apply("add", xz, hz))
    n = m.apply("tanh", m.apply("add", xn, m.apply("multiply", r, hn)))
    return m.apply("add", n, m.apply("multiply", z, m.apply("subtract", h, n)))


@says("rnn_tanh_cell", "rnn_relu_cell")
def rnn_cell(m: TorchMaking, a: Arguments) -> Tensor:
    total = m.apply("add", *_both(m, a, a.tensor("hx")))
    return m.apply("tanh" if "tanh" in a.name else "relu", total)


_BAGS = ("sum", "mean", "max")


@says("embedding_bag", "_embedding_bag", "_embedding_bag_forward_only")
def embedding_bag(m: TorchMaking, a: Arguments) -> tuple[Any, ...]:
    table, places, starts = (a.tensor(n) for n in ("weight", "indices", "offsets"))
    kind = _BAGS[a["mode"]]
    if a["scale_grad_by_freq"]:
        raise Unsupported("gradients over how often an embedding is read", "leave it out")
    if a.get("padding_idx") not in (None, -1):
        raise Unsupported("bags of embeddings with a padding", "leave `padding_idx` out")
    rows = m.apply("take", table, places, axis=0)
    if (weights := a.get("per_sample_weights")) is not None:
        rows = m.apply("multiply", rows, m.apply("index", weights, entries=(slice(None), None)))
    if a.get("include_last_offset"):
        starts = m.apply("index", starts, entries=(slice(None, -1),))
    count, width = starts.shape[0], table.shape[1]
    each = _each(starts, places)
    if each:
        found = m.apply(kind, m.apply("reshape", rows, (count, each, width)), axis=1)
        return found, None, None, None
    if kind == "max":
        raise Unsupported("the largest of bags of different sizes", "give an array of equal rows")
    position = m.apply("arange", places.shape[0])
    bags = m.apply("subtract", m.apply("searchsorted", starts, position, side="right"), 1)
    found = m.apply("scatter_add", rows, bags, (count, width), axis=0)
    if kind == "mean":
        ones = m.apply("ones", (places.shape[0], 1), **told(dtype=(table.dtype, "f32")))
        held = m.apply("scatter_add", ones, bags, (count, 1), axis=0)
        found = m.apply("divide", found, m.apply("maximum", held, 1))
    return found, None, None, None


def _each(starts: Tensor, places: Tensor) -> int:
    """How many embeddings each bag has, where that is known to be the same number."""
    count = places.shape[0]
    if starts.data is None or not starts.data.size or not isinstance(count, int):
        return 0
    steps = np.diff(np.append(starts.data, count))
    return int(steps[0]) if starts.data[0] == 0 and len(set(steps.tolist())) == 1 else 0


@says("_weight_norm", "_weight_norm_interface", "norm_except_dim")
def weight_norm(m: TorchMaking, a: Arguments) -> Any:
    """`g` times `v` over its length along all axes but one; all of them where that is -1."""
    v, axis = a.tensor("v"), a["dim"]
    if a.get("pow", 2) != 2:
        raise Unsupported("a weight over a norm that is not of order 2")
    others: Sequence[int] = [i for i in range(v.rank) if axis == -1 or i != axis % v.rank]
    axes = axes_of(tuple(others), v.rank)
    squares = m.apply("sum", m.apply("square", v), axis=axes, keepdims=True)
    length = m.apply("sqrt", squares)
    if axis == -1:
        length = m.apply("reshape", length, ())
    if a.name == "norm_except_dim":
        return length
    scaled = m.apply("multiply", v, m.apply("divide", a.tensor("g"), length))
    return scaled if a.name == "_weight_norm" else (scaled, length)
