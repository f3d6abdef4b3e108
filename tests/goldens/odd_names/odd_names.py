"""Odd names.

Compiled by gradc 0.1.0 from odd_names.graph at -O1. Edit the graph, not this file.

Dimensions
    n, lambda  free

Inputs
    np   f64[n, lambda]
    sum  f64[lambda]

Parameters
    class   f64[lambda]  = 0.5
    x_      f64          = 3
    unused  f64[n, 2]    = 0

Outputs
    self  f64[max(n - 1, 0)]
    μ     f64
    dJ    f64
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict(
    "Params", {"class": npt.NDArray[np.float64], "x_": float, "unused": npt.NDArray[np.float64]}
)
Gradients = Params


class Outputs(NamedTuple):
    self: npt.NDArray[np.float64]  # f64[max(n - 1, 0)]
    μ: float
    dJ: float


class Saved(NamedTuple):
    np_: Any  # f64[n, lambda]
    sum__2: Any  # f64[n, lambda]


def init_params(rng: int | np.random.Generator = 0, *, n: int, lambda_: int) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {"class": np.full(lambda_, 0.5, np.float64), "x_": 3.0, "unused": np.zeros((n, 2))}


def forward(params: Params, *, np_: npt.ArrayLike, sum_: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    class_, x_, unused = _params(params)
    lambda_ = class_.shape[0]
    n = unused.shape[0]
    np_ = _array("np", np_, _f64, (n, lambda_), "f64[n, lambda]")
    sum_ = _array("sum", sum_, _f64, (lambda_,), "f64[lambda]")
    if 1 > max(n - 1, 0):
        raise ValueError(f"unused: the index 0 needs max(n - 1, 0) >= 1 (n = {n})")
    if 1 > n:
        raise ValueError(f"unused: the index 0 needs n >= 1 (n = {n})")
    if 1 > lambda_:
        raise ValueError(f"class: the index -1 needs lambda >= 1 (lambda = {lambda_})")

    # sum_ = exp(np * sum)
    sum__2 = np.exp(np_ * sum_)  # f64[n, lambda]

    # len = sum_ @ class + x_
    len_ = sum__2 @ class_ + x_  # f64[n]

    # output self = len[1:] - len[:-1]
    self = len_[1:] - len_[:-1]  # f64[max(n - 1, 0)]

    # output μ = mean(self)
    μ = self.mean()  # f64

    # forward = self[0] * np[0, -1]
    forward_ = self[0] * np_[0, -1]  # f64

    return Outputs(self, float(μ), float(forward_)), Saved(np_, sum__2)


def backward(
    saved: Saved,
    *,
    dself: npt.ArrayLike | None = None,
    dμ: float | None = None,
    ddJ: float | None = None,
) -> Gradients:
    """The gradients, given the cotangents of the outputs; those left out are zero."""
    np_, sum__2 = saved
    n = np_.shape[0]
    if dself is None:
        dself = np.zeros((max(n - 1, 0),), np.float64)
    dself = _array("dself", dself, _f64, (max(n - 1, 0),), "f64[max(n - 1, 0)]")
    dμ = _scalar("dμ", 0.0 if dμ is None else dμ, _f64)
    ddJ = _scalar("ddJ", 0.0 if ddJ is None else ddJ, _f64)

    # forward = self[0] * np[0, -1]
    d_self_part = ddJ * np_[0, -1]
    d_self = dself.copy()  # f64[max(n - 1, 0)]
    d_self[0] += d_self_part

    # μ = mean(self)                  d_self += dμ / max(n - 1, 0)   [max(n - 1, 0)]
    d_self += dμ / max(n - 1, 0)

    # self = len[1:] - len[:-1]
    d_len_part = -d_self  # f64[max(n - 1, 0)]
    d_len = np.zeros((n,), d_len_part.dtype)  # f64[n]
    d_len[:-1] = d_len_part
    d_len[1:] += d_self

    # len = sum_ @ class + x_         d_x_ = d_len.sum()
    #                                 d_class = sum__2.T @ d_len   [lambda, n] @ [n]
    d_x_ = d_len.sum()
    d_class = sum__2.T @ d_len  # f64[lambda]

    d_unused = np.zeros((n, 2), np.float64)  # f64[n, 2]

    return {"class": d_class, "x_": float(d_x_), "unused": d_unused}


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    class_ = _array("class", params["class"], _f64, (None,), "f64[lambda]")
    x_ = _scalar("x_", params["x_"], _f64)
    unused = _array("unused", params["unused"], _f64, (None, 2), "f64[n, 2]")
    return class_, x_, unused


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
    "gradc": "0.1.0", "source": "odd_names.graph",
    "sha256": "a6317cc836011d70db59f579c61d3b29401bd35d40f9a263e849a0ff578b6b41",
    "options": ["-O1"], "dims": {"n": None, "lambda": None},
    "loss": None, "losses": {},
    "inputs": {
        "np": {"argument": "np_", "dtype": "float64", "shape": ["n", "lambda"]},
        "sum": {"argument": "sum_", "dtype": "float64", "shape": ["lambda"]},
    },
    "params": {
        "class": {"argument": "class", "dtype": "float64", "shape": ["lambda"]},
        "x_": {"argument": "x_", "dtype": "float64", "shape": []},
        "unused": {"argument": "unused", "dtype": "float64", "shape": ["n", 2]},
    },
    "outputs": {
        "self": {"argument": "self", "dtype": "float64", "shape": ["max(n - 1, 0)"]},
        "μ": {"argument": "μ", "dtype": "float64", "shape": []},
        "dJ": {"argument": "dJ", "dtype": "float64", "shape": []},
    },
    "state": {},
}
