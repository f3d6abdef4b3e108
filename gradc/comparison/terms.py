"""What becomes of gradients: which statements contribute to each, and by which rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from gradc.comparison.change import Change
from gradc.comparison.identity import Identities
from gradc.comparison.pairing import Matching
from gradc.comparison.quoted import Quoted, brief, line_of
from gradc.comparison.side import Side
from gradc.ir.graph import Graph
from gradc.ir.node import Call, Node, Value
from gradc.passes.separate import each
from gradc.passes.trim import live_nodes

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

    def __init__(
        self,
        old: Graph,
        new: Graph,
        identities: Identities,
        matching: Matching,
    ):
        self.old, self.new, self.primal = old, new, matching
        sides = (
            _with_adjoints(old, matching.old, identities),
            _with_adjoints(new, matching.new, identities),
        )
        self.rules = _Rules(identities, *sides, matching)
        self.uses = _uses(old), _uses(new)
        self.beside = _beside(matching)

    def changes(self) -> Iterator[Change]:
        before = {g.name: g.value for g in self.old.gradients}
        after = {g.name: g.value for g in self.new.gradients}
        differ = []
        for name in dict.fromkeys([*after, *before]):
            shown = _shown(self.new.loss, name)
            if name not in before:
                yield Change("gradient", shown, "new", "is taken now", None, None)
            elif name not in after:
                yield Change("gradient", shown, "gone", "is not taken now", None, None)
            elif not self.rules.same(before[name], after[name]):
                differ.append(name)
                self.rules.pair(before[name], after[name])
        ruled = set()
        for change in self._rules() if differ else ():
            ruled.add(change.name)
            yield change
        for name in differ:
            shown = _shown(self.new.loss, name)
            terms = list(self._terms(name, shown))
            yield from terms
            if not terms and shown not in ruled:
                message = "changes with what it is made of"
                yield Change("gradient", shown, "changed", message, None, None, follows=True)

    def _rules(self) -> Iterator[Change]:
        """The rules of the user's functions that say something else."""
        begins = f"d{self.new.loss}_d"
        for statement in self.rules.changed():
            for text in statement.texts:
                name = statement.name
                if name.startswith(begins):
                    name = _shown(self.new.loss, name.removeprefix(begins))
                message = f"comes of another derivative rule of `{text.new}`"
                yield Change("gradient", name, "changed", message, text.before, text.after)

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
            yield Change("gradient", shown, "changed", message, None, node.span)
        for node in before:
            message = f"loses a term, from `{_written(node)}`"
            yield Change("gradient", shown, "changed", message, node.span, None)

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


class _Rules(Matching):
    """Tells of derivative rules alone: the primal was looked at before."""

    tells_parts = False

    def tell(self, old: Node, new: Node, texts: list[Quoted]) -> None:
        rules = [node.adjoint_of for node in (old, new)]
        names = [r.name for r in rules if isinstance(r, Call) and r.function.known is None]
        if len(names) == 2 and names[0] == names[1]:
            name = names[0]
            texts.append(Quoted(name, name, old.origin.span, new.origin.span))


def _with_adjoints(graph: Graph, primal: Side, identities: Identities) -> Side:
    numbers = dict(primal.numbers)
    for seed in graph.seeds:
        numbers[seed.value] = identities.number("seed", seed.name, str(seed.value.type))
    identities.start(graph.nodes)
    identities.add(graph.adjoints, numbers)
    return Side((*graph.nodes, *graph.adjoints), numbers)


def _uses(graph: Graph) -> dict[Value, list[Node]]:
    """The nodes on the way to the loss that read each argument."""
    found: dict[Value, list[Node]] = {v: [] for v in graph.arguments.values()}
    for node in live_nodes(graph.nodes, graph.loss_values):
        for value in dict.fromkeys(node.operands):
            if value in found:
                found[value].append(node)
    return found


def _key(node: Node) -> Place:
    """The statement that a node is of."""
    span = node.origin.span
    return (0, 0) if span is None else (id(span.source), span.start)


def _written(node: Node) -> str:
    span = node.span or node.origin.span
    return node.name if span is None or span.source.is_library else brief(line_of(span))
