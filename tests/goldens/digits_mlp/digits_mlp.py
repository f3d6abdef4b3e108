"""A two-layer classifier of 8 × 8 digits.

Compiled by gradc 0.1.0 from digits_mlp.graph at -O1. Edit the graph, not this file.

Dimensions
    B  free
    D, H, K = 64, 128, 10

Inputs
    x      f32[B, 64]  Pixel intensities, 0 to 1.
    label  i64[B]      The digit, 0 to 9.

Parameters
    W1  f32[64, 128]  ~ he_normal
    b1  f32[128]      = 0
    W2  f32[128, 10]  ~ he_normal
    b2  f32[10]       = 0

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

Params = TypedDict("Params", {
    "W1": npt.NDArray[np.float32], "b1": npt.NDArray[np.float32], "W2": npt.NDArray[np.float32],
    "b2": npt.NDArray[np.float32],
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
    W2: Any  # f32[128, 10]
    h1: Any  # f32[B, 128]
    logp: Any  # f32[B, 10]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "W1": rng.normal(0, np.sqrt(2 / 64), (64, 128)).astype(np.float32),
        "b1": np.zeros(128, np.float32),
        "W2": rng.normal(0, np.sqrt(2 / 128), (128, 10)).astype(np.float32),
        "b2": np.zeros(10, np.float32),
    }


def forward(params: Params, *, x: npt.ArrayLike, label: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    W1, b1, W2, b2 = _params(params)
    x = _array("x", x, _f32, (None, 64), "f32[B, 64]")
    B = x.shape[0]
    label = _array("label", label, _i64, (B,), "i64[B]")
    _labels("label", label, 10)

    # z1 = x @ W1 + b1
    z1 = x @ W1  # f32[B, 128]
    z1 += b1

    # h1 = relu(z1)
    h1 = np.maximum(z1, 0, out=z1)  # f32[B, 128]

    # output logits = h1 @ W2 + b2
    logits = h1 @ W2  # f32[B, 10]
    logits += b2

    # loss J = cross_entropy(logits, label)
    logp = logits - logits.max(axis=1, keepdims=True)  # f32[B, 10]
    logp -= np.log(np.exp(logp).sum(axis=1, keepdims=True))
    J = -logp[np.arange(B), label].mean()  # f32

    return Outputs(logits, J), Saved(x, label, W2, h1, logp)


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    x, label, W2, h1, logp = saved
    B = x.shape[0]
    dJ = _scalar("dJ", dJ, _f32)

    # J = cross_entropy(logits, label)   dJ/dlogits = (np.exp(logp) - one_hot(label)) / B   [B, 10]
    dJ_dlogits = np.exp(logp)  # f32[B, 10]
    dJ_dlogits[np.arange(B), label] -= 1
    dJ_dlogits *= dJ / B

    # logits = h1 @ W2 + b2              dJ/db2 = dJ/dlogits.sum(axis=0)   [10]
    #                                    dJ/dh1 = dJ/dlogits @ W2.T   [B, 10] @ [10, 128]
    #                                    dJ/dW2 = h1.T @ dJ/dlogits   [128, B] @ [B, 10]
    dJ_db2 = dJ_dlogits.sum(axis=0)  # f32[10]
    dJ_dh1 = dJ_dlogits @ W2.T  # f32[B, 128]
    dJ_dW2 = h1.T @ dJ_dlogits  # f32[128, 10]

    # h1 = relu(z1)                      dJ/dz1 = dJ/dh1 * (h1 > 0)   [B, 128]
    dJ_dz1 = np.multiply(dJ_dh1, h1 > 0, out=dJ_dh1)  # f32[B, 128]

    # z1 = x @ W1 + b1                   dJ/db1 = dJ/dz1.sum(axis=0)   [128]
    #                                    dJ/dW1 = x.T @ dJ/dz1   [64, B] @ [B, 128]
    dJ_db1 = dJ_dz1.sum(axis=0)  # f32[128]
    dJ_dW1 = x.T @ dJ_dz1  # f32[64, 128]

    return {"W1": dJ_dW1, "b1": dJ_db1, "W2": dJ_dW2, "b2": dJ_db2}


def value_and_grad(
    params: Params, *, x: npt.ArrayLike, label: npt.ArrayLike
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x, label=label)
    return float(outputs.J), backward(saved)


def predict(params: Params, *, x: npt.ArrayLike) -> Prediction:
    """The outputs that need no label."""
    W1, b1, W2, b2 = _params(params)
    x = _array("x", x, _f32, (None, 64), "f32[B, 64]")
    z1 = x @ W1
    z1 += b1
    h1 = np.maximum(z1, 0, out=z1)
    logits = h1 @ W2
    logits += b2
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
    W1 = _array("W1", params["W1"], _f32, (64, 128))
    b1 = _array("b1", params["b1"], _f32, (128,))
    W2 = _array("W2", params["W2"], _f32, (128, 10))
    b2 = _array("b2", params["b2"], _f32, (10,))
    return W1, b1, W2, b2


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
    "gradc": "0.1.0", "source": "digits_mlp.graph",
    "sha256": "c1dfbb131eb83eefdd37b300b60f9236c094b94e7c8babae0b4d87842edd6603",
    "options": ["-O1"], "dims": {"B": None, "D": 64, "H": 128, "K": 10},
    "loss": "J", "losses": {"J": ["W1", "b1", "W2", "b2"]},
    "inputs": {
        "x": {"argument": "x", "dtype": "float32", "shape": ["B", 64]},
        "label": {"argument": "label", "dtype": "int64", "shape": ["B"]},
    },
    "params": {
        "W1": {"argument": "W1", "dtype": "float32", "shape": [64, 128]},
        "b1": {"argument": "b1", "dtype": "float32", "shape": [128]},
        "W2": {"argument": "W2", "dtype": "float32", "shape": [128, 10]},
        "b2": {"argument": "b2", "dtype": "float32", "shape": [10]},
    },
    "outputs": {
        "logits": {"argument": "logits", "dtype": "float32", "shape": ["B", 10]},
        "J": {"argument": "J", "dtype": "float32", "shape": []},
    },
    "state": {},
}
