"""A graph in rows that fit a page, as music is set in systems.

Each row is a picture of its own. A value that comes from a row above stands in it as a tag.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.ir.node import Value
from gradc.lessons.draw.nest import Scene, scene_of
from gradc.lessons.draw.picture import Box, Flow, Group

WIDTH, HEIGHT = 968.0, 690.0
"""What A4 and Letter have in common, on their sides, within margins of 10 mm; 96 to an inch."""

_BETWEEN = 24.0  # leaves that stand side by side
_TITLE = 24  # characters of a line within a box
_BREAK = re.compile(r"(?<=[\s,(])|(?<=[_.])(?=[^\W\d])")


def systems_of(root: Group) -> list[Scene]:
    """The rows of a picture whose groups are closed, in the order of the file."""
    boxes = list(root.boxes())
    for box in boxes:
        box.title = "\n".join(part for line in box.title.splitlines() for part in _folded(line))
    return _Setting(boxes).scenes()


class _Setting:
    def __init__(self, boxes: Sequence[Box]):
        self.leaves = {flow.value: box for box in boxes if box.is_leaf for flow in box.flows}
        self.steps = [box for box in boxes if not box.is_leaf]
        self.names = {flow.value: flow for box in boxes for flow in box.flows}
        self.placed: set[Value] = set()  # what the rows above show

    def scenes(self) -> list[Scene]:
        done: list[Scene] = []
        row: list[Box] = []
        last: Scene | None = None  # the row as a picture
        for step in self.steps:
            scene = self._scene([*row, step])
            if row and not _fits(scene):
                done += self._closed(last)
                row, last, scene = [], None, self._scene([step])
            if _fits(scene):
                row, last = [*row, step], scene
            else:
                done += self._apart(step)
        return done + self._closed(last)

    def _closed(self, scene: Scene | None) -> list[Scene]:
        """A row that nothing is added to any more."""
        if scene is None:
            return []
        self.placed.update(p.flow.value for p in scene.flows if p.owner.kind != "tag")
        return [scene]

    def _scene(self, row: Sequence[Box]) -> Scene:
        """The steps of a row, before them the leaves that are met first here, and tags."""
        taken = dict.fromkeys(v for box in row for v in box.takes)
        new = [self.leaves[v] for v in taken if v in self.leaves and v not in self.placed]
        there = {f.value for box in (*new, *row) for f in box.flows}
        tags = [self._tag(v) for v in taken if v in self.names and v not in there]
        return scene_of(Group("", [*dict.fromkeys(new), *tags, *row]))

    def _tag(self, value: Value) -> Box:
        return Box("tag", self.names[value].name, flows=[Flow(value, "")])

    def _apart(self, step: Box) -> list[Scene]:
        """A step that is too large with its leaves: they stand side by side in rows above it."""
        scenes: list[Scene] = []
        for value in step.takes:
            if value in self.leaves and value not in self.placed:
                scene = scene_of(Group("", [self.leaves[value]]))
                if scenes and scenes[-1].width + _BETWEEN + scene.width <= WIDTH:
                    scenes[-1].add(scene, scenes[-1].width + _BETWEEN)
                    self._closed(scene)
                else:
                    scenes += self._closed(scene)
        alone = self._scene([step])
        if not _fits(alone):  # even its tags are too many; its text names them too
            step.takes = []
            alone = scene_of(Group("", [step]))
        return scenes + self._closed(alone)


def _folded(text: str) -> list[str]:
    """A statement on several lines, which end between words and within long names."""
    lines = [""]
    for part in _BREAK.split(text):
        if len(lines[-1] + part.rstrip()) > _TITLE and lines[-1]:
            lines.append("")
        lines[-1] += part
    whole = [line.rstrip() for line in lines]
    return [line[i : i + _TITLE] for line in whole for i in range(0, len(line), _TITLE)]


def _fits(scene: Scene) -> bool:
    return scene.width <= WIDTH and scene.height <= HEIGHT
