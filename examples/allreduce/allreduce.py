"""Logistic regression on the measurements of a tumour.

Compiled by gradc 0.1.0 from allreduce.graph at -O1 --also pack. Edit the graph, not this file.

Dimensions
    B  free

Inputs
    x       f64[B, 30]  The measurements, standardised.
    benign  f64[B]      1 where the tumour is benign, 0 where it is malignant.

Parameters
    w  f64[30]  = 0
    b  f64      = 0

Outputs
    logit  f64[B]  The logarithm of the odds.
    J      f64     the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {"w": npt.NDArray[np.float64], "b": float})
Gradients = Params


class Outputs(NamedTuple):
    logit: npt.NDArray[np.float64]  # f64[B]
    J: float


class Prediction(NamedTuple):
    logit: npt.NDArray[np.float64]  # f64[B]


class Saved(NamedTuple):
    x: Any  # f64[B, 30]
    benign: Any  # f64[B]
    logit: Any  # f64[B]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {"w": np.zeros(30), "b": 0.0}


def forward(params: Params, *, x: npt.ArrayLike, benign: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    w, b = _params(params)
    x = _array("x", x, _f64, (None, 30), "f64[B, 30]")
    B = x.shape[0]
    benign = _array("benign", benign, _f64, (B,), "f64[B]")

    logit = x @ w + b  # f64[B]

    # loss J = binary_cross_entropy_with_logits(logit, benign)
    J_difference = np.maximum(logit, 0) + np.log1p(np.exp(-np.abs(logit)))  # f64[B]
    J_difference -= logit * benign
    J = J_difference.mean()  # f64

    return Outputs(logit.copy(), float(J)), Saved(x, benign, logit)


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    x, benign, logit = saved
    B = x.shape[0]
    dJ = _scalar("dJ", dJ, _f64)

    # J = binary_cross_entropy_with_logits(logit, benign)
    #     dJ/dlogit = (_sigmoid(logit) - benign) / B   [B]
    dJ_dlogit = (_sigmoid(logit) - benign) * (dJ / B)  # f64[B]

    # logit = x @ w + b                       dJ/db = dJ/dlogit.sum()
    #                                         dJ/dw = x.T @ dJ/dlogit   [30, B] @ [B]
    dJ_db = dJ_dlogit.sum()
    dJ_dw = x.T @ dJ_dlogit  # f64[30]

    return {"w": dJ_dw, "b": float(dJ_db)}


def value_and_grad(
    params: Params, *, x: npt.ArrayLike, benign: npt.ArrayLike
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x, benign=benign)
    return float(outputs.J), backward(saved)


def predict(params: Params, *, x: npt.ArrayLike) -> Prediction:
    """The outputs that need no benign."""
    w, b = _params(params)
    x = _array("x", x, _f64, (None, 30), "f64[B, 30]")
    logit = x @ w + b
    return Prediction(logit)


def pack(values: Params) -> npt.NDArray[np.float64]:
    """One vector of all parameters, or of their gradients, in the order of the graph."""
    return np.concatenate([np.ravel(value) for value in _params(values)], dtype=np.float64)


def unpack(vector: npt.ArrayLike) -> Params:
    """The parameters that a vector holds, as views of it where it is of their type."""
    vector = _array("vector", vector, _f64, (31,))
    return {"w": vector[:30], "b": float(vector[30])}


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    return (_array("w", params["w"], _f64, (30,)), _scalar("b", params["b"], _f64))


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
        array = given if loses else array.astype(dtype)
        if loses or (array.dtype.kind == "i" and (array != given).any()):
            raise TypeError(_refusal(name, given, dtype, shape, declared))
    return array


def _scalar(name: str, value: Any, dtype: Any) -> Any:
    if type(value) is float and dtype is _f64:
        return np.float64(value)
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


def _sigmoid(x: Any, out: Any = None) -> Any:
    """The logistic function; where exp(-x) is inf it is 0, as it should be."""
    if not x.ndim and x > -80:
        return 1 / (1 + np.exp(-x))
    y = np.asarray(np.multiply(x, -1.0, out))  # of integers it is f64
    with np.errstate(over="ignore"):
        np.exp(y, y)
    y += 1
    np.divide(1, y, y)
    return y if x.ndim else y[()]


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "allreduce.graph",
    "sha256": "92ae52388715a5cd9bfc8edaa9c79dacf604b59b31e3fd7b1d49fceb6ee5d699",
    "options": ["-O1", "--also pack"], "dims": {"B": None},
    "loss": "J", "losses": {"J": ["w", "b"]},
    "inputs": {
        "x": {"argument": "x", "dtype": "float64", "shape": ["B", 30]},
        "benign": {"argument": "benign", "dtype": "float64", "shape": ["B"]},
    },
    "params": {
        "w": {"argument": "w", "dtype": "float64", "shape": [30]},
        "b": {"argument": "b", "dtype": "float64", "shape": []},
    },
    "outputs": {
        "logit": {"argument": "logit", "dtype": "float64", "shape": ["B"]},
        "J": {"argument": "J", "dtype": "float64", "shape": []},
    },
    "state": {},
}
