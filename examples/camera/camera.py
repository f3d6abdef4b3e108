"""A camera, calibrated by thirteen photographs of a chessboard.

Compiled by gradc 0.1.0 from camera.graph at -O1 --also pack,jacobian --sparse.
Edit the graph, not this file.

Dimensions
    V, P = 13, 54

Inputs
    corner  f64[54, 3]      Where the corners are on the board, in squares.
    seen    f64[13, 54, 2]  Where each view shows them, in pixels.

Parameters
    focal       f64[2]      = 500
        The focal length along either axis, and where the lens looks straight ahead, in pixels.
    centre      f64[2]      = [320, 240]
    radial      f64[2]      = 0
        How the lens bends, by r² and by r⁴; and by not being quite centred.
    tangential  f64[2]      = 0
    turn        f64[13, 3]  = 0
        In each view, how the board is turned (axis times angle), and where its first corner is.
    place       f64[13, 3]  = 0

Outputs
    apart  f64[13, 54, 2]
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {
    "focal": npt.NDArray[np.float64], "centre": npt.NDArray[np.float64],
    "radial": npt.NDArray[np.float64], "tangential": npt.NDArray[np.float64],
    "turn": npt.NDArray[np.float64], "place": npt.NDArray[np.float64],
})
Gradients = Params


class Outputs(NamedTuple):
    apart: npt.NDArray[np.float64]  # f64[13, 54, 2]


class Saved(NamedTuple):
    corner: Any  # f64[54, 3]
    focal: Any  # f64[2]
    radial: Any  # f64[2]
    tangential: Any  # f64[2]
    turn: Any  # f64[13, 3]
    angle: Any  # f64[13, 1, 1]
    axis: Any  # f64[13, 1, 3]
    along: Any  # f64[13, 54, 1]
    point_cos: Any  # f64[13, 1, 1]
    point_stack: Any  # f64[13, 54, 3]
    point_sin: Any  # f64[13, 1, 1]
    point_product: Any  # f64[13, 54, 3]
    point_ratio: Any  # f64[13, 1, 1]
    point_sin_2: Any  # f64[13, 1, 1]
    point_product_2: Any  # f64[13, 1, 1]
    point_part: Any  # f64[13, 54]
    x: Any  # f64[13, 54]
    y: Any  # f64[13, 54]
    far: Any  # f64[13, 54]
    ray_power: Any  # f64[13, 54]
    ray: Any  # f64[13, 54]
    bent_x_product: Any  # f64
    bent_x_product_2: Any  # f64[13, 54]
    bent_x_total: Any  # f64[13, 54]
    bent_y_product: Any  # f64
    bent_y_product_2: Any  # f64[13, 54]
    bent_y_total: Any  # f64[13, 54]
    apart_stack: Any  # f64[13, 54, 2]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "focal": np.full(2, 500.0, np.float64),
        "centre": np.array([320.0, 240.0], np.float64),
        "radial": np.zeros(2),
        "tangential": np.zeros(2),
        "turn": np.zeros((13, 3)),
        "place": np.zeros((13, 3)),
    }


def forward(params: Params, *, corner: npt.ArrayLike, seen: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    focal, centre, radial, tangential, turn, place = _params(params)
    corner = _array("corner", corner, _f64, (54, 3))
    seen = _array("seen", seen, _f64, (13, 54, 2))

    # point = turned(turn[:, newaxis], corner) + place[:, newaxis]
    turn_part = turn[:, None]  # f64[13, 1, 3]

    # turned(turn[:, newaxis], corner)
    angle = np.sqrt((turn_part**2).sum(axis=2, keepdims=True))  # f64[13, 1, 1]
    axis = turn_part / angle  # f64[13, 1, 3]
    along = (axis * corner).sum(axis=2, keepdims=True)  # f64[13, 54, 1]
    point_cos = np.cos(angle)  # f64[13, 1, 1]
    a0 = axis[..., 0]  # f64[13, 1]
    a1 = axis[..., 1]  # f64[13, 1]
    a2 = axis[..., 2]  # f64[13, 1]
    b0 = corner[..., 0]  # f64[54]
    b1 = corner[..., 1]  # f64[54]
    b2 = corner[..., 2]  # f64[54]
    point_stack = (  # f64[13, 54, 3]
        np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], axis=2)
    )
    point_sin = np.sin(angle)  # f64[13, 1, 1]
    point_product = axis * along  # f64[13, 54, 3]
    point_ratio = angle / 2  # f64[13, 1, 1]
    point_sin_2 = np.sin(point_ratio)  # f64[13, 1, 1]
    point_product_2 = 2 * point_sin_2**2  # f64[13, 1, 1]
    point = (  # f64[13, 54, 3]
        corner * point_cos
        + point_stack * point_sin
        + point_product * point_product_2
        + place[:, None]
    )

    # x = point[..., 0] / point[..., 2]
    point_part = point[..., 2]  # f64[13, 54]
    x = point[..., 0] / point_part  # f64[13, 54]

    # y = point[..., 1] / point[..., 2]
    y = point[..., 1] / point_part  # f64[13, 54]

    # far = x**2 + y**2
    far_power = x**2  # f64[13, 54]
    far_power_2 = y**2  # f64[13, 54]
    far = far_power + far_power_2  # f64[13, 54]

    # p, q = tangential[0], tangential[1]
    p = tangential[0]  # f64
    q = tangential[1]  # f64

    # ray = 1 + radial[0] * far + radial[1] * far**2
    ray_power = far**2  # f64[13, 54]
    ray = 1 + radial[0] * far + radial[1] * ray_power  # f64[13, 54]

    # bent_x = x * ray + 2 * p * x * y + q * (far + 2 * x**2)
    bent_x_product = 2 * p  # f64
    bent_x_product_2 = bent_x_product * x  # f64[13, 54]
    bent_x_total = far + 2 * far_power  # f64[13, 54]
    bent_x = x * ray + bent_x_product_2 * y + q * bent_x_total  # f64[13, 54]

    # bent_y = y * ray + 2 * q * x * y + p * (far + 2 * y**2)
    bent_y_product = 2 * q  # f64
    bent_y_product_2 = bent_y_product * x  # f64[13, 54]
    bent_y_total = far + 2 * far_power_2  # f64[13, 54]
    bent_y = y * ray + bent_y_product_2 * y + p * bent_y_total  # f64[13, 54]

    # output apart = stack([bent_x, bent_y], axis=-1) * focal + centre - seen
    apart_stack = np.stack([bent_x, bent_y], axis=2)  # f64[13, 54, 2]
    apart = apart_stack * focal + centre - seen  # f64[13, 54, 2]

    return Outputs(apart), Saved(
        corner, focal, radial, tangential, turn, angle, axis, along, point_cos, point_stack,
        point_sin, point_product, point_ratio, point_sin_2, point_product_2, point_part, x, y, far,
        ray_power, ray, bent_x_product, bent_x_product_2, bent_x_total, bent_y_product,
        bent_y_product_2, bent_y_total, apart_stack,
    )


@np.errstate(all="ignore")  # of what is computed, but not chosen
def backward(saved: Saved, *, dapart: npt.ArrayLike | None = None) -> Gradients:
    """The gradients, given the cotangents of the outputs; those left out are zero."""
    (
        corner, focal, radial, tangential, turn, angle, axis, along, point_cos, point_stack,
        point_sin, point_product, point_ratio, point_sin_2, point_product_2, point_part, x, y, far,
        ray_power, ray, bent_x_product, bent_x_product_2, bent_x_total, bent_y_product,
        bent_y_product_2, bent_y_total, apart_stack,
    ) = saved
    if dapart is None:
        dapart = np.zeros((13, 54, 2), np.float64)
    dapart = _array("dapart", dapart, _f64, (13, 54, 2))

    b0 = corner[..., 0]  # f64[54]
    b1 = corner[..., 1]  # f64[54]
    b2 = corner[..., 2]  # f64[54]
    p = tangential[0]
    q = tangential[1]

    # apart = stack([bent_x, bent_y], axis=-1) * focal + centre - seen
    #     d_centre = dapart.sum(axis=(0, 1))   [2]
    #     d_focal = np.where(dapart == 0, 0, dapart * apart_stack).sum(axis=(0, 1))   [2]
    #     d_bent_x = d_apart_stack[:, :, 0]   [13, 54]
    #     d_bent_y = d_apart_stack[:, :, 1]   [13, 54]
    d_centre = dapart.sum(axis=(0, 1))  # f64[2]
    d_apart_stack = dapart * focal  # f64[13, 54, 2]
    d_focal = (  # f64[2], 0 where it does not count
        np.where(dapart == 0, 0, dapart * apart_stack).sum(axis=(0, 1))
    )
    d_bent_x = d_apart_stack[:, :, 0]  # f64[13, 54]
    d_bent_y = d_apart_stack[:, :, 1]  # f64[13, 54]

    # bent_y = y * ray + 2 * q * x * y + p * (far + 2 * y**2)
    #     d_p = np.where(d_bent_y == 0, 0, d_bent_y * bent_y_total).sum()
    #     d_far = d_bent_y * p   [13, 54]
    #     d_y = np.where(d_bent_y == 0, 0, d_bent_y * bent_y_product_2)   [13, 54]
    #     d_x = d_ray * bent_y_product   [13, 54]
    #     d_q = np.where(d_ray == 0, 0, d_ray * x).sum() * 2
    #     d_y += np.where(d_bent_y == 0, 0, d_bent_y * ray)   [13, 54]
    #     d_ray = np.where(d_bent_y == 0, 0, d_bent_y * y)   [13, 54]
    d_far = d_bent_y * p  # f64[13, 54]
    d_p = np.where(d_bent_y == 0, 0, d_bent_y * bent_y_total).sum()  # 0 where it does not count
    d_far_power = 2 * d_far  # f64[13, 54]
    d_ray = np.where(d_bent_y == 0, 0, d_bent_y * y)  # f64[13, 54], 0 where it does not count
    d_y = (  # f64[13, 54], 0 where it does not count
        np.where(d_bent_y == 0, 0, d_bent_y * bent_y_product_2)
    )
    d_x = d_ray * bent_y_product  # f64[13, 54]
    d_q = np.where(d_ray == 0, 0, d_ray * x).sum() * 2  # 0 where it does not count
    d_y += np.where(d_bent_y == 0, 0, d_bent_y * ray)  # 0 where it does not count

    # bent_x = x * ray + 2 * p * x * y + q * (far + 2 * x**2)
    #     d_q += np.where(d_bent_x == 0, 0, d_bent_x * bent_x_total).sum()
    #     d_far += d_bent_x * q   [13, 54]
    #     d_y += np.where(d_bent_x == 0, 0, d_bent_x * bent_x_product_2)   [13, 54]
    #     d_x += d_bent_x_product * bent_x_product   [13, 54]
    #     d_x += np.where(d_bent_x == 0, 0, d_bent_x * ray)   [13, 54]
    #     d_ray += np.where(d_bent_x == 0, 0, d_bent_x * x)   [13, 54]
    d_q += np.where(d_bent_x == 0, 0, d_bent_x * bent_x_total).sum()  # 0 where it does not count
    d_far += d_bent_x * q
    d_far_power_2 = bent_y_product * d_bent_x  # f64[13, 54]
    d_bent_x_product = (  # f64[13, 54], 0 where it does not count
        np.where(d_bent_x == 0, 0, d_bent_x * y)
    )
    d_y += np.where(d_bent_x == 0, 0, d_bent_x * bent_x_product_2)  # 0 where it does not count
    d_x += d_bent_x_product * bent_x_product
    d_p += (  # 0 where it does not count
        np.where(d_bent_x_product == 0, 0, d_bent_x_product * x).sum() * 2
    )
    d_x += np.where(d_bent_x == 0, 0, d_bent_x * ray)  # 0 where it does not count
    d_ray += np.where(d_bent_x == 0, 0, d_bent_x * x)  # 0 where it does not count

    # ray = 1 + radial[0] * far + radial[1] * far**2
    #     d_far += np.where(d_ray_power == 0, 0, d_ray_power * (2 * far))   [13, 54]
    #     d_far += d_ray * radial[0]   [13, 54]
    d_ray_power = d_ray * radial[1]  # f64[13, 54]
    d_far += np.where(d_ray_power == 0, 0, d_ray_power * (2 * far))  # 0 where it does not count
    d_far += d_ray * radial[0]
    d_radial = np.array(  # f64[2], 0 where it does not count
        [
            np.where(d_ray == 0, 0, d_ray * far).sum(),
            np.where(d_ray == 0, 0, d_ray * ray_power).sum(),
        ],
    )

    # p, q = tangential[0], tangential[1]     d_tangential = np.array([d_p, d_q])   [2]
    d_tangential = np.array([d_p, d_q])  # f64[2]

    # far = x**2 + y**2
    #     d_y += np.where(d_far_power == 0, 0, d_far_power * (2 * y))   [13, 54]
    #     d_x += np.where(d_far_power_2 == 0, 0, d_far_power_2 * (2 * x))   [13, 54]
    d_far_power_2 += d_far
    d_far_power += d_far
    d_y += np.where(d_far_power == 0, 0, d_far_power * (2 * y))  # 0 where it does not count
    d_x += np.where(d_far_power_2 == 0, 0, d_far_power_2 * (2 * x))  # 0 where it does not count

    # y = point[..., 1] / point[..., 2]
    d_point_part = np.where(d_y == 0, 0, d_y / point_part)  # f64[13, 54], 0 where it does not count
    d_point_part_2 = (  # f64[13, 54], 0 where it does not count
        np.where(d_y == 0, 0, -d_y * y / point_part)
    )

    # x = point[..., 0] / point[..., 2]
    d_point_part_2 += np.where(d_x == 0, 0, -d_x * x / point_part)  # 0 where it does not count
    d_point = np.stack(  # f64[13, 54, 3], 0 where it does not count
        [np.where(d_x == 0, 0, d_x / point_part), d_point_part, d_point_part_2], axis=2
    )

    # point = turned(turn[:, newaxis], corner) + place[:, newaxis]
    #     d_place = d_point.sum(axis=1)   [13, 3]
    d_place = d_point.sum(axis=1)  # f64[13, 3]

    # turned(turn[:, newaxis], corner)
    d_point_product = d_point * point_product_2  # f64[13, 54, 3]
    d_angle = (  # f64[13, 1, 1], 0 where it does not count
        4
        * (
            np.where(d_point == 0, 0, d_point * point_product).sum(axis=(1, 2), keepdims=True)
            * point_sin_2
        )
    )
    d_angle *= np.cos(point_ratio)
    d_angle /= 2
    d_axis = (  # f64[13, 1, 3], 0 where it does not count
        np.where(d_point_product == 0, 0, d_point_product * along).sum(axis=1, keepdims=True)
    )
    d_point_stack = d_point * point_sin  # f64[13, 54, 3]
    d_angle += (  # 0 where it does not count
        np.where(d_point == 0, 0, d_point * point_stack).sum(axis=(1, 2), keepdims=True) * point_cos
    )
    d_point_difference = d_point_stack[:, :, 0]  # f64[13, 54]
    d_point_difference_2 = d_point_stack[:, :, 1]  # f64[13, 54]
    d_point_difference_3 = d_point_stack[:, :, 2]  # f64[13, 54]
    d_a0 = (  # f64[13, 1]
        (d_point_difference_3 * b1).sum(axis=1, keepdims=True)
        + (-d_point_difference_2 * b2).sum(axis=1, keepdims=True)
    )
    d_a2 = (  # f64[13, 1]
        (d_point_difference_2 * b0).sum(axis=1, keepdims=True)
        + (-d_point_difference * b1).sum(axis=1, keepdims=True)
    )
    d_a1 = (  # f64[13, 1]
        (-d_point_difference_3 * b0).sum(axis=1, keepdims=True)
        + (d_point_difference * b2).sum(axis=1, keepdims=True)
    )
    d_axis[..., 2] += d_a2
    d_axis[..., 1] += d_a1
    d_axis[..., 0] += d_a0
    d_angle -= (d_point * corner).sum(axis=(1, 2), keepdims=True) * point_sin
    d_axis_product = (  # f64[13, 1, 3], 0 where it does not count
        np.where(d_point_product == 0, 0, d_point_product * axis).sum(axis=2, keepdims=True)
        * corner
    ).sum(axis=1, keepdims=True)
    d_axis += d_axis_product
    d_angle_axis = (  # f64[13, 1, 1], 0 where it does not count
        np.where(d_axis == 0, 0, -d_axis * axis / angle).sum(axis=2, keepdims=True)
    )
    d_angle += d_angle_axis
    d_turn_part = (  # f64[13, 1, 3], 0 where it does not count
        np.where(d_axis == 0, 0, d_axis / angle)
        + np.where(d_angle == 0, 0, d_angle / (2 * angle)) * (2 * turn[:, None])
    )
    d_turn = d_turn_part.reshape(13, 3)  # f64[13, 3]

    return {
        "focal": d_focal, "centre": d_centre, "radial": d_radial, "tangential": d_tangential,
        "turn": d_turn, "place": d_place,
    }


def pack(values: Params) -> npt.NDArray[np.float64]:
    """One vector of all parameters, or of their gradients, in the order of the graph."""
    return np.concatenate([np.ravel(value) for value in _params(values)], dtype=np.float64)


def unpack(vector: npt.ArrayLike) -> Params:
    """The parameters that a vector holds, as views of it where it is of their type."""
    vector = _array("vector", vector, _f64, (86,))
    return {
        "focal": vector[:2],
        "centre": vector[2:4],
        "radial": vector[4:6],
        "tangential": vector[6:8],
        "turn": vector[8:47].reshape(13, 3),
        "place": vector[47:86].reshape(13, 3),
    }


def jacobian(
    params: Params, *, corner: npt.ArrayLike, seen: npt.ArrayLike
) -> dict[str, dict[str, Any]]:
    """The derivative of each output by each name, of both their shapes."""
    focal, centre, radial, tangential, turn, place = _params(params)
    corner = _array("corner", corner, _f64, (54, 3))
    seen = _array("seen", seen, _f64, (13, 54, 2))

    # point = turned(turn[:, newaxis], corner) + place[:, newaxis]
    turn_part = turn[:, None]  # f64[13, 1, 3]

    # turned(turn[:, newaxis], corner)
    angle_power_dot_product = 2 * turn_part  # f64[13, 1, 3]
    angle = np.sqrt((turn_part**2).sum(axis=2, keepdims=True))  # f64[13, 1, 1]
    angle_dot_product = 2 * angle  # f64[13, 1, 1]
    axis = turn_part / angle  # f64[13, 1, 3]
    along = (axis * corner).sum(axis=2, keepdims=True)  # f64[13, 54, 1]
    point_sin_dot_cos = np.cos(angle)  # f64[13, 1, 1]
    point_sin = np.sin(angle)  # f64[13, 1, 1]
    a0 = axis[..., 0]  # f64[13, 1]
    a1 = axis[..., 1]  # f64[13, 1]
    a2 = axis[..., 2]  # f64[13, 1]
    b0 = corner[..., 0]  # f64[54]
    b1 = corner[..., 1]  # f64[54]
    b2 = corner[..., 2]  # f64[54]
    point_stack = (  # f64[13, 54, 3]
        np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], axis=2)
    )
    point_product = axis * along  # f64[13, 54, 3]
    point_sin_dot_cos_2 = angle / 2  # f64[13, 1, 1]
    point_sin_2 = np.sin(point_sin_dot_cos_2)  # f64[13, 1, 1]
    np.cos(point_sin_dot_cos_2, out=point_sin_dot_cos_2)
    point_power_dot_product = 2 * point_sin_2  # f64[13, 1, 1]
    point_product_2 = 2 * point_sin_2**2  # f64[13, 1, 1]
    point = (  # f64[13, 54, 3]
        corner * point_sin_dot_cos
        + point_stack * point_sin
        + point_product * point_product_2
        + place[:, None]
    )

    # x = point[..., 0] / point[..., 2]
    point_part = point[..., 2]  # f64[13, 54]
    x = point[..., 0] / point_part  # f64[13, 54]

    # y = point[..., 1] / point[..., 2]
    y = point[..., 1] / point_part  # f64[13, 54]

    # far = x**2 + y**2
    far_power = x**2  # f64[13, 54]
    far_power_dot_product = 2 * x  # f64[13, 54]
    far_power_2 = y**2  # f64[13, 54]
    far_power_dot_product_2 = 2 * y  # f64[13, 54]
    far = far_power + far_power_2  # f64[13, 54]

    # p, q = tangential[0], tangential[1]
    p = tangential[0]
    q = tangential[1]

    # ray = 1 + radial[0] * far + radial[1] * far**2
    radial_part = radial[0]
    radial_part_2 = radial[1]
    ray_power = far**2  # f64[13, 54]
    ray_power_dot_product = 2 * far  # f64[13, 54]
    ray = 1 + radial_part * far + radial_part_2 * ray_power  # f64[13, 54]

    # bent_x = x * ray + 2 * p * x * y + q * (far + 2 * x**2)
    bent_x_product = 2 * p
    bent_x_product_2 = bent_x_product * x  # f64[13, 54]
    bent_x_total = far + 2 * far_power  # f64[13, 54]
    bent_x = x * ray + bent_x_product_2 * y + q * bent_x_total  # f64[13, 54]

    # bent_y = y * ray + 2 * q * x * y + p * (far + 2 * y**2)
    bent_y_product = 2 * q
    bent_y_product_2 = bent_y_product * x  # f64[13, 54]
    bent_y_total = far + 2 * far_power_2  # f64[13, 54]
    bent_y = y * ray + bent_y_product_2 * y + p * bent_y_total  # f64[13, 54]

    # output apart = stack([bent_x, bent_y], axis=-1) * focal + centre - seen
    apart_stack = np.stack([bent_x, bent_y], axis=2)  # f64[13, 54, 2]

    focal_basis = np.ones((1, 2), np.float64)  # f64[1, 2]
    dapart_dfocal = np.empty((13, 54, 2, 1), np.float64)
    for t in range(1):
        focal_dot = focal_basis[t]  # f64[2]

        # output apart = stack([bent_x, bent_y], axis=-1) * focal + centre - seen
        dapart_dfocal[:, :, :, t] = focal_dot * apart_stack
    dapart_dcentre = np.empty((13, 54, 2, 1), np.float64)
    for t in range(1):
        centre_dot = focal_basis[t]  # f64[2]

        # output apart = stack([bent_x, bent_y], axis=-1) * focal + centre - seen
        dapart_dcentre[:, :, :, t] = np.broadcast_to(centre_dot, (13, 54, 2))
    radial_basis = np.eye(2, dtype=np.float64)  # f64[2, 2]
    dapart_dradial = np.empty((13, 54, 2, 2), np.float64)
    for t in range(2):
        radial_dot = radial_basis[t]  # f64[2]

        # ray = 1 + radial[0] * far + radial[1] * far**2
        ray_dot = radial_dot[0] * far + radial_dot[1] * ray_power  # f64[13, 54]

        # bent_x = x * ray + 2 * p * x * y + q * (far + 2 * x**2)
        bent_x_product_dot_d_dz = ray_dot * x  # f64[13, 54]

        # bent_y = y * ray + 2 * q * x * y + p * (far + 2 * y**2)
        bent_y_product_dot_d_dz = np.multiply(ray_dot, y, out=ray_dot)  # f64[13, 54]

        # output apart = stack([bent_x, bent_y], axis=-1) * focal + centre - seen
        dapart_dradial[:, :, :, t] = (
            np.stack([bent_x_product_dot_d_dz, bent_y_product_dot_d_dz], axis=2) * focal
        )
    dapart_dtangential = np.empty((13, 54, 2, 2), np.float64)
    for t in range(2):
        tangential_dot = radial_basis[t]  # f64[2]

        # p, q = tangential[0], tangential[1]
        p_dot = tangential_dot[0]
        q_dot = tangential_dot[1]

        # bent_x = x * ray + 2 * p * x * y + q * (far + 2 * x**2)
        bent_x_dot = p_dot * 2 * x * y + q_dot * bent_x_total  # f64[13, 54]

        # bent_y = y * ray + 2 * q * x * y + p * (far + 2 * y**2)
        bent_y_dot = q_dot * 2 * x * y + p_dot * bent_y_total  # f64[13, 54]

        # output apart = stack([bent_x, bent_y], axis=-1) * focal + centre - seen
        dapart_dtangential[:, :, :, t] = np.stack([bent_x_dot, bent_y_dot], axis=2) * focal
    arange = np.arange(39)  # i64[39]
    turn_basis = (  # f64[3, 13, 3]
        (np.arange(3)[:, None] == arange % 3).astype(np.float64).reshape(3, 13, 3)
    )
    dapart_dturn_columns = np.empty((13, 54, 2, 3), np.float64)
    for t in range(3):
        turn_dot = turn_basis[t]  # f64[13, 3]

        # point = turned(turn[:, newaxis], corner) + place[:, newaxis]
        part_dot = turn_dot[:, None]  # f64[13, 1, 3]

        # turned(turn[:, newaxis], corner)
        d_dy_flat = (part_dot * angle_power_dot_product).sum(axis=2, keepdims=True)  # f64[13, 1, 1]
        point_angle_dot = (  # f64[13, 1, 1], 0 where it does not count
            np.where(d_dy_flat == 0, 0, d_dy_flat / angle_dot_product)
        )
        axis_dot = part_dot / angle - point_angle_dot / angle * axis  # f64[13, 1, 3]
        a0_dot = axis_dot[..., 0]  # f64[13, 1]
        a1_dot = axis_dot[..., 1]  # f64[13, 1]
        a2_dot = axis_dot[..., 2]  # f64[13, 1]
        point_dot = np.stack(  # f64[13, 54, 3]
            [a1_dot * b2 - a2_dot * b1, a2_dot * b0 - a0_dot * b2, a0_dot * b1 - a1_dot * b0],
            axis=2,
        )
        point_dot *= point_sin
        point_dot += point_angle_dot * point_sin_dot_cos * point_stack
        point_dot -= point_angle_dot * point_sin * corner
        product_dot = (  # f64[13, 54, 3]
            (axis_dot * along + (axis_dot * corner).sum(axis=2, keepdims=True) * axis)
            * point_product_2
        )
        point_product_dot_d_dz = (  # f64[13, 54, 3]
            point_angle_dot / 2 * point_sin_dot_cos_2 * point_power_dot_product * 2 * point_product
        )
        product_dot += point_product_dot_d_dz
        point_dot += product_dot

        # x = point[..., 0] / point[..., 2]
        x_dot_d_product = point_dot[..., 2] / point_part  # f64[13, 54]
        x_dot = point_dot[..., 0] / point_part - x_dot_d_product * x  # f64[13, 54]

        # y = point[..., 1] / point[..., 2]
        y_dot = point_dot[..., 1] / point_part - x_dot_d_product * y  # f64[13, 54]

        # far = x**2 + y**2
        far_dot_3 = x_dot * far_power_dot_product  # f64[13, 54]
        far_power_dot = y_dot * far_power_dot_product_2  # f64[13, 54]
        far_dot = far_dot_3 + far_power_dot  # f64[13, 54]

        # ray = 1 + radial[0] * far + radial[1] * far**2
        ray_dot_2 = (  # f64[13, 54]
            far_dot * radial_part + far_dot * ray_power_dot_product * radial_part_2
        )

        # bent_x = x * ray + 2 * p * x * y + q * (far + 2 * x**2)
        bent_x_dot_2 = (  # f64[13, 54]
            x_dot * ray
            + ray_dot_2 * x
            + (x_dot * bent_x_product * y + y_dot * bent_x_product_2)
            + (far_dot + far_dot_3 * 2) * q
        )

        # bent_y = y * ray + 2 * q * x * y + p * (far + 2 * y**2)
        bent_y_dot_2 = (  # f64[13, 54]
            y_dot * ray
            + ray_dot_2 * y
            + (x_dot * bent_y_product * y + y_dot * bent_y_product_2)
            + (far_dot + far_power_dot * 2) * p
        )

        # output apart = stack([bent_x, bent_y], axis=-1) * focal + centre - seen
        dapart_dturn_columns[:, :, :, t] = np.stack([bent_x_dot_2, bent_y_dot_2], axis=2) * focal
    dapart_dplace_columns = np.empty((13, 54, 2, 3), np.float64)
    for t in range(3):
        place_dot = turn_basis[t]  # f64[13, 3]

        # point = turned(turn[:, newaxis], corner) + place[:, newaxis]
        part_dot_wide = np.broadcast_to(place_dot[:, None], (13, 54, 3))  # f64[13, 54, 3]

        # x = point[..., 0] / point[..., 2]
        x_dot_d_product_2 = part_dot_wide[..., 2] / point_part  # f64[13, 54]
        x_dot_2 = part_dot_wide[..., 0] / point_part - x_dot_d_product_2 * x  # f64[13, 54]

        # y = point[..., 1] / point[..., 2]
        y_dot_2 = part_dot_wide[..., 1] / point_part - x_dot_d_product_2 * y  # f64[13, 54]

        # far = x**2 + y**2
        far_dot_4 = x_dot_2 * far_power_dot_product  # f64[13, 54]
        far_power_dot_2 = y_dot_2 * far_power_dot_product_2  # f64[13, 54]
        far_dot_2 = far_dot_4 + far_power_dot_2  # f64[13, 54]

        # ray = 1 + radial[0] * far + radial[1] * far**2
        ray_dot_3 = (  # f64[13, 54]
            far_dot_2 * radial_part + far_dot_2 * ray_power_dot_product * radial_part_2
        )

        # bent_x = x * ray + 2 * p * x * y + q * (far + 2 * x**2)
        bent_x_dot_3 = (  # f64[13, 54]
            x_dot_2 * ray
            + ray_dot_3 * x
            + (x_dot_2 * bent_x_product * y + y_dot_2 * bent_x_product_2)
            + (far_dot_2 + far_dot_4 * 2) * q
        )

        # bent_y = y * ray + 2 * q * x * y + p * (far + 2 * y**2)
        bent_y_dot_3 = (  # f64[13, 54]
            y_dot_2 * ray
            + ray_dot_3 * y
            + (x_dot_2 * bent_y_product * y + y_dot_2 * bent_y_product_2)
            + (far_dot_2 + far_power_dot_2 * 2) * p
        )

        # output apart = stack([bent_x, bent_y], axis=-1) * focal + centre - seen
        dapart_dplace_columns[:, :, :, t] = np.stack([bent_x_dot_3, bent_y_dot_3], axis=2) * focal
    rows = np.arange(1404)  # i64[1404]
    arange_2 = np.arange(2)  # i64[2]
    columns = np.tile(arange_2, (702,))  # i64[1404]
    dapart_dfocal_flat = dapart_dfocal.reshape(1404)  # f64[1404]
    dapart_dcentre_flat = dapart_dcentre.reshape(1404)  # f64[1404]
    rows_2 = np.repeat(rows, 2)  # i64[2808]
    columns_2 = np.tile(arange_2, (1404,))  # i64[2808]
    dapart_dradial_flat = dapart_dradial.reshape(2808)  # f64[2808]
    dapart_dtangential_flat = dapart_dtangential.reshape(2808)  # f64[2808]
    rows_3 = np.repeat(rows, 3)  # i64[4212]
    columns_3 = np.broadcast_to(arange.reshape(13, 1, 3), (13, 108, 3)).reshape(4212)  # i64[4212]
    dapart_dturn_columns_flat = dapart_dturn_columns.reshape(4212)  # f64[4212]
    dapart_dplace_columns_flat = dapart_dplace_columns.reshape(4212)  # f64[4212]

    return {
        "apart": {
            "focal": (dapart_dfocal_flat, rows, columns),
            "centre": (dapart_dcentre_flat, rows.copy(), columns.copy()),
            "radial": (dapart_dradial_flat, rows_2, columns_2.copy()),
            "tangential": (dapart_dtangential_flat, rows_2.copy(), columns_2.copy()),
            "turn": (dapart_dturn_columns_flat, rows_3, columns_3.copy()),
            "place": (dapart_dplace_columns_flat, rows_3.copy(), columns_3.copy()),
        },
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
    focal = _array("focal", params["focal"], _f64, (2,))
    centre = _array("centre", params["centre"], _f64, (2,))
    radial = _array("radial", params["radial"], _f64, (2,))
    tangential = _array("tangential", params["tangential"], _f64, (2,))
    turn = _array("turn", params["turn"], _f64, (13, 3))
    place = _array("place", params["place"], _f64, (13, 3))
    return focal, centre, radial, tangential, turn, place


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


def _refusal(name: str, found: Any, dtype: Any, shape: Any, declared: str) -> str:
    """What is wrong with an argument: what it should be, and what came."""
    kind = dtype.name.replace("float", "f").replace("int", "i")
    declared = declared or (f"{kind}{list(shape)}" if shape else kind)
    if not isinstance(found, str):
        found = f"{found.dtype}{list(found.shape)}"
    return f"{name}: expected {declared}, got {found}"


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "camera.graph",
    "sha256": "6a075c730d95b4b13ceefab3e29a5890e905aeb4fbb88d573592c997057c26ce",
    "options": ["-O1", "--also pack,jacobian", "--sparse"], "dims": {"V": 13, "P": 54},
    "loss": None, "losses": {},
    "inputs": {
        "corner": {"argument": "corner", "dtype": "float64", "shape": [54, 3]},
        "seen": {"argument": "seen", "dtype": "float64", "shape": [13, 54, 2]},
    },
    "params": {
        "focal": {"argument": "focal", "dtype": "float64", "shape": [2]},
        "centre": {"argument": "centre", "dtype": "float64", "shape": [2]},
        "radial": {"argument": "radial", "dtype": "float64", "shape": [2]},
        "tangential": {"argument": "tangential", "dtype": "float64", "shape": [2]},
        "turn": {"argument": "turn", "dtype": "float64", "shape": [13, 3]},
        "place": {"argument": "place", "dtype": "float64", "shape": [13, 3]},
    },
    "outputs": {"apart": {"argument": "apart", "dtype": "float64", "shape": [13, 54, 2]}},
    "state": {},
}
