"""Identity: numbers for values, equal exactly where the same operations make them of the same.

What a value is called, and where its statement stands, is no part of it. A number stands for an
operation, its attributes and the numbers of its operands, so equal numbers are equal trees (hash
consing, after Ershov, 1958). What a loop carries is told apart by how it starts and what follows
it, round by round, as states of an automaton are (Hopcroft, 1971): slots that are never told apart
hold the same numbers at every step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from gradc.comparison.renamed import NONE, Renaming
from gradc.ir.loop import all_nodes, needed_for
from gradc.ir.node import Apply, Node, Scan, Value, applies

Numbers = dict[Value, int]

EITHER_WAY = frozenset({"add", "multiply"})
"""Bit for bit the same with their operands the other way round."""

SAME_VALUE = frozenset({"stop_gradient", "checkpoint", "itself"})
"""What hands on its operand bit for bit: what it says is about derivatives alone."""


class Identities:
    """Numbers by what they stand for: one table for all graphs that are compared.

    What draws random numbers is known by its place among the draws of its graph.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], int] = {}
        self._draws: dict[Node, int] = {}
        self._sums: dict[int, int] = {}  # what stands for the terms of a number that is a sum

    def number(self, *key: Any) -> int:
        """The number of what a key says."""
        return self._known.setdefault(key, len(self._known))

    def start(self, nodes: Iterable[Node]) -> None:
        """The next nodes are of the graph that has these: its draws are counted in their order."""
        drawing = [n for n in all_nodes(nodes) if isinstance(n, Apply) and n.traits.impure]
        self._draws = {n: i for i, n in enumerate(drawing)}

    def add(
        self, nodes: Iterable[Node], there: Numbers, renaming: Renaming = NONE, depth: int = 0
    ) -> None:
        """Adds the numbers of what nodes make; those of what they read are in `there`.

        `depth` is in how many loops the nodes are; what they say is read by a `renaming`.
        """
        for node in nodes:
            if isinstance(node, Scan):
                self._scan(node, there, renaming, depth)
                continue
            operands = tuple([there[v] for v in node.operands])
            if node.name in SAME_VALUE:
                there[node.result] = operands[0]
                continue
            if node.name == "add" and (node.adjoint_of is not None or node.origin.is_derived):
                there[node.result] = self._sum(operands)
                continue
            if node.name in EITHER_WAY:
                operands = tuple(sorted(operands))
            made = self.number(node.name, said(node, renaming), self._draws.get(node), operands)
            for place, result in enumerate(node.results):
                there[result] = self.number("of", made, place)

    def _sum(self, terms: Iterable[int]) -> int:
        """The number of a sum of contributions, which come in the order of the file.

        It is known by the sum of 128-bit digests of its terms (Clarke et al., 2003), in which no
        order is left, and no brackets.
        """
        found = sum([self._sums.get(t) or _digest(t) for t in terms]) % _MODULUS
        number = self.number("sum", found)
        self._sums[number] = found
        return number

    def _scan(self, scan: Scan, there: Numbers, renaming: Renaming, depth: int) -> None:
        inner = depth + 1
        given: Numbers = {s.parameter: there[s.value] for s in scan.captured}
        sizes = [renaming.attribute(s) for s in (scan.count, scan.block, scan.rows)]
        turns = (*map(repr, sizes), scan.reverse)
        for walked in scan.walked:
            whole = there[walked.whole]
            given[walked.parameter] = self.number(
                "each", inner, whole, walked.axis, renaming.attribute(walked.start), turns
            )
        reached = _reached(scan)
        settled: dict[frozenset[int], Numbers] = {}

        def of(value: Value) -> Numbers:
            """The numbers of the parameters, as far as a value of the body hangs on them."""
            slots = reached.get(value, frozenset())
            if slots not in settled:
                settled[slots] = self._settled(scan, slots, given, there, renaming, inner)
            return settled[slots]

        for slot in scan.carried:
            numbers = of(slot.parameter)
            there[slot.result] = self.number("last", turns, numbers[slot.parameter])
            if slot.states is not None:
                there[slot.states] = self.number("states", turns, numbers[slot.parameter])
        for made in scan.collected:
            body = dict(of(made.value))
            self.add(needed_for(scan.nodes, [made.value]), body, renaming, inner)
            there[made.stack] = self.number("stack", turns, made.axis, body[made.value])

    def _settled(
        self, scan: Scan, slots: frozenset[int], given: Numbers, there: Numbers,
        renaming: Renaming, depth: int,
    ) -> Numbers:  # fmt: skip
        """The numbers of a body's parameters, once its slots are told apart as far as they are."""
        own = [scan.carried[i] for i in sorted(slots)]
        first = {s: self.number("carried", depth, there[s.initial]) for s in own}
        nodes = needed_for(scan.nodes, [s.following for s in own])
        numbers = {**given, **{s.parameter: first[s] for s in own}}
        for _ in own:
            body = dict(numbers)
            self.add(nodes, body, renaming, depth)
            numbers |= {
                s.parameter: self.number("carried", depth, first[s], body[s.following]) for s in own
            }
        return numbers


_MODULUS = 1 << 128


def _digest(number: int) -> int:
    return int.from_bytes(blake2b(b"%d" % number, digest_size=16).digest())


def said(node: Node, renaming: Renaming = NONE) -> str:
    """What a node says beside its operands; a literal by its value, however it is written."""
    if not isinstance(node, Apply):
        return ""
    attrs = renaming.attribute(node.attrs[:1] if applies(node, "constant") else node.attrs)
    kind = renaming.type(node.result.type)
    return f"{attrs!r} " + ("" if node.operands else f"{'weak ' * kind.weak}{kind}")


def _reached(scan: Scan) -> Mapping[Value, frozenset[int]]:
    """For each value of a body the slots that it hangs on, by way of further steps too."""
    hangs: dict[Value, frozenset[int]] = {
        s.parameter: frozenset([i]) for i, s in enumerate(scan.carried)
    }
    for node in scan.nodes:
        of = frozenset[int]().union(*[hangs.get(v, frozenset()) for v in node.operands])
        hangs.update(dict.fromkeys(node.results, of))
    ways = [hangs.get(s.following, frozenset()) | {i} for i, s in enumerate(scan.carried)]
    while True:
        wider = [way.union(*[ways[i] for i in way]) for way in ways]
        if wider == ways:
            break
        ways = wider
    return {v: of.union(*[ways[i] for i in of]) for v, of in hangs.items()}
