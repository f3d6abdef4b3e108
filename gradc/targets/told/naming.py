"""Naming: what the variables of a function are called.

The user's own names come first. All else is called by the last part of its path that no other
variable of the function has: `hat` rather than `block.norm1.hat`, and `norm1_hat` where there are
two. What nobody named goes by what it serves and what it is: `J_total`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Value
from gradc.ir.plan import Block, all_statements
from gradc.passes.differentiate import RULE
from gradc.passes.plan.variables import Variable
from gradc.records import dataclass, field

FLAT = "flat"
"""What a value is called of which only the sizes change."""

_LONGEST = 20  # letters of a part that stands between others


class Namespace(Protocol):
    """Identifiers of a function, each handed out once."""

    def claim(self, name: str) -> str:
        """An identifier for a name; numbered only where it is taken already."""

    def is_taken(self, name: str) -> bool:
        """Whether that would be numbered."""


@dataclass(slots=True)
class _Wish:
    """What a variable would like to be called, the dearest name first."""

    variable: Variable
    names: list[str]
    at: int = 0

    @property
    def name(self) -> str:
        return self.names[self.at]

    def extend(self) -> bool:
        """Goes on to its next name; False where it has none."""
        if self.at + 1 == len(self.names):
            return False
        self.at += 1
        return True


@dataclass(slots=True)
class Naming:
    """Names for the functions of one module, so that a thing goes by one name in all of them.

    `cotangent` is what the names of cotangents begin with, `derivatives` those of derivatives
    that the graph itself takes.
    """

    cotangent: str
    derivatives: tuple[str, ...] = ()
    users: frozenset[str] = frozenset()  # what the user named, so that nothing else goes by it
    earlier: dict[str, str] = field(default_factory=dict)  # the names given so far, by path
    _made: set[Value] = field(default_factory=set)  # what has a variable in the function at hand

    def named(
        self,
        variables: Iterable[Variable],
        known: Mapping[Value, str],
        space: Namespace,
        loops: int = 0,
        views: Mapping[Value, View] | None = None,
        reads: Mapping[Value, int] | None = None,
    ) -> tuple[dict[Value, str], list[str]]:
        """The name of each value, and what counts the steps of loops, by how deep they stand.

        Those in `known` have a name, and lend it to their variable. `views` are what nameless
        values are shown as. With `reads`, how often values are read, a variable goes by what
        is read most of it.
        """
        variables = list(variables)
        self._made = {v for variable in variables for v in variable.values}
        names: dict[Value, str] = {}
        wishes: list[_Wish] = []
        for variable in variables:
            values = variable.values
            given = [known[v] for v in values if v in known]
            users = [] if given else [v.name for v in values if v.named]
            if given or users:
                name = given[0] if given else space.claim(users[0])
                for value in values:
                    names[value] = name
            else:
                wishes.append(
                    _Wish(variable, self._free(self._wishes(variable, views or {}, reads)))
                )
        counters = [space.claim("t") for _ in range(loops)]
        self._settle(wishes, space)
        for wish in wishes:
            name = space.claim(wish.name)
            names.update(dict.fromkeys(wish.variable.values, name))
        for value, name in names.items():
            if not value.named:
                self.earlier.setdefault(value.name, name)
        return names, counters

    def _free(self, names: Iterable[str]) -> list[str]:
        """Those that are not the name, or the cotangent, of something else."""
        found = list(names)
        taken = self.users
        free = [n for n in found if self._apart(n)[1] not in taken]
        return free or found[-1:]

    def _settle(self, wishes: list[_Wish], space: Namespace) -> None:
        """Lengthens names until no two are one, as far as that goes."""
        while True:
            count = Counter(w.name for w in wishes)
            shared = [w for w in wishes if count[w.name] > 1 or space.is_taken(w.name)]
            if not any([w.extend() for w in shared]):
                break

    def _wishes(
        self, variable: Variable, views: Mapping[Value, View], reads: Mapping[Value, int] | None
    ) -> Iterator[str]:
        value = _teller(variable) if reads is None else max(variable.values, key=reads.__getitem__)
        if (view := views.get(variable.values[-1])) is not None:
            # What is seen as it is shown alone goes by that name.
            is_flat = view.shown in self._made
            if not is_flat or view.is_smaller:
                end = f"_{FLAT}" * is_flat + view.suffix
                for length in range(1, len(view.shown.name.split(".")) + 1):
                    yield self._end(view.shown.name, length) + end
        if (known := self.earlier.get(value.name)) is not None:
            yield known
        path, _, rule = value.name.partition(f".{RULE}.")
        own, rest = self._apart(path)
        parts = rest.split(".")
        if rule:
            made = rule.replace(f"{RULE}.", "").split(".")
            yield from self._of_rule(own or self.cotangent, parts, made, value)
        else:
            parts = _told(parts)
            for length in range(1 + (value.nameless and len(parts) > 1), len(parts) + 1):
                yield self._end(path, length)

    def _end(self, path: str, length: int) -> str:
        """The last parts of a path, those of a cotangent as one of what they name."""
        own, rest = self._apart(path)
        return own + "_".join(_told(rest.split("."))[-length:])

    def _apart(self, path: str) -> tuple[str, str]:
        """`dJ_ddE_d` and `x` of the cotangent of a derivative: what is derived, and by what."""
        begins, rest = (self.cotangent, *self.derivatives), path
        while (found := next((b for b in begins if rest.startswith(b)), None)) is not None:
            rest = rest[len(found) :]
        return path[: len(path) - len(rest)], rest

    def _of_rule(
        self, served: str, path: list[str], rule: list[str], value: Value
    ) -> Iterator[str]:
        """What a rule makes on the way: `dhat` is the cotangent of what is called `hat`."""
        *before, last = rule
        if last.startswith("d") and len(last) > 1 and not value.nameless:
            parts, own = [*path, *before, last[1:]], served
            shortest = 1
        elif value.nameless and not before:
            parts, own = [*path, last], served
            shortest = 2
        else:
            parts, own = rule, ""
            shortest = 1 + (value.nameless and len(rule) > 1)
        for length in range(shortest, len(parts) + 1):
            yield own + "_".join(parts[-length:])
        if parts is rule:
            yield "_".join([*path, *rule])


@dataclass(frozen=True, slots=True)
class View:
    """What a value with other axes is shown as: `dJ_dlogits_flat` becomes `dJ_dlogits`."""

    shown: Value
    is_smaller: bool  # it has fewer axes
    suffix: str = ""  # of a stack of such values


def views_of(block: Block) -> dict[Value, View]:
    """What the values of a function, and of the loops in it, are shown as."""
    found: dict[Value, View] = {}
    pending = [block]
    while pending:
        here = pending.pop()
        for node in here.nodes:
            if type(node) is not Apply or node.op.short != FLAT or node.result.nameless:
                continue
            ranks = node.operands[0].type.rank, node.result.type.rank
            if ranks[0] != ranks[1]:
                view = View(node.result, ranks[0] < ranks[1])
                found.setdefault(node.operands[0], view)
        pending += [s.repetition.body for s in here.statements if s.repetition is not None]
    for statement in all_statements(block):
        for slot in statement.repetition.scan.collected if statement.repetition else ():
            if slot.stack.nameless and (seen := found.get(slot.value)) is not None:
                found[slot.stack] = View(seen.shown, seen.is_smaller, "_steps")
    return found


def _told(parts: Sequence[str]) -> list[str]:
    """The parts of a path worth telling: none twice running, and no long one in the middle.

    A function's name of that length says less of what it makes than the statement that calls it.
    """
    *before, last = parts
    told = before[:1] + [p for p in before[1:] if len(p) <= _LONGEST]
    return [p for p, following in pairwise([*told, last]) if p != following] + [last]


def _teller(variable: Variable) -> Value:
    """The value that says what a variable is: the last that has a name, or that a rule has a
    derivative for, rather than what it makes on the way."""
    values = variable.values[::-1]
    named = [v for v in values if not v.nameless]
    return next(iter([*named, *[v for v in values if f".{RULE}." not in v.name], *values]))


def cotangent_of(graph: Graph) -> str:
    """What the names of cotangents begin with."""
    return f"d{graph.loss}_d" if graph.loss else "d_"


def naming_of(graph: Graph, users: Iterable[str]) -> Naming:
    """Names for the functions of a module; `users` are those that its user gave."""
    derivatives = sorted(graph.differentiated, key=len, reverse=True)
    return Naming(
        cotangent_of(graph),
        tuple([f"d{name}_d" for name in derivatives]),
        frozenset([name.replace(".", "_") for name in users]),
    )
