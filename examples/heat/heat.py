"""A rod cools: a network that obeys u_t = D u_xx; its start and its ends are built into its form.

Compiled by gradc 0.1.0 from heat.graph at -O1 --also pack. Edit the graph, not this file.

Dimensions
    N  free
    H = 32

Inputs
    x  f64[N]  Places, from 0 to 1, where the equation is held.
    t  f64[N]  Times, one for each place.

Parameters
    a  f64[32]  ~ normal(3)
    b  f64[32]  ~ normal(1)
    c  f64[32]  ~ normal(2)
    w  f64[32]  ~ normal(0.1)

Outputs
    u  f64[N]
        The temperature. At time 0 it is the start, and at the ends it is 0, whatever the network says.
    J  f64     the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {
    "a": npt.NDArray[np.float64], "b": npt.NDArray[np.float64], "c": npt.NDArray[np.float64],
    "w": npt.NDArray[np.float64],
})
Gradients = Params


class Outputs(NamedTuple):
    u: npt.NDArray[np.float64]  # f64[N]
    J: float


class Saved(NamedTuple):
    x: Any  # f64[N]
    t: Any  # f64[N]
    a: Any  # f64[32]
    b: Any  # f64[32]
    w: Any  # f64[32]
    h: Any  # f64[N, 32]
    start: Any  # f64[N]
    du_dnet: Any  # f64[N]
    h_slope: Any  # f64[N, 32]
    bw: Any  # f64[32]
    aw: Any  # f64[32]
    du_x_dnet: Any  # f64[N]
    h_h_slope: Any  # f64[N, 32]
    aaw: Any  # f64[32]
    J_difference: Any  # f64[N]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "a": rng.normal(0, 3.0, 32),
        "b": rng.normal(0, 1.0, 32),
        "c": rng.normal(0, 2.0, 32),
        "w": rng.normal(0, 0.1, 32),
    }


def forward(params: Params, *, x: npt.ArrayLike, t: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    a, b, c, w = _params(params)
    x = _array("x", x, _f64, (None,), "f64[N]")
    N = x.shape[0]
    t = _array("t", t, _f64, (N,), "f64[N]")

    # h = tanh(x[:, newaxis] * a + t[:, newaxis] * b + c)
    h = np.tanh(x[:, None] * a + t[:, None] * b + c)  # f64[N, 32]

    net = h @ w  # f64[N]
    start = x - x**2  # f64[N]

    # output u = start * (1 + t * net)
    u_total = 1 + t * net  # f64[N]
    u = start * u_total  # f64[N]

    # u_x, u_t = grad(sum(u), x, t)
    du_dnet = start * t  # f64[N]
    h_slope = 1 - h * h  # f64[N, 32]
    bw = b * w  # f64[32]
    u_t = start * net + du_dnet * (h_slope @ bw)  # f64[N]

    # u_xx = grad(sum(u_x), x)
    aw = a * w  # f64[32]
    du_x_dnet = (1 - 2 * x) * t  # f64[N]
    h_h_slope = h * h_slope  # f64[N, 32]
    aaw = a * aw  # f64[32]
    u_xx = 2 * (du_x_dnet * (h_slope @ aw) - u_total - du_dnet * (h_h_slope @ aaw))  # f64[N]

    # loss J = mean((u_t - D * u_xx)**2)
    J_product = np.multiply(0.1, u_xx, out=u_xx)  # f64[N]
    J_difference = np.subtract(u_t, J_product, out=u_t)  # f64[N]
    J = (J_difference**2).mean()  # f64

    return Outputs(u, float(J)), Saved(
        x, t, a, b, w, h, start, du_dnet, h_slope, bw, aw, du_x_dnet, h_h_slope, aaw, J_difference,
    )


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    (
        x, t, a, b, w, h, start, du_dnet, h_slope, bw, aw, du_x_dnet, h_h_slope, aaw, J_difference,
    ) = saved
    N = x.shape[0]
    dJ = _scalar("dJ", dJ, _f64)

    # J = mean((u_t - D * u_xx)**2)           dJ/du_t = 2 / N * J_difference   [N]
    #                                         dJ/du_xx = -0.1 * dJ/du_t   [N]
    dJ_du_t = 2 * (dJ / N) * J_difference  # f64[N]

    # u_xx = grad(sum(u_x), x)                dJ/da = dJ/daaw * aw   [32]
    #                                         dJ/dh = dJ/dh_h_slope * h_slope   [N, 32]
    #                                         dJ/da += dJ/daw * w   [32]
    #                                         dJ/dw = dJ/daw * a   [32]
    dJ_du_xx_difference = -0.2 * dJ_du_t  # f64[N]
    dJ_dh_h_slope_aaw = -dJ_du_xx_difference * du_dnet  # f64[N]
    dJ_dh_h_slope = dJ_dh_h_slope_aaw[:, None] * aaw  # f64[N, 32]
    dJ_daaw = h_h_slope.T @ dJ_dh_h_slope_aaw  # f64[32]
    dJ_da = dJ_daaw * aw  # f64[32]
    dJ_dh = dJ_dh_h_slope * h_slope  # f64[N, 32]
    dJ_dh_slope_aw = dJ_du_xx_difference * du_x_dnet  # f64[N]
    dJ_dh_slope = dJ_dh_h_slope * h + dJ_dh_slope_aw[:, None] * aw  # f64[N, 32]
    dJ_daw = dJ_daaw * a + h_slope.T @ dJ_dh_slope_aw  # f64[32]
    dJ_dw = dJ_daw * a  # f64[32]
    dJ_da += dJ_daw * w

    # u_x, u_t = grad(sum(u), x, t)           dJ/db = dJ/dbw * w   [32]
    #                                         dJ/dw += dJ/dbw * b   [32]
    #                                         dJ/dh -= 2 * (dJ/dh_slope * h)   [N, 32]
    #                                         dJ/dnet = dJ/du_t * start   [N]
    dJ_dh_slope_bw = dJ_du_t * du_dnet  # f64[N]
    dJ_dbw = h_slope.T @ dJ_dh_slope_bw  # f64[32]
    dJ_dh_slope += dJ_dh_slope_bw[:, None] * bw
    dJ_db = dJ_dbw * w  # f64[32]
    dJ_dw += dJ_dbw * b
    dJ_dh_slope *= h
    dJ_dh_slope *= -2
    dJ_dh += dJ_dh_slope
    dJ_dnet = np.multiply(dJ_du_t, start, out=dJ_du_t)  # f64[N]

    # u = start * (1 + t * net)               dJ/dnet -= dJ/du_xx_difference * t   [N]
    dJ_dnet -= dJ_du_xx_difference * t

    # net = h @ w                             dJ/dh += dJ/dnet[:, None] * w   [N, 32]
    #                                         dJ/dw += h.T @ dJ/dnet   [32, N] @ [N]
    dJ_dh += dJ_dnet[:, None] * w
    dJ_dw += h.T @ dJ_dnet

    # h = tanh(x[:, newaxis] * a + t[:, newaxis] * b + c)   dJ/dc = dJ/dh_total.sum(axis=0)   [32]
    #                                                       dJ/db += t @ dJ/dh_total   [N] @ [N, 32]
    #                                                       dJ/da += x @ dJ/dh_total   [N] @ [N, 32]
    dJ_dh_total = np.multiply(dJ_dh, h_slope, out=dJ_dh)  # f64[N, 32]
    dJ_dc = dJ_dh_total.sum(axis=0)  # f64[32]
    dJ_db += t @ dJ_dh_total
    dJ_da += x @ dJ_dh_total

    return {"a": dJ_da, "b": dJ_db, "c": dJ_dc, "w": dJ_dw}


def value_and_grad(
    params: Params, *, x: npt.ArrayLike, t: npt.ArrayLike
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x, t=t)
    return float(outputs.J), backward(saved)


def pack(values: Params) -> npt.NDArray[np.float64]:
    """One vector of all parameters, or of their gradients, in the order of the graph."""
    return np.concatenate([np.ravel(value) for value in _params(values)], dtype=np.float64)


def unpack(vector: npt.ArrayLike) -> Params:
    """The parameters that a vector holds, as views of it where it is of their type."""
    vector = _array("vector", vector, _f64, (128,))
    return {"a": vector[:32], "b": vector[32:64], "c": vector[64:96], "w": vector[96:128]}


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    a = _array("a", params["a"], _f64, (32,))
    b = _array("b", params["b"], _f64, (32,))
    c = _array("c", params["c"], _f64, (32,))
    w = _array("w", params["w"], _f64, (32,))
    return a, b, c, w


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
    "gradc": "0.1.0", "source": "heat.graph",
    "sha256": "9f024d312d28cc26c583c2212e190811cc1c05cac137d2ce0d17ca4ef1ab5faa",
    "options": ["-O1", "--also pack"], "dims": {"N": None, "H": 32},
    "loss": "J", "losses": {"J": ["a", "b", "c", "w"]},
    "inputs": {
        "x": {"argument": "x", "dtype": "float64", "shape": ["N"]},
        "t": {"argument": "t", "dtype": "float64", "shape": ["N"]},
    },
    "params": {
        "a": {"argument": "a", "dtype": "float64", "shape": [32]},
        "b": {"argument": "b", "dtype": "float64", "shape": [32]},
        "c": {"argument": "c", "dtype": "float64", "shape": [32]},
        "w": {"argument": "w", "dtype": "float64", "shape": [32]},
    },
    "outputs": {
        "u": {"argument": "u", "dtype": "float64", "shape": ["N"]},
        "J": {"argument": "J", "dtype": "float64", "shape": []},
    },
    "state": {},
}
