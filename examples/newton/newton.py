"""Logistic regression with a penalty on large weights: is a breast tumour benign?

Compiled by gradc 0.1.0 from newton.graph at -O1 --also pack,hvp. Edit the graph, not this file.

Dimensions
    B  free
    D = 30

Inputs
    x       f64[B, 30]
        Measurements of the cell nuclei, standardised: mean 0 and standard deviation 1.
    benign  f64[B]      1 for a benign tumour, 0 for a malignant one.

Parameters
    w  f64[30]  = 0
    b  f64      = 0

Outputs
    J  f64  the loss
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
    J: float


class Saved(NamedTuple):
    x: Any  # f64[B, 30]
    benign: Any  # f64[B]
    w: Any  # f64[30]
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

    # loss J = binary_cross_entropy_with_logits(logit, benign) + 0.001 * sum(square(w))
    J_difference = np.maximum(logit, 0) + np.log1p(np.exp(-np.abs(logit)))  # f64[B]
    J_difference -= logit * benign
    J = J_difference.mean() + 0.001 * (w**2).sum()  # f64

    return Outputs(float(J)), Saved(x, benign, w, logit)


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    x, benign, w, logit = saved
    B = x.shape[0]
    dJ = _scalar("dJ", dJ, _f64)

    # J = binary_cross_entropy_with_logits(logit, benign) + 0.001 * sum(square(w))
    #     dJ/dw = 0.002 * w   [30]
    #     dJ/dlogit = (_sigmoid(logit) - benign) / B   [B]
    dJ_dw = 0.002 * dJ * w  # f64[30]
    dJ_dlogit = (_sigmoid(logit) - benign) * (dJ / B)  # f64[B]

    # logit = x @ w + b                       dJ/db = dJ/dlogit.sum()
    #                                         dJ/dw += x.T @ dJ/dlogit   [30, B] @ [B]
    dJ_db = dJ_dlogit.sum()
    dJ_dw += x.T @ dJ_dlogit

    return {"w": dJ_dw, "b": float(dJ_db)}


def value_and_grad(
    params: Params, *, x: npt.ArrayLike, benign: npt.ArrayLike
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x, benign=benign)
    return float(outputs.J), backward(saved)


def pack(values: Params) -> npt.NDArray[np.float64]:
    """One vector of all parameters, or of their gradients, in the order of the graph."""
    return np.concatenate([np.ravel(value) for value in _params(values)], dtype=np.float64)


def unpack(vector: npt.ArrayLike) -> Params:
    """The parameters that a vector holds, as views of it where it is of their type."""
    vector = _array("vector", vector, _f64, (31,))
    return {"w": vector[:30], "b": float(vector[30])}


def hvp(
    params: Params, direction: Gradients, *, x: npt.ArrayLike, benign: npt.ArrayLike
) -> Gradients:
    """The Hessian of J times a direction."""
    w, b = _params(params)
    x = _array("x", x, _f64, (None, 30), "f64[B, 30]")
    B = x.shape[0]
    benign = _array("benign", benign, _f64, (B,), "f64[B]")
    w_dot, b_dot = _directions("direction", direction, {"w": w, "b": b}, "w", "b")

    # logit = x @ w + b
    logit = x @ w + b  # f64[B]
    logit_dot = x @ w_dot + b_dot  # f64[B]

    # loss J = binary_cross_entropy_with_logits(logit, benign) + 0.001 * sum(square(w))
    J_sigmoid = _sigmoid(logit, out=logit)  # f64[B]
    dJ_dw_dot = w_dot * 0.002  # f64[30]
    J_sigmoid *= 1 - J_sigmoid
    dJ_dlogit_dot = np.multiply(logit_dot, J_sigmoid, out=logit_dot)  # f64[B]
    dJ_dlogit_dot *= np.float64(1) / B

    # logit = x @ w + b
    dJ_db_dot = dJ_dlogit_dot.sum()
    dJ_dw_dot += x.T @ dJ_dlogit_dot

    return {"w": dJ_dw_dot, "b": float(dJ_db_dot)}


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


def _directions(what: str, given: Any, moving: dict[str, Any], *needed: str) -> list[Any]:
    """A direction for each value: of its shape and element type, 0 where none is given."""
    if not hasattr(given, "keys"):
        kind = type(given).__name__
        raise TypeError(f"{what}: expected a mapping of names to arrays, got {kind}")
    for name in sorted(given.keys() - moving.keys(), key=str):
        raise ValueError(f"{what}: nothing that moves is called {name!r}")
    for name in sorted(set(needed) - given.keys()):
        raise ValueError(f"{what}: {name!r} is missing")
    found = []
    for name, value in moving.items():
        if name in given:
            array = _array(f"{what}[{name!r}]", given[name], value.dtype, value.shape)
        else:
            array = np.zeros(value.shape, value.dtype)
        found.append(array[()])  # a scalar rather than an array without axes
    return found


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
    "gradc": "0.1.0", "source": "newton.graph",
    "sha256": "656e6728afb9bab86f9b8f192c34a404d88f0ed5924d250c942567787a603f48",
    "options": ["-O1", "--also pack,hvp"], "dims": {"B": None, "D": 30},
    "loss": "J", "losses": {"J": ["w", "b"]},
    "inputs": {
        "x": {"argument": "x", "dtype": "float64", "shape": ["B", 30]},
        "benign": {"argument": "benign", "dtype": "float64", "shape": ["B"]},
    },
    "params": {
        "w": {"argument": "w", "dtype": "float64", "shape": [30]},
        "b": {"argument": "b", "dtype": "float64", "shape": []},
    },
    "outputs": {"J": {"argument": "J", "dtype": "float64", "shape": []}},
    "state": {},
}
