"""The picture of a graph: its boxes, grouped, with the numbers of a run at the arrows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradc.diagnostics import near_miss
from gradc.ir.graph import Graph
from gradc.ir.node import Value
from gradc.lessons.draw import labels
from gradc.lessons.draw.closing import READABLE, closed
from gradc.lessons.draw.grouping import Grouping
from gradc.lessons.draw.picture import Box, Flow, Group, Picture
from gradc.records import dataclass

if TYPE_CHECKING:
    from gradc.lessons.run.subject import Run


class OpenError(Exception):
    """Nothing of this name can be opened."""

    def __init__(self, name: str, helps: Sequence[str]):
        self.helps = tuple(helps)
        super().__init__(f"there is no function, layer or loop `{name}`")


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture shows."""

    operations: bool = False  # a box for each operation instead of each statement
    groups: str = "auto"
    layers: bool = True  # parameters of layers stand in the groups of these
    opened: tuple[str, ...] = ()  # functions, layers and loops by the values that they make


def picture_of(graph: Graph, name: str, run: Run | None, look: Look) -> Picture:
    """The picture, with numbers where there is a run. Raises OpenError."""
    title, _, doc = graph.doc.partition("\n")
    tree = Grouping(
        graph, operations=look.operations, layers=look.layers, loops=bool(look.opened)
    ).tree()
    _check_opened(tree, look.opened)
    root = closed(tree, look.groups, look.opened)
    boxes = list(root.boxes())
    terse = len(boxes) > 3 * READABLE
    for box in boxes:
        for flow in box.flows:
            _label(flow, box, graph, run, terse)
    return Picture(title.strip().rstrip(".") or Path(name).stem, root, doc.strip())


def _check_opened(tree: Group, opened: Sequence[str]) -> None:
    there = sorted({group.name for group in tree.groups()} - {""})
    for name in opened:
        if name not in there:
            listed = [f"there are {', '.join(there)}"] if there else []
            raise OpenError(name, near_miss(name, there) or listed)


def _label(flow: Flow, box: Box, graph: Graph, run: Run | None, terse: bool) -> None:
    """`a = 11` above and `dJ/da = 22` below; without numbers the name and the shape."""
    value = flow.value
    name = labels.shortened(flow.name, 22)
    if run is None:
        shape = labels.shortened(str(value.type), 22)
        flow.above = ("" if box.is_leaf else f"{name}: " if name else "") + shape
        return
    if value in run.values:
        shown = labels.number(run.values[value], 4 if terse else 6)
        flow.above = shown if box.is_leaf or not name else f"{name} = {shown}"
    else:  # in a loop, where it has another number at each step
        flow.above = f"{name}: {labels.shortened(str(value.type), 22)}"
    flow.below = slope_text(flow, graph, run, 4 if terse else 6)


def slope_text(flow: Flow, graph: Graph, run: Run, digits: int = 6) -> str:
    """`dJ/da = 22`; nothing where the loss has no derivative by the value."""
    if flow.value not in run.derivatives:
        return ""
    shown = labels.number(run.derivatives[flow.value], digits)
    name = labels.shortened(flow.name, 22)
    return f"{run.quotient(str(graph.loss), name)} = {shown}" if name else shown


def named_values(graph: Graph) -> dict[str, Value]:
    """The values that the user named."""
    found = dict(graph.arguments)
    found.update({r.name: r for node in graph.nodes for r in node.results if r.named})
    return found
