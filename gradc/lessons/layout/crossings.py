"""The order of the vertices within each rank: few crossings."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

Layers = list[list[int]]
Neighbours = Sequence[Sequence[int]]

_SWEEPS = 12
_MANY = 4_000  # vertices from which on fewer sweeps are made
_FEW = 500  # vertices up to which neighbours are swapped as well


def reduce_crossings(layers: Layers, before: Neighbours, after: Neighbours) -> Layers:
    """The best order found by sweeps that move each vertex to the middle of its neighbours."""
    count = sum(map(len, layers))
    best, fewest = [layer[:] for layer in layers], crossings(layers, after)
    place = [0.0] * (max((v for layer in layers for v in layer), default=0) + 1)
    for layer in layers:
        _note(layer, place)
    idle = 0
    for sweep in range(_SWEEPS if count < _MANY else 4):
        if not fewest or idle > 3:
            break
        forwards = sweep % 2 == 0
        neighbours = before if forwards else after
        for layer in layers[1:] if forwards else layers[-2::-1]:
            _sort(layer, neighbours, place, by_median=sweep % 4 < 2)
        if count <= _FEW:
            _swap_neighbours(layers, before, after, place)
        found = crossings(layers, after)
        idle += 1
        if found < fewest:
            best, fewest, idle = [layer[:] for layer in layers], found, 0
    return best


def _note(layer: list[int], place: list[float]) -> None:
    for i, v in enumerate(layer):
        place[v] = i


def _sort(layer: list[int], neighbours: Neighbours, place: list[float], by_median: bool) -> None:
    """Orders a layer by where the neighbours are; a vertex without any keeps its place."""
    keys = {}
    for i, v in enumerate(layer):
        around = neighbours[v]
        if not around:
            keys[v] = float(i)
        elif len(around) == 1:
            keys[v] = place[around[0]]
        elif by_median:
            positions = sorted([place[w] for w in around])
            middle = len(positions) // 2
            odd = len(positions) % 2
            keys[v] = positions[middle] if odd else (positions[middle - 1] + positions[middle]) / 2
        else:
            keys[v] = sum([place[w] for w in around]) / len(around)
    layer.sort(key=keys.__getitem__)
    _note(layer, place)


def crossings(layers: Layers, after: Neighbours) -> int:
    """How many pairs of edges between neighbouring layers cross."""
    total = 0
    for upper, lower in pairwise(layers):
        place = {v: i for i, v in enumerate(lower)}
        seen: list[int] = []
        for v in upper:
            ends = sorted([place[w] for w in after[v]])
            for end in ends:
                total += len(seen) - bisect_right(seen, end)
            for end in ends:
                insort(seen, end)
    return total


def _swap_neighbours(
    layers: Layers, before: Neighbours, after: Neighbours, place: list[float]
) -> None:
    """Swaps vertices that stand side by side while that removes crossings."""
    for _ in range(4):
        better = False
        for layer in layers:
            for i in range(len(layer) - 1):
                v, w = layer[i], layer[i + 1]
                gain = sum(
                    _crossed(side[v], side[w], place) - _crossed(side[w], side[v], place)
                    for side in (before, after)
                )
                if gain > 0:
                    layer[i], layer[i + 1] = w, v
                    place[v], place[w] = i + 1, i
                    better = True
        if not better:
            return


def _crossed(upper: Sequence[int], lower: Sequence[int], place: list[float]) -> int:
    return sum(place[a] > place[b] for a in upper for b in lower)
