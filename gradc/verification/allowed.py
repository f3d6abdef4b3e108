"""Sizes of free dimensions that a graph allows: small ones, and larger where it asks for them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from gradc.ir.graph import Graph
from gradc.ir.loop import all_nodes
from gradc.ir.sizes import Poly, Size, substitute
from gradc.ir.types import Check

_TRIES = 600
_PATIENCE = 8  # tries before sizes may be larger by one
_EMPTY = 400  # tries before arrays may be empty

Sizes = Mapping[str, int]

_SHORT = 60  # characters of a value that a help repeats


def allowed_sizes(graph: Graph, known: Sizes, draw: Callable[[int], int]) -> dict[str, int]:
    """The known sizes, and drawn ones for the other free dimensions.

    `draw` is called with what its number may exceed the usual by. Where nothing that is tried is
    allowed, the first one comes back.
    """
    free = [d.name for d in graph.dims if d.size is None and d.name not in known]
    values = [v for _, v in graph.arguments_in_order]
    values += [r for n in all_nodes(graph.nodes) for r in n.results]
    sizes = dict.fromkeys(s for v in values for s in v.type.shape if isinstance(s, Poly))
    first: dict[str, int] = {}
    for attempt in range(_TRIES if free else 1):
        dims = {**known, **{name: draw(attempt // _PATIENCE) for name in free}}
        first = first or dims
        least = 1 if attempt < _EMPTY else 0
        fits = all(_number(s, dims, least) >= least for s in sizes)
        if fits and all(_holds(check, dims) for check in graph.checks):
            return dims
    return first


def _number(size: Size, dims: Sizes, otherwise: int = 0) -> int:
    found = substitute(size, dict(dims))
    return otherwise if isinstance(found, Poly) else found


def _holds(check: Check, dims: Sizes) -> bool:
    left, right = _number(check.left, dims), _number(check.right, dims)
    if check.relation == "divides":
        return left != 0 and right % left == 0
    if check.relation == "at_most":
        return left <= right
    return (left == right) == (check.relation == "equal")


def constant_told(graph: Graph, name: str, value: object) -> list[str]:
    """The help for a dimension or a constant of the file, which no call gives a value to."""
    if any(d.name == name for d in graph.dims):
        size = value if type(value) is int and value >= 0 else 4
        return [f"`{name}` is a dimension: `-D {name}={size}`"]
    spans = [a.span for a in graph.inputs] + [a.span for a in graph.params]
    places = [span for span in spans if span is not None]
    for source in dict.fromkeys(place.source for place in places):
        declared = re.search(rf"(?m)^[ \t]*const[ \t]+({re.escape(name)}\b[^#\n]*)", source.text)
        if declared is not None and name.isidentifier():
            text = " ".join(declared[1].split())
            return [f"`{name}` is a constant; what a call gives is an input: `input {text}`"]
    return []


def with_axes(value: object, declared: Sequence[Size]) -> list[str]:
    """The help for a short list of numbers, or one, that lacks axes: repeated along those.

    An axis of no fixed size has one element. There is none where the axes given do not fit.
    """
    try:
        found = np.asarray(value)
    except ValueError:  # a ragged list
        return []
    missing = len(declared) - found.ndim
    sizes = [size if isinstance(size, int) else 1 for size in declared]
    given = zip(found.shape, declared[max(missing, 0) :], strict=False)
    if missing <= 0 or found.dtype.kind not in "biuf" or not found.size:
        return []
    if any(isinstance(size, int) and size != own for own, size in given):
        return []
    if math.prod(sizes[:missing]) * found.size > _SHORT:
        return []
    whole = np.broadcast_to(found, (*sizes[:missing], *found.shape))
    text = re.sub(r"\.0(?=[],])", "", json.dumps(whole.tolist()))
    return [f"in that shape it is `{text}`"] if len(text) <= _SHORT else []
