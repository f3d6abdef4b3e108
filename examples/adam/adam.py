"""A classifier of 8 × 8 digits with two hidden layers.

Compiled by gradc 0.1.0 from adam.graph at -O1 --also pack,summary. Edit the graph, not this file.

Dimensions
    B  free

Inputs
    x      f32[B, 64]  Pixel intensities, 0 to 1, row after row.
    label  i64[B]      The digit, 0 to 9.

Parameters
    a1.W      f32[64, 96]  ~ glorot_uniform
    a1.b      f32[96]      = 0
    a2.W      f32[96, 48]  ~ glorot_uniform
    a2.b      f32[48]      = 0
    logits.W  f32[48, 10]  ~ glorot_uniform
    logits.b  f32[10]      = 0

Outputs
    logits  f32[B, 10]  One score for each digit; the largest wins.
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
    "a1.W": npt.NDArray[np.float32], "a1.b": npt.NDArray[np.float32],
    "a2.W": npt.NDArray[np.float32], "a2.b": npt.NDArray[np.float32],
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
    a2_W: Any  # f32[96, 48]
    logits_W: Any  # f32[48, 10]
    a2_relu: Any  # f32[B, 96]
    logits_relu: Any  # f32[B, 48]
    logp: Any  # f32[B, 10]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "a1.W": (np.sqrt(6 / 160) * rng.uniform(-1, 1, (64, 96))).astype(np.float32),
        "a1.b": np.zeros(96, np.float32),
        "a2.W": (np.sqrt(6 / 144) * rng.uniform(-1, 1, (96, 48))).astype(np.float32),
        "a2.b": np.zeros(48, np.float32),
        "logits.W": (np.sqrt(6 / 58) * rng.uniform(-1, 1, (48, 10))).astype(np.float32),
        "logits.b": np.zeros(10, np.float32),
    }


def forward(params: Params, *, x: npt.ArrayLike, label: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    a1_W, a1_b, a2_W, a2_b, logits_W, logits_b = _params(params)
    x = _array("x", x, _f32, (None, 64), "f32[B, 64]")
    B = x.shape[0]
    label = _array("label", label, _i64, (B,), "i64[B]")
    _labels("label", label, 10)

    # a1 = Dense(x, 96)
    a1 = x @ a1_W  # f32[B, 96]
    a1 += a1_b

    # a2 = Dense(relu(a1), 48)
    a2_relu = np.maximum(a1, 0, out=a1)  # f32[B, 96]
    a2 = a2_relu @ a2_W  # f32[B, 48]
    a2 += a2_b

    # output logits = Dense(relu(a2), 10)
    logits_relu = np.maximum(a2, 0, out=a2)  # f32[B, 48]
    logits = logits_relu @ logits_W  # f32[B, 10]
    logits += logits_b

    # loss J = cross_entropy(logits, label)
    logp = logits - logits.max(axis=1, keepdims=True)  # f32[B, 10]
    logp -= np.log(np.exp(logp).sum(axis=1, keepdims=True))
    J = -logp[np.arange(B), label].mean()  # f32

    return Outputs(logits, J), Saved(x, label, a2_W, logits_W, a2_relu, logits_relu, logp)


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    x, label, a2_W, logits_W, a2_relu, logits_relu, logp = saved
    B = x.shape[0]
    dJ = _scalar("dJ", dJ, _f32)

    # J = cross_entropy(logits, label)   dJ/dlogits = (np.exp(logp) - one_hot(label)) / B   [B, 10]
    dJ_dlogits = np.exp(logp)  # f32[B, 10]
    dJ_dlogits[np.arange(B), label] -= 1
    dJ_dlogits *= dJ / B

    # logits = Dense(relu(a2), 10)       dJ/dlogits.b = dJ/dlogits.sum(axis=0)   [10]
    #     dJ/dlogits.W = logits_relu.T @ dJ/dlogits   [48, B] @ [B, 10]
    #     dJ/da2 = dJ/dlogits @ logits_W.T * (logits_relu > 0)   [B, 48]
    dJ_dlogits_b = dJ_dlogits.sum(axis=0)  # f32[10]
    dJ_da2 = dJ_dlogits @ logits_W.T  # f32[B, 48]
    dJ_dlogits_W = logits_relu.T @ dJ_dlogits  # f32[48, 10]
    dJ_da2 *= logits_relu > 0

    # a2 = Dense(relu(a1), 48)           dJ/da2.b = dJ/da2.sum(axis=0)   [48]
    #                                    dJ/da2.W = a2_relu.T @ dJ/da2   [96, B] @ [B, 48]
    #                                    dJ/da1 = dJ/da2 @ a2_W.T * (a2_relu > 0)   [B, 96]
    dJ_da2_b = dJ_da2.sum(axis=0)  # f32[48]
    dJ_da1 = dJ_da2 @ a2_W.T  # f32[B, 96]
    dJ_da2_W = a2_relu.T @ dJ_da2  # f32[96, 48]
    dJ_da1 *= a2_relu > 0

    # a1 = Dense(x, 96)                  dJ/da1.b = dJ/da1.sum(axis=0)   [96]
    #                                    dJ/da1.W = x.T @ dJ/da1   [64, B] @ [B, 96]
    dJ_da1_b = dJ_da1.sum(axis=0)  # f32[96]
    dJ_da1_W = x.T @ dJ_da1  # f32[64, 96]

    return {
        "a1.W": dJ_da1_W, "a1.b": dJ_da1_b, "a2.W": dJ_da2_W, "a2.b": dJ_da2_b,
        "logits.W": dJ_dlogits_W, "logits.b": dJ_dlogits_b,
    }


def value_and_grad(
    params: Params, *, x: npt.ArrayLike, label: npt.ArrayLike
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x, label=label)
    return float(outputs.J), backward(saved)


def predict(params: Params, *, x: npt.ArrayLike) -> Prediction:
    """The outputs that need no label."""
    a1_W, a1_b, a2_W, a2_b, logits_W, logits_b = _params(params)
    x = _array("x", x, _f32, (None, 64), "f32[B, 64]")
    a1 = x @ a1_W
    a1 += a1_b
    a2_relu = np.maximum(a1, 0, out=a1)
    a2 = a2_relu @ a2_W
    a2 += a2_b
    logits_relu = np.maximum(a2, 0, out=a2)
    logits = logits_relu @ logits_W
    logits += logits_b
    return Prediction(logits)


def pack(values: Params) -> npt.NDArray[np.float32]:
    """One vector of all parameters, or of their gradients, in the order of the graph."""
    return np.concatenate([np.ravel(value) for value in _params(values)], dtype=np.float32)


def unpack(vector: npt.ArrayLike) -> Params:
    """The parameters that a vector holds, as views of it where it is of their type."""
    vector = _array("vector", vector, _f32, (11386,))
    return {
        "a1.W": vector[:6144].reshape(64, 96),
        "a1.b": vector[6144:6240],
        "a2.W": vector[6240:10848].reshape(96, 48),
        "a2.b": vector[10848:10896],
        "logits.W": vector[10896:11376].reshape(48, 10),
        "logits.b": vector[11376:11386],
    }


def summary() -> str:
    """A table of the parameters: instances, shapes, element types and counts."""
    return "\n".join([
        "instance  parameter  shape     type   count",
        "a1        W          [64, 96]  f32    6,144",
        "          b          [96]      f32       96",
        "a2        W          [96, 48]  f32    4,608",
        "          b          [48]      f32       48",
        "logits    W          [48, 10]  f32      480",
        "          b          [10]      f32       10",
        "total                                11,386",
    ])


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    a1_W = _array("a1.W", params["a1.W"], _f32, (64, 96))
    a1_b = _array("a1.b", params["a1.b"], _f32, (96,))
    a2_W = _array("a2.W", params["a2.W"], _f32, (96, 48))
    a2_b = _array("a2.b", params["a2.b"], _f32, (48,))
    logits_W = _array("logits.W", params["logits.W"], _f32, (48, 10))
    logits_b = _array("logits.b", params["logits.b"], _f32, (10,))
    return a1_W, a1_b, a2_W, a2_b, logits_W, logits_b


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
    "gradc": "0.1.0", "source": "adam.graph",
    "sha256": "5277fa0f21c8a1dfd99ce7cb7449730129c5c427497e3f1093cb23078e153dec",
    "options": ["-O1", "--also pack,summary"], "dims": {"B": None},
    "loss": "J", "losses": {"J": ["a1.W", "a1.b", "a2.W", "a2.b", "logits.W", "logits.b"]},
    "inputs": {
        "x": {"argument": "x", "dtype": "float32", "shape": ["B", 64]},
        "label": {"argument": "label", "dtype": "int64", "shape": ["B"]},
    },
    "params": {
        "a1.W": {"argument": "a1.W", "dtype": "float32", "shape": [64, 96]},
        "a1.b": {"argument": "a1.b", "dtype": "float32", "shape": [96]},
        "a2.W": {"argument": "a2.W", "dtype": "float32", "shape": [96, 48]},
        "a2.b": {"argument": "a2.b", "dtype": "float32", "shape": [48]},
        "logits.W": {"argument": "logits.W", "dtype": "float32", "shape": [48, 10]},
        "logits.b": {"argument": "logits.b", "dtype": "float32", "shape": [10]},
    },
    "outputs": {
        "logits": {"argument": "logits", "dtype": "float32", "shape": ["B", 10]},
        "J": {"argument": "J", "dtype": "float32", "shape": []},
    },
    "state": {},
}
