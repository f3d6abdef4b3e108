"""A recurrent net.

Compiled by gradc 0.1.0 from recurrent.graph at -O1. Edit the graph, not this file.

Dimensions
    T, B  free
    H, D = 4, 3

Inputs
    x   f64[T, B, 3]
    h0  f64[B, 4]

Parameters
    U  f64[3, 4]  ~ glorot_normal
    V  f64[4, 4]  ~ orthogonal
    b  f64[4]     = 0.1

Outputs
    ys  f64[T, B, 4]
    J   f64           the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {
    "U": npt.NDArray[np.float64], "V": npt.NDArray[np.float64], "b": npt.NDArray[np.float64],
})
Gradients = Params


class Outputs(NamedTuple):
    ys: npt.NDArray[np.float64]  # f64[T, B, 4]
    J: float


class Saved(NamedTuple):
    x: Any  # f64[T, B, 3]
    V: Any  # f64[4, 4]
    h: Any  # f64[B, 4]
    h_steps: Any  # f64[T + 1, B, 4]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "U": rng.normal(0, np.sqrt(2 / 7), (3, 4)),
        "V": _orthogonal(rng, (4, 4)),
        "b": np.full(4, 0.1, np.float64),
    }


def forward(params: Params, *, x: npt.ArrayLike, h0: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    U, V, b = _params(params)
    x = _array("x", x, _f64, (None, None, 3), "f64[T, B, 3]")
    T, B = x.shape[:2]
    h0 = _array("h0", h0, _f64, (B, 4), "f64[B, 4]")

    # scan h = h0 over x_t in x
    h = h0  # f64[B, 4]
    h_steps = np.empty((T + 1, B, 4), np.float64)
    h_steps[0] = h
    for t in range(T):
        x_t = x[t]  # f64[B, 3]

        # z = x_t @ U + h @ V + b
        z = h @ V  # f64[B, 4]
        z += x_t @ U
        z += b

        # next h = tanh(z)
        h = np.tanh(z, out=z)  # f64[B, 4]

        h_steps[t + 1] = h
    ys = h_steps[1:]  # f64[T, B, 4]

    # loss J = sum(square(h)) + mean(ys)
    J = (h**2).sum() + ys.mean()  # f64

    return Outputs(ys.copy(), float(J)), Saved(x, V, h, h_steps)


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    x, V, h, h_steps = saved
    T, B = x.shape[:2]
    dJ = _scalar("dJ", dJ, _f64)

    # J = sum(square(h)) + mean(ys)   dJ/dys = 1 / (4 * B * T)   [T, B, 4]
    #                                 dJ/dh = 2 * h   [B, 4]
    dJ_dys = np.broadcast_to(dJ / (4 * B * T), (T, B, 4))  # f64[T, B, 4]
    dJ_dh = 2 * dJ * h  # f64[B, 4]

    # scan h = h0 over x_t in x
    dJ_dU = np.zeros((3, 4), np.float64)
    dJ_dV = np.zeros((4, 4), np.float64)
    dJ_db = np.zeros(4, np.float64)
    for t in reversed(range(T)):
        h_2 = h_steps[t]  # f64[B, 4]
        next_h = h_steps[t + 1]  # f64[B, 4]
        x_t = x[t]  # f64[B, 3]
        dJ_dh += dJ_dys[t]

        # next h = tanh(z)                dJ/dz = dJ/dh * (1 - next_h * next_h)   [B, 4]
        dJ_dz = np.multiply(dJ_dh, 1 - next_h * next_h, out=dJ_dh)  # f64[B, 4]

        # z = x_t @ U + h @ V + b         dJ/db += dJ/dz.sum(axis=0)   [4]
        #                                 dJ/dh = dJ/dz @ V.T   [B, 4] @ [4, 4]
        #                                 dJ/dV += h_2.T @ dJ/dz   [4, B] @ [B, 4]
        #                                 dJ/dU += x_t.T @ dJ/dz   [3, B] @ [B, 4]
        dJ_dh = dJ_dz @ V.T  # f64[B, 4]
        dJ_dU += x_t.T @ dJ_dz
        dJ_dV += h_2.T @ dJ_dz
        dJ_db += dJ_dz.sum(axis=0)

    return {"U": dJ_dU, "V": dJ_dV, "b": dJ_db}


def value_and_grad(
    params: Params, *, x: npt.ArrayLike, h0: npt.ArrayLike
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, x=x, h0=h0)
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
    U = _array("U", params["U"], _f64, (3, 4))
    V = _array("V", params["V"], _f64, (4, 4))
    b = _array("b", params["b"], _f64, (4,))
    return U, V, b


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


def _orthogonal(rng: Any, shape: Any, stacked: int = 0) -> Any:
    """A matrix with orthonormal rows or columns; further axes are flattened behind the first.

    The first `stacked` axes hold matrices of their own.
    """
    if stacked:
        return np.stack([_orthogonal(rng, shape[1:], stacked - 1) for _ in range(shape[0])])
    rows, columns = shape[0], int(np.prod(shape[1:]))
    drawn = rng.normal(0, 1, (max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(drawn)
    q *= np.where(np.diag(r) < 0, -1, 1)
    return (q if rows >= columns else q.T).reshape(shape)


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "recurrent.graph",
    "sha256": "89ae406422bcd122b13d1c6fa7b2e426113fa63b4f06f5c451b0fca990168c05",
    "options": ["-O1"], "dims": {"T": None, "B": None, "H": 4, "D": 3},
    "loss": "J", "losses": {"J": ["U", "V", "b"]},
    "inputs": {
        "x": {"argument": "x", "dtype": "float64", "shape": ["T", "B", 3]},
        "h0": {"argument": "h0", "dtype": "float64", "shape": ["B", 4]},
    },
    "params": {
        "U": {"argument": "U", "dtype": "float64", "shape": [3, 4]},
        "V": {"argument": "V", "dtype": "float64", "shape": [4, 4]},
        "b": {"argument": "b", "dtype": "float64", "shape": [4]},
    },
    "outputs": {
        "ys": {"argument": "ys", "dtype": "float64", "shape": ["T", "B", 4]},
        "J": {"argument": "J", "dtype": "float64", "shape": []},
    },
    "state": {},
}
