"""Variational autoencoder.

Compiled by gradc 0.1.0 from variational.graph at -O1. Edit the graph, not this file.

Dimensions
    B  free
    D, Z = 64, 8

Inputs
    x  f32[B, 64]

Parameters
    h.W       f32[64, 32]  ~ glorot_uniform
    h.b       f32[32]      = 0
    mu.W      f32[32, 8]   ~ glorot_uniform
    mu.b      f32[8]       = 0
    logvar.W  f32[32, 8]   ~ glorot_uniform
    logvar.b  f32[8]       = 0
    g.W       f32[8, 32]   ~ glorot_uniform
    g.b       f32[32]      = 0
    r.W       f32[32, 64]  ~ glorot_uniform
    r.b       f32[64]      = 0

Outputs
    mu      f32[B, 8]
    logvar  f32[B, 8]
    recon   f32[B, 64]
    bce     f32
    kl      f32
    J       f32         the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f32 = np.dtype(np.float32)

Params = TypedDict("Params", {
    "h.W": npt.NDArray[np.float32], "h.b": npt.NDArray[np.float32], "mu.W": npt.NDArray[np.float32],
    "mu.b": npt.NDArray[np.float32], "logvar.W": npt.NDArray[np.float32],
    "logvar.b": npt.NDArray[np.float32], "g.W": npt.NDArray[np.float32],
    "g.b": npt.NDArray[np.float32], "r.W": npt.NDArray[np.float32], "r.b": npt.NDArray[np.float32],
})
Gradients = Params


class Outputs(NamedTuple):
    mu: npt.NDArray[np.float32]  # f32[B, 8]
    logvar: npt.NDArray[np.float32]  # f32[B, 8]
    recon: npt.NDArray[np.float32]  # f32[B, 64]
    bce: np.float32
    kl: np.float32
    J: np.float32


class Saved(NamedTuple):
    x: Any  # f32[B, 64]
    mu_W: Any  # f32[32, 8]
    logvar_W: Any  # f32[32, 8]
    g_W: Any  # f32[8, 32]
    r_W: Any  # f32[32, 64]
    a: Any  # f32[B, 32]
    mu: Any  # f32[B, 8]
    noise: Any  # f32[B, 8]
    z_exp: Any  # f32[B, 8]
    z: Any  # f32[B, 8]
    r_tanh: Any  # f32[B, 32]
    recon: Any  # f32[B, 64]
    kl_exp: Any  # f32[B, 8]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "h.W": (np.sqrt(6 / 96) * rng.uniform(-1, 1, (64, 32))).astype(np.float32),
        "h.b": np.zeros(32, np.float32),
        "mu.W": (np.sqrt(6 / 40) * rng.uniform(-1, 1, (32, 8))).astype(np.float32),
        "mu.b": np.zeros(8, np.float32),
        "logvar.W": (np.sqrt(6 / 40) * rng.uniform(-1, 1, (32, 8))).astype(np.float32),
        "logvar.b": np.zeros(8, np.float32),
        "g.W": (np.sqrt(6 / 40) * rng.uniform(-1, 1, (8, 32))).astype(np.float32),
        "g.b": np.zeros(32, np.float32),
        "r.W": (np.sqrt(6 / 96) * rng.uniform(-1, 1, (32, 64))).astype(np.float32),
        "r.b": np.zeros(64, np.float32),
    }


def forward(
    params: Params, *, x: npt.ArrayLike, rng: int | np.random.Generator | None = None
) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    h_W, h_b, mu_W, mu_b, logvar_W, logvar_b, g_W, g_b, r_W, r_b = _params(params)
    x = _array("x", x, _f32, (None, 64), "f32[B, 64]")
    B = x.shape[0]
    rng = _generator(rng)

    # h = Dense(x, 32)
    h = x @ h_W  # f32[B, 32]
    h += h_b

    # a = tanh(h)
    a = np.tanh(h, out=h)  # f32[B, 32]

    # output mu = Dense(a, Z)
    mu = a @ mu_W  # f32[B, 8]
    mu += mu_b

    # output logvar = Dense(a, Z)
    logvar = a @ logvar_W  # f32[B, 8]
    logvar += logvar_b

    # noise = random_normal([B, Z])
    noise = _normal(rng, (B, 8), np.float32)  # f32[B, 8]

    # z = mu + exp(0.5 * logvar) * noise
    z_exp = np.exp(0.5 * logvar)  # f32[B, 8]
    z = mu + z_exp * noise  # f32[B, 8]

    # g = Dense(z, 32)
    g = z @ g_W  # f32[B, 32]
    g += g_b

    # r = Dense(tanh(g), D)
    r_tanh = np.tanh(g, out=g)  # f32[B, 32]
    r = r_tanh @ r_W  # f32[B, 64]
    r += r_b

    # output recon = sigmoid(r)
    recon = _sigmoid(r)  # f32[B, 64]

    # bce = binary_cross_entropy_with_logits(r, x, reduction="sum") / B
    bce_difference = np.maximum(r, 0) + np.log1p(np.exp(-np.abs(r)))  # f32[B, 64]
    bce_difference -= r * x
    bce = bce_difference.sum() / B  # f32

    # kl = -0.5 * sum(1 + logvar - mu**2 - exp(logvar)) / B
    kl_exp = np.exp(logvar)  # f32[B, 8]
    kl_product = -0.5 * (1 + logvar - mu**2 - kl_exp).sum()  # f32
    kl = kl_product / B  # f32

    J = bce + kl  # f32

    return Outputs(mu.copy(), logvar, recon.copy(), bce, kl, J), Saved(
        x, mu_W, logvar_W, g_W, r_W, a, mu, noise, z_exp, z, r_tanh, recon, kl_exp,
    )


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    x, mu_W, logvar_W, g_W, r_W, a, mu, noise, z_exp, z, r_tanh, recon, kl_exp = saved
    B = x.shape[0]
    dJ = _scalar("dJ", dJ, _f32)

    # J = bce + kl                            dJ/dbce = 1
    #                                         dJ/dkl = 1

    # kl = -0.5 * sum(1 + logvar - mu**2 - exp(logvar)) / B
    #     dJ/dlogvar = -dJ/dkl_sum * kl_exp   [B, 8]
    #     dJ/dmu = dJ/dkl_product * mu   [B, 8]
    #     dJ/dlogvar += dJ/dkl_product * -0.5   [B, 8]
    dJ_dkl_product = dJ / B
    dJ_dkl_sum = dJ_dkl_product * -0.5
    dJ_dlogvar = -dJ_dkl_sum * kl_exp  # f32[B, 8]
    dJ_dmu = dJ_dkl_product * mu  # f32[B, 8]
    dJ_dlogvar += dJ_dkl_sum

    # bce = binary_cross_entropy_with_logits(r, x, reduction="sum") / B
    #     dJ/dr = (recon - x) * dJ/dkl_product   [B, 64]
    dJ_dr = (recon - x) * dJ_dkl_product  # f32[B, 64]

    # r = Dense(tanh(g), D)                   dJ/dr.b = dJ/dr.sum(axis=0)   [64]
    #                                         dJ/dr.W = r_tanh.T @ dJ/dr   [32, B] @ [B, 64]
    #     dJ/dg = dJ/dr @ r_W.T * (1 - r_tanh * r_tanh)   [B, 32]
    dJ_dr_b = dJ_dr.sum(axis=0)  # f32[64]
    dJ_dr_W = r_tanh.T @ dJ_dr  # f32[32, 64]
    dJ_dg = dJ_dr @ r_W.T * (1 - r_tanh * r_tanh)  # f32[B, 32]
    del dJ_dr

    # g = Dense(z, 32)                        dJ/dg.b = dJ/dg.sum(axis=0)   [32]
    #                                         dJ/dz = dJ/dg @ g_W.T   [B, 32] @ [32, 8]
    #                                         dJ/dg.W = z.T @ dJ/dg   [8, B] @ [B, 32]
    dJ_dg_b = dJ_dg.sum(axis=0)  # f32[32]
    dJ_dz = dJ_dg @ g_W.T  # f32[B, 8]
    dJ_dg_W = z.T @ dJ_dg  # f32[8, 32]

    # z = mu + exp(0.5 * logvar) * noise      dJ/dmu += dJ/dz   [B, 8]
    #                                         dJ/dlogvar += dJ/dz * noise * z_exp * 0.5   [B, 8]
    dJ_dmu += dJ_dz
    dJ_dlogvar += dJ_dz * noise * z_exp * 0.5

    # logvar = Dense(a, Z)                    dJ/dlogvar.b = dJ/dlogvar.sum(axis=0)   [8]
    #                                         dJ/da = dJ/dlogvar @ logvar_W.T   [B, 8] @ [8, 32]
    #                                         dJ/dlogvar.W = a.T @ dJ/dlogvar   [32, B] @ [B, 8]
    dJ_dlogvar_b = dJ_dlogvar.sum(axis=0)  # f32[8]
    dJ_da = dJ_dlogvar @ logvar_W.T  # f32[B, 32]
    dJ_dlogvar_W = a.T @ dJ_dlogvar  # f32[32, 8]

    # mu = Dense(a, Z)                        dJ/dmu.b = dJ/dmu.sum(axis=0)   [8]
    #                                         dJ/da += dJ/dmu @ mu_W.T   [B, 8] @ [8, 32]
    #                                         dJ/dmu.W = a.T @ dJ/dmu   [32, B] @ [B, 8]
    dJ_dmu_b = dJ_dmu.sum(axis=0)  # f32[8]
    dJ_dmu_W = a.T @ dJ_dmu  # f32[32, 8]
    dJ_da += dJ_dmu @ mu_W.T

    # a = tanh(h)                             dJ/dh = dJ/da * (1 - a * a)   [B, 32]
    dJ_dh = np.multiply(dJ_da, 1 - a * a, out=dJ_da)  # f32[B, 32]

    # h = Dense(x, 32)                        dJ/dh.b = dJ/dh.sum(axis=0)   [32]
    #                                         dJ/dh.W = x.T @ dJ/dh   [64, B] @ [B, 32]
    dJ_dh_b = dJ_dh.sum(axis=0)  # f32[32]
    dJ_dh_W = x.T @ dJ_dh  # f32[64, 32]

    return {
        "h.W": dJ_dh_W, "h.b": dJ_dh_b, "mu.W": dJ_dmu_W, "mu.b": dJ_dmu_b,
        "logvar.W": dJ_dlogvar_W, "logvar.b": dJ_dlogvar_b, "g.W": dJ_dg_W, "g.b": dJ_dg_b,
        "r.W": dJ_dr_W, "r.b": dJ_dr_b,
    }


def value_and_grad(
    params: Params, *, x: npt.ArrayLike, rng: int | np.random.Generator | None = None
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x, rng=rng)
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
    h_W = _array("h.W", params["h.W"], _f32, (64, 32))
    h_b = _array("h.b", params["h.b"], _f32, (32,))
    mu_W = _array("mu.W", params["mu.W"], _f32, (32, 8))
    mu_b = _array("mu.b", params["mu.b"], _f32, (8,))
    logvar_W = _array("logvar.W", params["logvar.W"], _f32, (32, 8))
    logvar_b = _array("logvar.b", params["logvar.b"], _f32, (8,))
    g_W = _array("g.W", params["g.W"], _f32, (8, 32))
    g_b = _array("g.b", params["g.b"], _f32, (32,))
    r_W = _array("r.W", params["r.W"], _f32, (32, 64))
    r_b = _array("r.b", params["r.b"], _f32, (64,))
    return h_W, h_b, mu_W, mu_b, logvar_W, logvar_b, g_W, g_b, r_W, r_b


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
        array = given if loses else _narrowed(name, array, dtype)
        if loses or (array.dtype.kind == "i" and (array != given).any()):
            raise TypeError(_refusal(name, given, dtype, shape, declared))
    return array


def _scalar(name: str, value: Any, dtype: Any) -> Any:
    if type(value) is float and dtype is _f32 and -3e38 < value < 3e38:
        return np.float32(value)
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


def _narrowed(name: str, array: Any, dtype: Any) -> Any:
    """The array in another element type; refuses a float that is too large for it."""
    with np.errstate(over="ignore"):
        narrow = array.astype(dtype)
    if np.isinf(narrow).any():
        for place in np.argwhere(np.isinf(narrow) & np.isfinite(array)).tolist():
            number = str(array[tuple(place)]).replace("e+", "e")
            at = f", at {place}" * bool(place)
            raise ValueError(f"{name}: {number} does not fit f{8 * narrow.itemsize}{at}")
    return narrow


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


def _generator(rng: Any) -> np.random.Generator:
    """The generator that random numbers are drawn from."""
    if rng is None:
        raise ValueError("rng: a seed or a Generator is needed, since random numbers are drawn")
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as refused:
        wanted = "a seed, which is not negative, or a Generator"
        raise type(refused)(f"rng: expected {wanted}, got {rng!r}") from None


def _normal(rng: Any, shape: Any, dtype: Any) -> Any:
    """Numbers drawn from the normal distribution."""
    return rng.standard_normal(shape, dtype) if shape else dtype(rng.standard_normal())


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "variational.graph",
    "sha256": "6436b3973b01f909438f12e003fa919b9bf5cbcd30cea270d1a03cbdb8afad09",
    "options": ["-O1"], "dims": {"B": None, "D": 64, "Z": 8},
    "loss": "J",
    "losses": {
        "J": ["h.W", "h.b", "mu.W", "mu.b", "logvar.W", "logvar.b", "g.W", "g.b", "r.W", "r.b"],
    },
    "inputs": {"x": {"argument": "x", "dtype": "float32", "shape": ["B", 64]}},
    "params": {
        "h.W": {"argument": "h.W", "dtype": "float32", "shape": [64, 32]},
        "h.b": {"argument": "h.b", "dtype": "float32", "shape": [32]},
        "mu.W": {"argument": "mu.W", "dtype": "float32", "shape": [32, 8]},
        "mu.b": {"argument": "mu.b", "dtype": "float32", "shape": [8]},
        "logvar.W": {"argument": "logvar.W", "dtype": "float32", "shape": [32, 8]},
        "logvar.b": {"argument": "logvar.b", "dtype": "float32", "shape": [8]},
        "g.W": {"argument": "g.W", "dtype": "float32", "shape": [8, 32]},
        "g.b": {"argument": "g.b", "dtype": "float32", "shape": [32]},
        "r.W": {"argument": "r.W", "dtype": "float32", "shape": [32, 64]},
        "r.b": {"argument": "r.b", "dtype": "float32", "shape": [64]},
    },
    "outputs": {
        "mu": {"argument": "mu", "dtype": "float32", "shape": ["B", 8]},
        "logvar": {"argument": "logvar", "dtype": "float32", "shape": ["B", 8]},
        "recon": {"argument": "recon", "dtype": "float32", "shape": ["B", 64]},
        "bce": {"argument": "bce", "dtype": "float32", "shape": []},
        "kl": {"argument": "kl", "dtype": "float32", "shape": []},
        "J": {"argument": "J", "dtype": "float32", "shape": []},
    },
    "state": {},
}
