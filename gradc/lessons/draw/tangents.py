"""A curve as a picture: its tangents, their slopes, the triangles of ε and k·ε."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from gradc.lessons.draw import labels
from gradc.lessons.draw.curve import Curve, Tangent
from gradc.lessons.draw.squared import HEIGHT, LEFT, TOP, Axes, around, nice
from gradc.lessons.draw.svg import document
from gradc.lessons.words.numbers import number

_SPARED = 25  # a curve's highest and lowest part of this size may leave the sheet


def curve_svg(curve: Curve, theme: str = "auto") -> str:
    """The curve as the text of an SVG file."""
    step, axes = _step(curve), axes_of(curve)
    title = _title(curve)
    marks = [mark for t in curve.tangents for mark in _words(axes, t, step)]
    body = [
        f'<text class="title" x="0" y="14">{escape(title)}</text>',
        *axes.grid(),
        *axes.clipped(_lines(curve, axes, step)),
        *(axes.dot(t.at, t.height) for t in curve.tangents),
        *marks,
        *caption(_caption(curve), axes.bottom),
    ]
    height = TOP + HEIGHT + 130 + 21 * max(len(curve.tangents) - 3, 0)
    return document(axes.right, height + 48, title, "", body, theme)


def axes_of(curve: Curve) -> Axes:
    """The sheet that a curve is drawn on."""
    step = _step(curve)
    ends = [y for t in curve.tangents for y in (t.height, t.height + t.slope * step)]
    finite = sorted(y for y in curve.ys if math.isfinite(y))
    if finite:
        n = len(finite)
        ends += [finite[n // _SPARED], finite[n - 1 - n // _SPARED]]
    return Axes(curve.by, curve.name, curve.xs[0], curve.xs[-1], *around(ends))


def caption(lines: Sequence[tuple[str, str]], bottom: float) -> Iterator[str]:
    """Lines below a sheet, each with the class of its text."""
    for i, (kind, line) in enumerate(lines):
        name = f' class="{kind}"' if kind else ""
        yield f'<text{name} x="{LEFT:.1f}" y="{bottom + 52 + 21 * i:.1f}">{escape(line)}</text>'


def _step(curve: Curve) -> float:
    """The ε that is drawn: so large that it is seen, and less than from one tangent to the next."""
    reach = (curve.xs[-1] - curve.xs[0]) / 2
    places = sorted(t.at for t in curve.tangents)
    gaps = [b - a for a, b in pairwise(places)]
    return nice(min([reach / 3, *(0.6 * gap for gap in gaps)]))


def _title(curve: Curve) -> str:
    ats = [labels.number(t.at) for t in curve.tangents]
    if len(ats) == 1:
        return f"{curve.name} over {curve.by}, and its tangent at {curve.by} = {ats[0]}"
    places = f"{', '.join(ats[:-1])} and {ats[-1]}"
    return f"{curve.name} over {curve.by}, and its tangents at {curve.by} = {places}"


def _lines(curve: Curve, axes: Axes, step: float) -> Iterator[str]:
    for t in curve.tangents:
        x0, x1 = axes.x(t.at), axes.x(t.at + step)
        y0, y1 = axes.y(t.height), axes.y(t.height + t.slope * step)
        yield f'<path class="triangle" d="M{x0:.1f} {y0:.1f}H{x1:.1f}V{y1:.1f}z"/>'
    yield axes.line("curve", curve.xs, curve.ys)
    for t in curve.tangents:
        first, last = axes.first, axes.last
        if len(curve.tangents) > 1:  # of several, each is seen where it touches
            reach = (last - first) / 6
            first, last = t.at - reach, t.at + reach
        start, end = (t.height + t.slope * (x - t.at) for x in (first, last))
        yield (
            f'<path class="rise" d="M{axes.x(first):.1f} {axes.y(start):.1f}'
            f'L{axes.x(last):.1f} {axes.y(end):.1f}"/>'
        )


def _words(axes: Axes, t: Tangent, step: float) -> Iterator[str]:
    """ε and k·ε at the sides of a triangle."""
    x0, x1 = axes.x(t.at), axes.x(t.at + step)
    y0, y1 = axes.y(t.height), axes.y(t.height + t.slope * step)
    below = y0 + (16 if t.slope >= 0 else -7)
    yield f'<text class="middle" x="{(x0 + x1) / 2:.1f}" y="{below:.1f}">ε</text>'
    rise = "0" if t.slope == 0 else f"{labels.number(t.slope)}·ε"
    yield f'<text class="slope" x="{x1 + 7:.1f}" y="{(y0 + y1) / 2 + 4:.1f}">{rise}</text>'


def _caption(curve: Curve) -> list[tuple[str, str]]:
    quotient = f"{curve.sign}{curve.name}/{curve.sign}{curve.by}"
    if len(curve.tangents) > 1:
        triples = [map(labels.number, (t.at, t.height, t.slope)) for t in curve.tangents]
        return [
            ("slope", f"at {curve.by} = {at}: {curve.name} = {height}, slope k = {quotient} = {k}")
            for at, height, k in triples
        ]
    (t,) = curve.tangents
    at, height, slope = (labels.number(v) for v in (t.at, t.height, t.slope))
    k = f"({slope})" if slope.startswith("−") else slope
    epsilon, by_hand = curve.epsilon, float(f"{(t.moved - t.height) / curve.epsilon:.9g}")
    numbers = [number(x).replace("-", "−") for x in (epsilon, t.moved, by_hand)]
    return [
        ("", f"at {curve.by} = {at}: {curve.name} = {height}"),
        ("slope", f"slope k = {quotient} = {slope}"),
        ("", f"{curve.name}({curve.by} + ε) ≈ {curve.name}({curve.by}) + k·ε; at ε = {numbers[0]}:"
             f" {numbers[1]} ≈ {height} + {k}·{numbers[0]}, k ≈ {numbers[2]}"),
    ]  # fmt: skip
