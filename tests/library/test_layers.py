"""The layers of `nn`: their parameters, their values, and their gradients by differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special

from gradc.compiler import compile_source
from gradc.source import Source
from gradc.verification.emitted import Module, Point
from tests.library.definitions import group_norm
from tests.library.windows import conv1d, conv_transpose


def sigmoid(x: Any) -> Any:
    return scipy.special.expit(x)


def layer_norm(x: Any, eps: float = 1e-5) -> Any:
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)


def gru(p: dict[str, Any], x: Any, h: Any) -> Any:
    xs, hs = np.split(x @ p["W"] + p["b"], 3, -1), np.split(h @ p["U"] + p["c"], 3, -1)
    r, z = sigmoid(xs[0] + hs[0]), sigmoid(xs[1] + hs[1])
    return (1 - z) * np.tanh(xs[2] + r * hs[2]) + z * h


def lstm(p: dict[str, Any], x: Any, h: Any, c: Any) -> Any:
    i, f, g, o = np.split(x @ p["W"] + h @ p["U"] + p["b"], 4, -1)
    cell = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(cell), cell


def attention(p: dict[str, Any], x: Any, heads: int, causal: bool) -> Any:
    width = x.shape[-1] // heads
    q, k, v = np.split(x @ p["Wqkv"] + p["bqkv"], 3, -1)
    seen = []
    for head in range(heads):
        part = np.s_[..., head * width : (head + 1) * width]
        scores = q[part] @ k[part].mT / np.sqrt(width)
        if causal:
            scores = np.where(np.tri(x.shape[-2], dtype=bool), scores, -np.inf)
        seen.append(scipy.special.softmax(scores, axis=-1) @ v[part])
    return np.concatenate(seen, axis=-1) @ p["Wo"] + p["bo"]


# name: inputs, call, shapes of the parameters, value
LAYERS: dict[str, tuple[dict[str, Any], str, dict[str, Any], Any]] = {
    "Dense": (
        {"x": (2, 3)}, "Dense(x, 4)", {"W": (3, 4), "b": (4,)},
        lambda p, x: x @ p["W"] + p["b"],
    ),
    "Dense without a bias": (
        {"x": (2, 3)}, "Dense(x, 4, bias=false)", {"W": (3, 4)}, lambda p, x: x @ p["W"],
    ),
    "Conv2d": (
        {"x": (2, 2, 4, 4)}, "Conv2d(x, 3, 1)", {"W": (3, 2, 1, 1), "b": (3,)},
        lambda p, x: np.einsum("nchw,oc->nohw", x, p["W"][..., 0, 0]) + p["b"][:, None, None],
    ),
    "Conv2d with groups": (
        {"x": (2, 2, 4, 4)}, "Conv2d(x, 4, 1, groups=2, bias=false)", {"W": (4, 1, 1, 1)},
        lambda p, x: np.repeat(x, 2, axis=1) * p["W"].reshape(4, 1, 1),
    ),
    "Conv1d": (
        {"x": (2, 2, 4)}, "Conv1d(x, 3, 2, padding=1, dilation=2)", {"W": (3, 2, 2), "b": (3,)},
        lambda p, x: conv1d(x, p["W"], padding=1, dilation=2) + p["b"][:, None],
    ),
    "Conv1d with groups": (
        {"x": (2, 2, 4)}, "Conv1d(x, 4, 3, stride=2, groups=2, bias=false)", {"W": (4, 1, 3)},
        lambda p, x: conv1d(x, p["W"], stride=2, groups=2),
    ),
    "ConvTranspose2d": (
        {"x": (2, 2, 3, 3)}, "ConvTranspose2d(x, 3, 2)", {"W": (2, 3, 2, 2), "b": (3,)},
        lambda p, x: conv_transpose(2)(x, p["W"]) + p["b"][:, None, None],
    ),
    "ConvTranspose2d with groups": (
        {"x": (1, 4, 3, 3)},
        "ConvTranspose2d(x, 6, 3, 2, 1, output_padding=1, dilation=2, groups=2, bias=false)",
        {"W": (4, 3, 3, 3)},
        lambda p, x: conv_transpose(2)(
            x, p["W"], stride=2, padding=1, output_padding=1, dilation=2, groups=2
        ),
    ),
    "GroupNorm": (
        {"x": (2, 4, 3)}, "GroupNorm(x, 2, eps=1e-3)", {"weight": (4,), "bias": (4,)},
        lambda p, x: group_norm(x, 2, p["weight"], p["bias"], 1e-3),
    ),
    "InstanceNorm": (
        {"x": (2, 3, 2, 2)}, "InstanceNorm(x)", {"weight": (3,), "bias": (3,)},
        lambda p, x: group_norm(x, 3, p["weight"], p["bias"]),
    ),
    "PReLU": (
        {"x": (2, 3)}, "PReLU(x)", {"weight": ()},
        lambda p, x: np.where(x > 0, x, p["weight"] * x),
    ),
    "Embedding": (
        {"ids": (2, 3)}, "Embedding(ids, 5, 4)", {"table": (5, 4)}, lambda p, ids: p["table"][ids],
    ),
    "LayerNorm": (
        {"x": (2, 4)}, "LayerNorm(x)", {"weight": (4,), "bias": (4,)},
        lambda p, x: layer_norm(x) * p["weight"] + p["bias"],
    ),
    "RMSNorm": (
        {"x": (2, 4)}, "RMSNorm(x)", {"weight": (4,)},
        lambda p, x: x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6) * p["weight"],
    ),
    "RNNCell": (
        {"x": (2, 3), "h": (2, 4)}, "RNNCell(x, h)", {"W": (3, 4), "U": (4, 4), "b": (4,)},
        lambda p, x, h: np.tanh(x @ p["W"] + h @ p["U"] + p["b"]),
    ),
    "GRUCell": (
        {"x": (2, 3), "h": (2, 4)}, "GRUCell(x, h)",
        {"W": (3, 12), "U": (4, 12), "b": (12,), "c": (12,)}, gru,
    ),
    "LSTMCell": (
        {"x": (2, 3), "h": (2, 4), "c": (2, 4)}, "LSTMCell(x, h, c)",
        {"W": (3, 16), "U": (4, 16), "b": (16,)}, lstm,
    ),
    "MultiHeadAttention": (
        {"x": (2, 3, 4)}, "MultiHeadAttention(x, 2)",
        {"Wqkv": (4, 12), "bqkv": (12,), "Wo": (4, 4), "bo": (4,)},
        lambda p, x: attention(p, x, 2, False),
    ),
    "MultiHeadAttention, causal": (
        {"x": (2, 3, 4)}, "MultiHeadAttention(x, 2, causal=true)",
        {"Wqkv": (4, 12), "bqkv": (12,), "Wo": (4, 4), "bo": (4,)},
        lambda p, x: attention(p, x, 2, True),
    ),
}  # fmt: skip


@pytest.mark.parametrize("label", LAYERS)
def test_layer(label: str) -> None:
    inputs, call, shapes, value = LAYERS[label]
    compiled, point = _drawn(inputs, call)
    assert {n: np.shape(a) for n, a in point.params.items()} == {
        f"part.{n}": s for n, s in shapes.items()
    }
    outputs = list(compiled.forward(point)[0])
    own = {n.removeprefix("part."): a for n, a in point.params.items()}
    expected = value(own, **point.inputs)
    expected = expected if isinstance(expected, tuple) else (expected,)
    for output, array in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(output, array, rtol=1e-12, atol=1e-13)
    _check_gradients(compiled, point)


def test_transformer_block() -> None:
    compiled, point = _drawn({"x": (2, 3, 4)}, "TransformerBlock(x, 2)")
    assert [n.removeprefix("part.") for n in point.params] == [
        "norm1.weight", "norm1.bias", "attn.Wqkv", "attn.bqkv", "attn.Wo", "attn.bo",
        "norm2.weight", "norm2.bias", "up.W", "up.b", "down.W", "down.b",
    ]  # fmt: skip
    p = {n.removeprefix("part."): a for n, a in point.params.items()}
    x = point.inputs["x"]
    first = layer_norm(x) * p["norm1.weight"] + p["norm1.bias"]
    attn = {n.removeprefix("attn."): a for n, a in p.items() if n.startswith("attn.")}
    h = x + attention(attn, first, 2, True)
    second = layer_norm(h) * p["norm2.weight"] + p["norm2.bias"]
    up = second @ p["up.W"] + p["up.b"]
    expected = h + up * scipy.special.ndtr(up) @ p["down.W"] + p["down.b"]
    (output,) = compiled.forward(point)[0]
    np.testing.assert_allclose(output, expected, rtol=1e-12, atol=1e-13)
    _check_gradients(compiled, point)


def _drawn(inputs: dict[str, Any], call: str) -> tuple[Module, Point]:
    integers = {"ids": "i64"}
    lines = [f"from nn import {call.partition('(')[0]}"]
    lines += [f"input {n}: {integers.get(n, '')}{list(s)}" for n, s in inputs.items()]
    names = "out, cell" if call.startswith("LSTM") else "out"
    lines += [f"{names} = {call} as part", f"output {names}", ""]
    compilation = compile_source(Source("part.graph", "\n".join(lines)))
    rng = np.random.default_rng(3)
    arrays = {
        n: rng.integers(0, 5, s) if n in integers else rng.normal(size=s) for n, s in inputs.items()
    }
    params = {p.name: rng.normal(size=p.value.type.shape) for p in compilation.graph.params}
    module = Module(compilation.text, "layer")
    outputs = module.forward(Point({}, arrays, params, {}))[0]._asdict()
    cotangents = {n: rng.normal(size=np.shape(a)) for n, a in outputs.items()}
    return module, Point({}, arrays, params, cotangents)


def _check_gradients(module: Module, point: Point) -> None:
    rng = np.random.default_rng(4)
    for name, gradient in module.gradients(point).items():
        along = rng.normal(size=np.shape(gradient))
        above, below = (
            module.value(point.moved(name, point.params[name] + step * along))
            for step in (1e-6, -1e-6)
        )
        np.testing.assert_allclose(
            np.sum(gradient * along), (above - below) / 2e-6, rtol=1e-6, atol=1e-7
        )
