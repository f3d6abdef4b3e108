"""A camera calibrated by least squares, with a Jacobian of which only what is not 0 is made."""

from pathlib import Path

import camera
import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares
from scipy.sparse import coo_array, hstack

Array = npt.NDArray[np.float64]
DATA = Path(__file__).parent.parent / "data" / "chessboard.csv"
view, x, y, u, v = np.loadtxt(DATA, delimiter=",", skiprows=1).T
seen = np.stack([u, v], axis=1).reshape(13, 54, 2)
known = {"corner": np.stack([x, y, 0 * x], axis=1)[:54], "seen": seen}


def apart(point: Array) -> Array:
    return camera.forward(camera.unpack(point), **known)[0].apart.ravel()


def slopes(point: Array) -> coo_array:
    blocks = camera.jacobian(camera.unpack(point), **known)["apart"]
    sizes = {name: (seen.size, np.asarray(value).size) for name, value in start.items()}
    return hstack([coo_array((d, (i, j)), sizes[name]) for name, (d, i, j) in blocks.items()])


start = camera.init_params()  # and the boards as they would lie if they faced the camera
edge = seen[:, 8] - seen[:, 0]
away = 8 * start["focal"][0] / np.hypot(*edge.T)
ray = (seen[:, 0] - start["centre"]) / start["focal"]
start["turn"][:, 2] = np.arctan2(edge[:, 1], edge[:, 0])
start["place"][:] = np.column_stack([ray, np.ones(13)]) * away[:, np.newaxis]
found = least_squares(apart, camera.pack(start), slopes, x_scale="jac")
k = np.concatenate([camera.unpack(found.x)[name] for name in ("focal", "centre", "radial")])
off = np.abs(k - [533.52331, 533.52700, 341.60377, 235.19287, -0.28838, 0.09714])
print(f"{found.nfev} steps, {np.sqrt(2 * found.cost / 702):.3f} pixels apart; published values off")
print(f"by {off[:2].max():.2f} and {off[2:4].max():.2f} pixels, {off[4:].max():.4f} in bending")
assert off[:2].max() < 1 and off[2:4].max() < 1.5 and off[4:].max() < 0.005
