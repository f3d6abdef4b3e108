"""Rows of three numbers, and rows of four that become wide: what `-O2` writes of both.

Compiled by gradc 0.1.0 from in_blocks.graph at -O2. Edit the graph, not this file.

Dimensions
    N, P, B  free

Inputs
    ids   i64[P]     Which points are seen.
    seen  f64[P, 3]  Where they are seen.
    z     f64[B, 4]  What is known of other points.
    t     f64[B]     What they should come to.

Parameters
    points  f64[N, 3]   ~ normal(1)
    centre  f64[3]      = 0
    W       f64[4, 96]  ~ normal(0.5)
    b       f64[96]     = 0
    v       f64[96]     ~ normal(0.1)

Outputs
    J  f64  the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)
_i64 = np.dtype(np.int64)
zeros = np.full((96,), 0.0, np.float64)
zeros.flags.writeable = False
ones = np.full((3,), 1.0, np.float64)
ones.flags.writeable = False
ones_2 = np.full((10922,), 1.0, np.float64)
ones_2.flags.writeable = False

Params = TypedDict("Params", {
    "points": npt.NDArray[np.float64], "centre": npt.NDArray[np.float64],
    "W": npt.NDArray[np.float64], "b": npt.NDArray[np.float64], "v": npt.NDArray[np.float64],
})
Gradients = Params


class Outputs(NamedTuple):
    J: float


class Saved(NamedTuple):
    ids: Any  # i64[P]
    z: Any  # f64[B, 4]
    centre: Any  # f64[3]
    v: Any  # f64[96]
    x: Any  # f64[P, 3]
    far: Any  # f64[P, 1]
    scaled: Any  # f64[P, 3]
    turned_tanh: Any  # f64[P, 1]
    turned: Any  # f64[P, 3]
    moved_sin: Any  # f64[P, 3]
    moved_max: Any  # f64[P, 1]
    h: Any  # f64[B, 96]
    J_difference: Any  # f64[P, 3]
    J_difference_2: Any  # f64[B]
    N: int


class Workspace:
    """Memory that calls use again: one for each thread. With `reuse`, what they return too."""

    def __init__(self, reuse: bool = False) -> None:
        self.reuse = reuse
        self._held: dict[Any, tuple[Any, ...]] = {}
        self._is_again = False

    def arrays(self, empty: Any, kinds: Any, *sizes: int) -> list[Any]:
        """The arrays of a function for these sizes: its own, then those that it returns."""
        held = self._held.get(kinds)
        if held is None or held[0] != sizes:
            within, returned = kinds(*sizes)
            kept: list[Any] = []
            for kind in within + returned if self.reuse else within:
                kept += self._shared(empty, kind) if type(kind) is list else [empty(*kind)]
            held = self._held[kinds] = (sizes, kept, [] if self.reuse else returned)
        elif not self._is_again:
            # What a call frees is for the next one to take: glibc gives it back to the system
            # where it is more than twice the largest block that was ever freed.
            self._is_again = True
            empty(1 << 24, "u1")
        found: list[Any] = held[1] + [empty(*kind) for kind in held[2]]
        return found

    def _shared(self, empty: Any, kinds: Any) -> list[Any]:
        """Arrays in one memory, as large as the largest of them."""
        sizes = [empty(*kind).nbytes for kind in kinds]
        memory = empty(max(sizes), "u1")
        pairs = zip(sizes, kinds, strict=True)
        return [memory[:size].view(kind).reshape(shape) for size, (shape, kind) in pairs]


def init_params(rng: int | np.random.Generator = 0, *, N: int) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "points": rng.normal(0, 1.0, (N, 3)),
        "centre": np.zeros(3),
        "W": rng.normal(0, 0.5, (4, 96)),
        "b": np.zeros(96),
        "v": rng.normal(0, 0.1, 96),
    }


def forward(
    params: Params,
    *,
    ids: npt.ArrayLike,
    seen: npt.ArrayLike,
    z: npt.ArrayLike,
    t: npt.ArrayLike,
    workspace: Workspace | None = None,
) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    points, centre, W, b, v = _params(params)
    N = points.shape[0]
    if type(ids) is not np.ndarray or ids.dtype is not _i64 or ids.ndim != 1:
        ids = _array("ids", ids, _i64, (None,), "i64[P]")
    P = ids.shape[0]
    if type(seen) is not np.ndarray or seen.dtype is not _f64 or seen.shape != (P, 3):
        seen = _array("seen", seen, _f64, (P, 3), "f64[P, 3]")
    if type(z) is not np.ndarray or z.dtype is not _f64 or z.shape[1:] != (4,):
        z = _array("z", z, _f64, (None, 4), "f64[B, 4]")
    B = z.shape[0]
    if type(t) is not np.ndarray or t.dtype is not _f64 or t.shape != (B,):
        t = _array("t", t, _f64, (B,), "f64[B]")
    _indices("ids", ids, N)
    workspace = workspace or Workspace()
    (
        d, h, far, scaled, turned_tanh, turned, moved_sin, moved, J_difference_2,
    ) = workspace.arrays(np.empty, _arrays_of_forward, P, B)

    # x = take(points, ids, axis=0)
    x = points.take(ids, axis=0)  # f64[P, 3]

    # d = x - centre
    np.subtract(x, centre, out=d)  # f64[P, 3]

    # far = sqrt(1 + sum(square(d), axis=1, keepdims=true))
    np.sqrt(1 + (d**2).sum(axis=1, keepdims=True), out=far)  # f64[P, 1]

    # scaled = d / far
    np.divide(d, far, out=scaled)  # f64[P, 3]

    # turned = concatenate([scaled[:, 1:], tanh(scaled[:, :1])], axis=1)
    np.tanh(scaled[:, :1], out=turned_tanh)  # f64[P, 1]
    np.concatenate([scaled[:, 1:], turned_tanh], axis=1, out=turned)  # f64[P, 3]

    # moved = turned * sin(x) + max(d, axis=1, keepdims=true)
    np.sin(x, out=moved_sin)  # f64[P, 3]
    moved_max = d.max(axis=1, keepdims=True)  # f64[P, 1]
    np.add(turned * moved_sin, moved_max, out=moved)  # f64[P, 3]

    # h = relu(z @ W + b)
    np.dot(z, W, out=h)  # f64[B, 96]
    h += b
    np.maximum(h, 0, out=h)

    # loss J = sum(square(moved - seen)) + sum(square(h @ v - t))
    J_difference = np.subtract(moved, seen, out=moved)  # f64[P, 3]
    np.dot(h, v, out=J_difference_2)  # f64[B]
    J_difference_2 -= t
    J = float((J_difference**2).sum()) + float((J_difference_2**2).sum())  # f64

    return Outputs(J), Saved(
        ids, z, centre, v, x, far, scaled, turned_tanh, turned, moved_sin, moved_max, h,
        J_difference, J_difference_2, N,
    )


def backward(saved: Saved, *, dJ: float = 1.0, workspace: Workspace | None = None) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    (
        ids, z, centre, v, x, far, scaled, turned_tanh, turned, moved_sin, moved_max, h,
        J_difference, J_difference_2, N,
    ) = saved
    P = ids.shape[0]
    B = z.shape[0]
    if type(dJ) is not float:
        dJ = float(_scalar("dJ", dJ, _f64))
    workspace = workspace or Workspace()
    (
        dJ_dJ_difference, dJ_dh, d, dJ_dmoved, dJ_dturned, dJ_dx, dJ_dv, dJ_dW, dJ_dcentre,
    ) = workspace.arrays(np.empty, _arrays_of_backward, P, B)

    # J = sum(square(moved - seen)) + sum(square(h @ v - t))
    #     dJ/dh = dJ/dJ_difference[:, None] * v   [B, 96]
    #     dJ/dv = h.T @ dJ/dJ_difference   [96, B] @ [B]
    #     dJ/dmoved = dJ/ddifference_product * J_difference   [P, 3]
    dJ_ddifference_product = 2 * dJ
    np.multiply(dJ_ddifference_product, J_difference_2, out=dJ_dJ_difference)  # f64[B]
    np.multiply(dJ_dJ_difference[:, None], v, out=dJ_dh)  # f64[B, 96]
    np.dot(h.T, dJ_dJ_difference, out=dJ_dv)  # f64[96]
    np.multiply(dJ_ddifference_product, J_difference, out=dJ_dmoved)  # f64[P, 3]

    # h = relu(z @ W + b)                     dJ/db = dJ/dh_total.sum(axis=0)   [96]
    #                                         dJ/dW = z.T @ dJ/dh_total   [4, B] @ [B, 96]
    dJ_dh_total = np.multiply(dJ_dh, h > 0, out=dJ_dh)  # f64[B, 96]
    dJ_db = dJ_dh_total.sum(axis=0)  # f64[96]
    np.dot(z.T, dJ_dh_total, out=dJ_dW)  # f64[4, 96]

    # moved = turned * sin(x) + max(d, axis=1, keepdims=true)
    #     dJ/dturned = dJ/dmoved * moved_sin   [P, 3]
    #     dJ/dx = dJ/dmoved * turned * np.cos(x)   [P, 3]
    np.subtract(x, centre, out=d)  # f64[P, 3]
    dJ_dd = (d == moved_max).astype(np.float64)  # f64[P, 3]
    dJ_dd *= dJ_dmoved.sum(axis=1, keepdims=True) / dJ_dd.sum(axis=1, keepdims=True)
    np.multiply(dJ_dmoved, moved_sin, out=dJ_dturned)  # f64[P, 3]
    np.multiply(dJ_dmoved * turned, np.cos(x), out=dJ_dx)  # f64[P, 3]

    # turned = concatenate([scaled[:, 1:], tanh(scaled[:, :1])], axis=1)
    dJ_dscaled = np.concatenate(  # f64[P, 3]
        [dJ_dturned[:, 2:] * (1 - turned_tanh * turned_tanh), dJ_dturned[:, :2]],
        axis=1,
        out=dJ_dmoved,
    )

    # scaled = d / far                        dJ/dd += dJ/dscaled / far   [P, 3]
    #     dJ/dfar = (-dJ/dscaled * scaled / far).sum(axis=1, keepdims=True)   [P, 1]
    dJ_dfar = (-dJ_dscaled * scaled / far).sum(axis=1, keepdims=True)  # f64[P, 1]
    dJ_dd += dJ_dscaled / far

    # far = sqrt(1 + sum(square(d), axis=1, keepdims=true))
    #     dJ/dd += dJ/dfar_total * (2 * d)   [P, 3]
    dJ_dfar_total = np.divide(dJ_dfar, 2 * far, out=dJ_dfar)  # f64[P, 1]
    dJ_dd += dJ_dfar_total * (2 * d)

    # d = x - centre                          dJ/dx += dJ/dd   [P, 3]
    #                                         dJ/dcentre = -dJ/dd.sum(axis=0)   [3]
    np.negative(dJ_dd.sum(axis=0), out=dJ_dcentre)  # f64[3]
    dJ_dx += dJ_dd

    # x = take(points, ids, axis=0)
    #     dJ/dpoints = _scatter_add(dJ/dx, ids, (N, 3), 0)   [N, 3]
    dJ_dpoints = _scatter_add(dJ_dx, ids, (N, 3), 0)  # f64[N, 3]

    return {"points": dJ_dpoints, "centre": dJ_dcentre, "W": dJ_dW, "b": dJ_db, "v": dJ_dv}


def value_and_grad(
    params: Params,
    *,
    ids: npt.ArrayLike,
    seen: npt.ArrayLike,
    z: npt.ArrayLike,
    t: npt.ArrayLike,
    workspace: Workspace | None = None,
) -> tuple[float, Gradients]:
    """J and its gradient."""
    points, centre, W, b, v = _params(params)
    N = points.shape[0]
    if type(ids) is not np.ndarray or ids.dtype is not _i64 or ids.ndim != 1:
        ids = _array("ids", ids, _i64, (None,), "i64[P]")
    P = ids.shape[0]
    if type(seen) is not np.ndarray or seen.dtype is not _f64 or seen.shape != (P, 3):
        seen = _array("seen", seen, _f64, (P, 3), "f64[P, 3]")
    if type(z) is not np.ndarray or z.dtype is not _f64 or z.shape[1:] != (4,):
        z = _array("z", z, _f64, (None, 4), "f64[B, 4]")
    B = z.shape[0]
    if type(t) is not np.ndarray or t.dtype is not _f64 or t.shape != (B,):
        t = _array("t", t, _f64, (B,), "f64[B]")
    _indices("ids", ids, N)
    workspace = workspace or Workspace()
    (
        h_joined, moved_sin, h, d, J_difference_2, J_difference, dJ_dh, far_power, h_slope, turned,
        total_part, dJ_dJ_difference, far_product, far, turned_tanh, moved, tied_equal,
        dJ_dd_product, dJ_dd_ratio, sum_part, dJ_dx_columns, dJ_dv,
    ) = workspace.arrays(np.empty, _arrays_of_value_and_grad, P, B)

    # h = relu(z @ W + b)
    np.concatenate([z, np.broadcast_to(1.0, (B, 1))], axis=1, out=h_joined)  # f64[B, 5]
    np.dot(h_joined, np.concatenate([W, b[None]]), out=h)  # f64[B, 96]
    np.maximum(h, zeros, out=h)

    # loss J = sum(square(moved - seen)) + sum(square(h @ v - t))
    np.dot(h, v, out=J_difference_2)  # f64[B]

    # Block by block, forwards and backwards
    J_sum = np.float64(0)
    dJ_dtotal_total = np.zeros((5, 96), np.float64)
    for start in range(0, B, 341):
        block = slice(start, start + 341)
        rows = min(341, B - start)
        if rows < len(J_difference):
            J_difference, dJ_dh, h_slope = J_difference[:rows], dJ_dh[:rows], h_slope[:rows]

        # loss J = sum(square(moved - seen)) + sum(square(h @ v - t))
        np.subtract(J_difference_2[block], t[block], out=J_difference)  # f64[rows]
        J_sum += J_difference.dot(J_difference)

        # J = sum(square(moved - seen)) + sum(square(h @ v - t))
        #     dJ/dh = (2.0 * J_difference)[:, None] * v   [rows, 96]
        J_difference *= 2.0
        np.multiply(J_difference[:, None], v, out=dJ_dh)  # f64[rows, 96]

        # h = relu(z @ W + b)
        np.greater(h[block], 0, out=h_slope)  # bool[rows, 96]
        dJ_dh_total = np.multiply(dJ_dh, h_slope, out=dJ_dh)  # f64[rows, 96]
        np.matmul(h_joined[block].T, dJ_dh_total, out=total_part)  # f64[5, 96]
        dJ_dtotal_total += total_part

        dJ_dJ_difference[block] = J_difference

    # J = sum(square(moved - seen)) + sum(square(h @ v - t))
    #     dJ/dv = h.T @ dJ/dJ_difference   [96, B] @ [B]
    np.dot(h.T, dJ_dJ_difference, out=dJ_dv)  # f64[96]

    # h = relu(z @ W + b)                     dJ/db = dJ/dtotal_total[4]   [96]
    #                                         dJ/dW = dJ/dtotal_total[:4]   [4, 96]
    dJ_db = dJ_dtotal_total[4]  # f64[96]
    dJ_dW = dJ_dtotal_total[:4]  # f64[4, 96]

    # Block by block, forwards and backwards
    J_sum_2 = np.float64(0)
    dJ_dcentre = np.zeros(3, np.float64)
    for start in range(0, P, 10922):
        block = slice(start, start + 10922)
        rows = min(10922, P - start)
        if rows < d.shape[1]:
            d = d.reshape(-1)[: 3 * rows].reshape(3, rows)
            far_power = far_power.reshape(-1)[: 3 * rows].reshape(3, rows)
            far_product = far_product[:rows]
            far = far.reshape(-1)[:rows].reshape(1, rows)
            turned_tanh = turned_tanh.reshape(-1)[:rows].reshape(1, rows)
            turned = turned.reshape(-1)[: 3 * rows].reshape(3, rows)
            moved_sin = moved_sin.reshape(-1)[: 3 * rows].reshape(3, rows)
            moved = moved.reshape(-1)[: 3 * rows].reshape(3, rows)
            tied_equal = tied_equal.reshape(-1)[: 3 * rows].reshape(3, rows)
            dJ_dd_product = dJ_dd_product[:rows]
            dJ_dd_ratio = dJ_dd_ratio.reshape(-1)[:rows].reshape(1, rows)

        # x = take(points, ids, axis=0)
        x = points.take(ids[block], axis=0)  # f64[rows, 3]

        # d = x - centre
        x_columns = np.asarray(x.T, order='C')  # f64[3, rows]
        np.subtract(x_columns, centre[:, None], out=d)  # f64[3, rows]

        # far = sqrt(1 + sum(square(d), axis=1, keepdims=true))
        np.square(d, out=far_power)  # f64[3, rows]
        np.matmul(ones, far_power, out=far_product)  # f64[rows]
        np.add(1.0, far_product[None], out=far)  # f64[1, rows]
        np.sqrt(far, out=far)

        # scaled = d / far
        scaled = np.divide(d, far, out=far_power)  # f64[3, rows]

        # turned = concatenate([scaled[:, 1:], tanh(scaled[:, :1])], axis=1)
        np.tanh(scaled[:1], out=turned_tanh)  # f64[1, rows]
        np.concatenate([scaled[1:], turned_tanh], out=turned)  # f64[3, rows]

        # moved = turned * sin(x) + max(d, axis=1, keepdims=true)
        np.sin(x_columns, out=moved_sin)  # f64[3, rows]
        np.multiply(turned, moved_sin, out=moved)  # f64[3, rows]
        moved_max = d.max(axis=0, keepdims=True)  # f64[1, rows]
        moved += moved_max

        # loss J = sum(square(moved - seen)) + sum(square(h @ v - t))
        J_difference_3 = np.subtract(moved, seen[block].T, out=moved)  # f64[3, rows]
        J_sum_2 += J_difference_3.reshape(-1).dot(J_difference_3.reshape(-1))

        # J = sum(square(moved - seen)) + sum(square(h @ v - t))
        #     dJ/dmoved = 2.0 * J_difference_3   [3, rows]
        dJ_dmoved = np.multiply(2.0, J_difference_3, out=J_difference_3)  # f64[3, rows]

        # moved = turned * sin(x) + max(d, axis=1, keepdims=true)
        #     dJ/dd = (d == moved_max).astype(np.float64) * dJ/dd_ratio   [3, rows]
        #     dJ/dturned = dJ/dmoved * moved_sin   [3, rows]
        #     dJ/dx = dJ/dmoved * turned * np.cos(x_columns)   [3, rows]
        dJ_dmoved_product = np.matmul(ones, dJ_dmoved, out=far_product)  # f64[rows]
        np.equal(d, moved_max, out=tied_equal)  # bool[3, rows]
        tied = tied_equal.astype(np.float64)  # f64[3, rows]
        np.matmul(ones, tied, out=dJ_dd_product)  # f64[rows]
        np.divide(dJ_dmoved_product[None], dJ_dd_product[None], out=dJ_dd_ratio)  # f64[1, rows]
        dJ_dd = np.multiply(tied, dJ_dd_ratio, out=tied)  # f64[3, rows]
        dJ_dturned = np.multiply(dJ_dmoved, moved_sin, out=moved_sin)  # f64[3, rows]
        dJ_dx = np.multiply(dJ_dmoved, turned, out=dJ_dmoved)  # f64[3, rows]
        sin_slope = np.cos(x_columns, out=turned)  # f64[3, rows]
        dJ_dx *= sin_slope

        # turned = concatenate([scaled[:, 1:], tanh(scaled[:, :1])], axis=1)
        np.multiply(turned_tanh, turned_tanh, out=turned_tanh)
        np.subtract(1.0, turned_tanh, out=turned_tanh)
        turned_tanh *= dJ_dturned[2:]
        dJ_dscaled = np.concatenate([turned_tanh, dJ_dturned[:2]], out=turned)  # f64[3, rows]

        # scaled = d / far                        dJ/dd += dJ/dscaled / far   [3, rows]
        #                                         dJ/dfar = ones @ dJ/dscaled_opposite   [1, rows]
        dJ_dd_scaled = np.divide(dJ_dscaled, far, out=moved_sin)  # f64[3, rows]
        dJ_dscaled_opposite = np.negative(dJ_dscaled, out=dJ_dscaled)  # f64[3, rows]
        dJ_dscaled_opposite *= scaled
        dJ_dscaled_opposite /= far
        dJ_dfar_flat = np.matmul(ones, dJ_dscaled_opposite, out=dJ_dd_product)  # f64[rows]
        dJ_dfar = dJ_dfar_flat[None]  # f64[1, rows]
        dJ_dd += dJ_dd_scaled

        # far = sqrt(1 + sum(square(d), axis=1, keepdims=true))
        #     dJ/dd += dJ/dtotal_product * d   [3, rows]
        dJ_dtotal_product = np.multiply(2.0, far, out=far)  # f64[1, rows]
        np.divide(dJ_dfar, dJ_dtotal_product, out=dJ_dtotal_product)
        dJ_dtotal_product *= 2.0
        dJ_dd_power = np.multiply(dJ_dtotal_product, d, out=d)  # f64[3, rows]
        dJ_dd += dJ_dd_power

        # d = x - centre                          dJ/dx += dJ/dd   [3, rows]
        np.matmul(dJ_dd, ones_2[:rows], out=sum_part)  # f64[3]
        dJ_dcentre += sum_part
        np.add(dJ_dx, dJ_dd, out=dJ_dx_columns[:, block])

    # d = x - centre
    dJ_dx_2 = dJ_dx_columns.T  # f64[P, 3]

    # loss J = sum(square(moved - seen)) + sum(square(h @ v - t))
    J = J_sum_2 + J_sum

    # d = x - centre                          dJ/dcentre = -dJ/dcentre   [3]
    np.negative(dJ_dcentre, out=dJ_dcentre)

    # x = take(points, ids, axis=0)
    #     dJ/dpoints = _scatter_add(dJ/dx_2, ids, (N, 3), 0)   [N, 3]
    dJ_dpoints = _scatter_add(dJ_dx_2, ids, (N, 3), 0)  # f64[N, 3]

    return (
        float(J),
        {"points": dJ_dpoints, "centre": dJ_dcentre, "W": dJ_dW, "b": dJ_db.copy(), "v": dJ_dv},
    )


def _arrays_of_forward(P: int, B: int) -> tuple[list[Any], list[Any]]:
    """Shapes and element types of the arrays of `forward`, and of those that it returns."""
    within: list[Any] = [
        [  # one after the other, in the same memory
            ((P, 3), np.float64),  # d
            ((B, 96), np.float64),  # h
        ],
        ((P, 1), np.float64),  # far
        ((P, 3), np.float64),  # scaled
        ((P, 1), np.float64),  # turned_tanh
        ((P, 3), np.float64),  # turned
        ((P, 3), np.float64),  # moved_sin
        ((P, 3), np.float64),  # moved
        (B, np.float64),  # J_difference_2
    ]
    returned: list[Any] = []
    return within, returned


def _arrays_of_backward(P: int, B: int) -> tuple[list[Any], list[Any]]:
    """Shapes and element types of the arrays of `backward`, and of those that it returns."""
    within: list[Any] = [
        (B, np.float64),  # dJ_dJ_difference
        [  # one after the other, in the same memory
            ((B, 96), np.float64),  # dJ_dh
            ((P, 3), np.float64),  # d
        ],
        ((P, 3), np.float64),  # dJ_dmoved
        ((P, 3), np.float64),  # dJ_dturned
        ((P, 3), np.float64),  # dJ_dx
    ]
    returned = [
        (96, np.float64),  # dJ_dv
        ((4, 96), np.float64),  # dJ_dW
        (3, np.float64),  # dJ_dcentre
    ]
    return within, returned


def _arrays_of_value_and_grad(P: int, B: int) -> tuple[list[Any], list[Any]]:
    """Shapes and element types of the arrays of `value_and_grad`, and of those that it returns."""
    within: list[Any] = [
        [  # one after the other, in the same memory
            ((B, 5), np.float64),  # h_joined
            ((3, min(P, 10922)), np.float64),  # moved_sin
        ],
        [  # one after the other, in the same memory
            ((B, 96), np.float64),  # h
            ((3, min(P, 10922)), np.float64),  # d
        ],
        (B, np.float64),  # J_difference_2
        (min(B, 341), np.float64),  # J_difference
        [  # one after the other, in the same memory
            ((min(B, 341), 96), np.float64),  # dJ_dh
            ((3, min(P, 10922)), np.float64),  # far_power
        ],
        [  # one after the other, in the same memory
            ((min(B, 341), 96), bool),  # h_slope
            ((3, min(P, 10922)), np.float64),  # turned
        ],
        ((5, 96), np.float64),  # total_part
        (B, np.float64),  # dJ_dJ_difference
        (min(P, 10922), np.float64),  # far_product
        ((1, min(P, 10922)), np.float64),  # far
        ((1, min(P, 10922)), np.float64),  # turned_tanh
        ((3, min(P, 10922)), np.float64),  # moved
        ((3, min(P, 10922)), bool),  # tied_equal
        (min(P, 10922), np.float64),  # dJ_dd_product
        ((1, min(P, 10922)), np.float64),  # dJ_dd_ratio
        (3, np.float64),  # sum_part
        ((3, P), np.float64),  # dJ_dx_columns
    ]
    returned = [
        (96, np.float64),  # dJ_dv
    ]
    return within, returned


def _params(params: Params) -> tuple[Any, ...]:
    if type(params) is not dict or len(params) != 5:
        _names(params, Params.__annotations__.keys())
    try:
        points = params["points"]
        centre = params["centre"]
        W = params["W"]
        b = params["b"]
        v = params["v"]
    except KeyError:
        _names(params, Params.__annotations__.keys())
        raise
    if type(points) is not np.ndarray or points.dtype is not _f64 or points.shape[1:] != (3,):
        points = _array("points", points, _f64, (None, 3), "f64[N, 3]")
    if type(centre) is not np.ndarray or centre.dtype is not _f64 or centre.shape != (3,):
        centre = _array("centre", centre, _f64, (3,))
    if type(W) is not np.ndarray or W.dtype is not _f64 or W.shape != (4, 96):
        W = _array("W", W, _f64, (4, 96))
    if type(b) is not np.ndarray or b.dtype is not _f64 or b.shape != (96,):
        b = _array("b", b, _f64, (96,))
    if type(v) is not np.ndarray or v.dtype is not _f64 or v.shape != (96,):
        v = _array("v", v, _f64, (96,))
    return points, centre, W, b, v


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


def _names(params: Any, expected: Any) -> None:
    """Refuses what is no mapping, or is one of other names."""
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")


def _indices(name: str, array: Any, size: int, low: Any = None, kind: Any = IndexError) -> None:
    """Refuses what does not count along an axis of this size, from its end either unless told."""
    low = -size if low is None else low
    if array.size and (array.min() < low or array.max() >= size):
        place = np.argwhere((array < low) | (array >= size))[0].tolist()
        found = f"{array[tuple(place)]}" + f" at {place}" * bool(place)
        raise kind(f"{name}: expected {low} <= {name} < {size}, got {found}")


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
    "gradc": "0.1.0", "source": "in_blocks.graph",
    "sha256": "0d1c3d6dc821cca6fdc55225e0929df36fce4c6dedc2bd9a217f5584038ee6b8",
    "options": ["-O2"], "dims": {"N": None, "P": None, "B": None},
    "loss": "J", "losses": {"J": ["points", "centre", "W", "b", "v"]},
    "inputs": {
        "ids": {"argument": "ids", "dtype": "int64", "shape": ["P"]},
        "seen": {"argument": "seen", "dtype": "float64", "shape": ["P", 3]},
        "z": {"argument": "z", "dtype": "float64", "shape": ["B", 4]},
        "t": {"argument": "t", "dtype": "float64", "shape": ["B"]},
    },
    "params": {
        "points": {"argument": "points", "dtype": "float64", "shape": ["N", 3]},
        "centre": {"argument": "centre", "dtype": "float64", "shape": [3]},
        "W": {"argument": "W", "dtype": "float64", "shape": [4, 96]},
        "b": {"argument": "b", "dtype": "float64", "shape": [96]},
        "v": {"argument": "v", "dtype": "float64", "shape": [96]},
    },
    "outputs": {"J": {"argument": "J", "dtype": "float64", "shape": []}},
    "state": {},
}
