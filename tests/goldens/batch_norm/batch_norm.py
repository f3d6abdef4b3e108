"""Batch norm by hand, with state.

Compiled by gradc 0.1.0 from batch_norm.graph at -O1. Edit the graph, not this file.

Dimensions
    B  free
    D, H = 64, 32

Inputs
    x  f32[B, 64]
    y  i64[B]

Parameters
    h.W       f32[64, 32]  ~ glorot_uniform
    h.b       f32[32]      = 0
    bn.scale  f32[32]      = 1
    bn.shift  f32[32]      = 0
    logits.W  f32[32, 10]  ~ glorot_uniform
    logits.b  f32[10]      = 0

State
    bn.running_mean  f32[32]  = 0
    bn.running_var   f32[32]  = 1

Outputs
    logits  f32[B, 10]
    J       f32         the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f32 = np.dtype(np.float32)
_i64 = np.dtype(np.int64)
_bool = np.dtype(bool)

Params = TypedDict("Params", {
    "h.W": npt.NDArray[np.float32], "h.b": npt.NDArray[np.float32],
    "bn.scale": npt.NDArray[np.float32], "bn.shift": npt.NDArray[np.float32],
    "logits.W": npt.NDArray[np.float32], "logits.b": npt.NDArray[np.float32],
})
Gradients = Params
State = TypedDict(
    "State", {"bn.running_mean": npt.NDArray[np.float32], "bn.running_var": npt.NDArray[np.float32]}
)


class Outputs(NamedTuple):
    logits: npt.NDArray[np.float32]  # f32[B, 10]
    J: np.float32


class Prediction(NamedTuple):
    logits: npt.NDArray[np.float32]  # f32[B, 10]


class Saved(NamedTuple):
    x: Any  # f32[B, 64]
    y: Any  # i64[B]
    bn_scale: Any  # f32[32]
    logits_W: Any  # f32[32, 10]
    training: Any  # bool
    centred: Any  # f32[B, 32]
    bn_sqrt: Any  # f32[32]
    bn_ratio: Any  # f32[B, 32]
    a: Any  # f32[B, 32]
    logp: Any  # f32[B, 10]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "h.W": (np.sqrt(6 / 96) * rng.uniform(-1, 1, (64, 32))).astype(np.float32),
        "h.b": np.zeros(32, np.float32),
        "bn.scale": np.ones(32, np.float32),
        "bn.shift": np.zeros(32, np.float32),
        "logits.W": (np.sqrt(6 / 42) * rng.uniform(-1, 1, (32, 10))).astype(np.float32),
        "logits.b": np.zeros(10, np.float32),
    }


def forward(
    params: Params,
    *,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    state: State | None = None,
    training: bool = False,
) -> tuple[Outputs, Saved, State]:
    """The outputs, what `backward` needs of this call, and the state of the next one."""
    h_W, h_b, bn_scale, bn_shift, logits_W, logits_b = _params(params)
    x = _array("x", x, _f32, (None, 64), "f32[B, 64]")
    B = x.shape[0]
    y = _array("y", y, _i64, (B,), "i64[B]")
    _labels("y", y, 10)
    bn_running_mean, bn_running_var = _state(state)
    training = bool(training)

    # h = Dense(x, H)
    h = x @ h_W  # f32[B, 32]
    h += h_b

    # bn = BatchNorm1d(h)
    mu = h.mean(axis=0)  # f32[32]
    centred = h - h.mean(axis=0, keepdims=True)  # f32[B, 32]
    v = (centred**2).sum(axis=0) / B  # f32[32]
    running_mean_chosen = (  # f32[32]
        np.where(training, 0.9 * bn_running_mean + 0.1 * mu, bn_running_mean)
    )
    running_var_chosen = np.where(  # f32[32]
        training, 0.9 * bn_running_var + 0.1 * v * B / (B - 1), bn_running_var
    )
    bn_sqrt = np.sqrt(np.where(training, v, bn_running_var) + 1e-5)  # f32[32]
    bn_ratio = (h - np.where(training, mu, bn_running_mean)) / bn_sqrt  # f32[B, 32]
    bn = bn_ratio * bn_scale + bn_shift  # f32[B, 32]

    # a = relu(bn)
    a = np.maximum(bn, 0, out=bn)  # f32[B, 32]

    # output logits = Dense(a, 10)
    logits = a @ logits_W  # f32[B, 10]
    logits += logits_b

    # loss J = cross_entropy(logits, y)
    logp = logits - logits.max(axis=1, keepdims=True)  # f32[B, 10]
    logp -= np.log(np.exp(logp).sum(axis=1, keepdims=True))
    J = -logp[np.arange(B), y].mean()  # f32

    return (
        Outputs(logits, J),
        Saved(x, y, bn_scale, logits_W, training, centred, bn_sqrt, bn_ratio, a, logp),
        {"bn.running_mean": running_mean_chosen, "bn.running_var": running_var_chosen},
    )


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    x, y, bn_scale, logits_W, training, centred, bn_sqrt, bn_ratio, a, logp = saved
    B = x.shape[0]
    dJ = _scalar("dJ", dJ, _f32)

    # J = cross_entropy(logits, y)   dJ/dlogits = (np.exp(logp) - one_hot(y)) / B   [B, 10]
    dJ_dlogits = np.exp(logp)  # f32[B, 10]
    dJ_dlogits[np.arange(B), y] -= 1
    dJ_dlogits *= dJ / B

    # logits = Dense(a, 10)          dJ/dlogits.b = dJ/dlogits.sum(axis=0)   [10]
    #                                dJ/da = dJ/dlogits @ logits_W.T   [B, 10] @ [10, 32]
    #                                dJ/dlogits.W = a.T @ dJ/dlogits   [32, B] @ [B, 10]
    dJ_dlogits_b = dJ_dlogits.sum(axis=0)  # f32[10]
    dJ_da = dJ_dlogits @ logits_W.T  # f32[B, 32]
    dJ_dlogits_W = a.T @ dJ_dlogits  # f32[32, 10]

    # a = relu(bn)                   dJ/dbn = dJ/da * (a > 0)   [B, 32]
    dJ_dbn = np.multiply(dJ_da, a > 0, out=dJ_da)  # f32[B, 32]

    # bn = BatchNorm1d(h)            dJ/dbn.shift = dJ/dbn.sum(axis=0)   [32]
    #                                dJ/dbn.scale = (dJ/dbn * bn_ratio).sum(axis=0)   [32]
    dJ_dbn_shift = dJ_dbn.sum(axis=0)  # f32[32]
    dJ_dbn_ratio = dJ_dbn * bn_scale  # f32[B, 32]
    dJ_dbn_scale = (dJ_dbn * bn_ratio).sum(axis=0)  # f32[32]
    dJ_dh = dJ_dbn_ratio / bn_sqrt  # f32[B, 32]
    dJ_dbn_total = (-dJ_dbn_ratio * bn_ratio / bn_sqrt).sum(axis=0) / (2 * bn_sqrt)  # f32[32]
    dJ_dh_2 = (  # f32[B, 32]
        dJ_dh + np.where(training, dJ_dbn_total, 0) * float(np.divide(2, B)) * centred
    )
    dJ_dh_2 += np.where(training, -dJ_dh.sum(axis=0), 0) / B

    # h = Dense(x, H)                dJ/dh.b = dJ/dh_2.sum(axis=0)   [32]
    #                                dJ/dh.W = x.T @ dJ/dh_2   [64, B] @ [B, 32]
    dJ_dh_b = dJ_dh_2.sum(axis=0)  # f32[32]
    dJ_dh_W = x.T @ dJ_dh_2  # f32[64, 32]

    return {
        "h.W": dJ_dh_W, "h.b": dJ_dh_b, "bn.scale": dJ_dbn_scale, "bn.shift": dJ_dbn_shift,
        "logits.W": dJ_dlogits_W, "logits.b": dJ_dlogits_b,
    }


def value_and_grad(
    params: Params,
    *,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    state: State | None = None,
    training: bool = False,
) -> tuple[float, Gradients, State]:
    """J, its gradient, and the state of the next call."""
    outputs, saved, state = forward(params, x=x, y=y, state=state, training=training)
    return float(outputs.J), backward(saved), state


def predict(
    params: Params, *, x: npt.ArrayLike, state: State | None = None, training: bool = False
) -> Prediction:
    """The outputs that need no y."""
    h_W, h_b, bn_scale, bn_shift, logits_W, logits_b = _params(params)
    x = _array("x", x, _f32, (None, 64), "f32[B, 64]")
    B = x.shape[0]
    bn_running_mean, bn_running_var = _state(state)
    training = bool(training)
    h = x @ h_W
    h += h_b
    v = ((h - h.mean(axis=0, keepdims=True))**2).sum(axis=0) / B
    bn = (
        (h - np.where(training, h.mean(axis=0), bn_running_mean))
        / np.sqrt(np.where(training, v, bn_running_var) + 1e-5)
        * bn_scale
    )
    bn += bn_shift
    a = np.maximum(bn, 0, out=bn)
    logits = a @ logits_W
    logits += logits_b
    return Prediction(logits)


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    h_W = _array("h.W", params["h.W"], _f32, (64, 32))
    h_b = _array("h.b", params["h.b"], _f32, (32,))
    bn_scale = _array("bn.scale", params["bn.scale"], _f32, (32,))
    bn_shift = _array("bn.shift", params["bn.shift"], _f32, (32,))
    logits_W = _array("logits.W", params["logits.W"], _f32, (32, 10))
    logits_b = _array("logits.b", params["logits.b"], _f32, (10,))
    return h_W, h_b, bn_scale, bn_shift, logits_W, logits_b


def _state(state: State | None) -> tuple[Any, ...]:
    if state is None:
        return np.zeros(32, np.float32), np.ones(32, np.float32)
    expected = {"bn.running_mean", "bn.running_var"}
    if not hasattr(state, "keys"):
        kind = type(state).__name__
        raise TypeError(f"state: expected a mapping of names to arrays, got {kind}")
    if state.keys() != expected:
        for name in sorted(state.keys() - expected, key=str):
            raise ValueError(f"state: nothing is called {name!r}")
        raise ValueError(f"state: {min(expected - state.keys())!r} is missing")
    bn_running_mean = _array("bn.running_mean", state["bn.running_mean"], _f32, (32,))
    bn_running_var = _array("bn.running_var", state["bn.running_var"], _f32, (32,))
    return bn_running_mean, bn_running_var


def _array(name: str, value: Any, dtype: Any, shape: Any, declared: str = "") -> npt.NDArray[Any]:
    """The argument as an array of this type; None in a shape stands for any size."""
    if type(value) is np.ndarray and value.dtype is dtype:
        found, free = value.shape, shape.count(None)
        if found == shape or (len(found) == len(shape) and found[free:] == shape[free:]):
            return value  # as it should be, and the first sizes free
    try:
        array = given = np.asarray(value)
    except ValueError:
        raise ValueError(_refusal(name, "a ragged sequence", dtype, shape, declared)) from None
    if array.shape != shape:
        differ = [n for n, m in zip(shape, array.shape) if n not in (None, m)]
        if differ or array.ndim != len(shape):
            raise ValueError(_refusal(name, given, dtype, shape, declared))
    if array.dtype != dtype:
        typed = array.size or given is value  # an empty list has no element type
        loses = typed and not np.can_cast(array.dtype, dtype, "same_kind")
        array = given if loses else _narrowed(name, array, dtype)
        if loses or (array.dtype.kind == "i" and (array != given).any()):
            raise TypeError(_refusal(name, given, dtype, shape, declared))
    return array


def _scalar(name: str, value: Any, dtype: Any) -> Any:
    if type(value) is float and dtype is _f32 and -3e38 < value < 3e38:
        return np.float32(value)
    if type(value) is dtype.type:
        return value
    return _array(name, value, dtype, ())[()]


def _refusal(name: str, found: Any, dtype: Any, shape: Any, declared: str) -> str:
    """What is wrong with an argument: what it should be, and what came."""
    kind = dtype.name.replace("float", "f").replace("int", "i")
    declared = declared or (f"{kind}{list(shape)}" if shape else kind)
    if not isinstance(found, str):
        found = f"{found.dtype}{list(found.shape)}"
    return f"{name}: expected {declared}, got {found}"


def _narrowed(name: str, array: Any, dtype: Any) -> Any:
    """The array in another element type; refuses a float that is too large for it."""
    with np.errstate(over="ignore"):
        narrow = array.astype(dtype)
    if np.isinf(narrow).any():
        for place in np.argwhere(np.isinf(narrow) & np.isfinite(array)).tolist():
            number = str(array[tuple(place)]).replace("e+", "e")
            at = f", at {place}" * bool(place)
            raise ValueError(f"{name}: {number} does not fit f{8 * narrow.itemsize}{at}")
    return narrow


def _labels(name: str, array: Any, size: int) -> None:
    """Refuses a label that is not among so many; without signs negative ones are large."""
    if array.size and array.astype(np.uint64).max() >= size:
        _indices(name, array, size, 0, ValueError)


def _indices(name: str, array: Any, size: int, low: Any = None, kind: Any = IndexError) -> None:
    """Refuses what does not count along an axis of this size, from its end either unless told."""
    low = -size if low is None else low
    if array.size and (array.min() < low or array.max() >= size):
        place = np.argwhere((array < low) | (array >= size))[0].tolist()
        found = f"{array[tuple(place)]}" + f" at {place}" * bool(place)
        raise kind(f"{name}: expected {low} <= {name} < {size}, got {found}")


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "batch_norm.graph",
    "sha256": "16046fc45e29d520bf06fbe2778b3527e01a0ec011717369173fd113ca82e99e",
    "options": ["-O1"], "dims": {"B": None, "D": 64, "H": 32},
    "loss": "J", "losses": {"J": ["h.W", "h.b", "bn.scale", "bn.shift", "logits.W", "logits.b"]},
    "inputs": {
        "x": {"argument": "x", "dtype": "float32", "shape": ["B", 64]},
        "y": {"argument": "y", "dtype": "int64", "shape": ["B"]},
    },
    "params": {
        "h.W": {"argument": "h.W", "dtype": "float32", "shape": [64, 32]},
        "h.b": {"argument": "h.b", "dtype": "float32", "shape": [32]},
        "bn.scale": {"argument": "bn.scale", "dtype": "float32", "shape": [32]},
        "bn.shift": {"argument": "bn.shift", "dtype": "float32", "shape": [32]},
        "logits.W": {"argument": "logits.W", "dtype": "float32", "shape": [32, 10]},
        "logits.b": {"argument": "logits.b", "dtype": "float32", "shape": [10]},
    },
    "outputs": {
        "logits": {"argument": "logits", "dtype": "float32", "shape": ["B", 10]},
        "J": {"argument": "J", "dtype": "float32", "shape": []},
    },
    "state": {
        "bn.running_mean": {"argument": "bn.running_mean", "dtype": "float32", "shape": [32]},
        "bn.running_var": {"argument": "bn.running_var", "dtype": "float32", "shape": [32]},
    },
}
