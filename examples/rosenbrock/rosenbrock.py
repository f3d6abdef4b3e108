"""Rosenbrock's function: a valley that is long, curved and flat.

Compiled by gradc 0.1.0 from rosenbrock.graph at -O1. Edit the graph, not this file.

Dimensions
    N = 20

Parameters
    x  f64[20]  = -1

Outputs
    J  f64  the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {"x": npt.NDArray[np.float64]})
Gradients = Params


class Outputs(NamedTuple):
    J: float


class Saved(NamedTuple):
    x: Any  # f64[20]
    across: Any  # f64[19]
    along: Any  # f64[19]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {"x": np.full(20, -1.0, np.float64)}


def forward(params: Params) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    (x,) = _params(params)

    # across = x[1:] - square(x[:-1])
    x_part = x[:-1]  # f64[19]
    across = x[1:] - x_part**2  # f64[19]

    # along = 1 - x[:-1]
    along = 1 - x_part  # f64[19]

    # loss J = sum(100 * square(across) + square(along))
    J = (100 * across**2 + along**2).sum()  # f64

    return Outputs(float(J)), Saved(x, across, along)


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    x, across, along = saved
    dJ = _scalar("dJ", dJ, _f64)

    # J = sum(100 * square(across) + square(along))   dJ/dalong = 2 * along   [19]
    #                                                 dJ/dacross = 200 * across   [19]
    dJ_dalong = 2 * dJ * along  # f64[19]
    dJ_dacross = 200 * dJ * across  # f64[19]

    # along = 1 - x[:-1]
    dJ_dx_part = np.negative(dJ_dalong, out=dJ_dalong)  # f64[19]

    # across = x[1:] - square(x[:-1])
    dJ_dx_part -= dJ_dacross * (2 * x[:-1])
    dJ_dx = np.zeros((20,), dJ_dx_part.dtype)  # f64[20]
    dJ_dx[:-1] = dJ_dx_part
    dJ_dx[1:] += dJ_dacross

    return {"x": dJ_dx}


def value_and_grad(params: Params) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params)
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
    x = _array("x", params["x"], _f64, (20,))
    return (x,)


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
    "gradc": "0.1.0", "source": "rosenbrock.graph",
    "sha256": "36fb86960096e1068907e3e286ccca3b46bad6edde3f75101e59a7b83b309441",
    "options": ["-O1"], "dims": {"N": 20},
    "loss": "J", "losses": {"J": ["x"]},
    "inputs": {},
    "params": {"x": {"argument": "x", "dtype": "float64", "shape": [20]}},
    "outputs": {"J": {"argument": "J", "dtype": "float64", "shape": []}},
    "state": {},
}
