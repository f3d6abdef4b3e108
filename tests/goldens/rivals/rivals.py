"""A generator and its critic: two losses of one run forward, each learned by parameters of its own.

Compiled by gradc 0.1.0 from rivals.graph at -O1. Edit the graph, not this file.

Dimensions
    B  free
    Z, D = 2, 3

Inputs
    noise  f64[B, 2]
    real   f64[B, 3]

Parameters
    margin    f64        = 0.5
        What is real, and by how much it should score more than what is made.
    hidden.W  f64[2, 8]  ~ glorot_uniform
    hidden.b  f64[8]     = 0
    made.W    f64[8, 3]  ~ glorot_uniform
    made.b    f64[3]     = 0
    critic.W  f64[3, 1]  ~ glorot_uniform
    critic.b  f64[1]     = 0

Outputs
    fake  f64[B, 3]
    C     f64        a loss
    G     f64        a loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {
    "margin": float, "hidden.W": npt.NDArray[np.float64], "hidden.b": npt.NDArray[np.float64],
    "made.W": npt.NDArray[np.float64], "made.b": npt.NDArray[np.float64],
    "critic.W": npt.NDArray[np.float64], "critic.b": npt.NDArray[np.float64],
})
Gradients_C = TypedDict("Gradients_C", {
    "critic.W": npt.NDArray[np.float64], "critic.b": npt.NDArray[np.float64], "margin": float,
})
Gradients_G = TypedDict("Gradients_G", {
    "hidden.W": npt.NDArray[np.float64], "hidden.b": npt.NDArray[np.float64],
    "made.W": npt.NDArray[np.float64], "made.b": npt.NDArray[np.float64],
})


class Outputs(NamedTuple):
    fake: npt.NDArray[np.float64]  # f64[B, 3]
    C: float
    G: float


class Prediction(NamedTuple):
    fake: npt.NDArray[np.float64]  # f64[B, 3]
    G: float


class Saved(NamedTuple):
    noise: Any  # f64[B, 2]
    real: Any  # f64[B, 3]
    margin: Any  # f64
    made_W: Any  # f64[8, 3]
    critic_W: Any  # f64[3, 1]
    h: Any  # f64[B, 8]
    fake: Any  # f64[B, 3]
    judged: Any  # f64[B, 1]
    C_difference: Any  # f64[B, 1]
    G_opposite: Any  # f64[B, 1]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "margin": 0.5,
        "hidden.W": np.sqrt(6 / 10) * rng.uniform(-1, 1, (2, 8)),
        "hidden.b": np.zeros(8),
        "made.W": np.sqrt(6 / 11) * rng.uniform(-1, 1, (8, 3)),
        "made.b": np.zeros(3),
        "critic.W": np.sqrt(6 / 4) * rng.uniform(-1, 1, (3, 1)),
        "critic.b": np.zeros(1),
    }


def forward(params: Params, *, noise: npt.ArrayLike, real: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward_C` and `backward_G` need of this call."""
    margin, hidden_W, hidden_b, made_W, made_b, critic_W, critic_b = _params(params)
    noise = _array("noise", noise, _f64, (None, 2), "f64[B, 2]")
    B = noise.shape[0]
    real = _array("real", real, _f64, (B, 3), "f64[B, 3]")

    # h = tanh(Dense(noise, 8) as hidden)
    h = noise @ hidden_W  # f64[B, 8]
    h += hidden_b
    np.tanh(h, out=h)

    # fake = Dense(h, D) as made
    fake = h @ made_W  # f64[B, 3]
    fake += made_b

    # told = Dense(real, 1) as critic
    told = real @ critic_W  # f64[B, 1]
    told += critic_b

    # judged = critic(fake)
    judged = fake @ critic_W  # f64[B, 1]
    judged += critic_b

    # loss C = mean(softplus(margin - told)) + mean(softplus(judged)) + square(margin)
    C_difference = np.subtract(margin, told, out=told)  # f64[B, 1]
    C_softplus = np.maximum(C_difference, 0) + np.log1p(np.exp(-np.abs(C_difference)))  # f64[B, 1]
    C_softplus_2 = np.maximum(judged, 0) + np.log1p(np.exp(-np.abs(judged)))  # f64[B, 1]
    C = C_softplus.mean() + C_softplus_2.mean() + margin**2  # f64

    # loss G = mean(softplus(-judged))
    G_opposite = -judged  # f64[B, 1]
    G_softplus = np.maximum(G_opposite, 0) + np.log1p(np.exp(-np.abs(G_opposite)))  # f64[B, 1]
    G = G_softplus.mean()  # f64

    return Outputs(fake.copy(), float(C), float(G)), Saved(
        noise, real, margin, made_W, critic_W, h, fake, judged, C_difference, G_opposite,
    )


def backward_C(saved: Saved, *, dC: float = 1.0) -> Gradients_C:
    """The gradient of C with respect to critic.W, critic.b, margin, times dC."""
    real, margin, fake, judged = saved.real, saved.margin, saved.fake, saved.judged
    C_difference = saved.C_difference
    B = real.shape[0]
    dC = _scalar("dC", dC, _f64)

    # C = mean(softplus(margin - told)) + mean(softplus(judged)) + square(margin)
    #     dC/dmargin = 2 * margin + dC/dC_difference.sum()
    #     dC/djudged = dC/dC_softplus * _sigmoid(judged)   [B, 1]
    #     dC/dtold = -dC/dC_difference   [B, 1]
    dC_dmargin = dC * (2 * margin)
    dC_dC_softplus = dC / B
    dC_djudged = dC_dC_softplus * _sigmoid(judged)  # f64[B, 1]
    dC_dC_difference = dC_dC_softplus * _sigmoid(C_difference)  # f64[B, 1]
    dC_dtold = -dC_dC_difference  # f64[B, 1]
    dC_dmargin += dC_dC_difference.sum()

    # judged = critic(fake)                   dC/dcritic.b = dC/djudged.sum(axis=0)   [1]
    #                                         dC/dcritic.W = fake.T @ dC/djudged   [3, B] @ [B, 1]
    dC_dcritic_b = dC_djudged.sum(axis=0)  # f64[1]
    dC_dcritic_W = fake.T @ dC_djudged  # f64[3, 1]

    # told = Dense(real, 1) as critic         dC/dcritic.b += dC/dtold.sum(axis=0)   [1]
    #                                         dC/dcritic.W += real.T @ dC/dtold   [3, B] @ [B, 1]
    dC_dcritic_b += dC_dtold.sum(axis=0)
    dC_dcritic_W += real.T @ dC_dtold

    return {"critic.W": dC_dcritic_W, "critic.b": dC_dcritic_b, "margin": float(dC_dmargin)}


def backward_G(saved: Saved, *, dG: float = 1.0) -> Gradients_G:
    """The gradient of G with respect to hidden.W, hidden.b, made.W, made.b, times dG."""
    noise, made_W, critic_W, h = saved.noise, saved.made_W, saved.critic_W, saved.h
    G_opposite = saved.G_opposite
    B = noise.shape[0]
    dG = _scalar("dG", dG, _f64)

    # G = mean(softplus(-judged))           dG/djudged = -(1 / B * _sigmoid(G_opposite))   [B, 1]
    dG_djudged = -(dG / B * _sigmoid(G_opposite))  # f64[B, 1]

    # judged = critic(fake)                 dG/dfake = dG/djudged @ critic_W.T   [B, 1] @ [1, 3]
    dG_dfake = dG_djudged @ critic_W.T  # f64[B, 3]

    # fake = Dense(h, D) as made            dG/dmade.b = dG/dfake.sum(axis=0)   [3]
    #                                       dG/dh = dG/dfake @ made_W.T   [B, 3] @ [3, 8]
    #                                       dG/dmade.W = h.T @ dG/dfake   [8, B] @ [B, 3]
    dG_dmade_b = dG_dfake.sum(axis=0)  # f64[3]
    dG_dh = dG_dfake @ made_W.T  # f64[B, 8]
    dG_dmade_W = h.T @ dG_dfake  # f64[8, 3]

    # h = tanh(Dense(noise, 8) as hidden)   dG/dhidden.b = dG/dh_total.sum(axis=0)   [8]
    #                                       dG/dhidden.W = noise.T @ dG/dh_total   [2, B] @ [B, 8]
    dG_dh_total = np.multiply(dG_dh, 1 - h * h, out=dG_dh)  # f64[B, 8]
    dG_dhidden_b = dG_dh_total.sum(axis=0)  # f64[8]
    dG_dhidden_W = noise.T @ dG_dh_total  # f64[2, 8]

    return {
        "hidden.W": dG_dhidden_W, "hidden.b": dG_dhidden_b, "made.W": dG_dmade_W,
        "made.b": dG_dmade_b,
    }


def value_and_grad_C(
    params: Params, *, noise: npt.ArrayLike, real: npt.ArrayLike
) -> tuple[float, Gradients_C]:
    """C and its gradient."""
    outputs, saved = forward(params, noise=noise, real=real)
    return float(outputs.C), backward_C(saved)


def value_and_grad_G(
    params: Params, *, noise: npt.ArrayLike, real: npt.ArrayLike
) -> tuple[float, Gradients_G]:
    """G and its gradient."""
    outputs, saved = forward(params, noise=noise, real=real)
    return float(outputs.G), backward_G(saved)


def predict(params: Params, *, noise: npt.ArrayLike) -> Prediction:
    """The outputs that need no real."""
    margin, hidden_W, hidden_b, made_W, made_b, critic_W, critic_b = _params(params)
    noise = _array("noise", noise, _f64, (None, 2), "f64[B, 2]")
    h = noise @ hidden_W
    h += hidden_b
    np.tanh(h, out=h)
    fake = h @ made_W
    fake += made_b
    judged = fake @ critic_W
    judged += critic_b
    G_opposite = np.negative(judged, out=judged)
    G_softplus = np.maximum(G_opposite, 0) + np.log1p(np.exp(-np.abs(G_opposite)))
    G = G_softplus.mean()
    return Prediction(fake, float(G))


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    margin = _scalar("margin", params["margin"], _f64)
    hidden_W = _array("hidden.W", params["hidden.W"], _f64, (2, 8))
    hidden_b = _array("hidden.b", params["hidden.b"], _f64, (8,))
    made_W = _array("made.W", params["made.W"], _f64, (8, 3))
    made_b = _array("made.b", params["made.b"], _f64, (3,))
    critic_W = _array("critic.W", params["critic.W"], _f64, (3, 1))
    critic_b = _array("critic.b", params["critic.b"], _f64, (1,))
    return margin, hidden_W, hidden_b, made_W, made_b, critic_W, critic_b


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
    "gradc": "0.1.0", "source": "rivals.graph",
    "sha256": "9318c3f96c20f296b2c6036ec01c22971f05f514b97687ce9d63971915acd474",
    "options": ["-O1"], "dims": {"B": None, "Z": 2, "D": 3},
    "loss": None,
    "losses": {
        "C": ["critic.W", "critic.b", "margin"],
        "G": ["hidden.W", "hidden.b", "made.W", "made.b"],
    },
    "inputs": {
        "noise": {"argument": "noise", "dtype": "float64", "shape": ["B", 2]},
        "real": {"argument": "real", "dtype": "float64", "shape": ["B", 3]},
    },
    "params": {
        "margin": {"argument": "margin", "dtype": "float64", "shape": []},
        "hidden.W": {"argument": "hidden.W", "dtype": "float64", "shape": [2, 8]},
        "hidden.b": {"argument": "hidden.b", "dtype": "float64", "shape": [8]},
        "made.W": {"argument": "made.W", "dtype": "float64", "shape": [8, 3]},
        "made.b": {"argument": "made.b", "dtype": "float64", "shape": [3]},
        "critic.W": {"argument": "critic.W", "dtype": "float64", "shape": [3, 1]},
        "critic.b": {"argument": "critic.b", "dtype": "float64", "shape": [1]},
    },
    "outputs": {
        "fake": {"argument": "fake", "dtype": "float64", "shape": ["B", 3]},
        "C": {"argument": "C", "dtype": "float64", "shape": []},
        "G": {"argument": "G", "dtype": "float64", "shape": []},
    },
    "state": {},
}
