"""The gradient by an input, with a dimension that the call fixes.

Compiled by gradc 0.1.0 from fixed_dimension.graph at -O1 --wrt x -D B=16.
Edit the graph, not this file.

Dimensions
    B, D = 16, 3

Inputs
    x  f64[16, 3]

Parameters
    w  f64[3]  = 1

Outputs
    J  f64  the loss
"""

from typing import NamedTuple, TypedDict

import numpy as np

Params = TypedDict("Params", {"w": np.ndarray})
Gradients = TypedDict("Gradients", {"x": np.ndarray})


class Outputs(NamedTuple):
    J: float


class Saved(NamedTuple):
    w: np.ndarray  # f64[3]
    y: np.ndarray  # f64[16, 3]


def init_params(rng=0):
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "w": np.ones(3),
    }


def forward(params, *, x):
    """The outputs, and what `backward` needs of this call."""
    (w,) = _params(params)
    x = _array("x", x, np.float64, (16, 3))

    # y = tanh(x * w)
    y = np.tanh(x * w)  # f64[16, 3]

    # loss J = mean(y)
    J = y.mean()  # f64

    return Outputs(float(J)), Saved(w, y)


def backward(saved, *, dJ=1.0):
    """The gradient of J with respect to x, times dJ."""
    w, y = saved
    dJ = np.float64(dJ)

    # J = mean(y)       dJ/dy = 1 / 48   [16, 3]
    dJ_dy_ratio = dJ / 48

    # y = tanh(x * w)   dJ/dx = dJ/dy_ratio * (1 - y * y) * w   [16, 3]
    dJ_dx = dJ_dy_ratio * (1 - y * y) * w  # f64[16, 3]

    return {"x": dJ_dx}


def value_and_grad(params, *, x):
    """J and its gradient."""
    outputs, saved = forward(params, x=x)
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
    w = _array("w", params["w"], np.float64, (3,))
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
    "source": "fixed_dimension.graph",
    "sha256": "1aaee9ef5196d955eeb2b15a0bc08fc3e0b79843193fdca60d7499d9e3c9a4b7",
    "options": ["-O1", "--wrt x", "-D B=16"],
    "dims": {"B": 16, "D": 3},
    "loss": "J",
    "inputs": {
        "x": {"argument": "x", "dtype": "float64", "shape": [16, 3]},
    },
    "params": {
        "w": {"argument": "w", "dtype": "float64", "shape": [3]},
    },
    "outputs": {
        "J": {"argument": "J", "dtype": "float64", "shape": []},
    },
    "state": {},
}
