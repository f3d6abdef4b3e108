"""How arguments come into the functions of a module: signatures, doors, what they bind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradc.ir.graph import Graph
from gradc.ir.node import Node, Value
from gradc.ir.positions import Position, positions_of
from gradc.ir.sizes import Size, alone, dimensions_of
from gradc.ir.solving import given_by
from gradc.targets.python.door import Argument, Door, check_of
from gradc.targets.python.expression import Atom, Expr, Items
from gradc.targets.python.fields import Kind
from gradc.targets.python.identifiers import string
from gradc.targets.python.layout import (
    assigned_together,
    returned_together,
    taken_apart,
    without_parentheses,
)
from gradc.targets.python.shared import Shared
from gradc.targets.python.statements import statement
from gradc.targets.python.surroundings import Surroundings, keys_looked_at


class Entrance:
    """Writes the first statements of `forward` and `predict`, and `_params`."""

    def __init__(
        self,
        graph: Graph,
        shared: Shared,
        accepted: Kind,
        *,
        is_plain: bool = False,
        is_fast: bool = False,
        has_floats: bool = False,
    ):
        """`accepted` says what an argument of a type may be."""
        self.is_plain, self.is_fast, self.has_floats = is_plain, is_fast, has_floats
        self.graph, self.shared, self.accepted = graph, shared, accepted

    def _argument(self, name: str, value: Value, given: str = "") -> Argument:
        variable = self.shared.spelled[value]
        return Argument(name, variable, given or variable, value.type)

    def _door(self, needed: Callable[[str], bool]) -> Door:
        return Door(
            self.shared.dims, needed, self.graph.solving, is_plain=self.is_plain,
            is_fast=self.is_fast, has_floats=self.has_floats,
        )  # fmt: skip

    @property
    def inputs(self) -> list[Argument]:
        """The inputs as arguments."""
        return [self._argument(i.name, i.value) for i in self.graph.inputs]

    @property
    def _params(self) -> list[Argument]:
        return [
            self._argument(p.name, p.value, f"params[{string(p.name)}]") for p in self.graph.params
        ]

    def signature(self, inputs: Sequence[Argument], around: Surroundings) -> str:
        """The arguments of a function that takes these inputs."""
        parts = ["params: Params"] if self.graph.params else []
        given = {a.variable: self.accepted(a.type) for a in inputs} | around.keywords()
        keywords = [f"{name}: {kind}" for name, kind in given.items()]
        return ", ".join([*parts, *(["*", *keywords] if keywords else [])])

    def let_in(
        self,
        inputs: Sequence[Argument],
        used: set[str],
        around: Surroundings,
        nodes: Sequence[Node],
    ) -> list[str]:
        """The statements of a door: parameters, inputs, what sizes have to satisfy.

        `nodes` are those that may use inputs as positions.
        """
        solving = self.graph.solving
        given = {given_by(s, solving) for a in (*self._params, *inputs) for s in a.type.shape}
        checks = [
            c
            for c in self.graph.checks
            if c.dimensions <= given and (c.relation != "differs" or around.training)
        ]
        door = self._door(lambda n: n in used)
        used = used.union(*(c.dimensions for c in checks))
        placed = self._placed(inputs, nodes)
        used = used.union(*(dimensions_of(p.size) for _, found in placed for p in found))
        unsettled = self._unsettled(given)
        used = used.union(*(dimensions_of(s) for _, sizes in unsettled for s in sizes))
        door.needed = lambda n: n in used
        lines: list[str] = []
        if self.graph.params:
            lines += taken_apart([a.variable for a in self._params], "_params(params)")
            lines += self._bind_from_params(door, used, inputs)
        lines += door.admit(inputs)
        for argument, sizes in unsettled:
            lines += door.agree(argument, sizes)
        for argument, positions in placed:
            lines += door.place(argument, positions)
        lines += around.door([self.shared.spelled[s.value] for s in self.graph.states])
        return [*lines, *door.settle(checks)]

    def _placed(
        self, inputs: Sequence[Argument], nodes: Sequence[Node]
    ) -> list[tuple[Argument, list[Position]]]:
        """The inputs that are positions, and among how many; a label is no index as well."""
        values = {i.name: i.value for i in self.graph.inputs}
        found = positions_of(nodes)
        placed = []
        for argument in inputs:
            positions = found.get(values[argument.name], {})
            labels = {p.size for p in positions if p.is_label}
            placed.append((argument, [p for p in positions if p.is_label or p.size not in labels]))
        self.shared.helpers.update(check_of(p) for _, positions in placed for p in positions)
        return placed

    def _unsettled(self, given: set[str | None]) -> list[tuple[Argument, list[Size]]]:
        """Sizes of parameters that `_params` cannot check, since inputs give their dimensions."""
        own = {given_by(s, self.graph.solving) for a in self._params for s in a.type.shape}
        found = []
        for argument in self._params:
            sizes: list[Size] = [
                size
                for size in argument.type.shape
                if not isinstance(size, int)
                and alone(size) is None
                and not dimensions_of(size) <= own
                and dimensions_of(size) <= given
            ]
            if sizes:
                found.append((argument, sizes))
        return found

    def _bind_from_params(
        self, door: Door, used: set[str], inputs: Sequence[Argument]
    ) -> list[str]:
        """The dimensions that parameters give; `_params` has checked that they agree."""
        later = {n for a in inputs for s in a.type.shape for n in dimensions_of(s)}
        lines: list[str] = []
        for argument in self._params:
            lines += door.bind(argument, lambda n: n in used or n in later)
        return lines

    def _looked_up(self) -> list[str]:
        """The statements that take parameters out of a dictionary: its names are looked at where
        it is none, has another number of them, or lacks one."""
        arguments = self._params
        self.shared.helpers.add("_names")
        refuse = "        _names(params, Params.__annotations__.keys())"
        given: list[Expr] = [Atom(a.given) for a in arguments]
        lines = assigned_together([a.variable for a in arguments], given, 4)
        if len(lines) > 1:
            lines = [f"    {a.variable} = {a.given}" for a in arguments]
        return [
            f"    if type(params) is not dict or len(params) != {len(arguments)}:",
            refuse,
            "    try:",
            *[f"    {line}" for line in lines],
            "    except KeyError:",
            refuse,
            "        raise",
        ]

    def admit_params(self) -> list[str]:
        """The body of `_params`."""
        if not self.graph.params:
            return []
        names = [a.variable for a in self._params]
        door = self._door(lambda n: False)
        if self.is_fast:
            lines = self._looked_up()
            lines += door.admit([self._argument(p.name, p.value) for p in self.graph.params])
            if len(names) == 1:
                return [*lines, f"    return ({names[0]},)"]
            return [*lines, *without_parentheses(returned_together(names, "()"))]
        looked_at = [
            "    expected = Params.__annotations__.keys()",
            *keys_looked_at("params", "no parameter"),
        ]
        lines = door.admit(self._params)
        if len(names) == 1:
            return [*looked_at, *lines, f"    return ({names[0]},)"]
        named = [*lines, *without_parentheses(returned_together(names, "()"))]
        at_once = statement("return ", Items([door.checked(a) for a in self._params]))
        is_bound = any(not isinstance(s, int) for a in self._params for s in a.type.shape)
        is_bound = is_bound or self.is_plain
        return looked_at + (named if is_bound or len(named) < len(at_once) else at_once)
