"""Fit: what is run again, and which loops are cut, so that a budget of memory is kept.

Plans are tried in an order that does not depend on the budget, and judged by their peaks: nothing
dropped, shorter blocks, what is cheap for its bytes, all but a few values between stretches, then
one value more or less as long as that helps; all of it again with loops cut into segments. The
cheapest that fits is taken, what need not be dropped after all is saved, and blocks are as long as
they can be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from math import isqrt

from gradc.ir.cost import cost_of
from gradc.ir.graph import Graph
from gradc.ir.loop import all_nodes
from gradc.ir.node import Node, Scan, Value
from gradc.ir.plan import Plan
from gradc.ir.sizes import known
from gradc.passes.joined import Joined
from gradc.passes.memory.candidates import Candidate, candidates_of, thinned
from gradc.passes.memory.peak import peak
from gradc.passes.partition import needed
from gradc.passes.segment import can_cut
from gradc.passes.target import Target
from gradc.records import dataclass

_SHORTER = (2, 4, 8)  # how many times shorter blocks are: what they cost is calls
_SHORT = 4  # steps of a loop that is not worth a cut
_SHARES = (0.25, 0.5, 0.75, 1.0)  # of the bytes saved: how much of what is cheap is dropped
_PARTS = (16, 12, 8, 6, 4, 3, 2)
_MOVES = 80  # values that are tried one by one
_WORK = 20_000  # nodes of the plans made for that: of a large graph fewer are tried
_LENGTHS = ((1, 1), (1, 2), (2, 1))  # of segments, times the root of the steps


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A peak, and the operations that it takes; what is made again, and which loops are cut.

    Blocks are so many times `shorter` than they are without a budget.
    """

    joined: Joined
    peak: int
    flops: int
    dropped: tuple[Candidate, ...]
    cuts: Mapping[Node, int]
    shorter: int = 1

    @property
    def values(self) -> frozenset[Value]:
        """All that is run again."""
        return frozenset([v for c in self.dropped for v in c.dropped])


class TooLittle(Exception):
    """A budget that nothing fits into."""

    def __init__(self, least: int):
        self.least = least
        super().__init__(f"{least:,} bytes")


Join = Callable[[Mapping[Node, int]], Joined]
Make = Callable[[Joined, frozenset[Value], int], Plan]


def fit(
    graph: Graph, budget: int, dims: Mapping[str, int], join: Join, make: Make, target: Target
) -> tuple[Fitted, Fitted]:
    """What fits the budget, and what there is without one. Raises TooLittle.

    `join` differentiates the graph with some of its loops cut, `make` plans with values dropped,
    and with blocks that are so many times shorter.
    Where that can be, a hundredth of the budget is left for what is no array.
    """
    try:
        return _fit(graph, budget - budget // 100, dims, join, make, target)
    except TooLittle as failure:
        if failure.least > budget:
            raise
    return _fit(graph, budget, dims, join, make, target)


def _fit(
    graph: Graph, budget: int, dims: Mapping[str, int], join: Join, make: Make, target: Target
) -> tuple[Fitted, Fitted]:
    best: Fitted | None = None
    first: Fitted | None = None
    least = 0
    for number, cuts in enumerate(_cuts(graph, dims)):
        if number > 1 and best is not None:
            break  # segments of another length cost as much
        search = _Search(join(cuts), cuts, dims, make, target)
        found = search.run(budget)
        first = first or search.tried[1, ()]
        least = min([t.peak for t in search.tried.values()] + [least or first.peak])
        if found is not None and (best is None or found.flops < best.flops):
            best = found
        if best is not None and best.flops == first.flops:
            break  # a cut costs operations
    assert first is not None, "there is a plan without cuts"
    if best is None:
        raise TooLittle(least)
    return best, first


def _cuts(graph: Graph, dims: Mapping[str, int]) -> Iterator[Mapping[Node, int]]:
    """Into how many steps loops are cut: not at all, then by the root of their steps."""
    yield {}
    counts: dict[Node, int] = {}
    counts |= {n: known(n.count, dims) for n in graph.nodes if isinstance(n, Scan) and can_cut(n)}
    long = {node: count for node, count in counts.items() if count >= _SHORT}
    done: list[Mapping[Node, int]] = [{}]
    for times, parts in _LENGTHS:
        cuts: Mapping[Node, int]
        cuts = {n: max(-(-(isqrt(c - 1) + 1) * times // parts), 1) for n, c in long.items()}
        cuts = {n: steps for n, steps in cuts.items() if steps < long[n]}
        if cuts not in done:
            done.append(cuts)
            yield cuts


class _Search:
    """The plans of a graph, by what is dropped."""

    def __init__(
        self,
        joined: Joined,
        cuts: Mapping[Node, int],
        dims: Mapping[str, int],
        make: Make,
        target: Target,
    ):
        self.joined, self.cuts, self.dims, self.make, self.target = joined, cuts, dims, make, target
        runs = [needed(joined.joint)] if joined.wholes and target.memory.shares else []
        runs += joined.run
        self.candidates = [c for run in runs for c in candidates_of(run, dims)]
        self.places = {c: i for i, c in enumerate(self.candidates)}
        self.tried: dict[tuple[int, tuple[int, ...]], Fitted] = {}
        self.shorter = 1  # what blocks are tried
        nodes = sum(1 for _ in all_nodes([n for run in runs for n in (*run.nodes, *run.adjoints)]))
        self.moves = min(_MOVES, _WORK // max(nodes, 1))

    def run(self, budget: int) -> Fitted | None:
        """The cheapest plan found that fits, if one does."""
        waves = (self._nothing, self._blocks, self._cheap, self._stretches, self._one_by_one)
        for wave in waves:
            for tried in wave():
                if wave == self._one_by_one and tried.peak <= budget:
                    break
            fitting = [t for t in self.tried.values() if t.peak <= budget]
            if fitting:
                best = min(fitting, key=lambda t: (t.flops, t.shorter, t.peak))
                return self._longer(self._saving_more(best, budget), budget)
        return None

    def _nothing(self) -> Iterator[Fitted]:
        yield self._try(())

    def _blocks(self) -> Iterator[Fitted]:
        """In shorter blocks, of which those with the least peak are kept from then on."""
        if not self.joined.wholes or self.target.nests:
            return
        tried = [self._try(()), *[self._try((), shorter) for shorter in _SHORTER]]
        yield from tried
        self.shorter = min(tried, key=lambda t: (t.peak, t.shorter)).shorter

    def _longer(self, best: Fitted, budget: int) -> Fitted:
        """In longer blocks, where those fit."""
        for shorter in (1, *_SHORTER):
            if shorter >= best.shorter:
                break
            tried = self._try(best.dropped, shorter)
            if tried.peak <= budget and tried.flops <= best.flops:
                return tried
        return best

    def _cheap(self) -> Iterator[Fitted]:
        """What costs the fewest operations for its bytes."""
        order = sorted(self.candidates, key=lambda c: c.flops / c.bytes)
        together = sum(c.bytes for c in order)
        for share in _SHARES:
            taken, so_far = [], 0
            for candidate in order:
                if so_far < share * together:
                    taken.append(candidate)
                    so_far += candidate.bytes
            yield self._try(taken)

    def _stretches(self) -> Iterator[Fitted]:
        """All but a few values; what lies between two of them is made again at a time."""
        for parts in _PARTS:
            if parts < len(self.candidates):
                yield self._try(thinned(self.candidates, parts))

    def _one_by_one(self) -> Iterator[Fitted]:
        """From the least peak on, one value dropped or saved as long as that lowers it."""
        best = min(self.tried.values(), key=lambda t: (t.peak, t.flops))
        order = sorted(self.candidates, key=lambda c: -c.bytes)
        moves, last = self.moves, None
        while best is not last:
            last = best
            for candidate in order:
                if not moves:
                    return
                moves -= 1
                tried = self._try({*best.dropped} ^ {candidate})
                yield tried
                if (tried.peak, tried.flops) < (best.peak, best.flops):
                    best = tried

    def _saving_more(self, best: Fitted, budget: int) -> Fitted:
        """Without what costs much and need not be dropped."""
        for candidate in sorted(best.dropped, key=lambda c: -c.flops)[: self.moves]:
            tried = self._try({*best.dropped} - {candidate}, best.shorter)
            if tried.peak <= budget and tried.flops <= best.flops:
                best = tried
        return best

    def _try(self, taken: Collection[Candidate], shorter: int = 0) -> Fitted:
        """What comes of dropping so much; blocks are as they are tried now, if nothing is said."""
        shorter = shorter or self.shorter
        dropped = sorted(taken, key=self.places.__getitem__)
        key = shorter, tuple([self.places[c] for c in dropped])
        if key not in self.tried:
            values = frozenset([v for c in dropped for v in c.dropped])
            plan = self.make(self.joined, values, shorter)
            most, flops = peak(plan, self.dims, self.target), operations(plan, self.dims)
            self.tried[key] = Fitted(self.joined, most, flops, tuple(dropped), self.cuts, shorter)
        return self.tried[key]


def operations(plan: Plan, dims: Mapping[str, int]) -> int:
    """The arithmetic operations of `value_and_grad`, of all losses together."""
    routines = {r.name: r.nodes for r in plan.program.routines}
    together = 0
    for part in plan.program.parts:
        own: Sequence[Node] | None = routines.get(part.at_once)
        nodes = own if own is not None else (*routines["forward"], *routines[part.backward])
        together += known(cost_of(nodes).flops, dims)
    return together
