"""One linear unit with a squared-error cost: four numbers, as small as a work can be."""

from __future__ import annotations

from typing import Any

from benchmarks.work import Row, Step, Values, Work

GRAPH = """\
input x = -2
input y = 2
param w = 2
param b = 8
c = w * x
a = c + b
d = a - y
loss J = 0.5 * d**2
"""


def data(rng: Any) -> tuple[Values, Values]:
    """The example values of the graph."""
    return {"w": 2.0, "b": 8.0}, {"x": -2.0, "y": 2.0}


def by_hand(params: Values, inputs: Values) -> Step:
    """Python's floats, and no dictionary anywhere."""
    w, b, x, y = params["w"], params["b"], inputs["x"], inputs["y"]

    def value_and_grad(w: float, b: float, x: float, y: float) -> tuple[float, Any]:
        d = w * x + b - y
        return 0.5 * d * d, (d * x, d)

    return lambda: value_and_grad(w, b, x, y)


def _loss(_: Any) -> Any:
    return lambda by, given: 0.5 * (by["w"] * given["x"] + by["b"] - given["y"]) ** 2


WORK = Work(
    graph=GRAPH,
    rows=(Row("linear unit", goals={"by hand": 3.8, "JAX": 0.05}),),
    data=data,
    by_hand=by_hand,
    peers={"JAX": _loss, "torch": _loss, "autograd": _loss, "CasADi": _loss},
)
