"""ONNX operators that give images other sizes. Along each axis that is a linear map."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from gradc.importing.foreign import Operand, Tensor
from gradc.importing.onnx.bound import Array, Bound, Known
from gradc.importing.onnx.one_node import Node
from gradc.importing.onnx.sayings import says
from gradc.importing.onnx.shaping import moved_axis
from gradc.ir.sizes import Poly, floor_divide

_PLACES = {"half_pixel": False, "pytorch_half_pixel": False, "align_corners": True}
"""What `align_corners` of `interpolate` is by the mode of coordinates."""

MAX_MAP = 1 << 20
"""Elements of the matrix of a map: ONNX's reference works out each by itself."""


@says("Upsample")
def upsample(n: Node) -> Bound:
    x = n.tensor(0)
    scales = n.numbers(1).tolist() if n.has(1) else list(n.attr("scales"))
    return _resized(n, x, scales, [_times(n, s, f) for s, f in zip(x.shape, scales, strict=True)],
                    n.attr("mode", "nearest"), "asymmetric", "floor")  # fmt: skip


@says("Resize")
def resize(n: Node) -> Bound:
    x = n.tensor(0)
    mode = n.attr("mode", "nearest")
    if n.version < 11:
        scales = n.numbers(1).tolist()
        sizes = [_times(n, s, f) for s, f in zip(x.shape, scales, strict=True)]
        return _resized(n, x, scales, sizes, mode, "asymmetric", "floor")
    axes = [a % x.rank for a in n.attr("axes") or range(x.rank)]
    scales, sizes = [1.0] * x.rank, list(x.shape)
    told = n.has(2) and n.known(2).size > 0
    if told:
        for axis, factor in zip(axes, n.numbers(2).tolist(), strict=True):
            scales[axis], sizes[axis] = factor, _times(n, x.shape[axis], factor)
    else:
        wanted = n.sizes(3)
        policy = n.attr("keep_aspect_ratio_policy", "stretch")
        if policy != "stretch":
            wanted = _kept_aspect(n, x, axes, wanted, policy)
        for axis, size in zip(axes, wanted, strict=True):
            sizes[axis] = size
            scales[axis] = _ratio(x.shape[axis], size)
    places = n.attr("coordinate_transformation_mode", "half_pixel")
    return _resized(n, x, scales if told else None, sizes, mode, places,
                    n.attr("nearest_mode", "round_prefer_floor"))  # fmt: skip


def _ratio(size: Any, wanted: Any) -> Any:
    if isinstance(size, int) and isinstance(wanted, int):
        return wanted / size if size else 1.0
    return 1.0 if size == wanted else None


def _times(n: Node, size: Any, factor: float) -> Any:
    if isinstance(size, Poly):
        if factor == int(factor):
            return size * int(factor)
        if factor and 1 / factor == int(1 / factor):
            return floor_divide(size, int(1 / factor))
        raise n.refuse_free(f"of a size that is free, by {factor}", size)
    return math.floor(size * factor)


def _kept_aspect(n: Node, x: Tensor, axes: list[int], wanted: Any, policy: str) -> Any:
    ratios = [_ratio(x.shape[a], w) for a, w in zip(axes, wanted, strict=True)]
    if None in ratios:
        raise n.refuse_free("that keeps its aspect, of a size that is free", *x.shape, *wanted)
    scale = min(ratios) if policy == "not_larger" else max(ratios)
    return [math.floor(scale * x.shape[a] + 0.5) for a in axes]


def _resized(
    n: Node, x: Tensor, scales: Any, sizes: list[Any], mode: str, places: str, rounding: str
) -> Tensor:
    changed = [a for a in range(x.rank) if sizes[a] != x.shape[a]]
    cropped = places == "tf_crop_and_resize"
    if not changed and not cropped:
        return x
    short = _interpolated(n, x, scales, sizes, mode, places, rounding, changed)
    if short is not None:
        return short
    if cropped:
        changed = list(range(x.rank))
    for axis in changed:
        x = _along(n, x, axis, None if scales is None else scales[axis], sizes[axis])
    return x


def _interpolated(
    n: Node,
    x: Tensor,
    scales: Any,
    sizes: list[Any],
    mode: str,
    places: str,
    rounding: str,
    changed: list[int],
) -> Tensor | None:
    """`interpolate`, where that is what is asked for."""
    if x.rank not in (3, 4) or changed[0] < 2 or n.attr("antialias", 0):
        return None
    factors = [_whole(x.shape[a], sizes[a]) for a in range(2, x.rank)]
    spread = all(factors)
    if mode == "nearest":
        # (By a whole number the middle of a share is nearest to the element that is repeated.)
        same = places == "asymmetric" and rounding == "floor"
        halves = places.endswith("half_pixel") and rounding.startswith("round") and spread
        if not ((same and (spread or scales is None)) or halves):
            return None
        attrs: dict[str, Operand] = {}
    elif mode == "linear" and places in _PLACES:
        if scales is not None and not spread:
            return None
        if places == "pytorch_half_pixel" and 1 in sizes[2:]:
            return None
        attrs = {"mode": "linear" if x.rank == 3 else "bilinear"}
        if _PLACES[places]:
            attrs["align_corners"] = True
    else:
        return None
    if spread:
        scale = factors[0] if len(set(factors)) == 1 else tuple(factors)
        return n.apply("interpolate", x, scale=scale, **attrs)
    told = tuple(sizes[2:])
    return n.apply("interpolate", x, size=told[0] if len(told) == 1 else told, **attrs)


def _whole(size: Any, wanted: Any) -> int | None:
    """How many times as long it is, if that is a whole number."""
    if size == wanted:
        return 1
    for factor in range(2, 65):
        if size * factor == wanted:
            return factor
    return None


def _along(n: Node, x: Tensor, axis: int, scale: float | None, wanted: Any) -> Tensor:
    """Along one axis: places that are taken, or a product with the matrix of the map."""
    size = x.shape[axis]
    if not isinstance(size, int) or not isinstance(wanted, int):
        raise n.refuse_free("of a size that is free, in this mode", size, wanted)
    n.hold_small(size * max(size, wanted), MAX_MAP)
    matrix = _matrix(n, axis, size, scale, wanted, x.rank)
    if matrix.shape[1] != wanted:
        raise n.refuse("whose sizes are not those of its scales")
    if np.array_equal(matrix, np.eye(size)[:, :wanted]) and size == wanted:
        return x
    if ((matrix == 0) | (matrix == 1)).all() and (matrix.sum(0) == 1).all():
        return n.apply("take", x, n.as_tensor(Known(matrix.argmax(0))), axis=axis)
    known = n.as_tensor(Known(matrix.astype(np.float32)))
    last = moved_axis(n, x, axis, x.rank - 1)
    return moved_axis(n, n.apply("matmul", last, known), x.rank - 1, axis)


def _matrix(n: Node, axis: int, size: int, scale: float | None, wanted: int, rank: int) -> Array:
    """The map [size, wanted]: what ONNX's reference makes of the identity."""
    kept = {"coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside", "mode",
            "nearest_mode", "antialias", "extrapolation_value"}  # fmt: skip
    attrs = {k: v for k, v in n.attributes.items() if k in kept}
    feeds: dict[str, Array] = {"x": np.eye(size, dtype=np.float32)}
    inputs = ["x", "", "scales", ""] if scale is not None else ["x", "", "", "sizes"]
    if attrs.get("coordinate_transformation_mode") == "tf_crop_and_resize":
        roi = n.numbers(1).reshape(2, -1)
        axes = [a % rank for a in n.attr("axes") or range(rank)]
        own = roi[:, axes.index(axis)] if axis in axes else np.array([0.0, 1.0])
        inputs[1] = "roi"
        feeds["roi"] = np.array([0, own[0], 1, own[1]], np.float32)
    if scale is not None:
        feeds["scales"] = np.array([1, scale], np.float32)
    else:
        feeds["sizes"] = np.array([size, wanted], np.int64)
    if n.op == "Upsample" or n.version < 11:
        attrs = {"mode": n.attr("mode", "nearest"), "coordinate_transformation_mode": "asymmetric",
                 "nearest_mode": "floor"}  # fmt: skip
    node = helper.make_node("Resize", inputs, ["y"], **attrs)
    graph = helper.make_graph(
        [node],
        "map",
        [
            helper.make_tensor_value_info(k, helper.np_dtype_to_tensor_dtype(v.dtype), None)
            for k, v in feeds.items()
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)])
    run = ReferenceEvaluator(model).run
    matrix: Array = run(None, feeds)[0]
    if run(None, {**feeds, "x": np.zeros_like(feeds["x"])})[0].any():
        raise n.refuse("that reads beyond the image")
    return matrix
