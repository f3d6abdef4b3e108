"""What becomes of gradients: which statements contribute to each, and by which rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from gradc.comparison.change import Change
from gradc.comparison.identity import Identities, Numbers
from gradc.comparison.pairing import Matching
from gradc.comparison.quoted import brief, line_of
from gradc.comparison.side import Side
from gradc.comparison.touched import spans_of
from gradc.ir.graph import Graph
from gradc.ir.node import Node, Value
from gradc.passes.separate import each
from gradc.source import Span

Place: TypeAlias = tuple[int, int]
"""A statement: its file, and where it begins."""


def gradients(
    old: Graph,
    new: Graph,
    identities: Identities,
    matching: Matching,
) -> Iterator[Change]:
    """The gradients that are new, gone, of other terms, or otherwise another number.

    What the primal has changed is in `matching`.
    """
    before = {part.loss: part for part in each(old)}
    after = {part.loss: part for part in each(new)}
    for loss in dict.fromkeys([*after, *before]):
        if loss in before and loss in after:
            yield from _Part(before[loss], after[loss], identities, matching).changes()
            continue
        part = after.get(loss) or before[loss]
        what, message = ("new", "is taken now") if loss in after else ("gone", "is not taken now")
        for given in part.gradients:
            yield Change("gradient", _shown(loss, given.name), what, message, None, None)


def _shown(loss: str | None, name: str) -> str:
    return f"d{loss}/d{name}" if loss else f"the gradient by {name}"


class _Part:
    """The gradients of one loss, before and after."""

    def __init__(self, old: Graph, new: Graph, identities: Identities, matching: Matching):
        self.old, self.new, self.primal = old, new, matching
        self.numbers = (
            _with_adjoints(old, matching.old, identities),
            _with_adjoints(new, matching.new, identities),
        )
        self.uses = _uses(old), _uses(new)
        self.beside = _beside(matching)

    def changes(self) -> Iterator[Change]:
        before = {g.name: g.value for g in self.old.gradients}
        after = {g.name: g.value for g in self.new.gradients}
        for name in dict.fromkeys([*after, *before]):
            shown = _shown(self.new.loss, name)
            if name not in before:
                yield Change("gradient", shown, "new", "is taken now", None, None)
            elif name not in after:
                yield Change("gradient", shown, "gone", "is not taken now", None, None)
            elif self.numbers[0][before[name]] != self.numbers[1][after[name]]:
                yield from self._other(name, shown)

    def _other(self, name: str, shown: str) -> Iterator[Change]:
        """What is told of a gradient that is another number."""
        used = [bool(uses[graph.arguments[name]])
                for uses, graph in zip(self.uses, (self.old, self.new), strict=True)]  # fmt: skip
        terms = list(self._terms(name, shown))
        if used == [True, False]:
            is_one = len(terms) == 1
            why = f"it {terms[0].message}" if is_one else "it loses all of its terms"
            place = terms[0].before if is_one else None
            yield Change("gradient", shown, "changed", f"is 0 now: {why}", place, None)
        elif used == [False, True] and len(terms) == 1:
            message = f"is no longer 0: it {terms[0].message}"
            yield Change("gradient", shown, "changed", message, None, terms[0].after)
        elif terms:
            yield from terms
        else:
            message = "changes with what it is made of"
            yield Change("gradient", shown, "changed", message, None, None, follows=True)

    def _terms(self, name: str, shown: str) -> Iterator[Change]:
        """The uses of what is differentiated by that are new, or gone."""
        before = list(self.uses[0].get(self.old.arguments[name], ()))
        after = list(self.uses[1].get(self.new.arguments[name], ()))
        for alike in (self._is_same, self._is_mate, self._does_the_same, self._is_beside):
            for use in list(before):
                mate = next((u for u in after if alike(use, u)), None)
                if mate is not None:
                    before.remove(use)
                    after.remove(mate)
        for node in after:
            message = f"gets a term, from `{_written(node)}`"
            yield Change("gradient", shown, "changed", message, None, _span(node))
        for node in before:
            message = f"loses a term, from `{_written(node)}`"
            yield Change("gradient", shown, "changed", message, _span(node), None)

    def _is_same(self, old: Node, new: Node) -> bool:
        return self.primal.same(old.result, new.result)

    def _is_mate(self, old: Node, new: Node) -> bool:
        return any(self.primal.are_mates(a, b) for a in old.results for b in new.results)

    def _does_the_same(self, old: Node, new: Node) -> bool:
        return self._is_beside(old, new) and old.name == new.name

    def _is_beside(self, old: Node, new: Node) -> bool:
        """Whether two uses are of one statement, or of statements that belong together."""
        return _key(new) in self.beside.get(_key(old), ())


def _beside(matching: Matching) -> dict[Place, set[Place]]:
    """For each statement before, those that make what it makes, or what became of that."""
    alike = {number: v for v, number in matching.new.numbers.items()}
    found: dict[Place, set[Place]] = {}
    for value, node in matching.old.made.items():
        mate = matching.there.get(value) or alike.get(matching.old.numbers[value])
        if mate is not None and (maker := matching.new.made.get(mate)) is not None:
            found.setdefault(_key(node), set()).add(_key(maker))
    return found


def _with_adjoints(graph: Graph, primal: Side, identities: Identities) -> Numbers:
    numbers = dict(primal.numbers)
    for seed in graph.seeds:
        kind = primal.renaming.type(seed.value.type)
        numbers[seed.value] = identities.number("seed", seed.name, str(kind))
    identities.start(graph.nodes)
    identities.add(graph.adjoints, numbers, primal.renaming)
    return numbers


def _uses(graph: Graph) -> dict[Value, list[Node]]:
    """The nodes by which a derivative of the loss comes to each argument."""
    found: dict[Value, list[Node]] = {v: [] for v in graph.arguments.values()}
    needed = set(graph.loss_values)
    for node in reversed(graph.nodes):
        if node.name == "stop_gradient" or needed.isdisjoint(node.results):
            continue
        needed.update(node.operands)
        for value in dict.fromkeys(node.operands):
            if value in found:
                found[value].insert(0, node)
    return found


def _key(node: Node) -> Place:
    """The statement that a node is of."""
    span = node.origin.span
    return (0, 0) if span is None else (id(span.source), span.start)


def _span(node: Node) -> Span | None:
    return next(spans_of(node), None)


def _written(node: Node) -> str:
    span = _span(node)
    return node.name if span is None else brief(line_of(span))
