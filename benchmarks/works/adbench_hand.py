"""ADBench's hand tracking: 26 angles and places that bend a hand to points that were seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.work import Row, Values, Work

GRAPH = """\
dim V, P
## The points that were seen, and which vertex of the hand each is.
input points: [P, 3]
input vertex: i64[P]
## The vertices at rest, as [x, y, z, 1], and how much each bone moves them.
input rest: [V, 4]
input weights: [22, V]
## Each bone seen from the one it hangs on, and the world seen from each bone, both at rest.
input relative: [22, 4, 4]
input inverse: [22, 4, 4]
## Rotation and place of the hand, then four angles a finger: two of them at its root.
param theta: [26]
fn turned(x, y) {
    o = zeros(x.shape)
    i = ones(x.shape)
    rows = stack(
        [
            cos(y),
            sin(y) * sin(x),
            sin(y) * cos(x),
            o,
            o,
            cos(x),
            -sin(x),
            o,
            -sin(y),
            cos(y) * sin(x),
            cos(y) * cos(x),
            o,
            o,
            o,
            o,
            i,
        ],
        axis=1,
    )
    return reshape(rows, [5, 4, 4])
}
angles = reshape(theta[6:], [5, 4])
straight = zeros([5])
bones = reshape(relative[2:], [5, 4, 4, 4])
wrist = relative[0] @ relative[1]
a1 = wrist @ bones[:, 0] @ turned(angles[:, 0], angles[:, 1])
a2 = a1 @ bones[:, 1] @ turned(angles[:, 2], straight)
a3 = a2 @ bones[:, 2] @ turned(angles[:, 3], straight)
a4 = a3 @ bones[:, 3]
fingers = reshape(stack([a1, a2, a3, a4], axis=1), [20, 4, 4])
absolute = concatenate([relative[:1], wrist[newaxis], fingers])
transforms = absolute @ inverse
each = einsum("bij,vj->bvi", transforms[:, :3], rest)
posed = sum(weights[:, :, newaxis] * each, axis=0)
angle = norm(theta[:3])
axis = theta[:3] / angle
along = (posed @ axis)[:, newaxis]
across = cross(axis + zeros(posed.shape), posed)
swung = posed * cos(angle) + across * sin(angle) + axis * along * (1 - cos(angle))
placed = swung + theta[3:6]
loss J = 0.5 * sum(square(points - take(placed, vertex, axis=0)))
"""
_BONES, _FINGERS = 22, 5


def data(rng: Any, V: int, P: int) -> tuple[Values, Values]:
    """A hand of rigid bones that nobody would want, in the sizes of ADBench's."""
    turns, _ = np.linalg.qr(rng.normal(size=(_BONES, 3, 3)))
    relative = np.zeros((_BONES, 4, 4))
    relative[:, :3, :3], relative[:, 3, 3] = turns, 1
    relative[:, :3, 3] = 0.3 * rng.normal(size=(_BONES, 3))
    absolute = relative.copy()
    absolute[1] = absolute[0] @ relative[1]
    for bone in range(2, _BONES):
        above = 1 if bone % 4 == 2 else bone - 1  # four in a row, from the wrist
        absolute[bone] = absolute[above] @ relative[bone]
    rest = np.concatenate([rng.normal(size=(V, 3)), np.ones((V, 1))], axis=1)
    weights = rng.random((_BONES, V)) ** 4
    inputs = {"points": rng.normal(size=(P, 3)), "vertex": rng.integers(0, V, P), "rest": rest}
    inputs |= {"weights": weights / weights.sum(axis=0), "relative": relative}
    return {"theta": 0.4 * rng.normal(size=26)}, {**inputs, "inverse": np.linalg.inv(absolute)}


class ByHand:
    """Only the vertices that were seen, and all bones move them in one product.

    A matrix that turns about y and then about x is its own derivative with columns or rows
    exchanged, so no other sines and cosines are needed backwards.
    """

    def __init__(self, params: Values, inputs: Values) -> None:
        (self.theta,) = params.values()
        self.inputs = inputs

    def __call__(self) -> tuple[float, Any]:
        theta, (points, vertex, rest, weights, relative, inverse) = (
            self.theta,
            self.inputs.values(),
        )
        angles, bones = theta[6:].reshape(_FINGERS, 4), relative[2:].reshape(_FINGERS, 4, 4, 4)
        turns = _turned(angles)
        # Of every matrix the last row is [0, 0, 0, 1]; three are enough on the left.
        absolute = np.empty((_BONES, 3, 4))
        fingers = absolute[2:].reshape(_FINGERS, 4, 3, 4)
        absolute[0] = relative[0, :3]
        wrist = np.matmul(absolute[0], relative[1], out=absolute[1])
        before = []
        above = wrist
        for k in range(3):
            before.append(above @ bones[:, k])
            above = np.matmul(before[k], turns[k])
            fingers[:, k] = above
        fingers[:, 3] = above @ bones[:, 3]
        transforms = np.matmul(absolute, inverse)

        moved = (weights[:, None, vertex] * rest[vertex].T).reshape(4 * _BONES, -1)
        posed = np.dot(transforms.transpose(1, 0, 2).reshape(3, -1), moved)
        R, axis, angle = _rotation(theta[:3])
        apart = np.dot(R, posed)
        apart += theta[3:6, None]
        apart -= points.T
        J = 0.5 * float(np.vdot(apart, apart))

        dtheta = np.empty_like(theta)
        dtheta[:3] = _rotation_back(np.dot(apart, posed.T), axis, angle)
        dtheta[3:6] = apart.sum(axis=1)
        dposed = np.dot(R.T, apart)
        dtransforms = np.dot(dposed, moved.T).reshape(3, _BONES, 4).transpose(1, 0, 2)
        d = np.matmul(dtransforms, inverse.mT)[2:].reshape(_FINGERS, 4, 3, 4)
        dangles = dtheta[6:].reshape(_FINGERS, 4)
        down = d[:, 3]
        for k in (2, 1, 0):
            down = down @ bones[:, k + 1].mT + d[:, k]
            dturn, turn = np.matmul(before[k].mT, down), turns[k]
            sine = dturn[..., 1] * turn[..., 2] - dturn[..., 2] * turn[..., 1]
            dangles[:, k + 1 if k else 0] = sine[:, :3].sum(axis=1)
            down = down @ turn.mT
        sine = dturn[:, 0] * turn[:, 2] - dturn[:, 2] * turn[:, 0]
        dangles[:, 1] = sine.sum(axis=1)
        return J, (dtheta,)


def _turned(angles: Any) -> Any:
    """The three joints of each finger: about y and x at its root, about x at the others."""
    cos, sin = np.cos(angles).T, np.sin(angles).T
    out = np.zeros((3, len(angles), 4, 4))
    for turn, x in zip(out, (0, 2, 3), strict=True):
        turn[:, 1, 1] = turn[:, 2, 2] = cos[x]
        turn[:, 2, 1], turn[:, 1, 2] = sin[x], -sin[x]
    out[:, :, 0, 0] = out[:, :, 3, 3] = 1
    root = out[0]
    root[:, 0, 0], root[:, 0, 1], root[:, 0, 2] = cos[1], sin[1] * sin[0], sin[1] * cos[0]
    root[:, 2, 0], root[:, 2, 1], root[:, 2, 2] = -sin[1], cos[1] * sin[0], cos[1] * cos[0]
    return out


def _rotation(r: Any) -> tuple[Any, Any, Any]:
    """The matrix that turns about r by its length, its axis and its angle."""
    angle = np.sqrt(np.dot(r, r))
    axis = r / angle
    R = np.sin(angle) * _across(axis) + (1 - np.cos(angle)) * np.outer(axis, axis)
    R.flat[::4] += np.cos(angle)
    return R, axis, angle


def _across(axis: Any) -> Any:
    x, y, z = axis
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])


def _rotation_back(dR: Any, axis: Any, angle: Any) -> Any:
    cos, sin = np.cos(angle), np.sin(angle)
    skew = np.array([dR[2, 1] - dR[1, 2], dR[0, 2] - dR[2, 0], dR[1, 0] - dR[0, 1]])
    along = np.dot(dR, axis)
    daxis = sin * skew + (1 - cos) * (along + np.dot(axis, dR))
    dangle = cos * np.dot(skew, axis) + sin * (np.dot(axis, along) - dR.trace())
    return (daxis - axis * np.dot(axis, daxis)) / angle + axis * dangle


def _in(np_: Any, cross: Any) -> Any:
    sin, cos = np_.sin, np_.cos

    def turned(x: Any, y: Any) -> Any:
        o, i = np_.zeros_like(x), np_.ones_like(x)
        rows = [cos(y), sin(y) * sin(x), sin(y) * cos(x), o, o, cos(x), -sin(x), o]
        rows += [-sin(y), cos(y) * sin(x), cos(y) * cos(x), o, o, o, o, i]
        return np_.stack(rows, 1).reshape((_FINGERS, 4, 4))

    def loss(by: Any, given: Any) -> Any:
        theta, relative = by["theta"], given["relative"]
        angles, bones = theta[6:].reshape((_FINGERS, 4)), relative[2:].reshape((5, 4, 4, 4))
        straight = np_.zeros_like(angles[:, 0])
        wrist = np_.matmul(relative[0], relative[1])
        a1 = np_.matmul(np_.matmul(wrist, bones[:, 0]), turned(angles[:, 0], angles[:, 1]))
        a2 = np_.matmul(np_.matmul(a1, bones[:, 1]), turned(angles[:, 2], straight))
        a3 = np_.matmul(np_.matmul(a2, bones[:, 2]), turned(angles[:, 3], straight))
        a4 = np_.matmul(a3, bones[:, 3])
        fingers = np_.stack([a1, a2, a3, a4], 1).reshape((4 * _FINGERS, 4, 4))
        absolute = np_.concatenate([relative[:1], wrist[None], fingers])
        transforms = np_.matmul(absolute, given["inverse"])
        each = np_.einsum("bij,vj->bvi", transforms[:, :3], given["rest"])
        posed = (given["weights"][:, :, None] * each).sum(0)
        r = theta[:3]
        angle = np_.sqrt((r * r).sum())
        axis = r / angle
        along = np_.matmul(posed, axis)[:, None] * (1 - cos(angle))
        placed = posed * cos(angle) + cross(axis + 0 * posed, posed) * sin(angle) + axis * along
        apart = given["points"] - (placed + theta[3:6])[given["vertex"]]
        return 0.5 * (apart * apart).sum()

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
    rows=(Row("ADBench hand, 200 points", {"V": 544, "P": 200}, goals={"by hand": 1.15}),),
    data=data,
    by_hand=ByHand,
    peers={"JAX": in_jax, "torch": in_torch, "autograd": in_autograd},
)
