"""Linear regression: the progress of diabetes in a year, from ten measurements.

Compiled by gradc 0.1.0 from diabetes.graph at -O1. Edit the graph, not this file.

Dimensions
    B  free
    D = 10

Inputs
    x  f64[B, 10]  The measurements of each patient, standardised: mean 0 and standard deviation 1.
    y  f64[B]      The disease's progression one year later, standardised as well.

Parameters
    w  f64[10]  = 0  What one standard deviation of each measurement adds.
    b  f64      = 0

Outputs
    prediction  f64[B]
    J           f64     the loss
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
    prediction: npt.NDArray[np.float64]  # f64[B]
    J: float


class Prediction(NamedTuple):
    prediction: npt.NDArray[np.float64]  # f64[B]


class Saved(NamedTuple):
    x: Any  # f64[B, 10]
    J_difference: Any  # f64[B]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {"w": np.zeros(10), "b": 0.0}


def forward(params: Params, *, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    w, b = _params(params)
    x = _array("x", x, _f64, (None, 10), "f64[B, 10]")
    B = x.shape[0]
    y = _array("y", y, _f64, (B,), "f64[B]")

    prediction = x @ w + b  # f64[B]

    # loss J = mse_loss(prediction, y)
    J_difference = prediction - y  # f64[B]
    J = (J_difference**2).mean()  # f64

    return Outputs(prediction, float(J)), Saved(x, J_difference)


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    x, J_difference = saved
    B = x.shape[0]
    dJ = _scalar("dJ", dJ, _f64)

    # J = mse_loss(prediction, y)   dJ/dprediction = 2 / B * J_difference   [B]
    dJ_dprediction = 2 * (dJ / B) * J_difference  # f64[B]

    # prediction = x @ w + b        dJ/db = dJ/dprediction.sum()
    #                               dJ/dw = x.T @ dJ/dprediction   [10, B] @ [B]
    dJ_db = dJ_dprediction.sum()
    dJ_dw = x.T @ dJ_dprediction  # f64[10]

    return {"w": dJ_dw, "b": float(dJ_db)}


def value_and_grad(
    params: Params, *, x: npt.ArrayLike, y: npt.ArrayLike
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x, y=y)
    return float(outputs.J), backward(saved)


def predict(params: Params, *, x: npt.ArrayLike) -> Prediction:
    """The outputs that need no y."""
    w, b = _params(params)
    x = _array("x", x, _f64, (None, 10), "f64[B, 10]")
    prediction = x @ w + b
    return Prediction(prediction)


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    return (_array("w", params["w"], _f64, (10,)), _scalar("b", params["b"], _f64))


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


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "diabetes.graph",
    "sha256": "99a47ea9d67babbe37afa692ab528bc4df3e6025d4c383cc837225a523ef46ac",
    "options": ["-O1"], "dims": {"B": None, "D": 10},
    "loss": "J", "losses": {"J": ["w", "b"]},
    "inputs": {
        "x": {"argument": "x", "dtype": "float64", "shape": ["B", 10]},
        "y": {"argument": "y", "dtype": "float64", "shape": ["B"]},
    },
    "params": {
        "w": {"argument": "w", "dtype": "float64", "shape": [10]},
        "b": {"argument": "b", "dtype": "float64", "shape": []},
    },
    "outputs": {
        "prediction": {"argument": "prediction", "dtype": "float64", "shape": ["B"]},
        "J": {"argument": "J", "dtype": "float64", "shape": []},
    },
    "state": {},
}
