"""Two towers with shared first layer, InfoNCE.

Compiled by gradc 0.1.0 from two_tower.graph at -O1. Edit the graph, not this file.

Dimensions
    B  free
    D = 64

Inputs
    a  f32[B, 64]
    b  f32[B, 64]

Parameters
    log_scale  f32           = 2.66
    za.h.W     f32[64, 128]  ~ glorot_uniform
    za.h.b     f32[128]      = 0
    za.y.W     f32[128, 32]  ~ glorot_uniform
    za.y.b     f32[32]       = 0

Outputs
    J  f32  the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f32 = np.dtype(np.float32)

Params = TypedDict("Params", {
    "log_scale": np.float32, "za.h.W": npt.NDArray[np.float32], "za.h.b": npt.NDArray[np.float32],
    "za.y.W": npt.NDArray[np.float32], "za.y.b": npt.NDArray[np.float32],
})
Gradients = Params


class Outputs(NamedTuple):
    J: np.float32


class Saved(NamedTuple):
    a: Any  # f32[B, 64]
    b: Any  # f32[B, 64]
    za_y_W: Any  # f32[128, 32]
    za_h: Any  # f32[B, 128]
    za_y_gelu_cdf: Any  # f32[B, 128]
    za_y_gelu: Any  # f32[B, 128]
    za_y: Any  # f32[B, 32]
    za_norm: Any  # f32[B, 1]
    za: Any  # f32[B, 32]
    zb_h: Any  # f32[B, 128]
    zb_y_gelu_cdf: Any  # f32[B, 128]
    zb_y_gelu: Any  # f32[B, 128]
    zb_y: Any  # f32[B, 32]
    zb_norm: Any  # f32[B, 1]
    zb: Any  # f32[B, 32]
    sims_product: Any  # f32[B, B]
    sims_exp: Any  # f32
    J_cross_entropy_logp: Any  # f32[B, B]
    J_cross_entropy_logp_2: Any  # f32[B, B]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "log_scale": np.float32(2.66),
        "za.h.W": (np.sqrt(6 / 192) * rng.uniform(-1, 1, (64, 128))).astype(np.float32),
        "za.h.b": np.zeros(128, np.float32),
        "za.y.W": (np.sqrt(6 / 160) * rng.uniform(-1, 1, (128, 32))).astype(np.float32),
        "za.y.b": np.zeros(32, np.float32),
    }


def forward(params: Params, *, a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    log_scale, za_h_W, za_h_b, za_y_W, za_y_b = _params(params)
    a = _array("a", a, _f32, (None, 64), "f32[B, 64]")
    B = a.shape[0]
    b = _array("b", b, _f32, (B, 64), "f32[B, 64]")

    # za = Encoder(a, 32)
    # za.h = Dense(x, 128)
    za_h = a @ za_h_W  # f32[B, 128]
    za_h += za_h_b

    # za.y = Dense(gelu(h), width)
    za_y_gelu_cdf = 0.5 * (1 + _erf_single(za_h * 2**-0.5))  # f32[B, 128]
    za_y_gelu = za_h * za_y_gelu_cdf  # f32[B, 128]
    za_y = za_y_gelu @ za_y_W  # f32[B, 32]
    za_y += za_y_b

    # za: return y / norm(y, axis=-1, keepdims=true)
    za_norm = np.sqrt((za_y**2).sum(axis=1, keepdims=True))  # f32[B, 1]
    za = za_y / za_norm  # f32[B, 32]

    # zb = za(b)
    # za.h = Dense(x, 128)
    zb_h = b @ za_h_W  # f32[B, 128]
    zb_h += za_h_b

    # za.y = Dense(gelu(h), width)
    zb_y_gelu_cdf = 0.5 * (1 + _erf_single(zb_h * 2**-0.5))  # f32[B, 128]
    zb_y_gelu = zb_h * zb_y_gelu_cdf  # f32[B, 128]
    zb_y = zb_y_gelu @ za_y_W  # f32[B, 32]
    zb_y += za_y_b

    # za: return y / norm(y, axis=-1, keepdims=true)
    zb_norm = np.sqrt((zb_y**2).sum(axis=1, keepdims=True))  # f32[B, 1]
    zb = zb_y / zb_norm  # f32[B, 32]

    # sims = za @ zb.T * exp(log_scale)
    sims_product = za @ zb.T  # f32[B, B]
    sims_exp = np.exp(log_scale)  # f32
    sims = sims_product * sims_exp  # f32[B, B]

    # labels = arange(B)
    labels = np.arange(B)  # i64[B]

    # loss J = 0.5 * (cross_entropy(sims, labels) + cross_entropy(sims.T, labels))
    J_cross_entropy_logp = sims - sims.max(axis=1, keepdims=True, initial=-np.inf)  # f32[B, B]
    J_cross_entropy_logp -= np.log(np.exp(J_cross_entropy_logp).sum(axis=1, keepdims=True))
    J_cross_entropy_logp_2 = (  # f32[B, B]
        sims.T - sims.T.max(axis=1, keepdims=True, initial=-np.inf)
    )
    J_cross_entropy_logp_2 -= np.log(np.exp(J_cross_entropy_logp_2).sum(axis=1, keepdims=True))
    J = 0.5 * (  # f32
        -J_cross_entropy_logp[np.arange(B), labels].mean()
        - J_cross_entropy_logp_2[np.arange(B), labels].mean()
    )

    return Outputs(J), Saved(
        a, b, za_y_W, za_h, za_y_gelu_cdf, za_y_gelu, za_y, za_norm, za, zb_h, zb_y_gelu_cdf,
        zb_y_gelu, zb_y, zb_norm, zb, sims_product, sims_exp, J_cross_entropy_logp,
        J_cross_entropy_logp_2,
    )


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    (
        a, b, za_y_W, za_h, za_y_gelu_cdf, za_y_gelu, za_y, za_norm, za, zb_h, zb_y_gelu_cdf,
        zb_y_gelu, zb_y, zb_norm, zb, sims_product, sims_exp, J_cross_entropy_logp,
        J_cross_entropy_logp_2,
    ) = saved
    B = a.shape[0]
    dJ = _scalar("dJ", dJ, _f32)

    labels = np.arange(B)  # i64[B]

    # J = 0.5 * (cross_entropy(sims, labels) + cross_entropy(sims.T, labels))
    #     dJ/dsims = less.T + (np.exp(J_cross_entropy_logp) - one_hot(labels)) * each   [B, B]
    less = np.exp(J_cross_entropy_logp_2)  # f32[B, B]
    less[np.arange(B), labels] -= 1
    each = dJ * 0.5 / B
    less *= each
    dJ_dsims = less.T  # f32[B, B]
    dJ_dsims_2 = np.exp(J_cross_entropy_logp)  # f32[B, B]
    dJ_dsims_2[np.arange(B), labels] -= 1
    dJ_dsims_2 *= each
    dJ_dsims_2 += dJ_dsims
    del less, dJ_dsims

    # sims = za @ zb.T * exp(log_scale)
    #     dJ/dlog_scale = (dJ/dsims_2 * sims_product).sum() * sims_exp
    #     dJ/dza = dJ/dsims_product @ zb   [B, B] @ [B, 32]
    #     dJ/dzb = dJ/dsims_product.T @ za   [B, B] @ [B, 32]
    dJ_dsims_product = dJ_dsims_2 * sims_exp  # f32[B, B]
    dJ_dlog_scale = (dJ_dsims_2 * sims_product).sum() * sims_exp
    del dJ_dsims_2
    dJ_dza = dJ_dsims_product @ zb  # f32[B, 32]
    dJ_dzb = dJ_dsims_product.T @ za  # f32[B, 32]
    del dJ_dsims_product

    # zb = za(b)
    dJ_dzb_y_ratio = (  # f32[B, 1]
        (-dJ_dzb * zb / zb_norm).sum(axis=1, keepdims=True) / np.where(zb_norm == 0, 1, zb_norm)
    )
    dJ_dzb_y = dJ_dzb / zb_norm + dJ_dzb_y_ratio * zb_y  # f32[B, 32]

    # za.y = Dense(gelu(h), width)            dJ/dza.y.b = dJ/dzb_y.sum(axis=0)   [32]
    #     dJ/dza.y.W = zb_y_gelu.T @ dJ/dzb_y   [128, B] @ [B, 32]
    dJ_dza_y_b = dJ_dzb_y.sum(axis=0)  # f32[32]
    dJ_dza_y_W = zb_y_gelu.T @ dJ_dzb_y  # f32[128, 32]
    dJ_dzb_h = zb_h * (0.3989422804014327 * np.exp(-0.5 * zb_h * zb_h))  # f32[B, 128]
    dJ_dzb_h += zb_y_gelu_cdf
    dJ_dzb_h *= dJ_dzb_y @ za_y_W.T

    # za.h = Dense(x, 128)                    dJ/dza.h.b = dJ/dzb_h.sum(axis=0)   [128]
    #                                         dJ/dza.h.W = b.T @ dJ/dzb_h   [64, B] @ [B, 128]
    dJ_dza_h_b = dJ_dzb_h.sum(axis=0)  # f32[128]
    dJ_dza_h_W = b.T @ dJ_dzb_h  # f32[64, 128]

    # za = Encoder(a, 32)
    dJ_dza_y_ratio = (  # f32[B, 1]
        (-dJ_dza * za / za_norm).sum(axis=1, keepdims=True) / np.where(za_norm == 0, 1, za_norm)
    )
    dJ_dza_y = dJ_dza / za_norm + dJ_dza_y_ratio * za_y  # f32[B, 32]

    # za.y = Dense(gelu(h), width)            dJ/dza.y.b += dJ/dza_y.sum(axis=0)   [32]
    #     dJ/dza.y.W += za_y_gelu.T @ dJ/dza_y   [128, B] @ [B, 32]
    dJ_dza_y_b += dJ_dza_y.sum(axis=0)
    dJ_dza_y_W += za_y_gelu.T @ dJ_dza_y
    dJ_dza_h = za_h * (0.3989422804014327 * np.exp(-0.5 * za_h * za_h))  # f32[B, 128]
    dJ_dza_h += za_y_gelu_cdf
    dJ_dza_h *= dJ_dza_y @ za_y_W.T

    # za.h = Dense(x, 128)                    dJ/dza.h.b += dJ/dza_h.sum(axis=0)   [128]
    #                                         dJ/dza.h.W += a.T @ dJ/dza_h   [64, B] @ [B, 128]
    dJ_dza_h_b += dJ_dza_h.sum(axis=0)
    dJ_dza_h_W += a.T @ dJ_dza_h

    return {
        "log_scale": dJ_dlog_scale, "za.h.W": dJ_dza_h_W, "za.h.b": dJ_dza_h_b,
        "za.y.W": dJ_dza_y_W, "za.y.b": dJ_dza_y_b,
    }


def value_and_grad(
    params: Params, *, a: npt.ArrayLike, b: npt.ArrayLike
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, a=a, b=b)
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
    log_scale = _scalar("log_scale", params["log_scale"], _f32)
    za_h_W = _array("za.h.W", params["za.h.W"], _f32, (64, 128))
    za_h_b = _array("za.h.b", params["za.h.b"], _f32, (128,))
    za_y_W = _array("za.y.W", params["za.y.W"], _f32, (128, 32))
    za_y_b = _array("za.y.b", params["za.y.b"], _f32, (32,))
    return log_scale, za_h_W, za_h_b, za_y_W, za_y_b


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


def _erf_single(x: Any) -> Any:
    """The error function within 5e-7, for f32: x times a quotient of polynomials in x**2."""
    top = (
        6.806739275668332e-06, 0.00041185087412654004, 0.004234877903049351,
        0.05578123293289321, 0.19304913678191896, 1.128379168250265,
    )
    bottom = (
        2.614172036853933e-07, 7.26769614237176e-05, 0.0014237028487798556,
        0.016313498184339477, 0.1175738581196921, 0.5044187517872778, 1.0,
    )
    return _odd_quotient(np.clip(x, -4, 4), top, bottom)


def _odd_quotient(x: Any, top: Any, bottom: Any) -> Any:
    """x times a quotient of polynomials in x**2, their coefficients from the highest; within ±1."""
    square = x * x
    y = top[0] * square + top[1]
    for c in top[2:]:
        y *= square
        y += c
    below = bottom[0] * square + bottom[1]
    for c in bottom[2:]:
        below *= square
        below += c
    y *= x
    y /= below
    return np.clip(y, -1, 1)


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "two_tower.graph",
    "sha256": "fdaca44db673caf8e6c933a19ac622f37c143880aa90312f86776d720ce73604",
    "options": ["-O1"], "dims": {"B": None, "D": 64},
    "loss": "J", "losses": {"J": ["log_scale", "za.h.W", "za.h.b", "za.y.W", "za.y.b"]},
    "inputs": {
        "a": {"argument": "a", "dtype": "float32", "shape": ["B", 64]},
        "b": {"argument": "b", "dtype": "float32", "shape": ["B", 64]},
    },
    "params": {
        "log_scale": {"argument": "log_scale", "dtype": "float32", "shape": []},
        "za.h.W": {"argument": "za.h.W", "dtype": "float32", "shape": [64, 128]},
        "za.h.b": {"argument": "za.h.b", "dtype": "float32", "shape": [128]},
        "za.y.W": {"argument": "za.y.W", "dtype": "float32", "shape": [128, 32]},
        "za.y.b": {"argument": "za.y.b", "dtype": "float32", "shape": [32]},
    },
    "outputs": {"J": {"argument": "J", "dtype": "float32", "shape": []}},
    "state": {},
}
