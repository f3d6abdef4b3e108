"""Two hidden layers on the digits.

Compiled by gradc 0.1.0 from dropout.graph at -O1. Edit the graph, not this file.

Dimensions
    B  free
    D, H, K = 64, 128, 10

Inputs
    x      f32[B, 64]  The picture, flattened.
    label  i64[B]

Parameters
    h1.W      f32[64, 128]   ~ glorot_uniform
    h1.b      f32[128]       = 0
    h2.W      f32[128, 128]  ~ glorot_uniform
    h2.b      f32[128]       = 0
    logits.W  f32[128, 10]   ~ glorot_uniform
    logits.b  f32[10]        = 0

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
    "h1.W": npt.NDArray[np.float32], "h1.b": npt.NDArray[np.float32],
    "h2.W": npt.NDArray[np.float32], "h2.b": npt.NDArray[np.float32],
    "logits.W": npt.NDArray[np.float32], "logits.b": npt.NDArray[np.float32],
})
Gradients = Params


class Outputs(NamedTuple):
    logits: npt.NDArray[np.float32]  # f32[B, 10]
    J: np.float32


class Prediction(NamedTuple):
    logits: npt.NDArray[np.float32]  # f32[B, 10]


class Saved(NamedTuple):
    x: Any  # f32[B, 64]
    label: Any  # i64[B]
    h1_W: Any  # f32[64, 128]
    h2_W: Any  # f32[128, 128]
    logits_W: Any  # f32[128, 10]
    a1: Any  # f32[B, 128]
    a2_relu: Any  # f32[B, 128]
    a2_mask: Any  # f32[B, 128]
    a2: Any  # f32[B, 128]
    logp: Any  # f32[B, 10]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "h1.W": (np.sqrt(6 / 192) * rng.uniform(-1, 1, (64, 128))).astype(np.float32),
        "h1.b": np.zeros(128, np.float32),
        "h2.W": (np.sqrt(6 / 256) * rng.uniform(-1, 1, (128, 128))).astype(np.float32),
        "h2.b": np.zeros(128, np.float32),
        "logits.W": (np.sqrt(6 / 138) * rng.uniform(-1, 1, (128, 10))).astype(np.float32),
        "logits.b": np.zeros(10, np.float32),
    }


def forward(
    params: Params,
    *,
    x: npt.ArrayLike,
    label: npt.ArrayLike,
    rng: int | np.random.Generator | None = None,
    training: bool = False,
) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    h1_W, h1_b, h2_W, h2_b, logits_W, logits_b = _params(params)
    x = _array("x", x, _f32, (None, 64), "f32[B, 64]")
    B = x.shape[0]
    label = _array("label", label, _i64, (B,), "i64[B]")
    _labels("label", label, 10)
    training = bool(training)
    rng = _generator(rng) if training else None

    # h1 = Dense(x, H)
    h1 = x @ h1_W  # f32[B, 128]
    h1 += h1_b

    # a1 = relu(h1)
    a1 = np.maximum(h1, 0, out=h1)  # f32[B, 128]

    # h2 = Dense(a1, H)
    h2 = a1 @ h2_W  # f32[B, 128]
    h2 += h2_b

    # a2 = dropout(relu(h2), 0.2)
    a2_relu = np.maximum(h2, 0, out=h2)  # f32[B, 128]
    a2_mask = _dropout_mask(rng, training, (B, 128), 0.2, np.float32)  # f32[B, 128]
    a2 = a2_relu * a2_mask  # f32[B, 128]

    # output logits = Dense(a2, K)
    logits = a2 @ logits_W  # f32[B, 10]
    logits += logits_b

    # penalty = sum(square(h1.W)) + sum(square(h2.W))
    penalty = (h1_W**2).sum() + (h2_W**2).sum()  # f32

    # loss J = cross_entropy(logits, label) + 1e-4 * penalty
    logp = logits - logits.max(axis=1, keepdims=True)  # f32[B, 10]
    logp -= np.log(np.exp(logp).sum(axis=1, keepdims=True))
    J = 1e-4 * penalty - logp[np.arange(B), label].mean()  # f32

    return (
        Outputs(logits, J), Saved(x, label, h1_W, h2_W, logits_W, a1, a2_relu, a2_mask, a2, logp)
    )


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    x, label, h1_W, h2_W, logits_W, a1, a2_relu, a2_mask, a2, logp = saved
    B = x.shape[0]
    dJ = _scalar("dJ", dJ, _f32)

    # J = cross_entropy(logits, label) + 1e-4 * penalty   dJ/dpenalty = 1e-4
    #     dJ/dlogits = (np.exp(logp) - one_hot(label)) / B   [B, 10]
    dJ_dlogits = np.exp(logp)  # f32[B, 10]
    dJ_dlogits[np.arange(B), label] -= 1
    dJ_dlogits *= dJ / B

    # penalty = sum(square(h1.W)) + sum(square(h2.W))   dJ/dh2.W = dJ/dW_product * h2_W   [128, 128]
    #                                                   dJ/dh1.W = dJ/dW_product * h1_W   [64, 128]
    dJ_dW_product = 0.0002 * dJ
    dJ_dh2_W = dJ_dW_product * h2_W  # f32[128, 128]
    dJ_dh1_W = dJ_dW_product * h1_W  # f32[64, 128]

    # logits = Dense(a2, K)                   dJ/dlogits.b = dJ/dlogits.sum(axis=0)   [10]
    #                                         dJ/da2 = dJ/dlogits @ logits_W.T   [B, 10] @ [10, 128]
    #                                         dJ/dlogits.W = a2.T @ dJ/dlogits   [128, B] @ [B, 10]
    dJ_dlogits_b = dJ_dlogits.sum(axis=0)  # f32[10]
    dJ_da2 = dJ_dlogits @ logits_W.T  # f32[B, 128]
    dJ_dlogits_W = a2.T @ dJ_dlogits  # f32[128, 10]

    # a2 = dropout(relu(h2), 0.2)             dJ/dh2 = dJ/da2 * a2_mask * (a2_relu > 0)   [B, 128]
    dJ_dh2 = np.multiply(dJ_da2, a2_mask, out=dJ_da2)  # f32[B, 128]
    dJ_dh2 *= a2_relu > 0

    # h2 = Dense(a1, H)                       dJ/dh2.b = dJ/dh2.sum(axis=0)   [128]
    #                                         dJ/da1 = dJ/dh2 @ h2_W.T   [B, 128] @ [128, 128]
    #                                         dJ/dh2.W += a1.T @ dJ/dh2   [128, B] @ [B, 128]
    dJ_dh2_b = dJ_dh2.sum(axis=0)  # f32[128]
    dJ_da1 = dJ_dh2 @ h2_W.T  # f32[B, 128]
    dJ_dh2_W += a1.T @ dJ_dh2

    # a1 = relu(h1)                           dJ/dh1 = dJ/da1 * (a1 > 0)   [B, 128]
    dJ_dh1 = np.multiply(dJ_da1, a1 > 0, out=dJ_da1)  # f32[B, 128]

    # h1 = Dense(x, H)                        dJ/dh1.b = dJ/dh1.sum(axis=0)   [128]
    #                                         dJ/dh1.W += x.T @ dJ/dh1   [64, B] @ [B, 128]
    dJ_dh1_b = dJ_dh1.sum(axis=0)  # f32[128]
    dJ_dh1_W += x.T @ dJ_dh1

    return {
        "h1.W": dJ_dh1_W, "h1.b": dJ_dh1_b, "h2.W": dJ_dh2_W, "h2.b": dJ_dh2_b,
        "logits.W": dJ_dlogits_W, "logits.b": dJ_dlogits_b,
    }


def value_and_grad(
    params: Params,
    *,
    x: npt.ArrayLike,
    label: npt.ArrayLike,
    rng: int | np.random.Generator | None = None,
    training: bool = False,
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x, label=label, rng=rng, training=training)
    return float(outputs.J), backward(saved)


def predict(
    params: Params,
    *,
    x: npt.ArrayLike,
    rng: int | np.random.Generator | None = None,
    training: bool = False,
) -> Prediction:
    """The outputs that need no label."""
    h1_W, h1_b, h2_W, h2_b, logits_W, logits_b = _params(params)
    x = _array("x", x, _f32, (None, 64), "f32[B, 64]")
    B = x.shape[0]
    training = bool(training)
    rng = _generator(rng) if training else None
    h1 = x @ h1_W
    h1 += h1_b
    a1 = np.maximum(h1, 0, out=h1)
    h2 = a1 @ h2_W
    del h1, a1
    h2 += h2_b
    a2 = np.maximum(h2, 0, out=h2)
    a2_mask = _dropout_mask(rng, training, (B, 128), 0.2, np.float32)
    a2 *= a2_mask
    logits = a2 @ logits_W
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
    h1_W = _array("h1.W", params["h1.W"], _f32, (64, 128))
    h1_b = _array("h1.b", params["h1.b"], _f32, (128,))
    h2_W = _array("h2.W", params["h2.W"], _f32, (128, 128))
    h2_b = _array("h2.b", params["h2.b"], _f32, (128,))
    logits_W = _array("logits.W", params["logits.W"], _f32, (128, 10))
    logits_b = _array("logits.b", params["logits.b"], _f32, (10,))
    return h1_W, h1_b, h2_W, h2_b, logits_W, logits_b


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


def _generator(rng: Any) -> np.random.Generator:
    """The generator that random numbers are drawn from."""
    if rng is None:
        raise ValueError("rng: a seed or a Generator is needed, since random numbers are drawn")
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as refused:
        wanted = "a seed, which is not negative, or a Generator"
        raise type(refused)(f"rng: expected {wanted}, got {rng!r}") from None


def _dropout_mask(rng: Any, training: bool, shape: Any, rate: float, dtype: Any) -> Any:
    """1 / (1 - rate) where an element is kept, 0 elsewhere; 1 everywhere unless training."""
    if not training:
        return np.ones(shape, dtype)[()]
    return ((rng.random(shape, dtype) >= rate) / dtype(1 - rate))[()]


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "dropout.graph",
    "sha256": "7cc490c3ef1f89ae019284b2c2587bf4e8cdc91361fddf0879cc4a7b056902dc",
    "options": ["-O1"], "dims": {"B": None, "D": 64, "H": 128, "K": 10},
    "loss": "J", "losses": {"J": ["h1.W", "h1.b", "h2.W", "h2.b", "logits.W", "logits.b"]},
    "inputs": {
        "x": {"argument": "x", "dtype": "float32", "shape": ["B", 64]},
        "label": {"argument": "label", "dtype": "int64", "shape": ["B"]},
    },
    "params": {
        "h1.W": {"argument": "h1.W", "dtype": "float32", "shape": [64, 128]},
        "h1.b": {"argument": "h1.b", "dtype": "float32", "shape": [128]},
        "h2.W": {"argument": "h2.W", "dtype": "float32", "shape": [128, 128]},
        "h2.b": {"argument": "h2.b", "dtype": "float32", "shape": [128]},
        "logits.W": {"argument": "logits.W", "dtype": "float32", "shape": [128, 10]},
        "logits.b": {"argument": "logits.b", "dtype": "float32", "shape": [10]},
    },
    "outputs": {
        "logits": {"argument": "logits", "dtype": "float32", "shape": ["B", 10]},
        "J": {"argument": "J", "dtype": "float32", "shape": []},
    },
    "state": {},
}
