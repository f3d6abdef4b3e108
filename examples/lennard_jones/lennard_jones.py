"""The energy of particles that attract each other from afar and repel each other from near.

Compiled by gradc 0.1.0 from lennard_jones.graph at -O1. Edit the graph, not this file.

Dimensions
    N  free

Inputs
    x  f64[N, 3]  Where the particles are.

Outputs
    energy  f64  the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {})
Gradients = TypedDict("Gradients", {"x": npt.NDArray[np.float64]})


class Outputs(NamedTuple):
    energy: float


class Saved(NamedTuple):
    apart: Any  # f64[N, N, 3]
    s_square: Any  # f64[N, N]
    s: Any  # f64[N, N]


def forward(*, x: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    x = _array("x", x, _f64, (None, 3), "f64[N, 3]")
    N = x.shape[0]

    # apart = x[:, newaxis] - x
    apart = x[:, None] - x  # f64[N, N, 3]

    # squared = sum(square(apart), axis=2) + eye(N)
    squared = (apart**2).sum(axis=2) + np.eye(N, dtype=np.float64)  # f64[N, N]

    # s = squared**-3
    s_square = squared**2  # f64[N, N]
    s = 1 / (s_square * squared)  # f64[N, N]

    # loss energy = 2 * sum(s * s - s)
    energy = 2 * (s * s - s).sum()  # f64

    return Outputs(float(energy)), Saved(apart, s_square, s)


def backward(saved: Saved, *, denergy: float = 1.0) -> Gradients:
    """The gradient of energy with respect to x, times denergy."""
    apart, s_square, s = saved
    denergy = _scalar("denergy", denergy, _f64)

    # energy = 2 * sum(s * s - s)             denergy/ds = 4 * s - 2   [N, N]
    denergy_ds = 4 * denergy * s - denergy * 2  # f64[N, N]

    # s = squared**-3
    #     denergy/dsquared = denergy/ds * (-3 / s_square**2)   [N, N]
    denergy_dsquared = np.multiply(denergy_ds, -3 / s_square**2, out=denergy_ds)  # f64[N, N]

    # squared = sum(square(apart), axis=2) + eye(N)
    #     denergy/dapart = denergy/dsquared[:, :, None] * (2 * apart)   [N, N, 3]
    denergy_dapart = denergy_dsquared[:, :, None] * (2 * apart)  # f64[N, N, 3]

    # apart = x[:, newaxis] - x
    #     denergy/dx = denergy/dapart.sum(axis=1) - denergy/dapart.sum(axis=0)   [N, 3]
    denergy_dx = denergy_dapart.sum(axis=1) - denergy_dapart.sum(axis=0)  # f64[N, 3]

    return {"x": denergy_dx}


def value_and_grad(*, x: npt.ArrayLike) -> tuple[float, Gradients]:
    """energy and its gradient."""
    outputs, saved = forward(x=x)
    return float(outputs.energy), backward(saved)


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
    "gradc": "0.1.0", "source": "lennard_jones.graph",
    "sha256": "31bd556c161f2e81660f5ee73ec11ef921efb92cd355cc9edaa22c39e39afdc8",
    "options": ["-O1"], "dims": {"N": None},
    "loss": "energy", "losses": {"energy": ["x"]},
    "inputs": {"x": {"argument": "x", "dtype": "float64", "shape": ["N", 3]}},
    "params": {},
    "outputs": {"energy": {"argument": "energy", "dtype": "float64", "shape": []}},
    "state": {},
}
