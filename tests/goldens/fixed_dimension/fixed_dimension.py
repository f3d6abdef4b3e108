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
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {"w": npt.NDArray[np.float64]})
Gradients = TypedDict("Gradients", {"x": npt.NDArray[np.float64]})


class Outputs(NamedTuple):
    J: float


class Saved(NamedTuple):
    w: Any  # f64[3]
    y: Any  # f64[16, 3]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {"w": np.ones(3)}


def forward(params: Params, *, x: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    (w,) = _params(params)
    x = _array("x", x, _f64, (16, 3))

    # y = tanh(x * w)
    y = np.tanh(x * w)  # f64[16, 3]

    # loss J = mean(y)
    J = y.mean()  # f64

    return Outputs(float(J)), Saved(w, y)


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to x, times dJ."""
    w, y = saved
    dJ = _scalar("dJ", dJ, _f64)

    # J = mean(y)       dJ/dy = 1 / 48   [16, 3]
    dJ_dy_ratio = dJ / 48

    # y = tanh(x * w)   dJ/dx = dJ/dy_ratio * (1 - y * y) * w   [16, 3]
    dJ_dx = dJ_dy_ratio * (1 - y * y) * w  # f64[16, 3]

    return {"x": dJ_dx}


def value_and_grad(params: Params, *, x: npt.ArrayLike) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x)
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
    w = _array("w", params["w"], _f64, (3,))
    return (w,)


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
    "gradc": "0.1.0", "source": "fixed_dimension.graph",
    "sha256": "1aaee9ef5196d955eeb2b15a0bc08fc3e0b79843193fdca60d7499d9e3c9a4b7",
    "options": ["-O1", "--wrt x", "-D B=16"], "dims": {"B": 16, "D": 3},
    "loss": "J", "losses": {"J": ["x"]},
    "inputs": {"x": {"argument": "x", "dtype": "float64", "shape": [16, 3]}},
    "params": {"w": {"argument": "w", "dtype": "float64", "shape": [3]}},
    "outputs": {"J": {"argument": "J", "dtype": "float64", "shape": []}},
    "state": {},
}
