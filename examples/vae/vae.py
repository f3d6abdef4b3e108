"""A variational autoencoder of 8 × 8 digits.

Compiled by gradc 0.1.0 from vae.graph at -O1. Edit the graph, not this file.

Dimensions
    B  free
    D, H, Z = 64, 96, 8

Inputs
    x  f32[B, 64]  1 where a pixel is ink, 0 where it is paper, row after row.

Parameters
    e.W       f32[64, 96]  ~ glorot_uniform
    e.b       f32[96]      = 0
    mu.W      f32[96, 8]   ~ glorot_uniform
    mu.b      f32[8]       = 0
    logvar.W  f32[96, 8]   ~ glorot_uniform
    logvar.b  f32[8]       = 0
    d.W       f32[8, 96]   ~ glorot_uniform
    d.b       f32[96]      = 0
    logits.W  f32[96, 64]  ~ glorot_uniform
    logits.b  f32[64]      = 0

Outputs
    mu          f32[B, 8]
    picture     f32[B, 64]
    misfit      f32         What a picture costs to tell in nats, given its code.
    divergence  f32
        How far the distribution of codes is from the standard normal one, in nats.
    J           f32         the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f32 = np.dtype(np.float32)

Params = TypedDict("Params", {
    "e.W": npt.NDArray[np.float32], "e.b": npt.NDArray[np.float32], "mu.W": npt.NDArray[np.float32],
    "mu.b": npt.NDArray[np.float32], "logvar.W": npt.NDArray[np.float32],
    "logvar.b": npt.NDArray[np.float32], "d.W": npt.NDArray[np.float32],
    "d.b": npt.NDArray[np.float32], "logits.W": npt.NDArray[np.float32],
    "logits.b": npt.NDArray[np.float32],
})
Gradients = Params


class Outputs(NamedTuple):
    mu: npt.NDArray[np.float32]  # f32[B, 8]
    picture: npt.NDArray[np.float32]  # f32[B, 64]
    misfit: np.float32
    divergence: np.float32
    J: np.float32


class Saved(NamedTuple):
    x: Any  # f32[B, 64]
    mu_W: Any  # f32[96, 8]
    logvar_W: Any  # f32[96, 8]
    d_W: Any  # f32[8, 96]
    logits_W: Any  # f32[96, 64]
    h: Any  # f32[B, 96]
    mu: Any  # f32[B, 8]
    noise: Any  # f32[B, 8]
    z_exp: Any  # f32[B, 8]
    z: Any  # f32[B, 8]
    logits_tanh: Any  # f32[B, 96]
    picture: Any  # f32[B, 64]
    divergence_exp: Any  # f32[B, 8]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "e.W": (np.sqrt(6 / 160) * rng.uniform(-1, 1, (64, 96))).astype(np.float32),
        "e.b": np.zeros(96, np.float32),
        "mu.W": (np.sqrt(6 / 104) * rng.uniform(-1, 1, (96, 8))).astype(np.float32),
        "mu.b": np.zeros(8, np.float32),
        "logvar.W": (np.sqrt(6 / 104) * rng.uniform(-1, 1, (96, 8))).astype(np.float32),
        "logvar.b": np.zeros(8, np.float32),
        "d.W": (np.sqrt(6 / 104) * rng.uniform(-1, 1, (8, 96))).astype(np.float32),
        "d.b": np.zeros(96, np.float32),
        "logits.W": (np.sqrt(6 / 160) * rng.uniform(-1, 1, (96, 64))).astype(np.float32),
        "logits.b": np.zeros(64, np.float32),
    }


def forward(
    params: Params, *, x: npt.ArrayLike, rng: int | np.random.Generator | None = None
) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    e_W, e_b, mu_W, mu_b, logvar_W, logvar_b, d_W, d_b, logits_W, logits_b = _params(params)
    x = _array("x", x, _f32, (None, 64), "f32[B, 64]")
    B = x.shape[0]
    rng = _generator(rng)

    # e = Dense(x, H)
    e = x @ e_W  # f32[B, 96]
    e += e_b

    # h = tanh(e)
    h = np.tanh(e, out=e)  # f32[B, 96]

    # output mu = Dense(h, Z)
    mu = h @ mu_W  # f32[B, 8]
    mu += mu_b

    # logvar = Dense(h, Z)
    logvar = h @ logvar_W  # f32[B, 8]
    logvar += logvar_b

    # noise = random_normal([B, Z])
    noise = _normal(rng, (B, 8), np.float32)  # f32[B, 8]

    # z = mu + exp(0.5 * logvar) * noise
    z_exp = np.exp(0.5 * logvar)  # f32[B, 8]
    z = mu + z_exp * noise  # f32[B, 8]

    # d = Dense(z, H)
    d = z @ d_W  # f32[B, 96]
    d += d_b

    # logits = Dense(tanh(d), D)
    logits_tanh = np.tanh(d, out=d)  # f32[B, 96]
    logits = logits_tanh @ logits_W  # f32[B, 64]
    logits += logits_b

    # output picture = sigmoid(logits)
    picture = _sigmoid(logits)  # f32[B, 64]

    # output misfit = binary_cross_entropy_with_logits(logits, x, reduction="sum") / B
    misfit_difference = np.maximum(logits, 0) + np.log1p(np.exp(-np.abs(logits)))  # f32[B, 64]
    misfit_difference -= logits * x
    misfit = misfit_difference.sum() / B  # f32

    # output divergence = 0.5 * sum(square(mu) + exp(logvar) - 1 - logvar) / B
    divergence_exp = np.exp(logvar)  # f32[B, 8]
    divergence_sum = (mu**2 + divergence_exp - 1 - logvar).sum()  # f32
    divergence = 0.5 * divergence_sum / B  # f32

    J = misfit + divergence  # f32

    return Outputs(mu.copy(), picture.copy(), misfit, divergence, J), Saved(
        x, mu_W, logvar_W, d_W, logits_W, h, mu, noise, z_exp, z, logits_tanh, picture,
        divergence_exp,
    )


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    (
        x, mu_W, logvar_W, d_W, logits_W, h, mu, noise, z_exp, z, logits_tanh, picture,
        divergence_exp,
    ) = saved
    B = x.shape[0]
    dJ = _scalar("dJ", dJ, _f32)

    # J = misfit + divergence                 dJ/dmisfit = 1
    #                                         dJ/ddivergence = 1

    # divergence = 0.5 * sum(square(mu) + exp(logvar) - 1 - logvar) / B
    #     dJ/dlogvar = -dJ/ddivergence_sum   [B, 8]
    #     dJ/dlogvar += dJ/ddivergence_sum * divergence_exp   [B, 8]
    #     dJ/dmu = dJ/ddivergence_product * mu   [B, 8]
    dJ_ddivergence_product = dJ / B
    dJ_ddivergence_sum = dJ_ddivergence_product * 0.5
    dJ_dlogvar = dJ_ddivergence_sum * divergence_exp - dJ_ddivergence_sum  # f32[B, 8]
    dJ_dmu = dJ_ddivergence_product * mu  # f32[B, 8]

    # misfit = binary_cross_entropy_with_logits(logits, x, reduction="sum") / B
    #     dJ/dlogits = (picture - x) * dJ/ddivergence_product   [B, 64]
    dJ_dlogits = (picture - x) * dJ_ddivergence_product  # f32[B, 64]

    # logits = Dense(tanh(d), D)              dJ/dlogits.b = dJ/dlogits.sum(axis=0)   [64]
    #     dJ/dlogits.W = logits_tanh.T @ dJ/dlogits   [96, B] @ [B, 64]
    #     dJ/dd = dJ/dlogits @ logits_W.T * (1 - logits_tanh * logits_tanh)   [B, 96]
    dJ_dlogits_b = dJ_dlogits.sum(axis=0)  # f32[64]
    dJ_dlogits_W = logits_tanh.T @ dJ_dlogits  # f32[96, 64]
    dJ_dd = dJ_dlogits @ logits_W.T * (1 - logits_tanh * logits_tanh)  # f32[B, 96]
    del dJ_dlogits

    # d = Dense(z, H)                         dJ/dd.b = dJ/dd.sum(axis=0)   [96]
    #                                         dJ/dz = dJ/dd @ d_W.T   [B, 96] @ [96, 8]
    #                                         dJ/dd.W = z.T @ dJ/dd   [8, B] @ [B, 96]
    dJ_dd_b = dJ_dd.sum(axis=0)  # f32[96]
    dJ_dz = dJ_dd @ d_W.T  # f32[B, 8]
    dJ_dd_W = z.T @ dJ_dd  # f32[8, 96]
    del dJ_dd

    # z = mu + exp(0.5 * logvar) * noise      dJ/dmu += dJ/dz   [B, 8]
    #                                         dJ/dlogvar += dJ/dz * noise * z_exp * 0.5   [B, 8]
    dJ_dmu += dJ_dz
    dJ_dlogvar += dJ_dz * noise * z_exp * 0.5

    # logvar = Dense(h, Z)                    dJ/dlogvar.b = dJ/dlogvar.sum(axis=0)   [8]
    #                                         dJ/dh = dJ/dlogvar @ logvar_W.T   [B, 8] @ [8, 96]
    #                                         dJ/dlogvar.W = h.T @ dJ/dlogvar   [96, B] @ [B, 8]
    dJ_dlogvar_b = dJ_dlogvar.sum(axis=0)  # f32[8]
    dJ_dh = dJ_dlogvar @ logvar_W.T  # f32[B, 96]
    dJ_dlogvar_W = h.T @ dJ_dlogvar  # f32[96, 8]

    # mu = Dense(h, Z)                        dJ/dmu.b = dJ/dmu.sum(axis=0)   [8]
    #                                         dJ/dh += dJ/dmu @ mu_W.T   [B, 8] @ [8, 96]
    #                                         dJ/dmu.W = h.T @ dJ/dmu   [96, B] @ [B, 8]
    dJ_dmu_b = dJ_dmu.sum(axis=0)  # f32[8]
    dJ_dmu_W = h.T @ dJ_dmu  # f32[96, 8]
    dJ_dh += dJ_dmu @ mu_W.T

    # h = tanh(e)                             dJ/de = dJ/dh * (1 - h * h)   [B, 96]
    dJ_de = np.multiply(dJ_dh, 1 - h * h, out=dJ_dh)  # f32[B, 96]

    # e = Dense(x, H)                         dJ/de.b = dJ/de.sum(axis=0)   [96]
    #                                         dJ/de.W = x.T @ dJ/de   [64, B] @ [B, 96]
    dJ_de_b = dJ_de.sum(axis=0)  # f32[96]
    dJ_de_W = x.T @ dJ_de  # f32[64, 96]

    return {
        "e.W": dJ_de_W, "e.b": dJ_de_b, "mu.W": dJ_dmu_W, "mu.b": dJ_dmu_b,
        "logvar.W": dJ_dlogvar_W, "logvar.b": dJ_dlogvar_b, "d.W": dJ_dd_W, "d.b": dJ_dd_b,
        "logits.W": dJ_dlogits_W, "logits.b": dJ_dlogits_b,
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
    e_W = _array("e.W", params["e.W"], _f32, (64, 96))
    e_b = _array("e.b", params["e.b"], _f32, (96,))
    mu_W = _array("mu.W", params["mu.W"], _f32, (96, 8))
    mu_b = _array("mu.b", params["mu.b"], _f32, (8,))
    logvar_W = _array("logvar.W", params["logvar.W"], _f32, (96, 8))
    logvar_b = _array("logvar.b", params["logvar.b"], _f32, (8,))
    d_W = _array("d.W", params["d.W"], _f32, (8, 96))
    d_b = _array("d.b", params["d.b"], _f32, (96,))
    logits_W = _array("logits.W", params["logits.W"], _f32, (96, 64))
    logits_b = _array("logits.b", params["logits.b"], _f32, (64,))
    return e_W, e_b, mu_W, mu_b, logvar_W, logvar_b, d_W, d_b, logits_W, logits_b


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
    "gradc": "0.1.0", "source": "vae.graph",
    "sha256": "6527a2a5e7bea72ccb2bf66771a9276f391e276aa501645c88388bba0396b3a3",
    "options": ["-O1"], "dims": {"B": None, "D": 64, "H": 96, "Z": 8},
    "loss": "J",
    "losses": {
        "J": [
            "e.W", "e.b", "mu.W", "mu.b", "logvar.W", "logvar.b", "d.W", "d.b", "logits.W",
            "logits.b",
        ],
    },
    "inputs": {"x": {"argument": "x", "dtype": "float32", "shape": ["B", 64]}},
    "params": {
        "e.W": {"argument": "e.W", "dtype": "float32", "shape": [64, 96]},
        "e.b": {"argument": "e.b", "dtype": "float32", "shape": [96]},
        "mu.W": {"argument": "mu.W", "dtype": "float32", "shape": [96, 8]},
        "mu.b": {"argument": "mu.b", "dtype": "float32", "shape": [8]},
        "logvar.W": {"argument": "logvar.W", "dtype": "float32", "shape": [96, 8]},
        "logvar.b": {"argument": "logvar.b", "dtype": "float32", "shape": [8]},
        "d.W": {"argument": "d.W", "dtype": "float32", "shape": [8, 96]},
        "d.b": {"argument": "d.b", "dtype": "float32", "shape": [96]},
        "logits.W": {"argument": "logits.W", "dtype": "float32", "shape": [96, 64]},
        "logits.b": {"argument": "logits.b", "dtype": "float32", "shape": [64]},
    },
    "outputs": {
        "mu": {"argument": "mu", "dtype": "float32", "shape": ["B", 8]},
        "picture": {"argument": "picture", "dtype": "float32", "shape": ["B", 64]},
        "misfit": {"argument": "misfit", "dtype": "float32", "shape": []},
        "divergence": {"argument": "divergence", "dtype": "float32", "shape": []},
        "J": {"argument": "J", "dtype": "float32", "shape": []},
    },
    "state": {},
}
