"""What is laid out, and what comes of it."""

from __future__ import annotations

from gradc.records import dataclass, field


@dataclass(slots=True, eq=False)
class Vertex:
    """A rectangle. Its ports are offsets from its top; arrows enter left and leave right.

    `ins` is filled by the layout unless `fixed` says that it is given, one port an edge in the
    order of the edges. `pin` is "first" or "last" for what stands at the border of a frame.
    """

    width: float
    height: float
    outs: list[float] = field(default_factory=list)
    ins: list[float] = field(default_factory=list)
    fixed: bool = False
    is_leaf: bool = False
    pin: str = ""
    body: float = 0.0  # the part of the height that the ports belong to, where it is not all
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Edge:
    """From the port `out` of a vertex to another; `port` is the entry where those are fixed."""

    source: int
    out: int
    target: int
    port: int = 0


@dataclass(frozen=True, slots=True)
class Hop:
    """A piece of a route: from one column to the next, or straight through one."""

    x0: float
    y0: float
    x1: float
    y1: float
    tip: bool = False  # it ends in an arrow head


@dataclass(slots=True)
class Layout:
    """The size of the whole, and the routes by source and port; vertices hold their places."""

    width: float
    height: float
    routes: dict[tuple[int, int], list[Hop]]
