"""A sheet of squared paper: where numbers stand on it, its lines and what is written at them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from gradc.lessons.draw import labels
from gradc.records import dataclass

WIDTH, HEIGHT = 560.0, 360.0
LEFT, TOP = 56.0, 40.0
_TICKS = 6
FAR = 1e100
"""Numbers beyond it are not drawn: what is computed with them may overflow."""


@dataclass(frozen=True, slots=True)
class Axes:
    """The names of the axes, and the numbers at their ends; `id` tells several in a file apart."""

    across: str
    up: str
    first: float
    last: float
    low: float
    high: float
    height: float = HEIGHT
    id: str = "sheet"

    def x(self, value: float) -> float:
        return LEFT + (value - self.first) / (self.last - self.first) * WIDTH

    def y(self, value: float) -> float:
        return TOP + (self.high - value) / (self.high - self.low) * self.height

    @property
    def bottom(self) -> float:
        return TOP + self.height

    @property
    def right(self) -> float:
        """The right of a picture in which the sheet stands, the name of its axis included."""
        return LEFT + WIDTH + 32 + max(len(self.across), 4) * 7.25 + 24

    def clipped(self, lines: Iterable[str]) -> Iterator[str]:
        """What is drawn within the sheet alone."""
        yield (
            f'<defs><clipPath id="{self.id}">'
            f'<rect x="{LEFT:.1f}" y="{TOP:.1f}" width="{WIDTH:.1f}" height="{self.height:.1f}"/>'
            "</clipPath></defs>"
        )
        yield f'<g clip-path="url(#{self.id})">'
        yield from lines
        yield "</g>"

    def grid(self, *, whole: bool = False) -> Iterator[str]:
        """The lines, their numbers and the names; `whole` where only whole numbers lie across."""
        right = LEFT + WIDTH
        for value in ticks(self.first, self.last, whole=whole):
            x = self.x(value)
            yield f'<path class="grid" d="M{x:.1f} {TOP:.1f}V{self.bottom:.1f}"/>'
            label = labels.number(value)
            yield (
                f'<text class="middle quiet" x="{x:.1f}" y="{self.bottom + 17:.1f}">{label}</text>'
            )
        for value in ticks(self.low, self.high):
            y = self.y(value)
            yield f'<path class="grid" d="M{LEFT:.1f} {y:.1f}H{right:.1f}"/>'
            label = labels.number(value)
            yield (
                f'<text class="quiet" text-anchor="end" x="{LEFT - 7:.1f}"'
                f' y="{y + 4:.1f}">{label}</text>'
            )
        across, up = escape(self.across), escape(self.up)
        yield f'<text x="{right + 8:.1f}" y="{self.bottom + 17:.1f}">{across}</text>'
        yield f'<text class="middle value" x="{LEFT:.1f}" y="{TOP - 8:.1f}">{up}</text>'

    def line(self, name: str, xs: Iterable[float], ys: Iterable[float]) -> str:
        """A line through points; it is interrupted where it leaves the sheet by far."""
        parts, is_down = [], False
        reach = self.high - self.low
        for x, y in zip(xs, ys, strict=True):
            is_near = math.isfinite(y) and self.low - reach < y < self.high + reach
            if is_near:
                parts.append(f"{'L' if is_down else 'M'}{self.x(x):.1f} {self.y(y):.1f}")
            is_down = is_near
        return f'<path class="{name}" d="{"".join(parts)}"/>'

    def dot(self, x: float, y: float, radius: float = 4.5) -> str:
        return f'<circle class="dot" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{radius:g}"/>'


def around(values: Iterable[float]) -> tuple[float, float]:
    """The ends of an axis on which numbers stand with some room around them."""
    near = [min(max(value, -FAR), FAR) for value in values]
    low, high = min(near), max(near)
    room = 0.12 * (high - low) or max(1.0, 1e-6 * abs(high))
    return low - room, high + room


def nice(size: float) -> float:
    """A round number near a size: 1, 2 or 5 times a power of ten."""
    if not size or not math.isfinite(size):
        return 1.0
    power = 10.0 ** math.floor(math.log10(size))
    return max((m * power for m in (1, 2, 5) if m * power <= size * 1.001), default=power)


def ticks(first: float, last: float, *, whole: bool = False) -> Sequence[float]:
    """The numbers at which lines are drawn."""
    step = nice((last - first) / _TICKS * 1.6)
    step = max(round(step), 1) if whole else step
    start = math.ceil(first / step)
    return [round(i * step, 12) for i in range(start, math.floor(last / step) + 1)]
