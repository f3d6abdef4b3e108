"""A small network for the progress of diabetes, with a penalty on its weights.

Compiled by gradc 0.1.0 from scipy_minimize.graph at -O1 --also pack. Edit the graph, not this file.

Dimensions
    B  free
    D, H = 10, 4

Inputs
    x  f64[B, 10]  The measurements of each patient, standardised: mean 0 and standard deviation 1.
    y  f64[B]      The disease's progression one year later, standardised as well.

Parameters
    W  f64[10, 4]  ~ glorot_normal  The hidden layer.
    b  f64[4]      = 0
    v  f64[4]      ~ normal(0.5)    The output.
    c  f64         = 0

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

Params = TypedDict("Params", {
    "W": npt.NDArray[np.float64], "b": npt.NDArray[np.float64], "v": npt.NDArray[np.float64],
    "c": float,
})
Gradients = Params


class Outputs(NamedTuple):
    prediction: npt.NDArray[np.float64]  # f64[B]
    J: float


class Prediction(NamedTuple):
    prediction: npt.NDArray[np.float64]  # f64[B]


class Saved(NamedTuple):
    x: Any  # f64[B, 10]
    W: Any  # f64[10, 4]
    v: Any  # f64[4]
    h: Any  # f64[B, 4]
    error_difference: Any  # f64[B]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "W": rng.normal(0, np.sqrt(2 / 14), (10, 4)),
        "b": np.zeros(4),
        "v": rng.normal(0, 0.5, 4),
        "c": 0.0,
    }


def forward(params: Params, *, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    W, b, v, c = _params(params)
    x = _array("x", x, _f64, (None, 10), "f64[B, 10]")
    B = x.shape[0]
    y = _array("y", y, _f64, (B,), "f64[B]")

    # h = tanh(x @ W + b)
    h = x @ W  # f64[B, 4]
    h += b
    np.tanh(h, out=h)

    prediction = h @ v + c  # f64[B]

    # error = mse_loss(prediction, y)
    error_difference = prediction - y  # f64[B]
    error = (error_difference**2).mean()  # f64

    # size = sum(square(W)) + sum(square(v))
    size = (W**2).sum() + (v**2).sum()  # f64

    # loss J = error + penalty * size
    J = error + 0.01 * size  # f64

    return Outputs(prediction, float(J)), Saved(x, W, v, h, error_difference)


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    x, W, v, h, error_difference = saved
    B = x.shape[0]
    dJ = _scalar("dJ", dJ, _f64)

    # J = error + penalty * size              dJ/derror = 1
    #                                         dJ/dsize = 0.01

    # size = sum(square(W)) + sum(square(v))   dJ/dv = dJ/dv_product * v   [4]
    #                                          dJ/dW = dJ/dv_product * W   [10, 4]
    dJ_dv_product = 0.02 * dJ
    dJ_dv = dJ_dv_product * v  # f64[4]
    dJ_dW = dJ_dv_product * W  # f64[10, 4]

    # error = mse_loss(prediction, y)         dJ/dprediction = 2 / B * error_difference   [B]
    dJ_dprediction = 2 * (dJ / B) * error_difference  # f64[B]

    # prediction = h @ v + c                  dJ/dc = dJ/dprediction.sum()
    #                                         dJ/dh = dJ/dprediction[:, None] * v   [B, 4]
    #                                         dJ/dv += h.T @ dJ/dprediction   [4, B] @ [B]
    dJ_dc = dJ_dprediction.sum()
    dJ_dh = dJ_dprediction[:, None] * v  # f64[B, 4]
    dJ_dv += h.T @ dJ_dprediction

    # h = tanh(x @ W + b)                     dJ/db = dJ/dh_total.sum(axis=0)   [4]
    #                                         dJ/dW += x.T @ dJ/dh_total   [10, B] @ [B, 4]
    dJ_dh_total = np.multiply(dJ_dh, 1 - h * h, out=dJ_dh)  # f64[B, 4]
    dJ_db = dJ_dh_total.sum(axis=0)  # f64[4]
    dJ_dW += x.T @ dJ_dh_total

    return {"W": dJ_dW, "b": dJ_db, "v": dJ_dv, "c": float(dJ_dc)}


def value_and_grad(
    params: Params, *, x: npt.ArrayLike, y: npt.ArrayLike
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x, y=y)
    return float(outputs.J), backward(saved)


def predict(params: Params, *, x: npt.ArrayLike) -> Prediction:
    """The outputs that need no y."""
    W, b, v, c = _params(params)
    x = _array("x", x, _f64, (None, 10), "f64[B, 10]")
    h = x @ W
    h += b
    np.tanh(h, out=h)
    prediction = h @ v + c
    return Prediction(prediction)


def pack(values: Params) -> npt.NDArray[np.float64]:
    """One vector of all parameters, or of their gradients, in the order of the graph."""
    return np.concatenate([np.ravel(value) for value in _params(values)], dtype=np.float64)


def unpack(vector: npt.ArrayLike) -> Params:
    """The parameters that a vector holds, as views of it where it is of their type."""
    vector = _array("vector", vector, _f64, (49,))
    return {
        "W": vector[:40].reshape(10, 4),
        "b": vector[40:44],
        "v": vector[44:48],
        "c": float(vector[48]),
    }


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    W = _array("W", params["W"], _f64, (10, 4))
    b = _array("b", params["b"], _f64, (4,))
    v = _array("v", params["v"], _f64, (4,))
    c = _scalar("c", params["c"], _f64)
    return W, b, v, c


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
    "gradc": "0.1.0", "source": "scipy_minimize.graph",
    "sha256": "37c26b09b92a1003d971ff5813e839bf9654487bef359e44c41e9ccffa3f751a",
    "options": ["-O1", "--also pack"], "dims": {"B": None, "D": 10, "H": 4},
    "loss": "J", "losses": {"J": ["W", "b", "v", "c"]},
    "inputs": {
        "x": {"argument": "x", "dtype": "float64", "shape": ["B", 10]},
        "y": {"argument": "y", "dtype": "float64", "shape": ["B"]},
    },
    "params": {
        "W": {"argument": "W", "dtype": "float64", "shape": [10, 4]},
        "b": {"argument": "b", "dtype": "float64", "shape": [4]},
        "v": {"argument": "v", "dtype": "float64", "shape": [4]},
        "c": {"argument": "c", "dtype": "float64", "shape": []},
    },
    "outputs": {
        "prediction": {"argument": "prediction", "dtype": "float64", "shape": ["B"]},
        "J": {"argument": "J", "dtype": "float64", "shape": []},
    },
    "state": {},
}
