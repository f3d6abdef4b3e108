"""Two ReLU units in a chain with a squared-error cost.

Compiled by gradc 0.1.0 from two_relu.graph at -O1. Edit the graph, not this file.

Inputs
    x  f64  The feature, and the value that the second unit should give for it.
    y  f64

Parameters
    w1  f64  = 2  The first unit.
    b1  f64  = 0
    w2  f64  = 3  The second unit.
    b2  f64  = 1

Outputs
    J  f64  the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {"w1": float, "b1": float, "w2": float, "b2": float})
Gradients = Params


class Outputs(NamedTuple):
    J: float


class Saved(NamedTuple):
    x: Any  # f64
    w2: Any  # f64
    a1: Any  # f64
    a2: Any  # f64
    J_difference: Any  # f64


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {"w1": 2.0, "b1": 0.0, "w2": 3.0, "b2": 1.0}


def forward(params: Params, *, x: float, y: float) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    w1, b1, w2, b2 = _params(params)
    x = _scalar("x", x, _f64)
    y = _scalar("y", y, _f64)

    t1 = w1 * x  # f64
    z1 = t1 + b1  # f64

    # a1 = relu(z1)
    a1 = np.maximum(z1, 0)  # f64

    t2 = w2 * a1  # f64
    z2 = t2 + b2  # f64

    # a2 = relu(z2)
    a2 = np.maximum(z2, 0)  # f64

    # loss J = (a2 - y)**2 / 2
    J_difference = a2 - y  # f64
    J = J_difference**2 / 2  # f64

    return Outputs(float(J)), Saved(x, w2, a1, a2, J_difference)


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    x, w2, a1, a2, J_difference = saved
    dJ = _scalar("dJ", dJ, _f64)

    # J = (a2 - y)**2 / 2   dJ/da2 = J_difference
    dJ_da2 = dJ * J_difference

    # a2 = relu(z2)         dJ/dz2 = dJ/da2 * (a2 > 0)
    dJ_dz2 = dJ_da2 * (a2 > 0)

    # z2 = t2 + b2          dJ/dt2 = dJ/dz2
    #                       dJ/db2 = dJ/dz2

    # t2 = w2 * a1          dJ/dw2 = dJ/dz2 * a1
    #                       dJ/da1 = dJ/dz2 * w2
    dJ_dw2 = dJ_dz2 * a1
    dJ_da1 = dJ_dz2 * w2

    # a1 = relu(z1)         dJ/dz1 = dJ/da1 * (a1 > 0)
    dJ_dz1 = dJ_da1 * (a1 > 0)

    # z1 = t1 + b1          dJ/dt1 = dJ/dz1
    #                       dJ/db1 = dJ/dz1

    # t1 = w1 * x           dJ/dw1 = dJ/dz1 * x
    dJ_dw1 = dJ_dz1 * x

    return {"w1": float(dJ_dw1), "b1": float(dJ_dz1), "w2": float(dJ_dw2), "b2": float(dJ_dz2)}


def value_and_grad(params: Params, *, x: float, y: float) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x, y=y)
    return float(outputs.J), backward(saved)


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    w1 = _scalar("w1", params["w1"], _f64)
    b1 = _scalar("b1", params["b1"], _f64)
    w2 = _scalar("w2", params["w2"], _f64)
    b2 = _scalar("b2", params["b2"], _f64)
    return w1, b1, w2, b2


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
    "gradc": "0.1.0", "source": "two_relu.graph",
    "sha256": "21ff987b09dc3b0bcedad43568b14d60cda3d4cfb3847352375d34e6b81fe8d5",
    "options": ["-O1"], "dims": {},
    "loss": "J", "losses": {"J": ["w1", "b1", "w2", "b2"]},
    "inputs": {
        "x": {"argument": "x", "dtype": "float64", "shape": []},
        "y": {"argument": "y", "dtype": "float64", "shape": []},
    },
    "params": {
        "w1": {"argument": "w1", "dtype": "float64", "shape": []},
        "b1": {"argument": "b1", "dtype": "float64", "shape": []},
        "w2": {"argument": "w2", "dtype": "float64", "shape": []},
        "b2": {"argument": "b2", "dtype": "float64", "shape": []},
    },
    "outputs": {"J": {"argument": "J", "dtype": "float64", "shape": []}},
    "state": {},
}
