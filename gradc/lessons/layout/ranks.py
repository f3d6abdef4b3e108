"""Which column each vertex stands in."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.lessons.layout.model import Edge, Vertex


def ranks(vertices: Sequence[Vertex], edges: Sequence[Edge]) -> list[int]:
    """The length of the longest path to each vertex; sources stand just before what they feed."""
    count = len(vertices)
    following: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for edge in edges:
        following[edge.source].append(edge.target)
        waiting[edge.target] += 1
    sources = [v for v in range(count) if not waiting[v]]
    rank = [0] * count
    ready = sources[:]
    for v in ready:  # grows while it is walked
        for w in following[v]:
            rank[w] = max(rank[w], rank[v] + 1)
            waiting[w] -= 1
            if not waiting[w]:
                ready.append(w)
    for v in sources:
        if following[v] and not vertices[v].pin:
            rank[v] = min(rank[w] for w in following[v]) - 1
    last = max(rank, default=0)
    pinned = [v for v in range(count) if vertices[v].pin == "last"]
    if pinned:
        inner = max((rank[v] for v in range(count) if vertices[v].pin != "last"), default=0)
        for v in pinned:
            rank[v] = max(last, inner + 1)
    return rank
