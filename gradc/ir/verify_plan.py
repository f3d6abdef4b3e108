"""Verify a plan: no value is read after its memory was given away, along loops too.

The statements are run on what they do to memory alone. A *cell* is a piece of memory; the values
that lie in it can be read until another is written over them. A loop's body is run twice: the
second time what it carries lies where the first left it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import TypeAlias

from gradc.ir.node import Node, Value
from gradc.ir.plan import Block, Repetition, Statement
from gradc.ir.verify import Invalid
from gradc.records import dataclass, field


@dataclass(slots=True, eq=False)
class Cell:
    """A piece of memory. `holds` are the values in it that are still there."""

    holds: set[Value] = field(default_factory=set)


Cells: TypeAlias = frozenset[Cell]
"""Where a value may lie: what a loop carries lies in one of several pieces."""


def verify_plan(blocks: Mapping[str, Block], given: Mapping[str, int] | None = None) -> None:
    """Raises Invalid where a block reads what is gone, or writes into what is not its own.

    Neither may it hand out what is not the caller's alone; `given` says how many of its results,
    the first ones, go to the caller.
    """
    for name, block in blocks.items():
        cells = {v: frozenset({Cell({v})}) for v in block.arguments}
        run = _Run(cells, frozenset())
        run.run(block)
        run.hand_out(block, given[name] if given else 0)


@dataclass(slots=True)
class _Run:
    """One run of a block. `own` are the cells that it may write into, its own among them."""

    cells: dict[Value, Cells]
    own: frozenset[Cell]
    fixed: set[Value] = field(default_factory=set)  # cannot be written through
    made: set[Cell] = field(default_factory=set)

    def run(self, block: Block) -> None:
        for statement in block.statements:
            self.statement(statement)
        self.read(block.results, "the end")

    def read(self, values: Iterable[Value], where: str) -> None:
        for value in values:
            if value not in self.cells:
                raise Invalid(f"{value} is read by {where} before it is made")
            for cell in self.cells[value]:
                if value not in cell.holds:
                    raise Invalid(f"{value} is read by {where} after its memory was given away")

    def hand_out(self, block: Block, given: int) -> None:
        """What the caller gets is made here, can be written to, and lies in nothing else."""
        taken = _all(self.cells[v] for v in block.results[given:])
        for position, value in enumerate(block.results[:given]):
            if position in block.copied or not value.type.shape:
                continue
            cells = self.cells[value]
            if value in self.fixed or not cells <= self.made or not cells.isdisjoint(taken):
                raise Invalid(f"{value} is handed out, and is not the caller's alone")
            taken |= cells

    def place(self, value: Value, cells: Cells) -> None:
        self.cells[value] = cells
        for cell in cells:
            cell.holds.add(value)

    def fresh(self, value: Value) -> None:
        cell = Cell({value})
        self.made.add(cell)
        self.cells[value] = frozenset((cell,))

    def is_own(self, cells: Cells) -> bool:
        """Whether it may write into pieces of memory."""
        return cells - self.own <= self.made

    def statement(self, statement: Statement) -> None:
        inner = statement.inner
        for node in inner:
            self.node(node)
        if statement.repetition is not None:
            self.loop(statement.repetition)
        elif statement.into is not None:
            self.overwrite(statement, statement.into)
        elif statement.over is not None:
            self.write_over(statement, statement.over)
        else:
            self.node(statement.node)
        for node in inner:
            self.forget(node.results)
        for value in statement.frees:
            self.free(value)

    def node(self, node: Node) -> None:
        self.read(node.operands, node.name)
        traits = node.traits
        if traits.view is not None:
            operand = node.operands[traits.view]
            self.place(node.result, self.cells[operand])
            if traits.readonly or operand in self.fixed:
                self.fixed.add(node.result)
        elif traits.static:
            self.place(node.result, frozenset({Cell()}))
        else:
            for result in node.results:
                self.fresh(result)

    def overwrite(self, statement: Statement, into: Value) -> None:
        node = statement.node
        self.read(node.operands, node.name)
        at = [i for i, v in enumerate(node.operands) if v is into]
        cells = self.cells[into]
        if not at or not set(at) <= node.traits.overwrites:
            raise Invalid(f"{node.name} does not overwrite {into}")
        if into.type != node.result.type:
            raise Invalid(f"{node.result} does not fit the memory of {into}")
        if into in self.fixed or not self.is_own(cells):
            raise Invalid(f"{node.name} writes into {into}, which is not its to overwrite")
        for other in node.operands:
            if other is not into and not cells.isdisjoint(self.cells[other]):
                raise Invalid(f"{node.name} overwrites {into} while it reads {other}")
        for cell in cells:
            cell.holds.clear()
        self.place(node.result, cells)

    def write_over(self, statement: Statement, over: Value) -> None:
        """The result goes where a value was that nothing reads any more."""
        node = statement.node
        self.read(node.operands, node.name)
        cells = self.cells.get(over, frozenset())
        if over.type != node.result.type:
            raise Invalid(f"{node.result} does not fit the memory of {over}")
        if not cells or over in self.fixed or not self.is_own(cells):
            raise Invalid(f"{node.name} is written over {over}, which is not its to overwrite")
        if any(not cells.isdisjoint(self.cells[v]) for v in node.operands):
            raise Invalid(f"{node.name} is written over {over} while it reads that")
        for cell in cells:
            cell.holds.clear()
        self.place(node.result, cells)

    def free(self, value: Value) -> None:
        cells = self.cells.get(value)
        if cells is None or not self.is_own(cells):
            raise Invalid(f"{value} is let go, which is not the block's")
        for cell in cells:
            cell.holds.clear()

    def forget(self, values: Iterable[Value]) -> None:
        for value in values:
            for cell in self.cells.pop(value, ()):
                cell.holds.discard(value)

    # --- loops ---

    def loop(self, repetition: Repetition) -> None:
        scan, body = repetition.scan, repetition.body
        self.read(scan.operands, "a scan")
        for slot in repetition.handed:
            self.hand_over(slot.initial, scan.operands)
        owned = {slot.parameter for slot in repetition.handed}
        if not body.owned <= owned:
            raise Invalid("a scan overwrites what it was not handed")
        handed = list(zip(scan.parameters, scan.operands, strict=True))
        starts = {p: self.cells[v] for p, v in handed}
        theirs = _all(cells for p, cells in starts.items() if p not in owned)
        worlds = [[starts[s.parameter] for s in scan.carried]]  # after no step, one, and more
        fixed = {p for p, v in handed if v in self.fixed}
        for _ in range(2):
            inside = _Run({}, _all(starts[p] for p in body.owned), set(fixed))
            inside.step(repetition, starts)
            for slot in scan.carried:
                copied = slot in repetition.copied
                cells = frozenset({Cell()}) if copied else inside.cells[slot.following]
                starts[slot.parameter] = cells
                still = slot.following in inside.fixed and not copied
                (fixed.add if still else fixed.discard)(slot.parameter)
            inside.leave()
            worlds.append([starts[s.parameter] for s in scan.carried])
        for stack in scan.results[len(scan.carried) :]:
            self.fresh(stack)
        for i, (slot, merged) in enumerate(zip(scan.carried, _merged(worlds), strict=True)):
            self.made |= merged
            self.place(slot.result, merged | (_all(w[i] for w in worlds) & theirs))
            if slot.parameter in fixed or slot.initial in self.fixed:
                self.fixed.add(slot.result)

    def hand_over(self, initial: Value, operands: tuple[Value, ...]) -> None:
        """The memory of one operand becomes the loop's."""
        cells = self.cells[initial]
        if initial in self.fixed or not self.is_own(cells):
            raise Invalid(f"a scan is handed {initial}, which is not the block's")
        others = list(operands)
        others.remove(initial)
        for other in others:
            if not cells.isdisjoint(self.cells[other]):
                raise Invalid(f"a scan is handed {initial} while it reads {other}")
        for cell in cells:
            cell.holds.clear()

    def step(self, repetition: Repetition, starts: Mapping[Value, Cells]) -> None:
        """One step of a loop, whose parameters lie in `starts`."""
        for parameter, cells in starts.items():
            self.place(parameter, cells)
        kept = {slot.value for slot in repetition.kept}
        for statement in repetition.body.statements:
            self.statement(statement)
            if statement.result in kept:
                if statement.into is not None or statement.over is not None:
                    raise Invalid(f"{statement.result} has a place in its stack and another one")
                self.fixed.add(statement.result)  # the stack is not the step's to overwrite
        # What a step collects as it was handed it is written down before all else.
        collected = [s.value for s in repetition.scan.collected if s.value not in starts]
        following = [s.following for s in repetition.scan.carried]
        self.read([*following, *collected], "the next step")
        carried = _all(self.cells[v] for v in following)
        for value in kept:
            if not carried.isdisjoint(self.cells[value]):
                raise Invalid(f"{value} lies in its stack, and is carried on")

    def leave(self) -> None:
        """The values of a step are gone after it."""
        for value, cells in self.cells.items():
            for cell in cells:
                cell.holds.discard(value)


def _merged(worlds: list[list[Cells]]) -> list[Cells]:
    """Pieces of memory for the results of a loop: two share one where they do in some world."""
    count = len(worlds[0])
    found = [{Cell()} for _ in range(count)]
    for i, j in combinations(range(count), 2):
        if any(not world[i].isdisjoint(world[j]) for world in worlds):
            shared = Cell()
            found[i].add(shared)
            found[j].add(shared)
    return [frozenset(cells) for cells in found]


def _all(parts: Iterable[Cells]) -> Cells:
    return frozenset(cell for part in parts for cell in part)
