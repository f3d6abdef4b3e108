"""Coordinates: the order of each rank is kept, lines become as straight as that allows."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.records import dataclass

_SWEEPS = 10
_MANY = 4_000


@dataclass(slots=True)
class Line:
    """Ties a port of one vertex to one of the next rank: how much it wants to be straight."""

    source: int
    leaving: float  # the offset of the port
    target: int
    entering: float
    weight: float


def heights(
    layers: Sequence[Sequence[int]],
    lines: Sequence[Line],
    sizes: Sequence[float],
    gaps: Sequence[float],
) -> list[float]:
    """The top of each vertex. `gaps` is the room that a vertex wants below it."""
    before: list[list[Line]] = [[] for _ in sizes]
    after: list[list[Line]] = [[] for _ in sizes]
    for line in lines:
        before[line.target].append(line)
        after[line.source].append(line)
    top = [0.0] * len(sizes)
    for layer in layers:
        here = 0.0
        for v in layer:
            top[v] = here
            here += sizes[v] + gaps[v]
        for v in layer:
            top[v] -= here / 2
    sweeps = _SWEEPS if len(sizes) < _MANY else 5
    for sweep in range(sweeps):
        _settle(layers, before, after, top, sizes, gaps, look_back=True, look_on=sweep > 1)
        _settle(layers[::-1], before, after, top, sizes, gaps, look_back=sweep > 1, look_on=True)
    return top


def _settle(
    layers: Sequence[Sequence[int]],
    before: Sequence[Sequence[Line]],
    after: Sequence[Sequence[Line]],
    top: list[float],
    sizes: Sequence[float],
    gaps: Sequence[float],
    look_back: bool,
    look_on: bool,
) -> None:
    for layer in layers:
        wishes, weights = [], []
        for v in layer:
            total = weight = 0.0
            if look_back:
                for line in before[v]:
                    total += line.weight * (top[line.source] + line.leaving - line.entering)
                    weight += line.weight
            if look_on:
                for line in after[v]:
                    total += line.weight * (top[line.target] + line.entering - line.leaving)
                    weight += line.weight
            wishes.append(total / weight if weight else top[v])
            weights.append(weight or 0.002)
        for v, y in zip(layer, _apart(layer, wishes, weights, sizes, gaps), strict=True):
            top[v] = y


def _apart(
    layer: Sequence[int],
    wishes: Sequence[float],
    weights: Sequence[float],
    sizes: Sequence[float],
    gaps: Sequence[float],
) -> list[float]:
    """The places closest to the wishes at which nothing overlaps (pooled adjacent violators)."""
    blocks: list[list[float]] = []  # [sum of weight * wish, weight, count]
    offsets = []
    here = 0.0
    for v, wish, weight in zip(layer, wishes, weights, strict=True):
        offsets.append(here)
        blocks.append([weight * (wish - here), weight, 1])
        here += sizes[v] + gaps[v]
        while len(blocks) > 1:
            last, earlier = blocks[-1], blocks[-2]
            if earlier[0] * last[1] <= last[0] * earlier[1]:
                break
            blocks.pop()
            earlier[0] += last[0]
            earlier[1] += last[1]
            earlier[2] += last[2]
    result: list[float] = []
    for total, weight, count in blocks:
        start = total / weight
        result += [start + offsets[len(result) + i] for i in range(int(count))]
    return result
