"""Guards.

Compiled by gradc 0.1.0 from guarded.graph at -O1. Edit the graph, not this file.

Dimensions
    n  free

Inputs
    x  f64[n]

Parameters
    w  f64[n]  = 1

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
Gradients = Params


class Outputs(NamedTuple):
    J: float


class Saved(NamedTuple):
    x: Any  # f64[n]
    y: Any  # f64[n]
    l_greater: Any  # bool[n]
    l_log: Any  # f64[n]
    s_sqrt: Any  # f64[n]
    e_less: Any  # bool[n]
    e_exp: Any  # f64[n]
    r: Any  # f64
    u_greater: Any  # bool
    u_ratio: Any  # f64[n]
    q_ratio: Any  # f64[n]
    k: Any  # f64[n]


def init_params(rng: int | np.random.Generator = 0, *, n: int) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {"w": np.ones(n)}


@np.errstate(all="ignore")  # of what is computed, but not chosen
def forward(params: Params, *, x: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    (w,) = _params(params)
    n = w.shape[0]
    x = _array("x", x, _f64, (n,), "f64[n]")

    y = w * x  # f64[n]

    # l = where(y > 0, y * log(y), 0)
    l_greater = y > 0  # bool[n]
    l_log = np.log(y)  # f64[n]
    l = np.where(l_greater, y * l_log, 0)  # f64[n]

    # s = where(y > 0, sqrt(y), y)
    s_sqrt = np.sqrt(y)  # f64[n]
    s = np.where(l_greater, s_sqrt, y)  # f64[n]

    # e = where(y < 100, exp(y), 0)
    e_less = y < 100  # bool[n]
    e_exp = np.exp(y)  # f64[n]
    e = np.where(e_less, e_exp, 0)  # f64[n]

    # r = norm(y)
    r = np.sqrt((y**2).sum())  # f64

    # u = where(r > 0, y / r, 0)
    u_greater = r > 0  # bool
    u_ratio = y / r  # f64[n]
    u = np.where(u_greater, u_ratio, 0)  # f64[n]

    # q = clip(1 / y, min=0, max=10)
    q_ratio = 1 / y  # f64[n]
    q = np.clip(q_ratio, 0, 10)  # f64[n]

    # k = tanh(y)
    k = np.tanh(y)  # f64[n]

    # loss J = sum(l) + sum(s) + sum(u) + sum(k) + sum(e) + sum(q)
    J_total = l.sum() + s.sum() + u.sum() + k.sum() + e.sum()  # f64
    J = J_total + q.sum()  # f64

    return Outputs(float(J)), Saved(
        x, y, l_greater, l_log, s_sqrt, e_less, e_exp, r, u_greater, u_ratio, q_ratio, k,
    )


@np.errstate(all="ignore")  # of what is computed, but not chosen
def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    x, y, l_greater, l_log, s_sqrt, e_less, e_exp, r, u_greater, u_ratio, q_ratio, k = saved
    n = x.shape[0]
    dJ = _scalar("dJ", dJ, _f64)

    # J = sum(l) + sum(s) + sum(u) + sum(k) + sum(e) + sum(q)   dJ/dq = dJ   [n]
    #                                                           dJ/de = dJ   [n]
    #                                                           dJ/dk = dJ   [n]
    #                                                           dJ/du = dJ   [n]
    #                                                           dJ/ds = dJ   [n]
    #                                                           dJ/dl = dJ   [n]
    dJ_dq = np.broadcast_to(dJ, (n,))  # f64[n]

    # k = tanh(y)                             dJ/dy = 1 - k * k   [n]
    dJ_dy = dJ * (1 - k * k)  # f64[n]

    # q = clip(1 / y, min=0, max=10)
    #     dJ/dy += np.where(dJ/dq_ratio == 0, 0, -dJ/dq_ratio * q_ratio / y)   [n]
    dJ_dq_ratio = np.where((q_ratio >= 0) & (q_ratio <= 10), dJ, 0)  # f64[n]
    dJ_dy += np.where(dJ_dq_ratio == 0, 0, -dJ_dq_ratio * q_ratio / y)  # 0 where it does not count

    # u = where(r > 0, y / r, 0)
    #     dJ/dy += np.where(dJ/du_ratio == 0, 0, dJ/du_ratio / r)   [n]
    #     dJ/dr = np.where(dJ/du_ratio == 0, 0, -dJ/du_ratio * u_ratio / r).sum()
    dJ_du_ratio = np.where(u_greater, dJ_dq, 0)  # f64[n]
    dJ_dr = (  # 0 where it does not count
        np.where(dJ_du_ratio == 0, 0, -dJ_du_ratio * u_ratio / r).sum()
    )
    dJ_dy += np.where(dJ_du_ratio == 0, 0, dJ_du_ratio / r)  # 0 where it does not count

    # r = norm(y)                             dJ/dy += dJ/dr / np.where(r == 0, 1, r)[()] * y   [n]
    dJ_dy += dJ_dr / np.where(r == 0, 1, r)[()] * y

    # e = where(y < 100, exp(y), 0)
    #     dJ/dy += np.where(dJ/de_exp == 0, 0, dJ/de_exp * e_exp)   [n]
    dJ_de_exp = np.where(e_less, dJ, 0)  # f64[n]
    dJ_dy += np.where(dJ_de_exp == 0, 0, dJ_de_exp * e_exp)  # 0 where it does not count

    # s = where(y > 0, sqrt(y), y)            dJ/dy += np.where(l_greater, 0, dJ)   [n]
    #     dJ/dy += np.where(dJ/ds_sqrt == 0, 0, dJ/ds_sqrt / (2 * s_sqrt))   [n]
    dJ_ds_sqrt = np.where(l_greater, dJ, 0)  # f64[n]
    dJ_dy += np.where(l_greater, 0, dJ)
    dJ_dy += np.where(dJ_ds_sqrt == 0, 0, dJ_ds_sqrt / (2 * s_sqrt))  # 0 where it does not count

    # l = where(y > 0, y * log(y), 0)
    #     dJ/dy += np.where(dJ/ds_sqrt == 0, 0, dJ/ds_sqrt * l_log)   [n]
    #     dJ/dy += np.where(dJ/dl_log == 0, 0, dJ/dl_log / y)   [n]
    dJ_dl_log = dJ_ds_sqrt * y  # f64[n]
    dJ_dy += np.where(dJ_ds_sqrt == 0, 0, dJ_ds_sqrt * l_log)  # 0 where it does not count
    dJ_dy += np.where(dJ_dl_log == 0, 0, dJ_dl_log / y)  # 0 where it does not count

    # y = w * x                               dJ/dw = dJ/dy * x   [n]
    dJ_dw = np.multiply(dJ_dy, x, out=dJ_dy)  # f64[n]

    return {"w": dJ_dw}


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
    w = _array("w", params["w"], _f64, (None,), "f64[n]")
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
    "gradc": "0.1.0", "source": "guarded.graph",
    "sha256": "bd1b236c78e56d0eb527664bb90db4b50ab5f00741430cca3ff5fb05ad1514ef",
    "options": ["-O1"], "dims": {"n": None},
    "loss": "J", "losses": {"J": ["w"]},
    "inputs": {"x": {"argument": "x", "dtype": "float64", "shape": ["n"]}},
    "params": {"w": {"argument": "w", "dtype": "float64", "shape": ["n"]}},
    "outputs": {"J": {"argument": "J", "dtype": "float64", "shape": []}},
    "state": {},
}
