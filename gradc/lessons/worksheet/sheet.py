"""The page of a worksheet: the picture with a box at each value and each derivative."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Container, Iterable, Iterator, Sequence
from html import escape
from typing import Any

from gradc import resources
from gradc.ir.node import Value
from gradc.ir.operation import Operation
from gradc.lessons.draw import labels
from gradc.lessons.draw.compose import Look, picture_of
from gradc.lessons.draw.nest import PlacedFlow, Scene
from gradc.lessons.draw.svg import drawing
from gradc.lessons.draw.theme import DARK, LIGHT, style
from gradc.lessons.run.subject import Run
from gradc.lessons.worksheet.cells import Cell, Cells
from gradc.lessons.worksheet.javascript import table_of
from gradc.lessons.worksheet.systems import systems_of
from gradc.lessons.worksheet.table import Table, order_of
from gradc.records import dataclass
from gradc.targets.render import render

_PROGRAMS = ("arrays", "operations", "graph", "numbers", "kept", "sheet", "hints", "events")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the graph, counted from 1. Its drawing is made by gradc alone."""

    number: int
    width: str
    height: str
    drawing: str


@dataclass(frozen=True, slots=True)
class Page:
    """The view of the template. Everything in it is escaped, or made by gradc alone."""

    title: str
    doc: str
    policy: str
    style: str
    script: str
    data: str
    rows: Sequence[Row]
    cells: Sequence[Cell]
    steps: int
    loss: str
    live: bool
    answers: bool


def worksheet(run: Run, name: str, *, answers: bool = False) -> str:
    """The worksheet of a graph as the text of an HTML file. Raises UnsupportedError.

    With `answers` the filled sheet is printed behind the empty one.
    """
    table = Table(run)
    picture = picture_of(run.graph, name, None, Look(groups="closed", layers=False))
    cells = Cells(table)
    loops = _loops(table)
    for box in picture.root.boxes():
        for flow in box.flows:
            flow.room = cells.room_of(flow.value)
            if flow.value in loops:
                box.title = loops[flow.value]
    scenes = systems_of(picture.root)
    placed = _placed(scenes)
    work = [cells.cell(v, *placed[v], kind) for v, kind in _in_order(table, placed)]
    script = _script(table.operations())
    view = Page(
        title=escape(picture.title),
        doc=escape(picture.doc),
        policy=_policy(script),
        style=f"{_colours()}\n{style('auto')}\n{resources.text('templates/html/worksheet.css')}",
        script=script,
        data=_embedded(table.data()),
        rows=[_row(i, scene) for i, scene in enumerate(scenes, 1)],
        cells=work,
        steps=sum(cell.kind != "given" for cell in work),
        loss=escape(str(run.graph.loss)),
        live=table.live,
        answers=answers,
    )
    return render("html/worksheet.html.jinja", view)


def _row(number: int, scene: Scene) -> Row:
    lines = "\n".join(drawing(scene, labels=False))
    return Row(number, f"{scene.width + 4:.0f}", f"{scene.height + 8:.0f}", lines)


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
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {block(DARK)} }} }}"
    )


def _placed(scenes: Sequence[Scene]) -> dict[Value, tuple[PlacedFlow, int]]:
    """Where each value is shown: its arrow, and the row from 1."""
    return {
        placed.flow.value: (placed, row)
        for row, scene in enumerate(scenes, 1)
        for placed in scene.flows
        if placed.owner.kind != "tag"
    }


def _loops(table: Table) -> dict[Value, str]:
    """The statements of loops, with their bodies, by the values that they make."""
    return {
        target: "\n".join(labels.code_lines(step.span.text))
        for step in table.steps
        if step.span is not None and step.span.text.startswith("scan ")
        for target in step.targets
    }


def _in_order(table: Table, shown: Container[Value]) -> Iterator[tuple[Value, str]]:
    """The boxes in the order of the work: what is given, forwards, then backwards."""
    made, slopes = order_of(table, [v for v in table.named if v in shown])
    yield from ((v, "given") for v in table.given if v in shown)
    yield from ((v, "value") for v in made)
    yield from ((v, "slope") for v in slopes)
