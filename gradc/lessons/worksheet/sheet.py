"""The page of a worksheet: the picture with a box at each value and each derivative."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from gradc import resources
from gradc.ir.node import Value
from gradc.ir.operation import Operation
from gradc.lessons.draw.compose import Look, picture_of
from gradc.lessons.draw.nest import CHARACTER, PlacedFlow, Scene, scene_of
from gradc.lessons.draw.svg import drawing
from gradc.lessons.draw.theme import DARK, LIGHT, style
from gradc.lessons.run.subject import Run
from gradc.lessons.worksheet.javascript import table_of
from gradc.lessons.worksheet.table import Table, order_of
from gradc.targets.render import render

_FIELD = 66  # the width of a box to fill in
_ROW = 60.0
_PROGRAMS = ("arrays", "operations", "graph", "numbers", "sheet", "hints", "events")


@dataclass(frozen=True, slots=True)
class Cell:
    """A box to fill in. Everything in it is escaped."""

    id: str
    kind: str  # "value", "slope" or "given"
    slot: int
    left: str
    top: str
    width: str
    field: int
    name: str  # before the box: `dJ/da`
    spoken: str  # for screen readers


@dataclass(frozen=True, slots=True)
class Page:
    """The view of the template. Everything in it is escaped, or made by gradc alone."""

    title: str
    doc: str
    policy: str
    style: str
    script: str
    data: str
    width: str
    height: str
    drawing: str
    cells: Sequence[Cell]
    steps: int
    loss: str


def worksheet(run: Run, name: str) -> str:
    """The worksheet of a graph as the text of an HTML file. Raises UnsupportedError."""
    table = Table(run)
    picture = picture_of(run.graph, name, None, Look(groups="closed", layers=False))
    for box in picture.root.boxes():
        for flow in box.flows:
            flow.above = "0" * _characters(table, flow.value)  # room, which nothing is drawn in
    longest = max((len(_slope_name(table, v)) for v in table.named), default=0)
    scene = scene_of(picture.root, longest * CHARACTER + _FIELD + 34, _ROW)
    cells = _cells(scene, table)
    made = sum(cell.kind != "given" for cell in cells)
    script = _script(table.operations())
    view = Page(
        title=escape(picture.title),
        doc=escape(picture.doc),
        policy=_policy(script),
        style=f"{_colours()}\n{style('auto')}\n{resources.text('templates/html/worksheet.css')}",
        script=script,
        data=_embedded(table.data()),
        width=f"{scene.width + 4:.0f}",
        height=f"{scene.height + 34:.0f}",
        drawing="\n".join(drawing(scene, labels=False)),
        cells=cells,
        steps=made,
        loss=escape(str(run.graph.loss)),
    )
    return render("html/worksheet.html.jinja", view)


def _script(operations: Iterable[Operation]) -> str:
    """The script of the page. Its parts share a block, so that nothing of it is global."""
    parts = [table_of(operations)]
    parts += [resources.text(f"lessons/worksheet/{name}.js") for name in _PROGRAMS]
    return '"use strict";\n{\n' + "\n".join(parts) + "}\n"


def _policy(script: str) -> str:
    """What the page may do: run the one script that gradc wrote, and load nothing at all."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline';"
        " base-uri 'none'; form-action 'none'"
    )


def _embedded(data: dict[str, Any]) -> str:
    """JSON in which nothing can end the element that holds it."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _colours() -> str:
    """The palette of the pictures as variables of the page."""

    def block(colours: dict[str, str]) -> str:
        return " ".join(f"--{name}: {colour};" for name, colour in colours.items())

    return (
        f":root {{ color-scheme: light dark; {block(LIGHT)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {block(DARK)} }} }}"
    )


def _characters(table: Table, value: Value) -> int:
    """How much room an array needs, so that some of its numbers can be seen."""
    size = int(np.size(table.run.values.get(value, 0)))
    return min(len(_slope_name(table, value)) + 8 * size, 52) if size > 1 else 0


def _slope_name(table: Table, value: Value) -> str:
    return f"d{table.graph.loss}/d{table.run.name_of(value)}"


def _cells(scene: Scene, table: Table) -> list[Cell]:
    """The boxes in the order of the work: what is given, forwards, then backwards."""
    placed = {p.flow.value: p for p in scene.flows if p.flow.value in table.slots}
    made, slopes = order_of(table, placed)
    given = [v for v in table.named if v in placed and v not in made]
    cells = [_cell(table, v, placed[v], "given") for v in given]
    cells += [_cell(table, v, placed[v], "value") for v in made]
    return cells + [_cell(table, v, placed[v], "slope") for v in slopes]


def _cell(table: Table, value: Value, placed: PlacedFlow, kind: str) -> Cell:
    name = table.run.name_of(value)
    loss = table.graph.loss
    shown, spoken = name, f"value of {name}"
    if kind == "slope":
        shown, spoken = _slope_name(table, value), f"derivative of {loss} by {name}"
    elif kind == "given":
        spoken = f"{name}, given; can be changed"
    slot = table.slots[value]
    room = placed.right - placed.x - len(shown) * CHARACTER - 34
    return Cell(
        id=f"{kind}-{slot}",
        kind=kind,
        slot=slot,
        left=f"{placed.x + 5:.1f}",
        top=f"{placed.y + (4 if kind == 'slope' else -27):.1f}",
        width=f"{placed.right - placed.x - 6:.1f}",
        field=round(min(max(room, 44), 360 if value.type.shape else _FIELD + 60)),
        name=escape(shown),
        spoken=escape(spoken),
    )
