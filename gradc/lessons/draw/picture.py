"""What a picture shows: boxes, the values that leave them, and the groups they stand in."""

from __future__ import annotations

from collections.abc import Iterator

from gradc.ir.node import Value
from gradc.records import dataclass, field

LEAVES = ("input", "param", "state", "const", "tag")
"""The kinds of boxes that compute nothing."""


@dataclass(frozen=True, slots=True)
class Room:
    """What is kept free at an arrow, for something else than words."""

    width: float
    over: float
    under: float


@dataclass(slots=True, eq=False)
class Flow:
    """A value that leaves a box: its name, and what is written above and below its arrow."""

    value: Value
    name: str
    above: str = ""
    below: str = ""
    hint: str = ""  # the type, shown where a pointer rests
    room: Room | None = None


@dataclass(slots=True, eq=False)
class Box:
    """A rectangle of the picture.

    `kind` is one of `LEAVES`, "op", "loss", "output" or "closed" (a group that is not opened).
    A title may have several lines.
    """

    kind: str
    title: str
    hint: str = ""
    note: str = ""  # a second line
    takes: list[Value] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    column: list[str] = field(default_factory=list)  # lines below it

    @property
    def is_leaf(self) -> bool:
        return self.kind in LEAVES


@dataclass(slots=True, eq=False)
class Group:
    """A frame with what stands in it; the outermost one is the picture.

    It goes by a `name`, that of the value which it makes.
    """

    title: str
    members: list[Box | Group] = field(default_factory=list)
    hint: str = ""
    name: str = ""

    def boxes(self) -> Iterator[Box]:
        """All boxes, those of inner groups too."""
        for member in self.members:
            if isinstance(member, Group):
                yield from member.boxes()
            else:
                yield member

    def groups(self) -> Iterator[Group]:
        """All groups within, those of inner groups too."""
        for member in self.members:
            if isinstance(member, Group):
                yield member
                yield from member.groups()

    def takes(self) -> list[Value]:
        """The values that come from outside."""
        own = {flow.value for box in self.boxes() for flow in box.flows}
        wanted = dict.fromkeys(v for box in self.boxes() for v in box.takes)
        return [v for v in wanted if v not in own]


@dataclass(slots=True, eq=False)
class Picture:
    """A picture before it is laid out."""

    title: str
    root: Group
    doc: str = ""
    caption: list[str] = field(default_factory=list)
    above: str = "value"  # what stands above and below the arrows
    below: str = "derivative of the loss"
