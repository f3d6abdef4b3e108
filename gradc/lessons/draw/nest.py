"""Where everything stands: each group is laid out by itself, and is one rectangle outside."""

from __future__ import annotations

from gradc.ir.node import Value
from gradc.lessons.draw import labels
from gradc.lessons.draw.picture import Box, Flow, Group
from gradc.lessons.layout.layered import arrange
from gradc.lessons.layout.model import Edge, Hop, Layout, Vertex
from gradc.lessons.layout.ranks import ranks
from gradc.records import dataclass, field, replace

CHARACTER = 7.25  # the width of one, at 12 px in a typeface of fixed width
ROW = 36.0  # the height of a value with its derivative
LINE = 15.0  # of a column below a box
_LONGEST = 38  # characters of a box's text
_PAD, _HEAD = 16.0, 28.0  # within a frame
_FAR = 14  # columns that a line may pass in a large picture, before a tag stands for it
_LARGE = 80


@dataclass(frozen=True, slots=True)
class PlacedBox:
    box: Box
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PlacedFlow:
    """The label of a value: from `x` to `right` on a line at height `y`."""

    flow: Flow
    owner: Box
    x: float
    right: float
    y: float


@dataclass(frozen=True, slots=True)
class Frame:
    title: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Route:
    """The lines on which a value travels."""

    flow: Flow
    is_leaf: bool
    hops: list[Hop]


@dataclass(slots=True)
class Scene:
    """A picture that is laid out."""

    width: float = 0.0
    height: float = 0.0
    boxes: list[PlacedBox] = field(default_factory=list)
    flows: list[PlacedFlow] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)

    def add(self, other: Scene, x: float) -> None:
        """Puts another picture, which has no frames, beside this one."""
        self.width, self.height = x + other.width, max(self.height, other.height)
        self.boxes += [replace(b, x=b.x + x) for b in other.boxes]
        self.flows += [replace(f, x=f.x + x, right=f.right + x) for f in other.flows]
        for route in other.routes:
            hops = [replace(hop, x0=hop.x0 + x, x1=hop.x1 + x) for hop in route.hops]
            self.routes.append(replace(route, hops=hops))


def scene_of(root: Group) -> Scene:
    """Lays a picture out."""
    flows = {flow.value: (flow, box) for box in root.boxes() for flow in box.flows}
    nest = _Nest(root, flows, is_root=True)
    scene = Scene(nest.layout.width, nest.layout.height)
    nest.emit(scene, 0.0, 0.0)
    return scene


def box_width(box: Box) -> float:
    """The width of a box around its text."""
    longest = max(*map(len, title_lines(box)), len(box.note))
    return max(34.0, longest * CHARACTER + (26 if box.is_leaf else 20))


def title_lines(box: Box) -> list[str]:
    return [labels.shortened(line, _LONGEST) for line in box.title.split("\n")]


class _Nest:
    """A group: its members as vertices, and what enters and leaves it as ports at its border."""

    def __init__(
        self,
        group: Group,
        flows: dict[Value, tuple[Flow, Box]],
        is_root: bool = False,
        leaving: list[Value] | None = None,
    ):
        self.group, self.flows = group, flows
        self.is_root = is_root
        self.members: list[Box | _Nest] = []
        self.vertices: list[Vertex] = []
        self.made: dict[Value, tuple[int, int]] = {}  # by which vertex, at which port
        self.entering = [] if is_root else group.takes()
        self.leaving = leaving or []
        self._make_ports_in()
        self._make_members()
        self.edges = self._make_edges()
        self._make_ports_out()
        if is_root and len(self.vertices) > _LARGE:
            self._tag_what_is_far()
        self.layout: Layout = arrange(self.vertices, self.edges)

    # --- vertices ---

    def _make_ports_in(self) -> None:
        self.first = len(self.entering)
        for value in self.entering:
            self.made[value] = len(self.vertices), 0
            self.vertices.append(Vertex(0.0, 0.0, outs=[0.0], pin="first"))

    def _make_members(self) -> None:
        taken: dict[Value, int] = {}
        takes = [m.takes() if isinstance(m, Group) else m.takes for m in self.group.members]
        for wanted in takes:
            for value in wanted:
                taken[value] = taken.get(value, 0) + 1
        outside = set(self.leaving)
        for member in self.group.members:
            if isinstance(member, Group):
                own = [f.value for box in member.boxes() for f in box.flows]
                leaving = [v for v in own if v in taken or v in outside]
                inner = _Nest(member, self.flows, leaving=leaving)
                self.members.append(inner)
                vertex = inner.as_vertex()
                made = leaving
            else:
                self.members.append(member)
                vertex = self._vertex_of(member)
                made = [flow.value for flow in member.flows]
            for port, value in enumerate(made):
                self.made[value] = len(self.vertices), port
            self.vertices.append(vertex)

    def _vertex_of(self, box: Box) -> Vertex:
        rows = [_height(flow, box) for flow in box.flows] or [ROW]
        body = max(_least(box), sum(rows) - 2)
        width = box_width(box)
        label = max([label_room(f) for f in box.flows], default=0.0)
        height = body
        if box.column:
            height += len(box.column) * LINE + 8
            width = max(width + label, max(map(len, box.column)) * CHARACTER * 0.92 + 8)
        else:
            width += label
        if any(flow.room for flow in box.flows):
            outs = _ports(box, body)
        else:
            outs = [body * (i + 0.5) / len(rows) for i in range(len(box.flows))]
        return Vertex(round(width, 1), height, outs, is_leaf=box.is_leaf, body=body)

    def as_vertex(self) -> Vertex:
        """The whole group, for the picture around it."""
        ends = self.vertices[len(self.vertices) - len(self.leaving) :]
        return Vertex(
            self.layout.width + 2 * _PAD,
            self.layout.height + _HEAD + _PAD,
            outs=[v.y + _HEAD for v in ends],
            ins=[v.y + _HEAD for v in self.vertices[: self.first]],
            fixed=True,
        )

    # --- edges ---

    def _make_edges(self) -> list[Edge]:
        edges = []
        for i, member in enumerate(self.members):
            takes = member.entering if isinstance(member, _Nest) else member.takes
            for port, value in enumerate(takes):
                if value in self.made:
                    source, out = self.made[value]
                    edges.append(Edge(source, out, self.first + i, port))
        return edges

    def _make_ports_out(self) -> None:
        for value in self.leaving:
            source, out = self.made[value]
            self.edges.append(Edge(source, out, len(self.vertices)))
            self.vertices.append(Vertex(0.0, 0.0, pin="last"))

    def _tag_what_is_far(self) -> None:
        """A line that would pass a great many columns ends in a tag beside what it leads to."""
        rank = ranks(self.vertices, self.edges)
        values = {place: value for value, place in self.made.items()}
        for i, edge in enumerate(self.edges):
            if rank[edge.target] - rank[edge.source] <= _FAR:
                continue
            value = values[edge.source, edge.out]
            flow = self.flows[value][0]
            tag = Box("tag", flow.name or value.name, flow.hint, flows=[Flow(value, "")])
            self.edges[i] = Edge(len(self.vertices), 0, edge.target, edge.port)
            self.members.append(tag)
            self.vertices.append(self._vertex_of(tag))

    # --- places ---

    def emit(self, scene: Scene, x: float, y: float) -> None:
        """Adds everything to the scene; `x` and `y` are where the layout starts."""
        borders = self._borders()
        for value, (source, out) in self.made.items():
            hops = [
                Hop(
                    h.x0 + x, h.y0 + y, h.x1 + x, h.y1 + y,
                    h.tip and not self._is_border(h, borders),
                )
                for h in self.layout.routes.get((source, out), ())
            ]  # fmt: skip
            flow, box = self.flows[value]
            if source < self.first:  # from the border of the frame
                at = self.vertices[source].y + y
                hops.append(Hop(x - _PAD, at, x, at))
            if hops:
                scene.routes.append(Route(flow, box.is_leaf, hops))
        for v, member in enumerate(self.members, self.first):
            vertex = self.vertices[v]
            if isinstance(member, _Nest):
                member._emit_framed(scene, x + vertex.x, y + vertex.y, vertex)
            else:
                self._emit_box(scene, member, x + vertex.x, y + vertex.y, v)

    def _is_border(self, hop: Hop, borders: list[Vertex]) -> bool:
        """Whether a hop ends at a frame: at the one around, or at one within."""
        return any(hop.x1 == v.x and v.y <= hop.y1 <= v.y + v.height for v in borders)

    def _borders(self) -> list[Vertex]:
        ports = self.vertices[len(self.vertices) - len(self.leaving) :] if self.leaving else []
        pairs = zip(self.members, self.vertices[self.first :], strict=False)
        return [*ports, *(v for m, v in pairs if isinstance(m, _Nest))]

    def _emit_framed(self, scene: Scene, x: float, y: float, vertex: Vertex) -> None:
        scene.frames.append(Frame(self.group.title, x, y, vertex.width, vertex.height))
        self.emit(scene, x + _PAD, y + _HEAD)
        for value, offset in zip(self.leaving, vertex.outs, strict=True):
            flow, box = self.flows[value]
            edge = x + vertex.width
            hops = [Hop(edge - _PAD, y + offset, edge, y + offset)]
            scene.routes.append(Route(flow, box.is_leaf, hops))

    def _emit_box(self, scene: Scene, box: Box, x: float, y: float, v: int) -> None:
        vertex = self.vertices[v]
        width = box_width(box)
        top, body = y, vertex.body
        if len(box.flows) == 1 and box.flows[0].room:  # which is for the label alone
            body = _least(box)
            top += vertex.outs[0] - body / 2
        scene.boxes.append(PlacedBox(box, x, top, width, body))
        for flow, offset in zip(box.flows, vertex.outs, strict=True):
            right = x + vertex.width
            if box.kind == "tag" and self.made.get(flow.value) != (v, 0):
                route = self.layout.routes.get((v, 0), [])
                hops = [Hop(h.x0, h.y0, h.x1, h.y1, h.tip) for h in route]
                scene.routes.append(Route(flow, True, hops))
            scene.flows.append(PlacedFlow(flow, box, x + width, right, y + offset))


def _least(box: Box) -> float:
    """The height that a box's own text and the lines into it need."""
    text = 44.0 if box.note else 30.0 if box.is_leaf else 34.0
    return max(text + LINE * (len(title_lines(box)) - 1), 12.0 * len(box.takes) + 6)


def _height(flow: Flow, box: Box) -> float:
    """The height of a value's row; its arrow is in the middle where lines enter the box there."""
    if flow.room is None:
        return ROW
    over, under = flow.room.over, flow.room.under
    return over + max(under, _least(box) / 2) if box.is_leaf else 2 * max(over, under)


def _ports(box: Box, body: float) -> list[float]:
    """Where the flows of a box leave it, below the room that each has over its arrow."""
    rows = [_height(flow, box) for flow in box.flows]
    at = (body - sum(rows)) / 2
    ports = []
    for flow, row in zip(box.flows, rows, strict=True):
        ports.append(at + (flow.room.over if box.is_leaf and flow.room else row / 2))
        at += row
    return ports


def label_room(flow: Flow) -> float:
    """The width of what stands above and below an arrow."""
    if flow.room:
        return flow.room.width
    longest = max(len(flow.above), len(flow.below))
    return longest * CHARACTER + 16 if longest else 10.0
