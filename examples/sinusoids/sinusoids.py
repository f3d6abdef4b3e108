"""Weights from which one step of gradient descent learns a sinusoid: model-agnostic meta-learning.

Compiled by gradc 0.1.0 from sinusoids.graph at -O1 --also pack. Edit the graph, not this file.

Dimensions
    K, M  free

Inputs
    x        f64[K, 1]  Points of a sinusoid to learn from, and others to be judged by.
    y        f64[K, 1]
    x_other  f64[M, 1]
    y_other  f64[M, 1]

Parameters
    first.W   f64[1, 40]   ~ glorot_uniform
    first.b   f64[40]      = 0
    second.W  f64[40, 40]  ~ glorot_uniform
    second.b  f64[40]      = 0
    last.W    f64[40, 1]   ~ glorot_uniform
    last.b    f64[1]       = 0

Outputs
    p  f64[M, 1]
    J  f64        the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {
    "first.W": npt.NDArray[np.float64], "first.b": npt.NDArray[np.float64],
    "second.W": npt.NDArray[np.float64], "second.b": npt.NDArray[np.float64],
    "last.W": npt.NDArray[np.float64], "last.b": npt.NDArray[np.float64],
})
Gradients = Params


class Outputs(NamedTuple):
    p: npt.NDArray[np.float64]  # f64[M, 1]
    J: float


class Prediction(NamedTuple):
    p: npt.NDArray[np.float64]  # f64[M, 1]


class Saved(NamedTuple):
    x: Any  # f64[K, 1]
    x_other: Any  # f64[M, 1]
    second_W: Any  # f64[40, 40]
    last_W: Any  # f64[40, 1]
    second_tanh: Any  # f64[K, 40]
    last_tanh: Any  # f64[K, 40]
    dbefore_ddifference_product: Any  # f64
    dbefore_dlast: Any  # f64[K, 1]
    dbefore_dlast_tanh: Any  # f64[K, 40]
    last_tanh_slope: Any  # f64[K, 40]
    dbefore_dsecond: Any  # f64[K, 40]
    dbefore_dsecond_tanh: Any  # f64[K, 40]
    second_tanh_slope: Any  # f64[K, 40]
    h: Any  # f64[M, 40]
    g_difference: Any  # f64[40, 40]
    g: Any  # f64[M, 40]
    p_difference: Any  # f64[40, 1]
    J_difference: Any  # f64[M, 1]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "first.W": np.sqrt(6 / 41) * rng.uniform(-1, 1, (1, 40)),
        "first.b": np.zeros(40),
        "second.W": np.sqrt(6 / 80) * rng.uniform(-1, 1, (40, 40)),
        "second.b": np.zeros(40),
        "last.W": np.sqrt(6 / 41) * rng.uniform(-1, 1, (40, 1)),
        "last.b": np.zeros(1),
    }


def forward(
    params: Params,
    *,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    x_other: npt.ArrayLike,
    y_other: npt.ArrayLike,
) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    first_W, first_b, second_W, second_b, last_W, last_b = _params(params)
    x = _array("x", x, _f64, (None, 1), "f64[K, 1]")
    K = x.shape[0]
    y = _array("y", y, _f64, (K, 1), "f64[K, 1]")
    x_other = _array("x_other", x_other, _f64, (None, 1), "f64[M, 1]")
    M = x_other.shape[0]
    y_other = _array("y_other", y_other, _f64, (M, 1), "f64[M, 1]")

    # first = Dense(x, 40)
    first = x @ first_W  # f64[K, 40]
    first += first_b

    # second = Dense(tanh(first), 40)
    second_tanh = np.tanh(first, out=first)  # f64[K, 40]
    second = second_tanh @ second_W  # f64[K, 40]
    second += second_b

    # last = Dense(tanh(second), 1)
    last_tanh = np.tanh(second, out=second)  # f64[K, 40]
    last = last_tanh @ last_W  # f64[K, 1]
    last += last_b

    # before = mean(square(last - y))
    dbefore_dlast = np.subtract(last, y, out=last)  # f64[K, 1]

    # W1, b1, W2, b2, W3, b3 = grad(before, first.W, first.b, second.W, second.b, last.W, las…
    dbefore_ddifference_product = np.float64(2.0) / K  # f64
    dbefore_dlast *= dbefore_ddifference_product
    b3 = dbefore_dlast.sum(axis=0)  # f64[1]
    dbefore_dlast_tanh = dbefore_dlast @ last_W.T  # f64[K, 40]
    W3 = last_tanh.T @ dbefore_dlast  # f64[40, 1]
    last_tanh_slope = 1 - last_tanh * last_tanh  # f64[K, 40]
    dbefore_dsecond = dbefore_dlast_tanh * last_tanh_slope  # f64[K, 40]
    b2 = dbefore_dsecond.sum(axis=0)  # f64[40]
    dbefore_dsecond_tanh = dbefore_dsecond @ second_W.T  # f64[K, 40]
    W2 = second_tanh.T @ dbefore_dsecond  # f64[40, 40]
    second_tanh_slope = 1 - second_tanh * second_tanh  # f64[K, 40]
    dbefore_dfirst = dbefore_dsecond_tanh * second_tanh_slope  # f64[K, 40]
    b1 = dbefore_dfirst.sum(axis=0)  # f64[40]
    W1 = x.T @ dbefore_dfirst  # f64[1, 40]
    del dbefore_dfirst

    # h = tanh(first(x_other, W=first.W - rate * W1, b=first.b - rate * b1))
    h_difference = np.multiply(0.02, W1, out=W1)  # f64[1, 40]
    np.subtract(first_W, h_difference, out=h_difference)
    h_difference_2 = np.multiply(0.02, b1, out=b1)  # f64[40]
    np.subtract(first_b, h_difference_2, out=h_difference_2)

    # first = first(x_other, W=first.W - rate * W1, b=first.b - rate * b1)
    h = x_other @ h_difference  # f64[M, 40]
    h += h_difference_2
    np.tanh(h, out=h)

    # g = tanh(second(h, W=second.W - rate * W2, b=second.b - rate * b2))
    g_difference = np.multiply(0.02, W2, out=W2)  # f64[40, 40]
    np.subtract(second_W, g_difference, out=g_difference)
    g_difference_2 = np.multiply(0.02, b2, out=b2)  # f64[40]
    np.subtract(second_b, g_difference_2, out=g_difference_2)

    # second = second(h, W=second.W - rate * W2, b=second.b - rate * b2)
    g = h @ g_difference  # f64[M, 40]
    g += g_difference_2
    np.tanh(g, out=g)

    # output p = last(g, W=last.W - rate * W3, b=last.b - rate * b3)
    p_difference = np.multiply(0.02, W3, out=W3)  # f64[40, 1]
    np.subtract(last_W, p_difference, out=p_difference)
    p_difference_2 = np.multiply(0.02, b3, out=b3)  # f64[1]
    np.subtract(last_b, p_difference_2, out=p_difference_2)
    p = g @ p_difference  # f64[M, 1]
    p += p_difference_2

    # loss J = mean(square(p - y_other))
    J_difference = p - y_other  # f64[M, 1]
    J = (J_difference**2).mean()  # f64

    return Outputs(p, float(J)), Saved(
        x, x_other, second_W, last_W, second_tanh, last_tanh, dbefore_ddifference_product,
        dbefore_dlast, dbefore_dlast_tanh, last_tanh_slope, dbefore_dsecond, dbefore_dsecond_tanh,
        second_tanh_slope, h, g_difference, g, p_difference, J_difference,
    )


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    (
        x, x_other, second_W, last_W, second_tanh, last_tanh, dbefore_ddifference_product,
        dbefore_dlast, dbefore_dlast_tanh, last_tanh_slope, dbefore_dsecond, dbefore_dsecond_tanh,
        second_tanh_slope, h, g_difference, g, p_difference, J_difference,
    ) = saved
    M = x_other.shape[0]
    dJ = _scalar("dJ", dJ, _f64)

    # J = mean(square(p - y_other))           dJ/dp = 2 / M * J_difference   [M, 1]
    dJ_dp = 2 * (dJ / M) * J_difference  # f64[M, 1]

    # p = last(g, W=last.W - rate * W3, b=last.b - rate * b3)
    #     dJ/dg = dJ/dp @ p_difference.T   [M, 1] @ [1, 40]
    #     dJ/dlast.b = dJ/dp.sum(axis=0)   [1]
    #     dJ/db3 = -0.02 * dJ/dlast.b   [1]
    #     dJ/dlast.W = g.T @ dJ/dp   [40, M] @ [M, 1]
    #     dJ/dW3 = -0.02 * dJ/dlast.W   [40, 1]
    dJ_dlast_b = dJ_dp.sum(axis=0)  # f64[1]
    dJ_dg = dJ_dp @ p_difference.T  # f64[M, 40]
    dJ_dlast_W = g.T @ dJ_dp  # f64[40, 1]
    dJ_db3 = -0.02 * dJ_dlast_b  # f64[1]
    dJ_dW3 = -0.02 * dJ_dlast_W  # f64[40, 1]

    # g = tanh(second(h, W=second.W - rate * W2, b=second.b - rate * b2))
    #     dJ/dsecond.b = dJ/dg_total.sum(axis=0)   [40]
    #     dJ/db2 = -0.02 * dJ/dsecond.b   [40]
    #     dJ/dsecond.W = h.T @ dJ/dg_total   [40, M] @ [M, 40]
    #     dJ/dW2 = -0.02 * dJ/dsecond.W   [40, 40]
    dJ_dg_total = np.multiply(dJ_dg, 1 - g * g, out=dJ_dg)  # f64[M, 40]

    # second = second(h, W=second.W - rate * W2, b=second.b - rate * b2)
    #     dJ/dh = dJ/dg_total @ g_difference.T   [M, 40] @ [40, 40]
    dJ_dsecond_b = dJ_dg_total.sum(axis=0)  # f64[40]
    dJ_dh = dJ_dg_total @ g_difference.T  # f64[M, 40]
    dJ_dsecond_W = h.T @ dJ_dg_total  # f64[40, 40]
    del dJ_dg, dJ_dg_total
    dJ_db2 = -0.02 * dJ_dsecond_b  # f64[40]
    dJ_dW2 = -0.02 * dJ_dsecond_W  # f64[40, 40]

    # h = tanh(first(x_other, W=first.W - rate * W1, b=first.b - rate * b1))
    #     dJ/dfirst.b = dJ/dh_total.sum(axis=0)   [40]
    #     dJ/db1 = -0.02 * dJ/dfirst.b   [40]
    #     dJ/dfirst.W = x_other.T @ dJ/dh_total   [1, M] @ [M, 40]
    #     dJ/dW1 = -0.02 * dJ/dfirst.W   [1, 40]
    dJ_dh_total = np.multiply(dJ_dh, 1 - h * h, out=dJ_dh)  # f64[M, 40]
    dJ_dfirst_b = dJ_dh_total.sum(axis=0)  # f64[40]
    dJ_dfirst_W = x_other.T @ dJ_dh_total  # f64[1, 40]
    del dJ_dh, dJ_dh_total
    dJ_db1 = -0.02 * dJ_dfirst_b  # f64[40]
    dJ_dW1 = -0.02 * dJ_dfirst_W  # f64[1, 40]

    # W1, b1, W2, b2, W3, b3 = grad(before, first.W, first.b, second.W, second.b, last.W, las…
    #     dJ/dsecond.W += dJ/ddbefore_dsecond_tanh.T @ dbefore_dsecond   [40, K] @ [K, 40]
    #     dJ/dlast.W += dJ/ddbefore_dlast_tanh.T @ dbefore_dlast   [40, K] @ [K, 1]
    dJ_ddbefore_dfirst = x @ dJ_dW1  # f64[K, 40]
    dJ_ddbefore_dfirst += dJ_db1
    dJ_ddbefore_dsecond_tanh = dJ_ddbefore_dfirst * second_tanh_slope  # f64[K, 40]
    dJ_dfirst = dbefore_dsecond @ dJ_dW2.T  # f64[K, 40]
    dJ_dfirst -= 2 * (dJ_ddbefore_dfirst * dbefore_dsecond_tanh * second_tanh)
    del dJ_ddbefore_dfirst
    dJ_ddbefore_dsecond = dJ_ddbefore_dsecond_tanh @ second_W  # f64[K, 40]
    dJ_ddbefore_dsecond += second_tanh @ dJ_dW2
    dJ_dsecond_W_T = dJ_ddbefore_dsecond_tanh.T @ dbefore_dsecond  # f64[40, 40]
    del dJ_ddbefore_dsecond_tanh
    dJ_dsecond_W += dJ_dsecond_W_T
    dJ_ddbefore_dsecond += dJ_db2
    dJ_ddbefore_dlast_tanh = dJ_ddbefore_dsecond * last_tanh_slope  # f64[K, 40]
    dJ_dsecond = dbefore_dlast @ dJ_dW3.T  # f64[K, 40]
    dJ_dsecond -= 2 * (dJ_ddbefore_dsecond * dbefore_dlast_tanh * last_tanh)
    dJ_dlast = dJ_ddbefore_dlast_tanh @ last_W  # f64[K, 1]
    dJ_dlast += last_tanh @ dJ_dW3
    dJ_dlast_W_T = dJ_ddbefore_dlast_tanh.T @ dbefore_dlast  # f64[40, 1]
    dJ_dlast_W += dJ_dlast_W_T
    dJ_dlast += dJ_db3
    dJ_dlast *= dbefore_ddifference_product

    # last = Dense(tanh(second), 1)           dJ/dlast.b += dJ/dlast.sum(axis=0)   [1]
    #     dJ/dlast.W += last_tanh.T @ dJ/dlast   [40, K] @ [K, 1]
    #     dJ/dsecond = (dJ/dsecond + dJ/dlast @ last_W.T) * last_tanh_slope   [K, 40]
    dJ_dlast_b += dJ_dlast.sum(axis=0)
    dJ_dsecond += dJ_dlast @ last_W.T
    dJ_dlast_W += last_tanh.T @ dJ_dlast
    dJ_dsecond *= last_tanh_slope

    # second = Dense(tanh(first), 40)         dJ/dsecond.b += dJ/dsecond.sum(axis=0)   [40]
    #     dJ/dsecond.W += second_tanh.T @ dJ/dsecond   [40, K] @ [K, 40]
    #     dJ/dfirst = (dJ/dfirst + dJ/dsecond @ second_W.T) * second_tanh_slope   [K, 40]
    dJ_dsecond_b += dJ_dsecond.sum(axis=0)
    dJ_dfirst += dJ_dsecond @ second_W.T
    dJ_dsecond_W += second_tanh.T @ dJ_dsecond
    dJ_dfirst *= second_tanh_slope

    # first = Dense(x, 40)                    dJ/dfirst.b += dJ/dfirst.sum(axis=0)   [40]
    #                                         dJ/dfirst.W += x.T @ dJ/dfirst   [1, K] @ [K, 40]
    dJ_dfirst_b += dJ_dfirst.sum(axis=0)
    dJ_dW_product = x.T @ dJ_dfirst  # f64[1, 40]
    dJ_dfirst_W += dJ_dW_product

    return {
        "first.W": dJ_dfirst_W, "first.b": dJ_dfirst_b, "second.W": dJ_dsecond_W,
        "second.b": dJ_dsecond_b, "last.W": dJ_dlast_W, "last.b": dJ_dlast_b,
    }


def value_and_grad(
    params: Params,
    *,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    x_other: npt.ArrayLike,
    y_other: npt.ArrayLike,
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x, y=y, x_other=x_other, y_other=y_other)
    return float(outputs.J), backward(saved)


def predict(
    params: Params, *, x: npt.ArrayLike, y: npt.ArrayLike, x_other: npt.ArrayLike
) -> Prediction:
    """The outputs that need no y_other."""
    first_W, first_b, second_W, second_b, last_W, last_b = _params(params)
    x = _array("x", x, _f64, (None, 1), "f64[K, 1]")
    K = x.shape[0]
    y = _array("y", y, _f64, (K, 1), "f64[K, 1]")
    x_other = _array("x_other", x_other, _f64, (None, 1), "f64[M, 1]")
    first = x @ first_W
    first += first_b
    second_tanh = np.tanh(first, out=first)
    second = second_tanh @ second_W
    second += second_b
    last_tanh = np.tanh(second, out=second)
    last = last_tanh @ last_W
    last += last_b
    dbefore_dlast = np.subtract(last, y, out=last)
    dbefore_dlast *= np.float64(2.0) / K
    b3 = dbefore_dlast.sum(axis=0)
    W3 = last_tanh.T @ dbefore_dlast
    dbefore_dsecond = dbefore_dlast @ last_W.T * (1 - last_tanh * last_tanh)
    del second, last_tanh
    b2 = dbefore_dsecond.sum(axis=0)
    W2 = second_tanh.T @ dbefore_dsecond
    dbefore_dfirst = dbefore_dsecond @ second_W.T * (1 - second_tanh * second_tanh)
    del first, second_tanh, dbefore_dsecond
    b1 = dbefore_dfirst.sum(axis=0)
    W1 = x.T @ dbefore_dfirst
    h_difference = np.multiply(0.02, W1, out=W1)
    np.subtract(first_W, h_difference, out=h_difference)
    h_difference_2 = np.multiply(0.02, b1, out=b1)
    np.subtract(first_b, h_difference_2, out=h_difference_2)
    h = x_other @ h_difference
    h += h_difference_2
    np.tanh(h, out=h)
    g_difference = np.multiply(0.02, W2, out=W2)
    np.subtract(second_W, g_difference, out=g_difference)
    g_difference_2 = np.multiply(0.02, b2, out=b2)
    np.subtract(second_b, g_difference_2, out=g_difference_2)
    g = h @ g_difference
    g += g_difference_2
    np.tanh(g, out=g)
    p_difference = np.multiply(0.02, W3, out=W3)
    np.subtract(last_W, p_difference, out=p_difference)
    p_difference_2 = np.multiply(0.02, b3, out=b3)
    np.subtract(last_b, p_difference_2, out=p_difference_2)
    p = g @ p_difference
    p += p_difference_2
    return Prediction(p)


def pack(values: Params) -> npt.NDArray[np.float64]:
    """One vector of all parameters, or of their gradients, in the order of the graph."""
    return np.concatenate([np.ravel(value) for value in _params(values)], dtype=np.float64)


def unpack(vector: npt.ArrayLike) -> Params:
    """The parameters that a vector holds, as views of it where it is of their type."""
    vector = _array("vector", vector, _f64, (1761,))
    return {
        "first.W": vector[:40].reshape(1, 40),
        "first.b": vector[40:80],
        "second.W": vector[80:1680].reshape(40, 40),
        "second.b": vector[1680:1720],
        "last.W": vector[1720:1760].reshape(40, 1),
        "last.b": vector[1760:1761],
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
    first_W = _array("first.W", params["first.W"], _f64, (1, 40))
    first_b = _array("first.b", params["first.b"], _f64, (40,))
    second_W = _array("second.W", params["second.W"], _f64, (40, 40))
    second_b = _array("second.b", params["second.b"], _f64, (40,))
    last_W = _array("last.W", params["last.W"], _f64, (40, 1))
    last_b = _array("last.b", params["last.b"], _f64, (1,))
    return first_W, first_b, second_W, second_b, last_W, last_b


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
    "gradc": "0.1.0", "source": "sinusoids.graph",
    "sha256": "2b6f5a70a0c021343adb3f8a4afee590a03914ba987d28c9f8d1e9e2f4febd83",
    "options": ["-O1", "--also pack"], "dims": {"K": None, "M": None},
    "loss": "J",
    "losses": {"J": ["first.W", "first.b", "second.W", "second.b", "last.W", "last.b"]},
    "inputs": {
        "x": {"argument": "x", "dtype": "float64", "shape": ["K", 1]},
        "y": {"argument": "y", "dtype": "float64", "shape": ["K", 1]},
        "x_other": {"argument": "x_other", "dtype": "float64", "shape": ["M", 1]},
        "y_other": {"argument": "y_other", "dtype": "float64", "shape": ["M", 1]},
    },
    "params": {
        "first.W": {"argument": "first.W", "dtype": "float64", "shape": [1, 40]},
        "first.b": {"argument": "first.b", "dtype": "float64", "shape": [40]},
        "second.W": {"argument": "second.W", "dtype": "float64", "shape": [40, 40]},
        "second.b": {"argument": "second.b", "dtype": "float64", "shape": [40]},
        "last.W": {"argument": "last.W", "dtype": "float64", "shape": [40, 1]},
        "last.b": {"argument": "last.b", "dtype": "float64", "shape": [1]},
    },
    "outputs": {
        "p": {"argument": "p", "dtype": "float64", "shape": ["M", 1]},
        "J": {"argument": "J", "dtype": "float64", "shape": []},
    },
    "state": {},
}
