"""The energy of clusters of atoms, learnt together with the forces that it stands for.

Compiled by gradc 0.1.0 from forces.graph at -O1 --also pack. Edit the graph, not this file.

Dimensions
    B, N  free
    K, H = 8, 16

Inputs
    x       f64[B, N, 3]  Where the atoms of B clusters are, and what is known of each cluster.
    energy  f64[B]
    force   f64[B, N, 3]

Parameters
    W      f64[8, 16]  ~ glorot_normal
    b      f64[16]     = 0
    v      f64[16]     ~ normal(0.5)
    start  f64         = 0

Outputs
    E      f64[B]
    F      f64[B, N, 3]
    alone  f64           a loss
    both   f64
        The same network learns more from as many clusters where it is told their forces too.
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {
    "W": npt.NDArray[np.float64], "b": npt.NDArray[np.float64], "v": npt.NDArray[np.float64],
    "start": float,
})
Gradients_alone = Params
Gradients_both = Params


class Outputs(NamedTuple):
    E: npt.NDArray[np.float64]  # f64[B]
    F: npt.NDArray[np.float64]  # f64[B, N, 3]
    alone: float
    both: float


class Prediction(NamedTuple):
    E: npt.NDArray[np.float64]  # f64[B]
    F: npt.NDArray[np.float64]  # f64[B, N, 3]


class Saved(NamedTuple):
    W: Any  # f64[8, 16]
    v: Any  # f64[16]
    around_opposite: Any  # f64[8]
    around_exp: Any  # f64[B, N, N, 8]
    around: Any  # f64[B, N, 8]
    h: Any  # f64[B, N, 16]
    E_sum: Any  # f64[B, 16]
    h_slope: Any  # f64[B, N, 16]
    dE_dh_total: Any  # f64[B, N, 16]
    power_slope: Any  # f64[B, N, N, 3]
    alone_difference: Any  # f64[B]
    both_difference: Any  # f64[B, N, 3]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "W": rng.normal(0, np.sqrt(2 / 24), (8, 16)),
        "b": np.zeros(16),
        "v": rng.normal(0, 0.5, 16),
        "start": 0.0,
    }


def forward(
    params: Params, *, x: npt.ArrayLike, energy: npt.ArrayLike, force: npt.ArrayLike
) -> tuple[Outputs, Saved]:
    """The outputs, and what the functions that go backward need of this call."""
    W, b, v, start = _params(params)
    x = _array("x", x, _f64, (None, None, 3), "f64[B, N, 3]")
    B, N = x.shape[:2]
    energy = _array("energy", energy, _f64, (B,), "f64[B]")
    force = _array("force", force, _f64, (B, N, 3), "f64[B, N, 3]")

    # apart = x[:, :, newaxis] - x[:, newaxis]
    apart = x[:, :, None] - x[:, None]  # f64[B, N, N, 3]

    # squared = sum(square(apart), axis=3)
    squared = (apart**2).sum(axis=3)  # f64[B, N, N]

    # decay = 1.3**arange(K)
    decay = 1.3**np.arange(8)  # f64[8]

    # around = sum(exp(-decay * squared[..., newaxis]), axis=2)
    around_opposite = np.negative(decay, out=decay)  # f64[8]
    around_exp = np.exp(around_opposite * squared[..., None])  # f64[B, N, N, 8]
    around = around_exp.sum(axis=2)  # f64[B, N, 8]

    # h = tanh(around @ W + b)
    h = around @ W  # f64[B, N, 16]
    h += b
    np.tanh(h, out=h)

    # output E = sum(h, axis=1) @ v + start
    E_sum = h.sum(axis=1)  # f64[B, 16]
    E = E_sum @ v + start  # f64[B]

    # output F = -grad(sum(E), x)
    h_slope = 1 - h * h  # f64[B, N, 16]
    dE_dh_total = v * h_slope  # f64[B, N, 16]
    dE_dy = (dE_dh_total @ W.T)[:, :, None] * around_exp * around_opposite  # f64[B, N, N, 8]
    power_slope = np.multiply(2, apart, out=apart)  # f64[B, N, N, 3]
    dE_dapart = dE_dy.sum(axis=3, keepdims=True) * power_slope  # f64[B, N, N, 3]
    F = dE_dapart.sum(axis=1) - dE_dapart.sum(axis=2)  # f64[B, N, 3]

    # loss alone = mean(square(E - energy))
    alone_difference = E - energy  # f64[B]
    alone = (alone_difference**2).mean()  # f64

    # loss both = alone + mean(square(F - force))
    both_difference = F - force  # f64[B, N, 3]
    both = alone + (both_difference**2).mean()  # f64

    return Outputs(E, F, float(alone), float(both)), Saved(
        W, v, around_opposite, around_exp, around, h, E_sum, h_slope, dE_dh_total, power_slope,
        alone_difference, both_difference,
    )


def backward_alone(saved: Saved, *, dalone: float = 1.0) -> Gradients_alone:
    """The gradient of alone with respect to each parameter, times dalone."""
    v, around, E_sum, h_slope = saved.v, saved.around, saved.E_sum, saved.h_slope
    alone_difference = saved.alone_difference
    B = around.shape[0]
    dalone = _scalar("dalone", dalone, _f64)

    # alone = mean(square(E - energy))   dalone/dE = 2 / B * alone_difference   [B]
    dalone_dE = 2 * (dalone / B) * alone_difference  # f64[B]

    # E = sum(h, axis=1) @ v + start     dalone/dstart = dalone/dE.sum()
    #                                    dalone/dv = E_sum.T @ dalone/dE   [16, B] @ [B]
    #                                    dalone/dh = dalone/dE[:, None] * v   [B, N, 16]
    dalone_dstart = dalone_dE.sum()
    dalone_dv = E_sum.T @ dalone_dE  # f64[16]
    dy_flat = (dalone_dE[:, None] * v)[:, None]  # f64[B, 1, 16]

    # h = tanh(around @ W + b)           dalone/db = dalone/dh_total.sum(axis=(0, 1))   [16]
    #     dalone/dW = around.T @ dalone/dh_total   [8, B*N] @ [B*N, 16]
    dalone_dh_total = dy_flat * h_slope  # f64[B, N, 16]
    dalone_db = dalone_dh_total.sum(axis=(0, 1))  # f64[16]
    dalone_dW = around.reshape(-1, 8).T @ dalone_dh_total.reshape(-1, 16)  # f64[8, 16]

    return {"W": dalone_dW, "b": dalone_db, "v": dalone_dv, "start": float(dalone_dstart)}


def backward_both(saved: Saved, *, dboth: float = 1.0) -> Gradients_both:
    """The gradient of both with respect to each parameter, times dboth."""
    (
        W, v, around_opposite, around_exp, around, h, E_sum, h_slope, dE_dh_total, power_slope,
        alone_difference, both_difference,
    ) = saved
    B, N = around_exp.shape[:2]
    dboth = _scalar("dboth", dboth, _f64)

    # both = alone + mean(square(F - force))   dboth/dalone = 1
    #     dboth/dF = 2 / (3 * B * N) * both_difference   [B, N, 3]
    dboth_dF = 2 * (dboth / (3 * B * N)) * both_difference  # f64[B, N, 3]

    # alone = mean(square(E - energy))        dboth/dE = 2 / B * alone_difference   [B]
    dboth_dE = 2 * (dboth / B) * alone_difference  # f64[B]

    # F = -grad(sum(E), x)
    #     dboth/dW = dboth/ddE_daround.T @ dE_dh_total   [8, B*N] @ [B*N, 16]
    #     dboth/dv = (dboth/ddE_dh_total * h_slope).sum(axis=(0, 1))   [16]
    #     dboth/dh = -2 * (dboth/ddE_dh_total * v * h)   [B, N, 16]
    dboth_ddE_dexp_x = (  # f64[B, N, N, 8]
        ((dboth_dF[:, None] - dboth_dF[:, :, None]) * power_slope).sum(axis=3, keepdims=True)
        * around_opposite
    )
    dboth_ddE_dexp_x *= around_exp
    dboth_ddE_daround = dboth_ddE_dexp_x.sum(axis=2)  # f64[B, N, 8]
    dboth_ddE_dh_total = dboth_ddE_daround @ W  # f64[B, N, 16]
    dboth_dW = dboth_ddE_daround.reshape(-1, 8).T @ dE_dh_total.reshape(-1, 16)  # f64[8, 16]
    dboth_dv = (dboth_ddE_dh_total * h_slope).sum(axis=(0, 1))  # f64[16]
    dboth_dh = -2 * (dboth_ddE_dh_total * v * h)  # f64[B, N, 16]

    # E = sum(h, axis=1) @ v + start          dboth/dstart = dboth/dE.sum()
    #                                         dboth/dv += E_sum.T @ dboth/dE   [16, B] @ [B]
    #                                         dboth/dh += dboth/dE[:, None] * v   [B, N, 16]
    dboth_dstart = dboth_dE.sum()
    dboth_dv += E_sum.T @ dboth_dE
    dboth_dh += (dboth_dE[:, None] * v)[:, None]

    # h = tanh(around @ W + b)                dboth/db = dboth/dh_total.sum(axis=(0, 1))   [16]
    #     dboth/dW += around.T @ dboth/dh_total   [8, B*N] @ [B*N, 16]
    dboth_dh_total = np.multiply(dboth_dh, h_slope, out=dboth_dh)  # f64[B, N, 16]
    dboth_db = dboth_dh_total.sum(axis=(0, 1))  # f64[16]
    dboth_dW += around.reshape(-1, 8).T @ dboth_dh_total.reshape(-1, 16)

    return {"W": dboth_dW, "b": dboth_db, "v": dboth_dv, "start": float(dboth_dstart)}


def value_and_grad_alone(
    params: Params, *, x: npt.ArrayLike, energy: npt.ArrayLike, force: npt.ArrayLike
) -> tuple[float, Gradients_alone]:
    """alone and its gradient."""
    outputs, saved = forward(params, x=x, energy=energy, force=force)
    return float(outputs.alone), backward_alone(saved)


def value_and_grad_both(
    params: Params, *, x: npt.ArrayLike, energy: npt.ArrayLike, force: npt.ArrayLike
) -> tuple[float, Gradients_both]:
    """both and its gradient."""
    outputs, saved = forward(params, x=x, energy=energy, force=force)
    return float(outputs.both), backward_both(saved)


def predict(params: Params, *, x: npt.ArrayLike) -> Prediction:
    """The outputs that need no energy and no force."""
    W, b, v, start = _params(params)
    x = _array("x", x, _f64, (None, None, 3), "f64[B, N, 3]")
    apart = x[:, :, None] - x[:, None]
    squared = (apart**2).sum(axis=3)
    decay = 1.3**np.arange(8)
    around_opposite = np.negative(decay, out=decay)
    around_exp = np.exp(around_opposite * squared[..., None])
    around = around_exp.sum(axis=2)
    h = around @ W
    h += b
    np.tanh(h, out=h)
    E = h.sum(axis=1) @ v + start
    dE_daround_exp = (v * (1 - h * h) @ W.T)[:, :, None]
    dE_dapart = (
        (dE_daround_exp * around_exp * around_opposite).sum(axis=3, keepdims=True) * (2 * apart)
    )
    F = dE_dapart.sum(axis=1) - dE_dapart.sum(axis=2)
    return Prediction(E, F)


def pack(values: Params) -> npt.NDArray[np.float64]:
    """One vector of all parameters, or of their gradients, in the order of the graph."""
    return np.concatenate([np.ravel(value) for value in _params(values)], dtype=np.float64)


def unpack(vector: npt.ArrayLike) -> Params:
    """The parameters that a vector holds, as views of it where it is of their type."""
    vector = _array("vector", vector, _f64, (161,))
    return {
        "W": vector[:128].reshape(8, 16),
        "b": vector[128:144],
        "v": vector[144:160],
        "start": float(vector[160]),
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
    W = _array("W", params["W"], _f64, (8, 16))
    b = _array("b", params["b"], _f64, (16,))
    v = _array("v", params["v"], _f64, (16,))
    start = _scalar("start", params["start"], _f64)
    return W, b, v, start


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
    "gradc": "0.1.0", "source": "forces.graph",
    "sha256": "2564bb850c55cf24124700fbffa0bfa33d9a50831877b9447dbe49c7b9a8923f",
    "options": ["-O1", "--also pack"], "dims": {"B": None, "N": None, "K": 8, "H": 16},
    "loss": None, "losses": {"alone": ["W", "b", "v", "start"], "both": ["W", "b", "v", "start"]},
    "inputs": {
        "x": {"argument": "x", "dtype": "float64", "shape": ["B", "N", 3]},
        "energy": {"argument": "energy", "dtype": "float64", "shape": ["B"]},
        "force": {"argument": "force", "dtype": "float64", "shape": ["B", "N", 3]},
    },
    "params": {
        "W": {"argument": "W", "dtype": "float64", "shape": [8, 16]},
        "b": {"argument": "b", "dtype": "float64", "shape": [16]},
        "v": {"argument": "v", "dtype": "float64", "shape": [16]},
        "start": {"argument": "start", "dtype": "float64", "shape": []},
    },
    "outputs": {
        "E": {"argument": "E", "dtype": "float64", "shape": ["B"]},
        "F": {"argument": "F", "dtype": "float64", "shape": ["B", "N", 3]},
        "alone": {"argument": "alone", "dtype": "float64", "shape": []},
        "both": {"argument": "both", "dtype": "float64", "shape": []},
    },
    "state": {},
}
