"""A mixture of normal distributions in the plane, by maximum likelihood.

Compiled by gradc 0.1.0 from mixture.graph at -O1 --also pack. Edit the graph, not this file.

Dimensions
    N  free
    K = 3

Inputs
    x  f64[N, 2]

Parameters
    weight    f64[3]     = 0
        The logarithms of the weights, but for a number that all have in common.
    centre    f64[3, 2]  ~ normal(1)
    diagonal  f64[3, 2]  = 0
        The inverse of the root of each covariance: a lower triangle, its diagonal as logarithms.
    below     f64[3]     = 0

Outputs
    share  f64[N, 3]  How likely each point comes from each distribution.
    J      f64        Minus the mean logarithm of the likelihood.
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {
    "weight": npt.NDArray[np.float64], "centre": npt.NDArray[np.float64],
    "diagonal": npt.NDArray[np.float64], "below": npt.NDArray[np.float64],
})
Gradients = Params


class Outputs(NamedTuple):
    share: npt.NDArray[np.float64]  # f64[N, 3]
    J: float


class Saved(NamedTuple):
    below: Any  # f64[3]
    apart: Any  # f64[N, 3, 2]
    u_exp: Any  # f64[3]
    u: Any  # f64[N, 3]
    v_exp: Any  # f64[3]
    v: Any  # f64[N, 3]
    shifted: Any  # f64[3]
    y_exp: Any  # f64[N, 3]
    y_sum: Any  # f64[N, 1]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "weight": np.zeros(3),
        "centre": rng.normal(0, 1.0, (3, 2)),
        "diagonal": np.zeros((3, 2)),
        "below": np.zeros(3),
    }


def forward(params: Params, *, x: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    weight, centre, diagonal, below = _params(params)
    x = _array("x", x, _f64, (None, 2), "f64[N, 2]")
    N = x.shape[0]

    # apart = x[:, newaxis] - centre
    apart = x[:, None] - centre  # f64[N, 3, 2]

    # u = exp(diagonal[:, 0]) * apart[..., 0]
    u_exp = np.exp(diagonal[:, 0])  # f64[3]
    apart_part = apart[..., 0]  # f64[N, 3]
    u = u_exp * apart_part  # f64[N, 3]

    # v = below * apart[..., 0] + exp(diagonal[:, 1]) * apart[..., 1]
    v_exp = np.exp(diagonal[:, 1])  # f64[3]
    v = below * apart_part + v_exp * apart[..., 1]  # f64[N, 3]

    # density = sum(diagonal, axis=1) - 0.5 * (square(u) + square(v)) - log(2 * pi)
    density = diagonal.sum(axis=1) - 0.5 * (u**2 + v**2) - 1.8378770664093453  # f64[N, 3]

    # joint = log_softmax(weight) + density
    shifted = weight - weight.max(keepdims=True)  # f64[3]
    shifted -= np.log(np.exp(shifted).sum(keepdims=True))
    joint = np.add(shifted, density, out=density)  # f64[N, 3]

    # output share = softmax(joint, axis=1)
    max_stop_gradient = joint.max(axis=1, keepdims=True)  # f64[N, 1]
    share = np.exp(joint - max_stop_gradient)  # f64[N, 3]
    share /= share.sum(axis=1, keepdims=True)

    # loss J = -mean(logsumexp(joint, axis=1))
    top = np.where(np.isfinite(max_stop_gradient), max_stop_gradient, 0)  # f64[N, 1]
    y_exp = np.exp(joint - top)  # f64[N, 3]
    y_sum = y_exp.sum(axis=1, keepdims=True)  # f64[N, 1]
    J = -(top + np.log(y_sum)).reshape(N).mean()  # f64

    return (
        Outputs(share, float(J)), Saved(below, apart, u_exp, u, v_exp, v, shifted, y_exp, y_sum)
    )


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    below, apart, u_exp, u, v_exp, v, shifted, y_exp, y_sum = saved
    N = apart.shape[0]
    dJ = _scalar("dJ", dJ, _f64)

    apart_part = apart[..., 0]  # f64[N, 3]

    # J = -mean(logsumexp(joint, axis=1))     dJ/djoint = y_exp * (-dJ / N / y_sum)   [N, 3]
    dJ_djoint = y_exp * (-dJ / N / y_sum)  # f64[N, 3]

    # joint = log_softmax(weight) + density   dJ/ddensity = dJ/djoint   [N, 3]
    dJ_djoint_log_softmax = dJ_djoint.sum(axis=0)  # f64[3]
    dJ_dweight = (  # f64[3]
        dJ_djoint_log_softmax - np.exp(shifted) * dJ_djoint_log_softmax.sum(keepdims=True)
    )

    # density = sum(diagonal, axis=1) - 0.5 * (square(u) + square(v)) - log(2 * pi)
    #     dJ/dv = dJ/ddensity_product * v   [N, 3]
    #     dJ/du = dJ/ddensity_product * u   [N, 3]
    #     dJ/ddiagonal = dJ/djoint_log_softmax   [3, 2]
    dJ_ddensity_product = np.negative(dJ_djoint, out=dJ_djoint)  # f64[N, 3]
    dJ_dv = dJ_ddensity_product * v  # f64[N, 3]
    dJ_du = np.multiply(dJ_ddensity_product, u, out=dJ_ddensity_product)  # f64[N, 3]
    dJ_ddiagonal = np.broadcast_to(dJ_djoint_log_softmax[:, None], (3, 2))  # f64[3, 2]

    # v = below * apart[..., 0] + exp(diagonal[:, 1]) * apart[..., 1]
    #     dJ/dbelow = (dJ/dv * apart_part).sum(axis=0)   [3]
    dJ_dapart_part = dJ_dv * v_exp  # f64[N, 3]
    dJ_ddiagonal_part = (dJ_dv * apart[..., 1]).sum(axis=0) * v_exp  # f64[3]
    dJ_ddiagonal_2 = dJ_ddiagonal.copy()  # f64[3, 2]
    dJ_ddiagonal_2[:, 1] += dJ_ddiagonal_part
    dJ_dapart_part_2 = dJ_dv * below  # f64[N, 3]
    dJ_dbelow = (dJ_dv * apart_part).sum(axis=0)  # f64[3]

    # u = exp(diagonal[:, 0]) * apart[..., 0]
    dJ_dapart_part_2 += dJ_du * u_exp
    dJ_dapart = np.stack([dJ_dapart_part_2, dJ_dapart_part], axis=2)  # f64[N, 3, 2]
    dJ_ddiagonal_part_2 = (dJ_du * apart_part).sum(axis=0) * u_exp  # f64[3]
    dJ_ddiagonal_2[:, 0] += dJ_ddiagonal_part_2

    # apart = x[:, newaxis] - centre          dJ/dcentre = -dJ/dapart.sum(axis=0)   [3, 2]
    dJ_dcentre = -dJ_dapart.sum(axis=0)  # f64[3, 2]

    return {
        "weight": dJ_dweight, "centre": dJ_dcentre, "diagonal": dJ_ddiagonal_2, "below": dJ_dbelow,
    }


def value_and_grad(params: Params, *, x: npt.ArrayLike) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x)
    return float(outputs.J), backward(saved)


def pack(values: Params) -> npt.NDArray[np.float64]:
    """One vector of all parameters, or of their gradients, in the order of the graph."""
    return np.concatenate([np.ravel(value) for value in _params(values)], dtype=np.float64)


def unpack(vector: npt.ArrayLike) -> Params:
    """The parameters that a vector holds, as views of it where it is of their type."""
    vector = _array("vector", vector, _f64, (18,))
    return {
        "weight": vector[:3],
        "centre": vector[3:9].reshape(3, 2),
        "diagonal": vector[9:15].reshape(3, 2),
        "below": vector[15:18],
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
    weight = _array("weight", params["weight"], _f64, (3,))
    centre = _array("centre", params["centre"], _f64, (3, 2))
    diagonal = _array("diagonal", params["diagonal"], _f64, (3, 2))
    below = _array("below", params["below"], _f64, (3,))
    return weight, centre, diagonal, below


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
    "gradc": "0.1.0", "source": "mixture.graph",
    "sha256": "30c7e41ef011b0c46faa581109de23e850f1a2f70c151b3a6b70bc17e4eb5536",
    "options": ["-O1", "--also pack"], "dims": {"N": None, "K": 3},
    "loss": "J", "losses": {"J": ["weight", "centre", "diagonal", "below"]},
    "inputs": {"x": {"argument": "x", "dtype": "float64", "shape": ["N", 2]}},
    "params": {
        "weight": {"argument": "weight", "dtype": "float64", "shape": [3]},
        "centre": {"argument": "centre", "dtype": "float64", "shape": [3, 2]},
        "diagonal": {"argument": "diagonal", "dtype": "float64", "shape": [3, 2]},
        "below": {"argument": "below", "dtype": "float64", "shape": [3]},
    },
    "outputs": {
        "share": {"argument": "share", "dtype": "float64", "shape": ["N", 3]},
        "J": {"argument": "J", "dtype": "float64", "shape": []},
    },
    "state": {},
}
