"""Gradients in f32 beside the same in f64."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradc.verification.emitted import Arrays, Point


def in_double(point: Point) -> Point:
    """The point with every float as f64."""

    def converted(values: Arrays) -> Arrays:
        return {
            name: np.asarray(v, np.float64)[()] if np.asarray(v).dtype.kind == "f" else v
            for name, v in values.items()
        }

    return Point(point.dims, converted(point.inputs), converted(point.params), point.cotangents)


def largest_of(gradients: Arrays) -> float:
    """The size of the largest number in any gradient."""
    return max([float(np.max(np.abs(g), initial=0.0)) for g in gradients.values()], default=0.0)


def distance(single: Any, double: Any, largest: float) -> float:
    """How far f32 is from f64; a gradient that is nothing beside the largest is noise."""
    size = max(float(np.max(np.abs(double), initial=0.0)), 1e-3 * largest)
    apart = float(np.max(np.abs(single - double), initial=0.0))
    if not np.isfinite(apart):
        return float("inf")
    return apart / size if size > 0 else float(apart > 0)
