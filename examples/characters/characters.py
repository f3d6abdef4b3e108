"""A recurrent network that guesses the next character of a text.

Compiled by gradc 0.1.0 from characters.graph at -O1. Edit the graph, not this file.

Dimensions
    T, B  free
    V, E, H = 74, 32, 192

Inputs
    ids        i64[T, B]    Characters by their places in the alphabet, one text a column.
    following  i64[T, B]    The character after each of them.
    h0         f32[B, 192]  What the network remembers of the text before.
    c0         f32[B, 192]

Parameters
    x.table   f32[74, 32]    ~ normal(0.02)
    cell.W    f32[32, 768]   ~ glorot_uniform
    cell.U    f32[192, 768]  ~ glorot_uniform
    cell.b    f32[768]       = 0
    logits.W  f32[192, 74]   ~ glorot_uniform
    logits.b  f32[74]        = 0

Outputs
    h       f32[B, 192]
    c       f32[B, 192]
    logits  f32[T, B, 74]  One score for each character that may follow.
    J       f32            the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f32 = np.dtype(np.float32)
_i64 = np.dtype(np.int64)

Params = TypedDict("Params", {
    "x.table": npt.NDArray[np.float32], "cell.W": npt.NDArray[np.float32],
    "cell.U": npt.NDArray[np.float32], "cell.b": npt.NDArray[np.float32],
    "logits.W": npt.NDArray[np.float32], "logits.b": npt.NDArray[np.float32],
})
Gradients = Params


class Outputs(NamedTuple):
    h: npt.NDArray[np.float32]  # f32[B, 192]
    c: npt.NDArray[np.float32]  # f32[B, 192]
    logits: npt.NDArray[np.float32]  # f32[T, B, 74]
    J: np.float32


class Prediction(NamedTuple):
    h: npt.NDArray[np.float32]  # f32[B, 192]
    c: npt.NDArray[np.float32]  # f32[B, 192]
    logits: npt.NDArray[np.float32]  # f32[T, B, 74]


class Saved(NamedTuple):
    ids: Any  # i64[T, B]
    following: Any  # i64[T, B]
    cell_W: Any  # f32[32, 768]
    cell_U: Any  # f32[192, 768]
    logits_W: Any  # f32[192, 74]
    x: Any  # f32[T, B, 32]
    c_steps: Any  # f32[T, B, 192]
    i_steps: Any  # f32[T, B, 192]
    f_steps: Any  # f32[T, B, 192]
    g_steps: Any  # f32[T, B, 192]
    o_steps: Any  # f32[T, B, 192]
    tanh_cell_steps: Any  # f32[T, B, 192]
    hs: Any  # f32[T + 1, B, 192]
    logp: Any  # f32[B*T, 74]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "x.table": rng.normal(0, 0.02, (74, 32)).astype(np.float32),
        "cell.W": (np.sqrt(6 / 800) * rng.uniform(-1, 1, (32, 768))).astype(np.float32),
        "cell.U": (np.sqrt(6 / 960) * rng.uniform(-1, 1, (192, 768))).astype(np.float32),
        "cell.b": np.zeros(768, np.float32),
        "logits.W": (np.sqrt(6 / 266) * rng.uniform(-1, 1, (192, 74))).astype(np.float32),
        "logits.b": np.zeros(74, np.float32),
    }


def forward(
    params: Params,
    *,
    ids: npt.ArrayLike,
    following: npt.ArrayLike,
    h0: npt.ArrayLike,
    c0: npt.ArrayLike,
) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    x_table, cell_W, cell_U, cell_b, logits_W, logits_b = _params(params)
    ids = _array("ids", ids, _i64, (None, None), "i64[T, B]")
    T, B = ids.shape
    following = _array("following", following, _i64, (T, B), "i64[T, B]")
    h0 = _array("h0", h0, _f32, (B, 192), "f32[B, 192]")
    c0 = _array("c0", c0, _f32, (B, 192), "f32[B, 192]")
    _labels("ids", ids, 74)
    _labels("following", following, 74)

    # x = Embedding(ids, V, E)
    x = x_table.take(ids, axis=0)  # f32[T, B, 32]

    # scan h, c = h0, c0 over x_t in x
    h = h0  # f32[B, 192]
    c = c0  # f32[B, 192]
    c_steps = np.empty((T, B, 192), np.float32)
    i_steps = np.empty((T, B, 192), np.float32)
    f_steps = np.empty((T, B, 192), np.float32)
    g_steps = np.empty((T, B, 192), np.float32)
    o_steps = np.empty((T, B, 192), np.float32)
    tanh_cell_steps = np.empty((T, B, 192), np.float32)
    hs = np.empty((T + 1, B, 192), np.float32)
    hs[0] = h
    for t in range(T):
        x_t = x[t]  # f32[B, 32]
        c_steps[t] = c

        # next h, c = LSTMCell(x_t, h, c) as cell
        z = h @ cell_U  # f32[B, 768]
        z += x_t @ cell_W
        z += cell_b
        i = _sigmoid(z[:, :192])  # f32[B, 192]
        f = _sigmoid(z[:, 192:384])  # f32[B, 192]
        g = np.tanh(z[:, 384:576])  # f32[B, 192]
        o = _sigmoid(z[:, 576:])  # f32[B, 192]
        del z
        c = f * c + i * g  # f32[B, 192]
        tanh_cell = np.tanh(c)  # f32[B, 192]
        h = o * tanh_cell  # f32[B, 192]

        i_steps[t] = i
        f_steps[t] = f
        g_steps[t] = g
        o_steps[t] = o
        tanh_cell_steps[t] = tanh_cell
        hs[t + 1] = h

    # output logits = Dense(hs, V)
    logits = hs[1:] @ logits_W  # f32[T, B, 74]
    logits += logits_b

    # loss J = cross_entropy(logits, following)
    logits_flat = logits.reshape(-1, 74)  # f32[B*T, 74]
    logp = logits_flat - logits_flat.max(axis=1, keepdims=True)  # f32[B*T, 74]
    logp -= np.log(np.exp(logp).sum(axis=1, keepdims=True))
    J = -logp[np.arange(B * T), following.reshape(-1)].mean()  # f32

    return Outputs(h.copy(), c.copy(), logits, J), Saved(
        ids, following, cell_W, cell_U, logits_W, x, c_steps, i_steps, f_steps, g_steps, o_steps,
        tanh_cell_steps, hs, logp,
    )


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    (
        ids, following, cell_W, cell_U, logits_W, x, c_steps, i_steps, f_steps, g_steps, o_steps,
        tanh_cell_steps, hs, logp,
    ) = saved
    T, B = ids.shape
    dJ = _scalar("dJ", dJ, _f32)

    labels_flat = following.reshape(-1)  # i64[B*T]

    # J = cross_entropy(logits, following)
    #     dJ/dlogits = (np.exp(logp) - one_hot(labels_flat)) / (B * T)   [T, B, 74]
    dJ_dlogits_flat = np.exp(logp)  # f32[B*T, 74]
    dJ_dlogits_flat[np.arange(B * T), labels_flat] -= 1
    dJ_dlogits_flat *= dJ / (B * T)
    dJ_dlogits = dJ_dlogits_flat.reshape(T, B, 74)  # f32[T, B, 74]

    # logits = Dense(hs, V)                   dJ/dlogits.b = dJ/dlogits.sum(axis=(0, 1))   [74]
    #     dJ/dhs = dJ/dlogits @ logits_W.T   [T, B, 74] @ [74, 192]
    #     dJ/dlogits.W = hs[1:].T @ dJ/dlogits_flat   [192, B*T] @ [B*T, 74]
    dJ_dlogits_b = dJ_dlogits.sum(axis=(0, 1))  # f32[74]
    dJ_dhs = dJ_dlogits @ logits_W.T  # f32[T, B, 192]
    dJ_dlogits_W = hs[1:].reshape(-1, 192).T @ dJ_dlogits_flat  # f32[192, 74]
    del dJ_dlogits_flat, dJ_dlogits

    # scan h, c = h0, c0 over x_t in x
    dJ_dh = np.zeros((B, 192), np.float32)
    dJ_dc = np.zeros((B, 192), np.float32)
    dJ_dcell_W = np.zeros((32, 768), np.float32)
    dJ_dcell_U = np.zeros((192, 768), np.float32)
    dJ_dcell_b = np.zeros(768, np.float32)
    dJ_dx = np.empty((T, B, 32), np.float32)
    for t in reversed(range(T)):
        h = hs[t]  # f32[B, 192]
        c = c_steps[t]  # f32[B, 192]
        i = i_steps[t]  # f32[B, 192]
        f = f_steps[t]  # f32[B, 192]
        g = g_steps[t]  # f32[B, 192]
        o = o_steps[t]  # f32[B, 192]
        tanh_cell = tanh_cell_steps[t]  # f32[B, 192]
        x_t = x[t]  # f32[B, 32]
        dJ_dh += dJ_dhs[t]

        # next h, c = LSTMCell(x_t, h, c) as cell
        #     dJ/dc += dJ/dh * o * (1 - tanh_cell * tanh_cell)   [B, 192]
        #     dJ/dc = dJ/dc * f   [B, 192]
        #     dJ/dcell.b += dJ/dz.sum(axis=0)   [768]
        #     dJ/dh = dJ/dz @ cell_U.T   [B, 768] @ [768, 192]
        #     dJ/dcell.U += h.T @ dJ/dz   [192, B] @ [B, 768]
        #     dJ/dx[t] = dJ/dz @ cell_W.T   [B, 768] @ [768, 32]
        #     dJ/dcell.W += x_t.T @ dJ/dz   [32, B] @ [B, 768]
        dJ_dc += dJ_dh * o * (1 - tanh_cell * tanh_cell)
        dJ_dz = np.concatenate(  # f32[B, 768]
            [
                dJ_dc * g * (i * (1 - i)),
                dJ_dc * c * (f * (1 - f)),
                dJ_dc * i * (1 - g * g),
                dJ_dh * tanh_cell * (o * (1 - o)),
            ],
            axis=1,
        )
        dJ_dc *= f
        dJ_dh = dJ_dz @ cell_U.T  # f32[B, 192]
        dJ_dx[t] = dJ_dz @ cell_W.T
        dJ_dcell_W += x_t.T @ dJ_dz
        dJ_dcell_U += h.T @ dJ_dz
        dJ_dcell_b += dJ_dz.sum(axis=0)

    # x = Embedding(ids, V, E)
    #     dJ/dx.table = _scatter_add(dJ/dx, ids, (74, 32), 0)   [74, 32]
    dJ_dx_table = _scatter_add(dJ_dx, ids, (74, 32), 0)  # f32[74, 32]

    return {
        "x.table": dJ_dx_table, "cell.W": dJ_dcell_W, "cell.U": dJ_dcell_U, "cell.b": dJ_dcell_b,
        "logits.W": dJ_dlogits_W, "logits.b": dJ_dlogits_b,
    }


def value_and_grad(
    params: Params,
    *,
    ids: npt.ArrayLike,
    following: npt.ArrayLike,
    h0: npt.ArrayLike,
    c0: npt.ArrayLike,
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, ids=ids, following=following, h0=h0, c0=c0)
    return float(outputs.J), backward(saved)


def predict(
    params: Params, *, ids: npt.ArrayLike, h0: npt.ArrayLike, c0: npt.ArrayLike
) -> Prediction:
    """The outputs that need no following."""
    x_table, cell_W, cell_U, cell_b, logits_W, logits_b = _params(params)
    ids = _array("ids", ids, _i64, (None, None), "i64[T, B]")
    T, B = ids.shape
    h0 = _array("h0", h0, _f32, (B, 192), "f32[B, 192]")
    c0 = _array("c0", c0, _f32, (B, 192), "f32[B, 192]")
    _labels("ids", ids, 74)
    x = x_table.take(ids, axis=0)
    h = h0
    c = c0
    hs = np.empty((T, B, 192), np.float32)
    for t in range(T):
        x_t = x[t]
        z = h @ cell_U
        z += x_t @ cell_W
        z += cell_b
        c = _sigmoid(z[:, 192:384]) * c + _sigmoid(z[:, :192]) * np.tanh(z[:, 384:576])
        h = _sigmoid(z[:, 576:]) * np.tanh(c)
        hs[t] = h
    del x
    logits = hs @ logits_W
    logits += logits_b
    return Prediction(h.copy(), c.copy(), logits)


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    x_table = _array("x.table", params["x.table"], _f32, (74, 32))
    cell_W = _array("cell.W", params["cell.W"], _f32, (32, 768))
    cell_U = _array("cell.U", params["cell.U"], _f32, (192, 768))
    cell_b = _array("cell.b", params["cell.b"], _f32, (768,))
    logits_W = _array("logits.W", params["logits.W"], _f32, (192, 74))
    logits_b = _array("logits.b", params["logits.b"], _f32, (74,))
    return x_table, cell_W, cell_U, cell_b, logits_W, logits_b


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


def _labels(name: str, array: Any, size: int) -> None:
    """Refuses a label that is not among so many; without signs negative ones are large."""
    if array.size and array.astype(np.uint64).max() >= size:
        _indices(name, array, size, 0, ValueError)


def _indices(name: str, array: Any, size: int, low: Any = None, kind: Any = IndexError) -> None:
    """Refuses what does not count along an axis of this size, from its end either unless told."""
    low = -size if low is None else low
    if array.size and (array.min() < low or array.max() >= size):
        place = np.argwhere((array < low) | (array >= size))[0].tolist()
        found = f"{array[tuple(place)]}" + f" at {place}" * bool(place)
        raise kind(f"{name}: expected {low} <= {name} < {size}, got {found}")


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


def _scatter_add(x: Any, indices: Any, shape: Any, axis: int = 0) -> Any:
    """Zeros of a shape with x added at positions along an axis; repeated ones add up."""
    y = np.zeros(shape, x.dtype)
    if len(shape) == 1:
        np.add.at(y, np.ravel(indices), np.ravel(x))
        return y
    # NumPy adds at positions in one flat axis several times faster than at rows.
    size, after = shape[axis], int(np.prod(shape[axis + 1 :]))
    before = np.arange(int(np.prod(shape[:axis])))[:, None] * size
    rows = (before + np.ravel(indices) % max(size, 1)).reshape(-1, 1)
    rows *= after
    x, flat, within = x.reshape(len(rows), after), y.reshape(-1), np.arange(after)
    if after < 16:  # few columns: one after the other, with the same positions for all
        for column in within:
            np.add.at(flat[column:], rows[:, 0], x[:, column])
        return y
    step = 32768 // after + 1  # rows whose positions stay in cache
    for start in range(0, len(rows), step):
        block = slice(start, start + step)
        np.add.at(flat, (rows[block] + within).reshape(-1), x[block].reshape(-1))
    return y


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "characters.graph",
    "sha256": "db81504f709da9957b423c7e8c645028d205228c5477fd22907ccc9eb45f7c0f",
    "options": ["-O1"], "dims": {"T": None, "B": None, "V": 74, "E": 32, "H": 192},
    "loss": "J", "losses": {"J": ["x.table", "cell.W", "cell.U", "cell.b", "logits.W", "logits.b"]},
    "inputs": {
        "ids": {"argument": "ids", "dtype": "int64", "shape": ["T", "B"]},
        "following": {"argument": "following", "dtype": "int64", "shape": ["T", "B"]},
        "h0": {"argument": "h0", "dtype": "float32", "shape": ["B", 192]},
        "c0": {"argument": "c0", "dtype": "float32", "shape": ["B", 192]},
    },
    "params": {
        "x.table": {"argument": "x.table", "dtype": "float32", "shape": [74, 32]},
        "cell.W": {"argument": "cell.W", "dtype": "float32", "shape": [32, 768]},
        "cell.U": {"argument": "cell.U", "dtype": "float32", "shape": [192, 768]},
        "cell.b": {"argument": "cell.b", "dtype": "float32", "shape": [768]},
        "logits.W": {"argument": "logits.W", "dtype": "float32", "shape": [192, 74]},
        "logits.b": {"argument": "logits.b", "dtype": "float32", "shape": [74]},
    },
    "outputs": {
        "h": {"argument": "h", "dtype": "float32", "shape": ["B", 192]},
        "c": {"argument": "c", "dtype": "float32", "shape": ["B", 192]},
        "logits": {"argument": "logits", "dtype": "float32", "shape": ["T", "B", 74]},
        "J": {"argument": "J", "dtype": "float32", "shape": []},
    },
    "state": {},
}
