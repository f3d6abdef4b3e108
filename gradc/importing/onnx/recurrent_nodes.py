"""ONNX's recurrent layers: loops where they are those of `nn`, else written out step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradc.importing.foreign import Tensor
from gradc.importing.onnx.bound import Bound, Known
from gradc.importing.onnx.elementwise_nodes import short
from gradc.importing.onnx.one_node import Node
from gradc.importing.onnx.sayings import says

GATES = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
"""Where the gates of `nn` are among those of ONNX: i f g o in i o f c, r z n in z r h."""

USUAL = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}
WRITTEN_OUT = 256
"""Steps at most of a layer that is no loop of `nn`."""


@says("LSTM", "GRU", "RNN")
def recurrent(n: Node) -> Bound:
    x = n.tensor(0)
    batch_first = bool(n.attr("layout", 0))
    axis = 1 if batch_first else 0
    direction = n.attr("direction", "forward")
    count = 2 if direction == "bidirectional" else 1
    batch = x.shape[1 - axis]
    hidden = int(n.attr("hidden_size", n.shape(2)[-1]))
    states = 2 if n.op == "LSTM" else 1
    made: list[tuple[Tensor, ...]] = []
    for d in range(count):
        start = [
            _initial(n, 5 + k, d, batch_first) or n.apply("zeros", (batch, hidden), dtype=x.dtype)
            for k in range(states)
        ]
        weights = _weights(n, d)
        backwards = direction == "reverse" or d == 1
        if _is_usual(n, x.shape[axis]) and all(w.role == "param" for w in weights):
            seen = n.apply("flip", x, axis=axis) if backwards else x
            ys, *last = n.apply_all(n.op.lower(), seen, *start, *weights, axis=axis)
            made.append((n.apply("flip", ys, axis=axis) if backwards else ys, *last))
        else:
            made.append(_written_out(n, x, axis, start, weights, d, backwards))
    return tuple(
        _joined(n, [m[k] for m in made], (2 if batch_first else 1) if k == 0 else axis)
        for k in range(1 + states)
    )


def _joined(n: Node, parts: list[Tensor], axis: int) -> Tensor:
    """What the directions give, along an axis of their own."""
    if len(parts) == 1:
        return n.apply("expand_dims", parts[0], axis=axis)
    return n.apply("stack", tuple(parts), axis=axis)


def _initial(n: Node, i: int, d: int, batch_first: bool) -> Tensor | None:
    """The state that a direction starts from; None where that is 0."""
    if not n.has(i):
        return None
    bound = n.inputs[i]
    if isinstance(bound, Known):
        if not bound.data.any():
            return None
        return n.as_tensor(
            Known(bound.data[:, d] if batch_first else bound.data[d], bound.name, True), "h"
        )
    x = n.as_tensor(bound)
    if (
        x.maker
        and x.maker.op == "expand_dims"
        and x.maker.attrs["axis"] == (1 if batch_first else 0)
    ):
        source = x.maker.operands[0]
        return source if isinstance(source, Tensor) else None
    return n.index(x, slice(None), d) if batch_first else n.index(x, d)


def _weights(n: Node, d: int) -> list[Tensor]:
    """W, U and the biases, laid out as those of `nn`."""
    order = GATES[n.op]
    path = n.learned.owner(n.op.lower())
    w, u = (_gates(n, n.bound(i), d, order, f"{path}.{word}") for i, word in ((1, "W"), (2, "U")))
    hidden = u.shape[0]
    assert isinstance(hidden, int)
    one = len(order) * hidden
    bound = n.inputs[3] if n.has(3) else Known(np.zeros((d + 1, 2 * one), np.float32))
    if isinstance(bound, Known):
        first, second = (_ordered(bound.data[d][k * one : (k + 1) * one], order) for k in (0, 1))
        biases = {"b": first, "c": second} if n.op == "GRU" else {"b": first + second}
        return [w, u, *[n.learned.placed(Known(v), f"{path}.{k}") for k, v in biases.items()]]
    given = n.index(n.as_tensor(bound), d)
    both = [
        _reordered(n, n.index(given, slice(k * one or None, (k + 1) * one)), order) for k in (0, 1)
    ]
    return [w, u, *both] if n.op == "GRU" else [w, u, n.apply("add", *both)]


def _ordered(data: np.ndarray[Any, Any], order: Sequence[int]) -> np.ndarray[Any, Any]:
    parts = np.split(data, len(order))
    return np.concatenate([parts[g] for g in order])


def _gates(n: Node, bound: Bound, d: int, order: Sequence[int], path: str) -> Tensor:
    """The matrix of one direction, [in, gates]."""
    if isinstance(bound, Known):
        return n.learned.placed(Known(_ordered(bound.data[d], order).T), path)
    return n.apply("transpose", _reordered(n, n.index(n.as_tensor(bound), d), order))


def _reordered(n: Node, x: Tensor, order: Sequence[int]) -> Tensor:
    if len(order) == 1:
        return x
    parts = n.apply_all("split", x, len(order))
    return n.apply("concatenate", tuple(parts[g] for g in order))


def _is_usual(n: Node, steps: Any) -> bool:
    """Whether it is what a layer of `nn` computes in each step."""
    usual = USUAL[n.op]
    activations = [a.capitalize() for a in n.attr("activations") or usual]
    return (
        activations == usual * (len(activations) // len(usual))
        and not n.attr("clip")
        and not n.attr("input_forget", 0)
        and not n.has(7)
        and (n.op != "GRU" or bool(n.attr("linear_before_reset", 0)))
        and _whole(n, steps)
    )


def _whole(n: Node, steps: Any) -> bool:
    """Whether all sequences are as long as the longest."""
    if not n.has(4):
        return True
    return n.is_known(4) and all(length == steps for length in n.sizes(4))


# --- step by step ---


def _written_out(
    n: Node,
    x: Tensor,
    axis: int,
    start: list[Tensor],
    weights: list[Tensor],
    d: int,
    backwards: bool,
) -> tuple[Tensor, ...]:
    """All outputs and the last states."""
    steps = x.shape[axis]
    if not isinstance(steps, int) or steps > WRITTEN_OUT:
        raise n.refuse(
            f"that is no layer of `nn`, of {steps} steps", "such are written out: at most 256"
        )
    states, outputs = start, []
    for t in range(steps)[::-1] if backwards else range(steps):
        x_t = n.index(x, slice(None), t) if axis else n.index(x, t)
        following = STEPS[n.op](n, x_t, states, weights, d)
        shown = following[0]
        if not _whole(n, steps):
            there = n.index(n.apply("greater", n.tensor(4), t), slice(None), None)
            following = [
                n.apply("where", there, f, s) for f, s in zip(following, states, strict=True)
            ]
            shown = n.apply("where", there, shown, 0)
        states = following
        outputs.append(shown)
    stack = n.apply(
        "stack", tuple(outputs[::-1] if backwards else outputs), **({"axis": axis} if axis else {})
    )
    return (stack, *states)


def _activation(n: Node, k: int, d: int, x: Tensor) -> Tensor:
    """The k-th function of a direction."""
    usual = USUAL[n.op]
    names = n.attr("activations") or usual * 2
    at = k + d * len(usual) if len(names) > len(usual) else k
    alphas, betas = n.attr("activation_alpha") or [], n.attr("activation_beta") or []
    alpha = short(alphas[at]) if at < len(alphas) else None
    beta = short(betas[at]) if at < len(betas) else None
    if clip := n.attr("clip"):
        x = n.apply("clip", x, min=-short(clip), max=short(clip))
    match names[at].lower():
        case "sigmoid" | "tanh" | "relu" | "softsign" | "softplus" as name:
            return n.apply(name, x)
        case "affine":
            return n.apply("add", n.apply("multiply", alpha or 1.0, x), beta or 0.0)
        case "leakyrelu":
            return n.apply("leaky_relu", x, negative_slope=0.01 if alpha is None else alpha)
        case "elu":
            return n.apply("elu", x, alpha=1.0 if alpha is None else alpha)
        case "hardsigmoid":
            scaled = n.apply("multiply", 0.2 if alpha is None else alpha, x)
            return n.apply(
                "clip", n.apply("add", scaled, 0.5 if beta is None else beta), min=0, max=1
            )
    raise n.refuse(f"with the activation {names[at]}")


def _scores(n: Node, x: Tensor, h: Tensor, weights: list[Tensor]) -> Tensor:
    w, u, b = weights
    return n.apply("add", n.apply("add", n.apply("matmul", x, w), n.apply("matmul", h, u)), b)


def _lstm(n: Node, x: Tensor, states: list[Tensor], weights: list[Tensor], d: int) -> list[Tensor]:
    h, c = states
    zi, zf, zg, zo = n.apply_all("split", _scores(n, x, h, weights), 4, axis=-1)
    peeps = None
    if n.has(7):
        peeps = n.apply_all("split", n.index(n.tensor(7), d), 3)  # of i, o, f
        zi = n.apply("add", zi, n.apply("multiply", peeps[0], c))
        zf = n.apply("add", zf, n.apply("multiply", peeps[2], c))
    i = _activation(n, 0, d, zi)
    f = n.apply("subtract", 1, i) if n.attr("input_forget", 0) else _activation(n, 0, d, zf)
    cell = n.apply(
        "add", n.apply("multiply", f, c), n.apply("multiply", i, _activation(n, 1, d, zg))
    )
    if peeps:
        zo = n.apply("add", zo, n.apply("multiply", peeps[1], cell))
    return [n.apply("multiply", _activation(n, 0, d, zo), _activation(n, 2, d, cell)), cell]


def _gru(n: Node, x: Tensor, states: list[Tensor], weights: list[Tensor], d: int) -> list[Tensor]:
    (h,) = states
    w, u, b, c = weights
    xr, xz, xn = n.apply_all("split", n.apply("add", n.apply("matmul", x, w), b), 3, axis=-1)
    size = h.shape[-1]
    if n.attr("linear_before_reset", 0):
        hr, hz, hn = n.apply_all("split", n.apply("add", n.apply("matmul", h, u), c), 3, axis=-1)
        r = _activation(n, 0, d, n.apply("add", xr, hr))
        new = n.apply("add", xn, n.apply("multiply", r, hn))
    else:
        gates = [n.index(u, slice(None), slice(None, 2 * size)), n.index(c, slice(None, 2 * size))]
        both = n.apply("add", n.apply("matmul", h, gates[0]), gates[1])
        hr, hz = n.apply_all("split", both, 2, axis=-1)
        r = _activation(n, 0, d, n.apply("add", xr, hr))
        own = [n.index(u, slice(None), slice(2 * size, None)), n.index(c, slice(2 * size, None))]
        kept = n.apply("add", n.apply("matmul", n.apply("multiply", r, h), own[0]), own[1])
        new = n.apply("add", xn, kept)
    z = _activation(n, 0, d, n.apply("add", xz, hz))
    candidate = _activation(n, 1, d, new)
    return [n.apply("add", candidate, n.apply("multiply", z, n.apply("subtract", h, candidate)))]


def _rnn(n: Node, x: Tensor, states: list[Tensor], weights: list[Tensor], d: int) -> list[Tensor]:
    return [_activation(n, 0, d, _scores(n, x, states[0], weights))]


STEPS = {"LSTM": _lstm, "GRU": _gru, "RNN": _rnn}
"""One step of each, whose weights are laid out as those of `nn`."""
