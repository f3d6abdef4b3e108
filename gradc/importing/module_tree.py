"""Steps in the tree of the modules that made them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from gradc.importing.foreign import Frame, Step
from gradc.records import dataclass

Tree: TypeAlias = "list[Step | Group]"


@dataclass(slots=True, eq=False)
class Group:
    """One call of a module, and the steps and calls within."""

    frame: Frame
    items: Tree


def grouped(steps: Sequence[Step]) -> Tree:
    """The tree of the steps; a call whose steps do not stand together is no group."""
    broken: set[Frame] = set()
    while True:
        tree, torn = _attempt(steps, broken)
        if not torn:
            return tree
        broken |= torn


def _attempt(steps: Sequence[Step], broken: set[Frame]) -> tuple[Tree, set[Frame]]:
    root: Tree = []
    opened: list[Group] = []
    closed: set[Frame] = set()
    torn: set[Frame] = set()
    for step in steps:
        frames = [f for f in step.frames if f not in broken]
        depth = _common(opened, frames)
        closed.update(g.frame for g in opened[depth:])
        del opened[depth:]
        for frame in frames[depth:]:
            if frame in closed:
                torn.add(frame)
            group = Group(frame, [])
            (opened[-1].items if opened else root).append(group)
            opened.append(group)
        (opened[-1].items if opened else root).append(step)
    return root, torn


def _common(opened: Sequence[Group], frames: Iterable[Frame]) -> int:
    depth = 0
    for group, frame in zip(opened, frames, strict=False):
        if group.frame != frame:
            break
        depth += 1
    return depth
