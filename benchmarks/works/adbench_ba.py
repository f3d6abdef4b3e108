"""ADBench's bundle adjustment: cameras and points that explain where points were seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.work import Row, Values, Work

GRAPH = """\
dim N, M, P
## Which camera saw which point, and where.
input camera: i64[P]
input point: i64[P]
input seen: [P, 2]
## Rotation, centre, focal length, principal point, radial distortion.
param cameras: [N, 11]
param points: [M, 3]
param w: [P]
fn rotated(r, x) {
    angle = sqrt(sum(square(r), axis=1, keepdims=true))
    axis = r / angle
    along = sum(axis * x, axis=1, keepdims=true)
    return x * cos(angle) + cross(axis, x) * sin(angle) + axis * (along * (1 - cos(angle)))
}
c = take(cameras, camera, axis=0)
x = rotated(c[:, 0:3], take(points, point, axis=0) - c[:, 3:6])
q = x[:, 0:2] / x[:, 2:3]
far = sum(square(q), axis=1, keepdims=true)
bent = q * (1 + c[:, 9:10] * far + c[:, 10:11] * square(far))
projected = bent * c[:, 6:7] + c[:, 7:9]
apart = w[:, newaxis] * (projected - seen)
loss J = 0.5 * (sum(square(apart)) + sum(square(1 - square(w))))
"""
_CAMERA = 11  # numbers of a camera
_BLOCK = 4_096  # observations that stay in cache


def data(rng: Any, N: int, M: int, P: int) -> tuple[Values, Values]:
    """Cameras that look at a cloud from some distance, and see points a little off."""
    cameras = np.empty((N, _CAMERA))
    cameras[:, 0:3] = 0.2 * rng.normal(size=(N, 3))
    cameras[:, 3:6] = 0.3 * rng.normal(size=(N, 3)) - [0, 0, 8]
    cameras[:, 6] = 1 + 0.1 * rng.normal(size=N)
    cameras[:, 7:] = 0.01 * rng.normal(size=(N, 4))
    params = {"cameras": cameras, "points": rng.normal(size=(M, 3)), "w": 0.5 + rng.random(P)}
    inputs = {"camera": rng.integers(0, N, P), "point": rng.integers(0, M, P)}
    return params, {**inputs, "seen": 0.2 * rng.normal(size=(P, 2))}


class ByHand:
    """Blocks of observations, a row of memory for each coordinate; counts add them up."""

    def __init__(self, params: Values, inputs: Values) -> None:
        self.cameras, self.points, self.w = params.values()
        self.camera, self.point = inputs["camera"], inputs["point"]
        self.seen = inputs["seen"]
        P = len(self.w)
        self.dc, self.dd = np.empty((_CAMERA, P)), np.empty((3, P))

    def __call__(self) -> tuple[float, Any]:
        J, dw = 0.0, np.empty_like(self.w)
        for start in range(0, len(dw), _BLOCK):
            J += self._observed(slice(start, start + _BLOCK), dw)
        dcameras = _added(self.dc, self.camera, len(self.cameras))
        return J, (dcameras, _added(self.dd, self.point, len(self.points)), dw)

    def _observed(self, block: slice, dw: Any) -> float:
        """The cost of some observations; what they tell their cameras and points is kept."""
        c = self.cameras.T[:, self.camera[block]]
        d = self.points.T[:, self.point[block]] - c[3:6]
        w, (k0, k1) = self.w[block], c[9:11]
        angle = np.sqrt(_dot(c[0:3], c[0:3]))
        axis = c[0:3] / angle
        cos, sin = np.cos(angle), np.sin(angle)
        across, along = _cross(axis, d), _dot(axis, d)
        x = d * cos + across * sin + axis * (along * (1 - cos))

        q = x[0:2] / x[2]
        far = _dot(q, q)
        stretch = 1 + far * (k0 + k1 * far)
        bent = q * stretch
        apart = bent * c[6] + c[7:9] - self.seen[block].T
        square, loose = _dot(apart, apart), 1 - w * w

        dc = self.dc[:, block]
        np.multiply(w, square - 2 * loose, dw[block])
        dprojected = np.multiply(apart, w * w, out=dc[7:9])
        dc[6] = _dot(dprojected, bent)
        dbent = dprojected * c[6]
        dstretch = _dot(dbent, q)
        np.multiply(dstretch, far, out=dc[9])
        np.multiply(dc[9], far, out=dc[10])
        dq = dbent * stretch + q * (2 * dstretch * (k0 + 2 * k1 * far))
        dx = np.empty_like(x)
        np.divide(dq, x[2], out=dx[0:2])
        np.negative(_dot(dx[0:2], q), out=dx[2])

        onto, rest = _dot(axis, dx), 1 - cos
        dd = dx * cos + _cross(dx, axis) * sin + axis * (onto * rest)
        daxis = _cross(d, dx) * sin + (dx * along + d * onto) * rest
        dangle = cos * _dot(dx, across) + sin * (onto * along - _dot(dx, d))
        dc[0:3] = (daxis - axis * _dot(axis, daxis)) / angle + axis * dangle
        np.negative(dd, out=dc[3:6])
        self.dd[:, block] = dd
        return 0.5 * (float(np.dot(w * w, square)) + float(np.dot(loose, loose)))


def _dot(a: Any, b: Any) -> Any:
    return np.einsum("ij,ij->j", a, b)


def _cross(a: Any, b: Any) -> Any:
    out = np.empty_like(a)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        np.multiply(a[j], b[k], out=out[i])
        out[i] -= a[k] * b[j]
    return out


def _added(rows: Any, places: Any, count: int) -> Any:
    """What belongs to the same place, added up."""
    out = np.empty((count, len(rows)))
    for i, row in enumerate(rows):
        out[:, i] = np.bincount(places, row, count)
    return out


def _in(np_: Any, cross: Any) -> Any:
    def loss(by: Any, given: Any) -> Any:
        c, w = by["cameras"][given["camera"]], by["w"]
        r, d = c[:, 0:3], by["points"][given["point"]] - c[:, 3:6]
        angle = np_.sqrt((r * r).sum(1))[:, None]
        axis, cos = r / angle, np_.cos(angle)
        along = (axis * d).sum(1)[:, None]
        x = d * cos + cross(axis, d) * np_.sin(angle) + axis * (along * (1 - cos))
        q = x[:, 0:2] / x[:, 2:3]
        far = (q * q).sum(1)[:, None]
        bent = q * (1 + c[:, 9:10] * far + c[:, 10:11] * far * far)
        apart = w[:, None] * (bent * c[:, 6:7] + c[:, 7:9] - given["seen"])
        return 0.5 * ((apart * apart).sum() + ((1 - w * w) ** 2).sum())

    return loss


def in_jax(jax: Any) -> Any:
    return _in(jax.numpy, jax.numpy.cross)


def in_torch(torch: Any) -> Any:
    return _in(torch, torch.linalg.cross)


def in_autograd(autograd: Any) -> Any:
    import autograd.numpy as anp

    return _in(anp, anp.cross)


WORK = Work(
    graph=GRAPH,
    rows=(
        Row(
            "ADBench BA, 49 cameras",
            {"N": 49, "M": 7_776, "P": 31_843},
            goals={"by hand": 1.15},
        ),
    ),
    data=data,
    by_hand=ByHand,
    peers={"JAX": in_jax, "torch": in_torch, "autograd": in_autograd},
)
