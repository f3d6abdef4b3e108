"""Parameters whose numbers are written into a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradc.diagnostics import error, near_miss
from gradc.ir.graph import Graph, Param
from gradc.ir.sizes import substitute
from gradc.ir.solving import given_by, solved_for
from gradc.ir.types import DTYPES


def arrays_of(graph: Graph, params: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of parameters, in their element types. Raises DiagnosticError for one that is
    missing, or none of the graph's, or not of its type.
    """
    names = [p.name for p in graph.params]
    for name in params:
        if name not in names:
            helps = near_miss(name, names) or ["the graph has no parameter of that name"]
            raise error(
                "E0503", f"`--params` has an array `{name}`", graph.outputs[-1].span, helps=helps
            )
    return {p.name: _fitting(p, params) for p in graph.params}


def _fitting(param: Param, params: Mapping[str, Any]) -> Any:
    if param.name not in params:
        message = f"`--params` has no array for `{param.name}`"
        raise error("E0503", message, param.place, helps=["save all parameters into it"])
    array, kind = np.asarray(params[param.name]), param.value.type
    wanted = array.astype(DTYPES[kind.dtype]) if array.dtype.kind in "biuf" else None
    if wanted is None or array.ndim != kind.rank or (not kind.is_float and np.any(wanted != array)):
        message = f"`{param.name}` is {kind}; `--params` has {array.dtype}{list(array.shape)}"
        raise error("E0503", message, param.place)
    return wanted


def dims_of(graph: Graph, arrays: Mapping[str, Any]) -> dict[str, int]:
    """The dimensions that the arrays settle. Raises DiagnosticError where one has two sizes."""
    solving, dims = graph.solving, dict[str, int]()
    given = [
        (p, axis) for p in graph.params if p.name in arrays for axis in range(p.value.type.rank)
    ]
    for param, axis in given:
        size, found = param.value.type.shape[axis], arrays[param.name].shape[axis]
        if (name := given_by(size, solving)) is not None:
            dims.setdefault(name, solved_for(size, found))
    for param, axis in given:
        size, found = param.value.type.shape[axis], arrays[param.name].shape[axis]
        settled = substitute(size, dict(dims))
        if isinstance(settled, int) and settled != found:
            message = f"`{param.name}` is {param.value.type}; in `--params` axis {axis} has {found}"
            raise error("E0503", f"{message} elements", param.place, helps=[f"{settled} fit"])
    return dims
