"""A laid-out picture as SVG, written without any other program; the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from gradc.lessons.draw.nest import (
    CHARACTER,
    LINE,
    Frame,
    PlacedBox,
    PlacedFlow,
    Route,
    Scene,
    scene_of,
    title_lines,
)
from gradc.lessons.draw.picture import Picture
from gradc.lessons.draw.theme import style
from gradc.lessons.layout.model import Hop

_MARGIN = 24.0
_TITLE = 34.0
_TIP = 7.0
_LEGEND = (
    ("input", "input"),
    ("param", "parameter"),
    ("state", "state"),
    ("op", "operation"),
    ("closed", "group"),
    ("output", "output"),
    ("loss", "loss"),
)


def svg(picture: Picture, theme: str = "auto") -> str:
    """The picture as the text of an SVG file."""
    scene = scene_of(picture.root)
    kinds = {placed.box.kind for placed in scene.boxes}
    legend, legend_width = _legend(picture, kinds, any(p.flow.below for p in scene.flows))
    captions = picture.caption
    longest = max([len(line) * CHARACTER for line in captions], default=0.0)
    width = max(scene.width, len(picture.title) * 9.0, longest, legend_width) + 2 * _MARGIN
    below = _TITLE + scene.height + 30
    height = below + LINE * 1.4 * len(captions) + 22 + _MARGIN
    body = [f'<text class="title" x="0" y="14">{escape(picture.title)}</text>']
    body.append(f'<g transform="translate(0 {_n(_TITLE)})">')
    body += drawing(scene)
    body.append("</g>")
    for i, line in enumerate(captions):
        body.append(f'<text x="0" y="{_n(below + i * LINE * 1.4)}">{escape(line)}</text>')
    at = below + LINE * 1.4 * len(captions) + 6
    body += [f'<g transform="translate(0 {_n(at)})">', *legend, "</g>"]
    return document(width, height, picture.title, picture.doc, body, theme)


def document(
    width: float, height: float, title: str, doc: str, body: Iterable[str], theme: str
) -> str:
    """An SVG file around a drawing; its origin stands within the margin."""
    description = f"<desc>{escape(doc)}</desc>\n" if doc else ""
    lines = "\n".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}"'
        f' viewBox="0 0 {_n(width)} {_n(height)}" role="img">\n'
        f"<title>{escape(title)}</title>\n{description}"
        f"<style>\n{style(theme)}\n</style>\n"
        f'<rect class="paper" width="100%" height="100%"/>\n'
        f'<g transform="translate({_n(_MARGIN)} {_n(_MARGIN)})">\n{lines}\n</g>\n</svg>\n'
    )


def drawing(scene: Scene, labels: bool = True) -> list[str]:
    """The frames, lines, boxes and labels of a scene."""
    parts = [_frame(frame) for frame in scene.frames]
    parts += [text for route in scene.routes for text in _route(route)]
    parts += [_stub(placed) for placed in scene.flows]
    for placed in scene.boxes:
        parts += _box(placed)
    if labels:
        for flow in scene.flows:
            parts += _label(flow)
    return parts


def _frame(frame: Frame) -> str:
    return (
        f'<rect class="frame" x="{_n(frame.x)}" y="{_n(frame.y)}" width="{_n(frame.width)}"'
        f' height="{_n(frame.height)}" rx="8"/>'
        f'<text class="word quiet" x="{_n(frame.x + 10)}" y="{_n(frame.y + 17)}">'
        f"{escape(_cut(frame.title, frame.width))}</text>"
    )


def _cut(text: str, width: float) -> str:
    room = int((width - 16) / 6.6)
    return text if len(text) <= room else text[: max(room - 1, 1)] + "…"


def _route(route: Route) -> list[str]:
    path = " ".join(_hop(hop) for hop in route.hops)
    name = "route fromleaf" if route.is_leaf else "route"
    parts = [f'<path class="{name}" d="{path}"/>']
    tips = " ".join(_tip(hop) for hop in route.hops if hop.tip)
    if tips:
        parts.append(f'<path class="tip" d="{tips}"/>')
    return parts


def _hop(hop: Hop) -> str:
    x1 = hop.x1 - _TIP + 1 if hop.tip else hop.x1
    if hop.y0 == hop.y1:
        return f"M{_n(hop.x0)} {_n(hop.y0)}H{_n(x1)}"
    middle = (hop.x0 + x1) / 2
    return (
        f"M{_n(hop.x0)} {_n(hop.y0)}C{_n(middle)} {_n(hop.y0)} {_n(middle)} {_n(hop.y1)}"
        f" {_n(x1)} {_n(hop.y1)}"
    )


def _tip(hop: Hop) -> str:
    return f"M{_n(hop.x1)} {_n(hop.y1)}l{_n(-_TIP)} -3.5v7z"


def _stub(placed: PlacedFlow) -> str:
    """The beginning of an arrow, which carries the label."""
    name = "route fromleaf" if placed.owner.is_leaf else "route"
    return f'<path class="{name}" d="M{_n(placed.x)} {_n(placed.y)}H{_n(placed.right)}"/>'


def _box(placed: PlacedBox) -> list[str]:
    box = placed.box
    middle = placed.x + placed.width / 2
    lines = title_lines(box)
    base = placed.y + placed.height / 2 + (4 if not box.note else -3) - LINE * (len(lines) - 1) / 2
    parts = ["<g>"]
    if box.hint:
        parts.append(f"<title>{escape(box.hint)}</title>")
    parts.append(_shape(box.kind, placed.x, placed.y, placed.width, placed.height))
    quiet = " quiet" if box.kind in ("tag", "const") else ""
    for line in lines:
        parts.append(
            f'<text class="middle{quiet}" x="{_n(middle)}" y="{_n(base)}">{escape(line)}</text>'
        )
        base += LINE
    base -= LINE
    if box.note:
        note = escape(box.note)
        parts.append(
            f'<text class="middle small quiet" x="{_n(middle)}" y="{_n(base + 16)}">{note}</text>'
        )
    for i, line in enumerate(box.column):
        y = placed.y + placed.height + LINE * (i + 1)
        parts.append(
            f'<text class="column slope" x="{_n(placed.x)}" y="{_n(y)}">{escape(line)}</text>'
        )
    parts.append("</g>")
    return ["".join(parts)]


def _shape(kind: str, x: float, y: float, width: float, height: float) -> str:
    """Inputs are round, parameters are pointed, what computes is a rectangle."""
    if kind == "param":
        tip = 9.0
        return (
            f'<path class="shape param" d="M{_n(x)} {_n(y + height / 2)}l{_n(tip)}'
            f" {_n(-height / 2)}H{_n(x + width - tip)}l{_n(tip)} {_n(height / 2)}l{_n(-tip)}"
            f' {_n(height / 2)}H{_n(x + tip)}z"/>'
        )
    corner = {"input": height / 2, "state": height / 2, "tag": 9.0, "const": 2.0}.get(kind, 5.0)
    back = ""
    if kind == "closed":
        back = (
            f'<rect class="shape closed" x="{_n(x + 4)}" y="{_n(y - 4)}" width="{_n(width)}"'
            f' height="{_n(height)}" rx="5"/>'
        )
    return (
        f'{back}<rect class="shape {kind}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}"'
        f' height="{_n(height)}" rx="{_n(corner)}"/>'
    )


def _label(placed: PlacedFlow) -> list[str]:
    flow = placed.flow
    parts = []
    if flow.above:
        parts.append(_words("value", placed.x + 7, placed.y - 5, flow.above, flow.hint))
    if flow.below:
        parts.append(_words("slope", placed.x + 7, placed.y + 13, flow.below, ""))
    return parts


def _words(name: str, x: float, y: float, text: str, hint: str) -> str:
    title = f"<title>{escape(hint)}</title>" if hint else ""
    return f'<text class="{name}" x="{_n(x)}" y="{_n(y)}">{title}{escape(text)}</text>'


def _legend(picture: Picture, kinds: set[str], with_slopes: bool) -> tuple[list[str], float]:
    """The kinds of boxes that occur, and what stands above and below the arrows."""
    parts, x = [], 0.0
    for kind, name in _LEGEND:
        if kind in kinds:
            parts.append(_shape(kind, x, 0, 26, 14))
            parts.append(f'<text class="word quiet" x="{_n(x + 33)}" y="11">{name}</text>')
            x += 33 + len(name) * 6.6 + 18
    pairs = [("value", picture.above)] + ([("slope", picture.below)] if with_slopes else [])
    for name, text in pairs:
        where = "above" if name == "value" else "below"
        parts.append(f'<text class="word {name}" x="{_n(x)}" y="11">{where}: {text}</text>')
        x += (len(text) + len(where) + 2) * 6.6 + 18
    return parts, x


def _n(number: float) -> str:
    """A coordinate, as short as it can be."""
    return f"{number:.1f}".removesuffix(".0")
