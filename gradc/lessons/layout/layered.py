"""The layout as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.lessons.layout.crossings import reduce_crossings
from gradc.lessons.layout.model import Edge, Hop, Layout, Vertex
from gradc.lessons.layout.place import Line, heights
from gradc.lessons.layout.ranks import ranks

GAP = 18.0  # between two rectangles of a column
_LANE = 12.0  # between lines that pass a column
PORTS = 12.0  # between two entries of a rectangle
_NARROW, _WIDE = 26.0, 120.0  # the room between columns
_STRAIGHT = {"chain": 8.0, "leaf": 0.002, "arrow": 3.0}


def arrange(vertices: Sequence[Vertex], edges: Sequence[Edge]) -> Layout:
    """Places the vertices and routes the edges."""
    return _Arrangement(vertices, edges).run()


class _Arrangement:
    """Vertices from `len(vertices)` on are bends: where a line passes a column."""

    def __init__(self, vertices: Sequence[Vertex], edges: Sequence[Edge]):
        self.vertices, self.edges = vertices, edges
        self.rank = ranks(vertices, edges)
        self.before: list[list[int]] = [[] for _ in vertices]
        self.after: list[list[int]] = [[] for _ in vertices]
        self.bends: dict[tuple[int, int], list[int]] = {}  # of each source and port
        self.column_of = list(self.rank)

    def run(self) -> Layout:
        self._bend()
        layers = self._layers()
        layers = reduce_crossings(layers, self.before, self.after)
        place = {v: i for layer in layers for i, v in enumerate(layer)}
        self._enter(place)
        sizes = [v.height for v in self.vertices]
        gaps = [GAP if v.width else _LANE for v in self.vertices]
        extra = len(self.column_of) - len(self.vertices)
        top = heights(layers, self._lines(), sizes + [0.0] * extra, gaps + [_LANE] * extra)
        lowest = min(top, default=0.0)
        top = [round(y - lowest, 1) for y in top]
        for vertex, y in zip(self.vertices, top, strict=False):
            vertex.y = y
        left, right = self._columns(layers, top)
        for v, vertex in enumerate(self.vertices):
            r = self.rank[v]
            is_right = vertex.is_leaf or vertex.pin == "last"
            vertex.x = right[r] - vertex.width if is_right else left[r]
        bottoms = [v.y + v.height for v in self.vertices] + top[len(self.vertices) :]
        return Layout(
            right[-1] if right else 0.0, max(bottoms, default=0.0), self._routes(top, left, right)
        )

    # --- bends ---

    def _bend(self) -> None:
        """One chain of bends for each source and port: all its edges share it."""
        furthest: dict[tuple[int, int], int] = {}
        for edge in self.edges:
            key = (edge.source, edge.out)
            furthest[key] = max(furthest.get(key, 0), self.rank[edge.target])
        for key, last in furthest.items():
            chain = []
            previous = key[0]
            for r in range(self.rank[key[0]] + 1, last):
                bend = len(self.column_of)
                self.column_of.append(r)
                self.before.append([previous])
                self.after.append([])
                self.after[previous].append(bend)
                chain.append(bend)
                previous = bend
            self.bends[key] = chain
        for edge in self.edges:
            origin = self._origin(edge)
            self.after[origin].append(edge.target)
            self.before[edge.target].append(origin)

    def _origin(self, edge: Edge) -> int:
        """What stands before the target of an edge: a bend, or its source."""
        distance = self.rank[edge.target] - self.rank[edge.source]
        return edge.source if distance == 1 else self.bends[edge.source, edge.out][distance - 2]

    def _layers(self) -> list[list[int]]:
        layers: list[list[int]] = [[] for _ in range(max(self.column_of, default=-1) + 1)]
        for v, r in enumerate(self.column_of):
            layers[r].append(v)
        return layers

    # --- ports ---

    def _enter(self, place: dict[int, int]) -> None:
        """Where edges enter a vertex: as they come from the top, the main one in the middle."""
        entering: list[list[int]] = [[] for _ in self.vertices]
        for i, edge in enumerate(self.edges):
            entering[edge.target].append(i)
        self.entry = [0.0] * len(self.edges)
        for v, indices in enumerate(entering):
            vertex = self.vertices[v]
            if vertex.fixed:
                for i in indices:
                    self.entry[i] = vertex.ins[self.edges[i].port]
                continue
            indices.sort(key=lambda i: (place[self._origin(self.edges[i])], self.edges[i].out))
            main = _main([not self.vertices[self.edges[i].source].is_leaf for i in indices])
            body = vertex.body or vertex.height
            step = min(PORTS, (body - 8) / max(len(indices), 1))
            for k, i in enumerate(indices):
                self.entry[i] = body / 2 + (k - main) * step

    def _lines(self) -> list[Line]:
        vertices, lines = self.vertices, []
        for (source, out), chain in self.bends.items():
            previous, leaving = source, vertices[source].outs[out]
            for bend in chain:
                lines.append(Line(previous, leaving, bend, 0.0, _STRAIGHT["chain"]))
                previous, leaving = bend, 0.0
        for edge, entry in zip(self.edges, self.entry, strict=True):
            origin = self._origin(edge)
            leaving = vertices[edge.source].outs[edge.out] if origin == edge.source else 0.0
            weight = _STRAIGHT["leaf" if vertices[edge.source].is_leaf else "arrow"]
            lines.append(Line(origin, leaving, edge.target, entry, weight))
        return lines

    # --- columns and routes ---

    def _columns(
        self, layers: list[list[int]], top: list[float]
    ) -> tuple[list[float], list[float]]:
        """The left and the right of each column; steep lines get more room before the next."""
        steepest = [0.0] * len(layers)
        for line in self._lines():
            r = self.column_of[line.source]
            rise = abs(top[line.source] + line.leaving - top[line.target] - line.entering)
            steepest[r] = max(steepest[r], rise)
        left, right = [], []
        here = 0.0
        for r, layer in enumerate(layers):
            inner = [self.vertices[v].width for v in layer if v < len(self.vertices)]
            left.append(round(here, 1))
            here += max(inner, default=0.0)
            right.append(round(here, 1))
            here += min(max(_NARROW, steepest[r] * 0.3), _WIDE)
        return left, right

    def _routes(
        self, top: list[float], left: list[float], right: list[float]
    ) -> dict[tuple[int, int], list[Hop]]:
        routes: dict[tuple[int, int], list[Hop]] = {}
        for (source, out), chain in self.bends.items():
            vertex = self.vertices[source]
            y, r = top[source] + vertex.outs[out], self.rank[source]
            hops = []
            if vertex.x + vertex.width < right[r]:
                hops.append(Hop(vertex.x + vertex.width, y, right[r], y))
            for bend in chain:
                hops.append(Hop(right[r], y, left[r + 1], top[bend]))
                y, r = top[bend], r + 1
                hops.append(Hop(left[r], y, right[r], y))
            routes[source, out] = hops
        for edge, entry in zip(self.edges, self.entry, strict=True):
            origin, target = self._origin(edge), self.vertices[edge.target]
            start = top[origin]
            if origin == edge.source:
                start += self.vertices[origin].outs[edge.out]
            r = self.rank[edge.target]
            y = top[edge.target] + entry
            hops = routes[edge.source, edge.out]
            hops.append(Hop(right[r - 1], start, left[r], y, tip=target.x == left[r]))
            if target.x > left[r]:
                hops.append(Hop(left[r], y, target.x, y, tip=True))
        return routes


def _main(is_main: Sequence[bool]) -> float:
    """Which of the entries stands in the middle."""
    if sum(is_main) == 1 and len(is_main) <= 3:
        return is_main.index(True)
    return (len(is_main) - 1) / 2
