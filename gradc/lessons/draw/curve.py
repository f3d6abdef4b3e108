"""A value as a curve over one of its arguments, and its tangents: what is drawn, as numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from gradc.diagnostics import near_miss
from gradc.ir.graph import Output
from gradc.ir.node import Value
from gradc.lessons.draw.compose import named_values
from gradc.lessons.draw.squared import FAR
from gradc.lessons.run.subject import Arguments, Run, Subject
from gradc.passes.differentiate import trail
from gradc.passes.inline import inline
from gradc.records import dataclass, replace
from gradc.verification.interpret import Interpreter

_POINTS = 241


class CurveError(Exception):
    """There is no such curve."""

    def __init__(self, message: str, helps: Sequence[str] = ()):
        self.helps = tuple(helps)
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Tangent:
    """The line that touches a curve at a place."""

    at: float
    height: float
    slope: float
    moved: float  # the height of the curve a bump further on


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve of `name` over `by`, and its tangents."""

    name: str
    by: str
    epsilon: float
    tangents: tuple[Tangent, ...]
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    sign: str = "d"  # the derivative is written with it


def curve_of(
    run: Run,
    name: str,
    by: str,
    epsilon: float,
    also: Sequence[float] = (),
    seen: Sequence[float] = (),
) -> Curve:
    """Samples a curve around the value that the argument has. Raises CurveError.

    It has a tangent there, and at the places `also`; those `seen` are within it too.
    """
    subject, arguments = run.subject.stable or run.subject, run.arguments
    graph = subject.graph
    values = named_values(graph)
    values |= {o.name: o.value for o in graph.outputs}
    target, argument = values.get(name), graph.arguments.get(by)
    if target is None:
        raise CurveError(f"the graph has no value `{name}`", near_miss(name, values))
    if argument is None:
        raise CurveError(
            f"the graph has no input or parameter `{by}`", near_miss(by, graph.arguments)
        )
    for what, value in ((name, target), (by, argument)):
        if value.type.shape or not value.type.is_float:
            raise CurveError(f"a curve is drawn over numbers, and `{what}` is {value.type}")

    def height(x: float) -> float:
        moved = arguments.moved(argument, np.float64(x))
        with np.errstate(all="ignore"):
            return float(subject.forward(moved, {})[target])

    slope = _slope(subject, name, target, by)
    places = list(dict.fromkeys([float(arguments.values[argument]), *map(float, also)]))
    tangents = tuple(
        Tangent(x, height(x), slope(arguments.moved(argument, np.float64(x))), height(x + epsilon))
        for x in places
    )
    for number in (*seen, *(n for t in tangents for n in (t.at, t.height, t.slope))):
        if math.isnan(number):
            raise CurveError(_undrawn(name, by, tangents))
        if abs(number) > FAR:
            raise CurveError(f"numbers beyond {FAR:g} are not drawn, and one here is {number:g}")
    xs = np.linspace(*_ends(places, seen), _POINTS)
    ys = tuple(height(float(x)) for x in xs)
    return Curve(name, by, epsilon, tangents, tuple(map(float, xs)), ys, run.sign(name))


def _undrawn(name: str, by: str, tangents: Sequence[Tangent]) -> str:
    """What is no number, so that there is no tangent."""
    for t in tangents:
        if math.isnan(t.at):
            return f"the value of `{by}` is no number"
        if math.isnan(t.height):
            return f"the value of `{name}` at {by} = {t.at:g} is no number"
        if math.isnan(t.slope):
            return f"the derivative of `{name}` at {by} = {t.at:g} is no number"
    return f"a value of `{by}` is no number"


def _ends(places: Sequence[float], seen: Sequence[float]) -> tuple[float, float]:
    """From where to where the curve is drawn."""
    first, last = min([*places, *seen]), max([*places, *seen])
    far = max(abs(first), abs(last))
    reach = max(1.5 * far if first == last else max(0.4 * (last - first), 0.5 * far), 2.0)
    return first - reach, last + reach


def _slope(subject: Subject, name: str, target: Value, by: str) -> Callable[[Arguments], float]:
    """The derivative of the value by the argument, by backpropagation."""
    output = Output(name, target, None)
    graph = replace(subject.graph, outputs=(output,), loss=name, wrt=(by,), updates=())
    joint = inline(trail(graph, subject.library).joint)

    def at(arguments: Arguments) -> float:
        interpreter = Interpreter(arguments.dims, np.random.default_rng(arguments.seed))
        values = interpreter.run(joint.nodes, dict(arguments.values))
        values.update({seed.value: 1.0 for seed in joint.seeds})
        values = interpreter.run(joint.adjoints, values)
        return float(values[joint.gradients[0].value])

    return at
