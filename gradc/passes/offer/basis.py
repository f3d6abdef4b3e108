"""Basis: the matrix of a linear map, a column or a row for each element of a seed, by a loop.

What depends on no seed stands in front of the loops. What other seeds move is 0 where one of them
goes along its basis, and falls away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradc.ir.builder import Builder
from gradc.ir.graph import Output
from gradc.ir.library import Library
from gradc.ir.loop import captured_values, fresh
from gradc.ir.node import Captured, Fragment, Node, Value, Walked, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.sizes import product
from gradc.ir.types import Type
from gradc.passes.offer.counting import counting, is_in_turn, numbers
from gradc.passes.offer.restrict import reached, restricted
from gradc.records import dataclass


@dataclass(frozen=True, slots=True)
class Linear:
    """Nodes, and what they make of seeds; it is linear in these."""

    nodes: Sequence[Node]
    seeds: Sequence[Output]
    results: Sequence[Output]


class Basis:
    """The entries of a matrix: forward, its columns are the seeds'; else its rows are."""

    def __init__(
        self,
        library: Library,
        linear: Linear,
        *,
        is_forward: bool,
        of: str = "",
        groups: Mapping[str, Sequence[int]] | None = None,
    ):
        """`groups` are elements of seeds that go together: a number for each, by names."""
        self.groups = groups or {}
        self.of = f"d{of}_d" if of else "d"  # what names of entries begin with
        self.library, self.linear, self.is_forward = library, linear, is_forward
        self.moved = reached(linear.nodes, [s.value for s in linear.seeds], all_of_loops=True)
        self.found: dict[tuple[str, str], Value] = {}
        self.builder = Builder(library, Origin(None, ""))
        self.builder.nodes += [n for n in linear.nodes if self.moved.isdisjoint(n.results)]
        self.moving = [n for n in linear.nodes if not self.moved.isdisjoint(n.results)]
        for seed in linear.seeds:
            self._along(seed)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All that the entries are made of."""
        return tuple(self.builder.nodes)

    def entry(self, row: Output, column: Output) -> Value:
        """The derivative of one by the other; both are given with a value of their type."""
        seed, result = (column, row) if self.is_forward else (row, column)
        made = self.found.get((seed.name, result.name))
        shape = (*row.value.type.shape, *column.value.type.shape)
        name = self._called(seed, result)
        if made is None:
            zeros = self.library.operation("zeros")
            return self.builder.emit(zeros, (), (shape, row.value.type.dtype), name)
        if made.type.shape != shape:
            made = self.builder.emit(self.library.operation("reshape"), [made], (shape,), name)
            made.named = True
        return made

    def _called(self, seed: Output, result: Output) -> str:
        row, column = (result, seed) if self.is_forward else (seed, result)
        return f"{self.of}{row.name}_d{column.name}"

    def _along(self, seed: Output) -> None:
        """The results that a seed moves, one behind the other for all elements of it."""
        moved = reached(self.moving, [seed.value])
        results = [r for r in self.linear.results if r.value in moved]
        if not results:
            return
        kind = seed.value.type
        parameter = seed.value.again()
        nodes, there = restricted(self.moving, self.moved, moved, self.library)
        given = {seed.value: parameter}
        copy, own = fresh(Fragment((), tuple([renamed_operands(n, given) for n in nodes]), ()))
        body = copy.nodes
        values = [there.get(r.value, r.value) for r in results]
        made = [given.get(v, own.get(v, v)) for v in values]
        if not kind.shape:
            one = self.builder.emit(
                self.library.operation("astype"), [self.builder.constant(1.0, "1")], (kind.dtype,)
            )
            self.builder.nodes += [renamed_operands(n, {parameter: one}) for n in body]
            found = [one if v is parameter else v for v in made]
        else:
            found = self._loop(seed, parameter, body, made)
        for result, value in zip(results, found, strict=True):
            if value in made or kind.shape:
                value.name, value.named = self._called(seed, result), True
            if len(kind.shape) > 1:
                value.name += "_columns" if self.is_forward else "_rows"
            self.found[seed.name, result.name] = value

    def _loop(
        self, seed: Output, parameter: Value, body: Sequence[Node], made: Sequence[Value]
    ) -> list[Value]:
        kind, builder = seed.value.type, self.builder
        groups = self.groups.get(seed.name)
        count = product(kind.shape) if groups is None else len(set(groups))
        operation = self.library.operation
        name = f"{seed.name}_basis"
        if groups is not None and count != len(groups):
            whole = self._together(groups, kind, name)
        elif len(kind.shape) == 1:
            whole = builder.emit(operation("eye"), (), (count, None, 0, kind.dtype), name)
        else:
            flat = builder.emit(operation("eye"), (), (count, None, 0, kind.dtype))
            whole = builder.emit(operation("reshape"), [flat], ((count, *kind.shape),), name)
        around = captured_values(body, [parameter])
        there = {v: v.again() for v in around}
        stacks = [(v, len(v.type.shape) if self.is_forward else 0) for v in made]
        scan = builder.scan(
            (),
            [Walked(parameter, whole, 0)],
            [Captured(there[v], v) for v in around],
            stacks,
            [renamed_operands(n, there) for n in body],
            count,
            [f"{v.name}_each" for v in made],
        )
        return [slot.stack for slot in scan.collected]

    def _together(self, groups: Sequence[int], kind: Type, name: str) -> Value:
        """For each group, 1 at its elements and 0 elsewhere."""
        emit, operation = self.builder.emit, self.library.operation
        count = len(set(groups))
        if count == 1:
            shape = (1, *kind.shape)
            return emit(operation("ones"), (), (shape, kind.dtype), name)
        if is_in_turn(groups):
            turns = counting(self.builder, 0, len(groups))
            of_each = emit(
                operation("remainder"), [turns, self.builder.constant(count, str(count))]
            )
        else:
            of_each = numbers(self.builder, groups, f"{name}_groups")
        each = emit(operation("reshape"), [counting(self.builder, 0, count)], ((count, 1),))
        found = emit(operation("equal"), [each, of_each])
        found = emit(operation("astype"), [found], (kind.dtype,), name)
        if len(kind.shape) == 1:
            return found
        return emit(operation("reshape"), [found], ((count, *kind.shape),), name)
