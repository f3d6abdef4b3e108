"""The layout: nothing overlaps, arrows go right, few lines cross, and it is quick."""

import random
import time

import pytest

from gradc.lessons.layout.crossings import crossings, reduce_crossings
from gradc.lessons.layout.layered import arrange
from gradc.lessons.layout.model import Edge, Vertex
from gradc.lessons.layout.ranks import ranks


def drawn(seed: int, count: int, reach: int = 8) -> tuple[list[Vertex], list[Edge]]:
    """A random graph in which each vertex follows two of those shortly before it."""
    rng = random.Random(seed)
    vertices = [
        Vertex(rng.uniform(30, 200), rng.uniform(30, 60), outs=[15.0], is_leaf=i < 3)
        for i in range(count)
    ]
    pairs = {(rng.randrange(max(i - reach, 0), i), i) for i in range(3, count) for _ in range(2)}
    return vertices, [Edge(a, 0, b) for a, b in sorted(pairs)]


@pytest.mark.parametrize("seed", range(8))
def test_nothing_overlaps_and_arrows_go_right(seed: int) -> None:
    vertices, edges = drawn(seed, 60)
    layout = arrange(vertices, edges)
    for i, v in enumerate(vertices):
        assert v.x >= -0.1
        assert v.x + v.width <= layout.width + 0.1
        assert v.y >= -0.1
        assert v.y + v.height <= layout.height + 0.1
        for w in vertices[:i]:
            apart = (
                v.x + v.width <= w.x + 0.1
                or w.x + w.width <= v.x + 0.1
                or v.y + v.height <= w.y + 0.1
                or w.y + w.height <= v.y + 0.1
            )
            assert apart
    for edge in edges:
        assert vertices[edge.source].x + vertices[edge.source].width < vertices[edge.target].x


@pytest.mark.parametrize("seed", range(4))
def test_every_edge_is_routed_from_port_to_rectangle(seed: int) -> None:
    vertices, edges = drawn(seed, 40)
    routes = arrange(vertices, edges).routes
    for edge in edges:
        hops = routes[edge.source, edge.out]
        source, target = vertices[edge.source], vertices[edge.target]
        assert hops[0].x0 == pytest.approx(source.x + source.width, abs=0.2)
        ends = [h for h in hops if h.tip and h.x1 == target.x]
        assert any(target.y <= h.y1 <= target.y + target.height for h in ends)
        starts = {(round(h.x0, 1), round(h.y0, 1)) for h in hops[1:]}
        reached = {(round(h.x1, 1), round(h.y1, 1)) for h in hops}
        begin = (round(hops[0].x0, 1), round(hops[0].y0, 1))
        assert starts <= reached | {begin}, "a route is connected"


def test_sources_stand_beside_what_they_feed() -> None:
    edges = [Edge(0, 0, 1), Edge(1, 0, 2), Edge(3, 0, 2)]
    vertices = [Vertex(10, 10, outs=[5.0]) for _ in range(4)]
    assert ranks(vertices, edges) == [0, 1, 2, 1]


def test_crossings_are_counted_and_removed() -> None:
    layers = [[0, 1], [2, 3]]
    before = [[], [], [1], [0]]
    after = [[3], [2], [], []]
    assert crossings(layers, after) == 1
    assert crossings(reduce_crossings(layers, before, after), after) == 0


def test_a_tree_has_no_crossings() -> None:
    count = 63
    after: list[list[int]] = [[] for _ in range(count)]
    before: list[list[int]] = [[] for _ in range(count)]
    layers: list[list[int]] = [[] for _ in range(6)]
    for v in range(count):
        layers[(v + 1).bit_length() - 1].append(v)
        if v:
            before[v].append((v - 1) // 2)
            after[(v - 1) // 2].append(v)
    for i, layer in enumerate(layers):
        random.Random(i).shuffle(layer)
    assert crossings(layers, after) > 0
    assert crossings(reduce_crossings(layers, before, after), after) == 0


def test_a_chain_is_a_straight_line() -> None:
    vertices = [Vertex(40, 30, outs=[15.0]) for _ in range(6)]
    vertices += [Vertex(30, 30, outs=[15.0], is_leaf=True) for _ in range(5)]
    edges = [Edge(i, 0, i + 1) for i in range(5)] + [Edge(6 + i, 0, i + 1) for i in range(5)]
    arrange(vertices, edges)
    heights = [v.y for v in vertices[1:6]]
    assert max(heights) - min(heights) < 2


def test_the_same_graph_is_laid_out_the_same() -> None:
    places = []
    for _ in range(2):
        vertices, edges = drawn(5, 80)
        arrange(vertices, edges)
        places.append([(v.x, v.y) for v in vertices])
    assert places[0] == places[1]


def test_two_thousand_vertices_are_quick() -> None:
    vertices, edges = drawn(1, 2000, reach=20)
    start = time.process_time()
    arrange(vertices, edges)
    assert time.process_time() - start < 5  # 0.2 s on an idle machine


def test_nothing_is_laid_out() -> None:
    layout = arrange([], [])
    assert (layout.width, layout.height, layout.routes) == (0.0, 0.0, {})
