"""ATen's convolutions, pooling, normalisation, resizing and recurrent layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradc.importing.foreign import Operand, Tensor, Unsupported
from gradc.importing.parts import owner
from gradc.importing.torch.aten import Arguments, TorchMaking, says, shared, told
from gradc.ir.sizes import Size


def _windows(a: Arguments, *names: str) -> dict[str, Any]:
    """Strides, paddings and the like that are not what they are by default."""
    usual = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "output_padding": 0}
    return told(**{n: (_one(a[n]), usual[n]) for n in names if n in a})


def _one(value: Any) -> Any:
    """Two paddings by axis are pairs; equal numbers are one."""
    return shared(value) if isinstance(value, list | tuple) else value


@says("conv1d", "conv2d", "conv3d")
def convolution(m: TorchMaking, a: Arguments) -> Tensor:
    bias: dict[str, Any] = {} if a["bias"] is None else {"bias": a["bias"]}
    attrs = _windows(a, "stride", "padding", "dilation", "groups")
    x = a.tensor("input")
    return _batched(m, a.name, x, a.tensor("weight"), int(a.name[4]), {**bias, **attrs})


@says("conv_transpose1d", "conv_transpose2d")
def transposed(m: TorchMaking, a: Arguments) -> Tensor:
    bias: dict[str, Any] = {} if a["bias"] is None else {"bias": a["bias"]}
    attrs = _windows(a, "stride", "padding", "output_padding", "dilation", "groups")
    rank = int(a.name[-2])
    return _batched(m, a.name, a.tensor("input"), a.tensor("weight"), rank, {**bias, **attrs})


def _batched(
    m: TorchMaking, op: str, x: Tensor, weight: Tensor, rank: int, attrs: dict[str, Any]
) -> Tensor:
    """A convolution, also of a single image."""
    if x.rank == rank + 2:
        return m.apply(op, x, weight, **attrs)
    one = m.apply("index", x, entries=(None,))
    return m.apply("index", m.apply(op, one, weight, **attrs), entries=(0,))


@says("max_pool1d", "max_pool2d", "max_pool3d", "max_pool2d_with_indices")
def max_pool(m: TorchMaking, a: Arguments) -> Any:
    size = _one(a["kernel_size"])
    stride = _one(a["stride"]) if a["stride"] not in (None, [], ()) else size
    attrs = told(
        stride=(stride, size), padding=(_one(a["padding"]), 0), dilation=(_one(a["dilation"]), 1),
        ceil_mode=(bool(a["ceil_mode"]), False),
    )  # fmt: skip
    y = m.apply(a.name.partition("_with")[0], a.tensor("self"), size, **attrs)
    return (y, None) if a.name.endswith("indices") else y


@says("avg_pool1d", "avg_pool2d", "avg_pool3d")
def avg_pool(m: TorchMaking, a: Arguments) -> Tensor:
    if a.get("divisor_override"):
        raise Unsupported("a mean by another count", "multiply the mean by the ratio of the counts")
    size = _one(a["kernel_size"])
    stride = _one(a["stride"]) if a["stride"] not in (None, [], ()) else size
    attrs = told(
        stride=(stride, size), padding=(_one(a["padding"]), 0),
        ceil_mode=(bool(a["ceil_mode"]), False),
        count_include_pad=(bool(a["count_include_pad"]), True),
    )  # fmt: skip
    return m.apply(a.name, a.tensor("self"), size, **attrs)


@says("adaptive_avg_pool1d", "adaptive_avg_pool2d", "_adaptive_avg_pool2d")
def adaptive_avg_pool(m: TorchMaking, a: Arguments) -> Tensor:
    x, rank = a.tensor("self"), int(a.name[-2])
    wanted: list[Any] = list(a.sizes("output_size"))
    size = [x.shape[i - rank] if s is None else s for i, s in enumerate(wanted)]
    if all(s == 1 for s in size):
        axes: Operand = tuple(range(-rank, 0)) if rank > 1 else -1
        return m.apply("mean", x, axis=axes, keepdims=True)
    return m.apply(a.name.strip("_"), x, shared(size))


@says("adaptive_max_pool1d", "adaptive_max_pool2d")
def adaptive_max_pool(m: TorchMaking, a: Arguments) -> Any:
    x, rank = a.tensor("self"), int(a.name[-2])
    windows = []
    for have, want in zip(x.shape[-rank:], a.sizes("output_size"), strict=True):
        if not isinstance(have, int) or not isinstance(want, int) or have % want:
            raise Unsupported("a maximum over windows of different sizes")
        windows.append(have // want)
    return m.apply(f"max_pool{rank}d", x, shared(windows)), None


def _scale(a: Arguments, usual: float = 1e-5) -> dict[str, Any]:
    found: dict[str, Any] = {n: a[n] for n in ("weight", "bias") if a.get(n) is not None}
    eps = a.get("eps")
    return found | told(eps=(usual if eps is None else eps, usual))


@says("layer_norm", "native_layer_norm")
def layer_norm(m: TorchMaking, a: Arguments) -> Any:
    count = len(a["normalized_shape"])
    axis = told(axis=(tuple(range(-count, 0)), (-1,)))
    y = m.apply("layer_norm", a.tensor("input"), **axis, **_scale(a))
    return y if a.name == "layer_norm" else (y, None, None)


@says("rms_norm")
def rms_norm(m: TorchMaking, a: Arguments) -> Tensor:
    x, count = a.tensor("input"), len(a["normalized_shape"])
    if a["eps"] is None:
        a["eps"] = float(np.finfo(np.float64 if x.dtype == "f64" else np.float32).eps)
    axis = told(axis=(tuple(range(-count, 0)), (-1,)))
    return m.apply("rms_norm", x, **axis, **_scale(a, 1e-6))


@says("group_norm")
def group_norm(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("group_norm", a.tensor("input"), a["num_groups"], **_scale(a))


@says("instance_norm")
def instance_norm(m: TorchMaking, a: Arguments) -> Tensor:
    if not a["use_input_stats"] or a["running_mean"] is not None or a["running_var"] is not None:
        raise Unsupported("instance norm with running statistics")
    a.pop("momentum")  # which would move them
    return m.apply("instance_norm", a.tensor("input"), **_scale(a))


@says("batch_norm", "_native_batch_norm_legit_no_training", "_native_batch_norm_legit_functional",
      "native_batch_norm", "_native_batch_norm_legit")  # fmt: skip
def batch_norm(m: TorchMaking, a: Arguments) -> Any:
    """With its state, which training moves: the layer of `nn` does the same."""
    eps, momentum = told(eps=(a["eps"], 1e-5)), a["momentum"]
    mean, var = a.get("running_mean"), a.get("running_var")
    weight, bias = a.get("weight"), a.get("bias")
    if mean is None:
        y = m.apply("batch_norm", a.tensor("input"), weight, bias, **eps)
    else:
        attrs = eps | told(momentum=(momentum, 0.1))
        y = m.apply("batch_norm", a.tensor("input"), weight, bias, mean, var, **attrs)
    return y if a.name == "batch_norm" else (y, None, None, mean, var)


@says("upsample_nearest1d", "upsample_nearest2d", "upsample_linear1d", "upsample_bilinear2d")
def interpolate(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("input" if "input" in a else "self")
    mode = a.name.split("_")[1].rstrip("12d")
    attrs = told(mode=(mode, "nearest"))
    if mode != "nearest":
        attrs["align_corners"] = bool(a["align_corners"])
    factors = a.get("scale_factors")
    if factors:
        whole = [int(f) if float(f).is_integer() else float(f) for f in factors]
        return m.apply("interpolate", x, scale=shared(whole), **attrs)
    return m.apply("interpolate", x, size=shared(a.sizes("output_size")), **attrs)


# --- recurrent layers ---------------------------------------------------------------------------

_PARTS = {"lstm": "lstm", "gru": "gru", "rnn_tanh": "rnn", "rnn_relu": "rnn"}


@says("lstm", "gru", "rnn_tanh", "rnn_relu")
def recurrent(m: TorchMaking, a: Arguments) -> tuple[Tensor, ...]:
    """Layers of a recurrent network, each a loop, or two that go from either end."""
    op = _PARTS[a.name]
    if "input" not in a:
        raise Unsupported("packed sequences", "export the model with padded ones")
    dropout, train = a["dropout"], a["train"]
    if dropout and train:
        raise Unsupported("dropout between recurrent layers", "export the model after `.eval()`")
    x = a.tensor("input")
    axis = 1 if a["batch_first"] else 0
    states = a["hx"] if isinstance(a["hx"], list | tuple) else [a["hx"]]
    each = 4 if a["has_biases"] else 2
    directions = 2 if a["bidirectional"] else 1
    if len(a["params"]) != each * directions * a["num_layers"]:
        raise Unsupported("a recurrent layer with projections", "write its loop by hand")
    last: list[list[Tensor]] = [[] for _ in states]
    for layer in range(a["num_layers"]):
        sides = []
        for side in range(directions):
            place = layer * directions + side
            weights = a["params"][place * each : (place + 1) * each]
            initial = [_initial(m, s, place, x.shape[1 - axis]) for s in states]
            is_alone = a["num_layers"] * directions == 1
            cell = _cell(m, op, weights, "" if is_alone else f"l{layer}{'_reverse' * side}")
            walked = m.apply("flip", x, axis=axis) if side else x
            if a.name == "rnn_relu":
                ys, *ends = _stepped(m, axis, walked, *initial, *cell)
            else:
                ys, *ends = m.apply_all(op, walked, *initial, *cell, axis=axis)
            sides.append(m.apply("flip", ys, axis=axis) if side else ys)
            for kept, end in zip(last, ends, strict=True):
                kept.append(end)
        x = sides[0] if directions == 1 else m.apply("concatenate", tuple(sides), axis=-1)
    return x, *(m.apply("stack", tuple(kept), axis=0) for kept in last)


def _stepped(
    m: TorchMaking, axis: int, x: Tensor, h: Tensor, weight: Tensor, turned: Tensor, bias: Tensor
) -> tuple[Tensor, Tensor]:
    """A recurrent layer with relu, for which `nn` has no cell: step after step."""
    steps = x.shape[axis]
    if not isinstance(steps, int):
        raise Unsupported(
            "a recurrent layer with relu, of a free number of steps", "fix the number"
        )
    states = []
    for t in range(steps):
        now = m.apply("index", x, entries=(*[slice(None)] * axis, t))
        total = m.apply("add", m.apply("matmul", now, weight), m.apply("matmul", h, turned))
        h = m.apply("relu", m.apply("add", total, bias))
        states.append(h)
    return m.apply("stack", tuple(states), axis=axis), h


def _initial(m: TorchMaking, states: Tensor, place: int, batch: Size) -> Tensor:
    """Where one loop starts; zeros that were made for a batch of a fixed size fit any."""
    data = states.data if states.is_known else None
    if states.shape[1] != batch and data is not None and not data.any():
        stated = told(dtype=(states.dtype, "f32"))
        return m.apply("zeros", (batch, states.shape[2]), **stated)
    return m.apply("index", states, entries=(place,))


def _cell(m: TorchMaking, op: str, weights: list[Tensor], name: str) -> list[Tensor]:
    """The weights of a layer of `nn`: turned, and with the two biases of torch added up."""
    own = (*owner(weights[0]), *([name] if name else []))
    w, u, *biases = [w.data for w in weights if w.data is not None]
    found: dict[str, Any] = {"W": w.T, "U": u.T}
    b, c = biases or [np.zeros(len(w), w.dtype)] * 2
    found |= {"b": b, "c": c} if op == "gru" else {"b": b + c}
    return [m.own_param(".".join((*own, part)), data) for part, data in found.items()]
