"""A value as a curve over one of its arguments: the tangent, its slope, the triangle of ε."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape

import numpy as np

from gradc.diagnostics import near_miss
from gradc.ir.graph import Output
from gradc.ir.node import Value
from gradc.lessons.draw import labels
from gradc.lessons.draw.compose import named_values
from gradc.lessons.draw.svg import document
from gradc.lessons.run.subject import Arguments, Run, Subject
from gradc.lessons.words.numbers import number
from gradc.passes.differentiate import trail
from gradc.passes.inline import inline
from gradc.verification.interpret import Interpreter

_WIDTH, _HEIGHT = 560.0, 360.0
_LEFT, _TOP = 56.0, 40.0
_POINTS = 241
_TICKS = 6


class CurveError(Exception):
    """There is no such curve."""

    def __init__(self, message: str, helps: Sequence[str] = ()):
        self.helps = tuple(helps)
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve of `name` over `by`, and its tangent at `at`."""

    name: str
    by: str
    at: float
    height: float
    slope: float
    epsilon: float
    moved: float  # the height at `at + epsilon`
    xs: tuple[float, ...]
    ys: tuple[float, ...]


def curve_of(run: Run, name: str, by: str, epsilon: float) -> Curve:
    """Samples a curve around the value that the argument has. Raises CurveError."""
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
    at = float(arguments.values[argument])
    reach = max(1.5 * abs(at), 2.0)
    xs = np.linspace(at - reach, at + reach, _POINTS)

    def height(x: float) -> float:
        return float(subject.forward(arguments.moved(argument, np.float64(x)), {})[target])

    ys = tuple(height(float(x)) for x in xs)
    slope = _slope(subject, arguments, name, target, by)
    moved = height(at + epsilon)
    return Curve(name, by, at, height(at), slope, epsilon, moved, tuple(map(float, xs)), ys)


def _slope(subject: Subject, arguments: Arguments, name: str, target: Value, by: str) -> float:
    """The derivative of the value by the argument, by backpropagation."""
    output = Output(name, target, None)
    graph = replace(subject.graph, outputs=(output,), loss=name, wrt=(by,), updates=())
    joint = inline(trail(graph, subject.library).joint)
    interpreter = Interpreter(arguments.dims, np.random.default_rng(arguments.seed))
    values = interpreter.run(joint.nodes, dict(arguments.values))
    values.update({seed.value: 1.0 for seed in joint.seeds})
    values = interpreter.run(joint.adjoints, values)
    return float(values[joint.gradients[0].value])


def curve_svg(curve: Curve, theme: str = "auto") -> str:
    """The curve as the text of an SVG file."""
    return _Sheet(curve).svg(theme)


class _Sheet:
    def __init__(self, curve: Curve):
        self.curve = curve
        finite = sorted(y for y in curve.ys if math.isfinite(y))
        reach = curve.xs[-1] - curve.at
        self.step = _nice(reach / 3)  # the ε that is drawn
        ends = [curve.height, curve.height + curve.slope * self.step]
        if finite:
            n = len(finite)
            ends += [finite[n // 25], finite[n - 1 - n // 25]]
        low, high = min(ends), max(ends)
        room = 0.12 * (high - low) or 1.0
        self.low, self.high = low - room, high + room

    def x(self, value: float) -> float:
        first, last = self.curve.xs[0], self.curve.xs[-1]
        return _LEFT + (value - first) / (last - first) * _WIDTH

    def y(self, value: float) -> float:
        return _TOP + (self.high - value) / (self.high - self.low) * _HEIGHT

    def svg(self, theme: str) -> str:
        c = self.curve
        title = f"{c.name} over {c.by}, and its tangent at {c.by} = {labels.number(c.at)}"
        body = [
            f'<text class="title" x="0" y="14">{escape(title)}</text>',
            '<defs><clipPath id="sheet">'
            f'<rect x="{_LEFT:.1f}" y="{_TOP:.1f}" width="{_WIDTH:.1f}" height="{_HEIGHT:.1f}"/>'
            "</clipPath></defs>",
            *self._grid(),
            '<g clip-path="url(#sheet)">',
            *self._triangle(),
            f'<path class="curve" d="{self._path()}"/>',
            *self._tangent(),
            "</g>",
            f'<circle class="dot" cx="{self.x(c.at):.1f}" cy="{self.y(c.height):.1f}" r="4.5"/>',
            *self._triangle_words(),
            *self._caption(),
        ]
        height = _TOP + _HEIGHT + 130
        return document(_LEFT + _WIDTH + 60, height + 48, title, "", body, theme)

    def _path(self) -> str:
        """The curve; it is interrupted where it leaves the sheet by far or is no number."""
        parts, is_down = [], False
        reach = self.high - self.low
        for x, y in zip(self.curve.xs, self.curve.ys, strict=True):
            is_near = math.isfinite(y) and self.low - reach < y < self.high + reach
            if is_near:
                parts.append(f"{'L' if is_down else 'M'}{self.x(x):.1f} {self.y(y):.1f}")
            is_down = is_near
        return "".join(parts)

    def _tangent(self) -> Iterator[str]:
        c = self.curve
        first, last = c.xs[0], c.xs[-1]
        start = c.height + c.slope * (first - c.at)
        end = c.height + c.slope * (last - c.at)
        yield (
            f'<path class="rise" d="M{self.x(first):.1f} {self.y(start):.1f}'
            f'L{self.x(last):.1f} {self.y(end):.1f}"/>'
        )

    def _triangle(self) -> Iterator[str]:
        c = self.curve
        x0, x1 = self.x(c.at), self.x(c.at + self.step)
        y0, y1 = self.y(c.height), self.y(c.height + c.slope * self.step)
        yield f'<path class="triangle" d="M{x0:.1f} {y0:.1f}H{x1:.1f}V{y1:.1f}z"/>'

    def _triangle_words(self) -> Iterator[str]:
        c = self.curve
        x0, x1 = self.x(c.at), self.x(c.at + self.step)
        y0, y1 = self.y(c.height), self.y(c.height + c.slope * self.step)
        below = y0 + (16 if c.slope >= 0 else -7)
        yield f'<text class="middle" x="{(x0 + x1) / 2:.1f}" y="{below:.1f}">ε</text>'
        rise = "0" if c.slope == 0 else f"{labels.number(c.slope)}·ε"
        yield f'<text class="slope" x="{x1 + 7:.1f}" y="{(y0 + y1) / 2 + 4:.1f}">{rise}</text>'

    def _grid(self) -> Iterator[str]:
        bottom, right = _TOP + _HEIGHT, _LEFT + _WIDTH
        for value in _ticks(self.curve.xs[0], self.curve.xs[-1]):
            x = self.x(value)
            yield f'<path class="grid" d="M{x:.1f} {_TOP:.1f}V{bottom:.1f}"/>'
            label = labels.number(value)
            yield f'<text class="middle quiet" x="{x:.1f}" y="{bottom + 17:.1f}">{label}</text>'
        for value in _ticks(self.low, self.high):
            y = self.y(value)
            yield f'<path class="grid" d="M{_LEFT:.1f} {y:.1f}H{right:.1f}"/>'
            label = labels.number(value)
            yield (
                f'<text class="quiet" text-anchor="end" x="{_LEFT - 7:.1f}"'
                f' y="{y + 4:.1f}">{label}</text>'
            )
        by, name = escape(self.curve.by), escape(self.curve.name)
        yield f'<text x="{right + 8:.1f}" y="{bottom + 17:.1f}">{by}</text>'
        yield f'<text class="middle value" x="{_LEFT:.1f}" y="{_TOP - 8:.1f}">{name}</text>'

    def _caption(self) -> Iterator[str]:
        c = self.curve
        at, height, slope = (labels.number(v) for v in (c.at, c.height, c.slope))
        epsilon = number(c.epsilon)
        k = f"({slope})" if slope.startswith("−") else slope
        by_hand = number(float(f"{(c.moved - c.height) / c.epsilon:.9g}"))
        lines = [
            ("", f"at {c.by} = {at}: {c.name} = {height}"),
            ("slope", f"slope k = d{c.name}/d{c.by} = {slope}"),
            ("", f"{c.name}({c.by} + ε) ≈ {c.name}({c.by}) + k·ε; at ε = {epsilon}:"
                 f" {number(c.moved)} ≈ {height} + {k}·{epsilon}, k ≈ {by_hand}"),
        ]  # fmt: skip
        for i, (kind, line) in enumerate(lines):
            y = _TOP + _HEIGHT + 52 + 21 * i
            name = f' class="{kind}"' if kind else ""
            line = line.replace("-", "−") if not kind else line
            yield f'<text{name} x="{_LEFT:.1f}" y="{y:.1f}">{escape(line)}</text>'


def _nice(size: float) -> float:
    """A round number near a size: 1, 2 or 5 times a power of ten."""
    if not size or not math.isfinite(size):
        return 1.0
    power = 10.0 ** math.floor(math.log10(size))
    return max((m * power for m in (1, 2, 5) if m * power <= size * 1.001), default=power)


def _ticks(first: float, last: float) -> Sequence[float]:
    step = _nice((last - first) / _TICKS * 1.6)
    start = math.ceil(first / step)
    return [round(i * step, 12) for i in range(start, math.floor(last / step) + 1)]
