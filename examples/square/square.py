"""The square of a line: the smallest graph with a chain rule.

Compiled by gradc 0.1.0 from square.graph at -O1. Edit the graph, not this file.

Parameters
    w  f64  = 3

Outputs
    J  f64  the loss
"""

from typing import NamedTuple, TypedDict

import numpy as np

Params = TypedDict("Params", {"w": float})
Gradients = Params


class Outputs(NamedTuple):
    J: float


class Saved(NamedTuple):
    a: np.float64


def init_params(rng=0):
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "w": 3.0,
    }


def forward(params):
    """The outputs, and what `backward` needs of this call."""
    (w,) = _params(params)

    a = 2 + 3 * w  # f64
    J = a**2  # f64

    return Outputs(float(J)), Saved(a)


def backward(saved, *, dJ=1.0):
    """The gradient of J with respect to each parameter, times dJ."""
    (a,) = saved
    dJ = np.float64(dJ)

    # J = a**2        dJ/da = 2 * a
    dJ_da = dJ * (2 * a)

    # a = 2 + 3 * w   dJ/dw = dJ/da * 3
    dJ_dw = dJ_da * 3

    return {"w": float(dJ_dw)}


def value_and_grad(params):
    """J and its gradient."""
    outputs, saved = forward(params)
    return float(outputs.J), backward(saved)


def _params(params):
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    w = _array("w", params["w"], np.float64, ())
    return (w,)


def _array(name, value, dtype, shape, declared=""):
    """The argument as an array (or scalar) of this type; None in a shape stands for any size."""
    try:
        array = given = np.asarray(value)
    except ValueError:
        raise ValueError(_refusal(name, "a ragged sequence", dtype, shape, declared)) from None
    fits = array.shape == shape or (
        array.ndim == len(shape) and all([n in (None, m) for n, m in zip(shape, array.shape)])
    )
    if not fits:
        raise ValueError(_refusal(name, given, dtype, shape, declared))
    if array.dtype != dtype:
        typed = array.size or given is value  # an empty list has no element type
        if typed and not np.can_cast(array.dtype, dtype, "same_kind"):
            raise TypeError(_refusal(name, given, dtype, shape, declared))
        array = array.astype(dtype)
        if array.dtype.kind == "i" and (array != given).any():
            raise TypeError(_refusal(name, given, dtype, shape, declared))
    return array if shape else array[()]


def _refusal(name, found, dtype, shape, declared):
    """What is wrong with an argument: what it should be, and what came."""
    if not declared:
        kind = np.dtype(dtype).name.replace("float", "f").replace("int", "i")
        declared = f"{kind}{list(shape)}" if shape else kind
    if not isinstance(found, str):
        found = f"{found.dtype}{list(found.shape)}"
    return f"{name}: expected {declared}, got {found}"


__graph__ = {
    "gradc": "0.1.0",
    "source": "square.graph",
    "sha256": "c11af784da9ef3e947c7ed77314bc6a83985aa2792206467eac52a98216d5138",
    "options": ["-O1"],
    "dims": {},
    "loss": "J",
    "inputs": {},
    "params": {
        "w": {"argument": "w", "dtype": "float64", "shape": []},
    },
    "outputs": {
        "J": {"argument": "J", "dtype": "float64", "shape": []},
    },
    "state": {},
}
