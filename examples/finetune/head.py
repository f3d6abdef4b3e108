"""The last layer of a reader of text, for ten digits alone.

Compiled by gradc 0.1.0 from head.graph at -O1. Edit the graph, not this file.

Dimensions
    B, T, F  free

Inputs
    features  f32[B, T, F]  What the layers before it see at T places of a picture.
    label     i64[B]        The digit, 0 to 9.

Parameters
    W  f32[F, 10]  = 0
    b  f32[10]     = 0

Outputs
    logits  f32[B, 10]  One score for each digit, at the place where it is clearest.
    J       f32         the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f32 = np.dtype(np.float32)
_i64 = np.dtype(np.int64)

Params = TypedDict("Params", {"W": npt.NDArray[np.float32], "b": npt.NDArray[np.float32]})
Gradients = Params


class Outputs(NamedTuple):
    logits: npt.NDArray[np.float32]  # f32[B, 10]
    J: np.float32


class Prediction(NamedTuple):
    logits: npt.NDArray[np.float32]  # f32[B, 10]


class Saved(NamedTuple):
    features: Any  # f32[B, T, F]
    label: Any  # i64[B]
    logits_total: Any  # f32[B, T, 10]
    logits: Any  # f32[B, 10]
    logp: Any  # f32[B, 10]


def init_params(rng: int | np.random.Generator = 0, *, F: int) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {"W": np.zeros((F, 10), np.float32), "b": np.zeros(10, np.float32)}


def forward(
    params: Params, *, features: npt.ArrayLike, label: npt.ArrayLike
) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    W, b = _params(params)
    F = W.shape[0]
    features = _array("features", features, _f32, (None, None, F), "f32[B, T, F]")
    B, T = features.shape[:2]
    label = _array("label", label, _i64, (B,), "i64[B]")
    _labels("label", label, 10)
    if 1 > T:
        raise ValueError(f"features: an extreme of no elements needs T >= 1 (T = {T})")

    # output logits = max(features @ W + b, axis=1)
    logits_total = features @ W  # f32[B, T, 10]
    logits_total += b
    logits = logits_total.max(axis=1)  # f32[B, 10]

    # loss J = cross_entropy(logits, label)
    logp = logits - logits.max(axis=1, keepdims=True)  # f32[B, 10]
    logp -= np.log(np.exp(logp).sum(axis=1, keepdims=True))
    J = -logp[np.arange(B), label].mean()  # f32

    return Outputs(logits.copy(), J), Saved(features, label, logits_total, logits, logp)


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    features, label, logits_total, logits, logp = saved
    B, T, F = features.shape
    dJ = _scalar("dJ", dJ, _f32)

    # J = cross_entropy(logits, label)
    #     dJ/dlogits = (np.exp(logp) - one_hot(label)) / B   [B, 10]
    dJ_dlogits = np.exp(logp)  # f32[B, 10]
    dJ_dlogits[np.arange(B), label] -= 1
    dJ_dlogits *= dJ / B

    # logits = max(features @ W + b, axis=1)   dJ/db = tied.sum(axis=(0, 1))   [10]
    #                                          dJ/dW = features.T @ tied   [F, B*T] @ [B*T, 10]
    tied = (logits_total == logits[:, None]).astype(np.float32)  # f32[B, T, 10]
    tied *= dJ_dlogits[:, None] / tied.sum(axis=1, keepdims=True)
    dJ_db = tied.sum(axis=(0, 1))  # f32[10]
    dJ_dW = features.reshape(B * T, F).T @ tied.reshape(-1, 10)  # f32[F, 10]

    return {"W": dJ_dW, "b": dJ_db}


def value_and_grad(
    params: Params, *, features: npt.ArrayLike, label: npt.ArrayLike
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, features=features, label=label)
    return float(outputs.J), backward(saved)


def predict(params: Params, *, features: npt.ArrayLike) -> Prediction:
    """The outputs that need no label."""
    W, b = _params(params)
    F = W.shape[0]
    features = _array("features", features, _f32, (None, None, F), "f32[B, T, F]")
    T = features.shape[1]
    if 1 > T:
        raise ValueError(f"features: an extreme of no elements needs T >= 1 (T = {T})")
    logits_total = features @ W
    logits_total += b
    logits = logits_total.max(axis=1)
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
    W = _array("W", params["W"], _f32, (None, 10), "f32[F, 10]")
    b = _array("b", params["b"], _f32, (10,))
    return W, b


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
    "gradc": "0.1.0", "source": "head.graph",
    "sha256": "ee5b451aafbfb557dba459fc7effe72adaff8394d83c32d8e5f39fa3faee59fc",
    "options": ["-O1"], "dims": {"B": None, "T": None, "F": None},
    "loss": "J", "losses": {"J": ["W", "b"]},
    "inputs": {
        "features": {"argument": "features", "dtype": "float32", "shape": ["B", "T", "F"]},
        "label": {"argument": "label", "dtype": "int64", "shape": ["B"]},
    },
    "params": {
        "W": {"argument": "W", "dtype": "float32", "shape": ["F", 10]},
        "b": {"argument": "b", "dtype": "float32", "shape": [10]},
    },
    "outputs": {
        "logits": {"argument": "logits", "dtype": "float32", "shape": ["B", 10]},
        "J": {"argument": "J", "dtype": "float32", "shape": []},
    },
    "state": {},
}
