"""Columns: in a loop over blocks, narrow rows are turned, so that each column lies in one piece.

NumPy goes over `[rows, 3]` three numbers at a time where it meets `[rows, 1]`, adds up rows, or
reads a column; over `[3, rows]` it goes a column at a time. What comes into the loop is turned
once, and a stack that leaves it stays turned where its readers do not mind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from gradc.ir.builder import Builder
from gradc.ir.library import Library
from gradc.ir.node import Collected, Node, Scan, Value, Walked, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.program import Routine
from gradc.passes.blocks.narrow import ACROSS, Columns, stand_at
from gradc.records import replace


def with_columns(routine: Routine, library: Library) -> tuple[Routine, dict[Value, Value]]:
    """The routine with columns for narrow rows in its loops, and what stands for values now."""
    found: dict[Node, Columns] = {}
    for node in routine.nodes:
        if isinstance(node, Scan) and node.rows is not None:
            work = Columns(library, node, node.rows)
            if work.run():
                found[node] = work
    return _Outside(library, routine, found).run() if found else (routine, {})


_INDIFFERENT = ("scatter_add", "einsum", "matmul")
"""Operations that read an array as well where it is a view across one."""


class _Outside:
    """The routine around loops that are turned."""

    def __init__(self, library: Library, routine: Routine, found: Mapping[Node, Columns]):
        self.library, self.routine, self.found = library, routine, found
        self.builder = Builder(library, Origin(None, ""))
        self.moved: dict[Value, Value] = {}
        self.stacks: dict[Value, Value] = {}  # the turned one that a value is the transpose of
        self.users: dict[Value, list[Node]] = {}
        for node in routine.nodes:
            for value in node.operands:
                self.users.setdefault(value, []).append(node)

    def run(self) -> tuple[Routine, dict[Value, Value]]:
        parts: dict[Value, Value] = {}
        for node in self.routine.nodes:
            there = renamed_operands(node, self.moved) if self.moved else node
            work = self.found.get(node)
            if work is None or not isinstance(there, Scan):
                self.builder.nodes.append(there)
                continue
            self._loop(there, work)
            parts |= {**work.there, **work.columns}
        results = tuple([self.moved.get(v, v) for v in self.routine.results])
        routine = replace(self.routine, nodes=tuple(self.builder.nodes), results=results)
        return routine, {**self.moved, **parts}

    def _loop(self, scan: Scan, work: Columns) -> None:
        walked = [self._walked(slot, work) for slot in scan.walked]
        collected, turned = [], []
        for slot in scan.collected:
            if not work.is_narrow(slot.value):
                collected.append(replace(slot, value=work.there.get(slot.value, slot.value)))
                continue
            column = work.column(slot.value)
            if self._stays_turned(slot.stack):
                kind = replace(slot.stack.type, shape=slot.stack.type.shape[::-1])
                stack = replace(slot.stack, name=f"{slot.stack.name}_columns", type=kind)
                collected.append(Collected(column, stack, 1))
                turned.append((column, slot.stack, stack))
            else:
                back = self._emit(work.builder, "transpose", (column,), ACROSS)
                back.name = slot.value.name
                collected.append(replace(slot, value=back))
        made = {v: work.there.get(v, v) for v in [s.following for s in scan.carried]}
        carried = tuple([replace(s, following=made[s.following]) for s in scan.carried])
        nodes = _laid_out(work)
        self.builder.nodes.append(
            replace(
                scan,
                carried=carried,
                walked=tuple(walked),
                collected=tuple(collected),
                nodes=tuple(nodes),
            )
        )
        makers = {v: n for n in nodes for v in n.results}
        for column, old, stack in turned:
            stand_at(self.builder, makers.get(column, scan))
            back = self._emit(self.builder, "transpose", (stack,), ACROSS)
            back.name, back.named, back.nameless = old.name, old.named, old.nameless
            self.moved[old], self.stacks[back] = back, stack

    def _walked(self, slot: Walked, work: Columns) -> Walked:
        """A sequence; one that is the transpose of a stack is walked along as that lies."""
        stack, turning = self.stacks.get(slot.whole), work.across.get(slot.parameter)
        if stack is None or turning is None:
            return slot
        work.builder.nodes.remove(turning)
        del work.across[slot.parameter]
        return Walked(turning.result, stack, 1)

    def _stays_turned(self, stack: Value) -> bool:
        """Whether all that reads a stack reads it as well where it is turned."""
        return stack not in self.routine.results and all(
            self._is_indifferent(user, stack) for user in self.users.get(stack, ())
        )

    def _is_indifferent(self, user: Node, stack: Value) -> bool:
        if isinstance(user, Scan):
            own = [s for s in user.walked if s.whole is stack]
            return user in self.found and len(own) == user.operands.count(stack)
        return user.name in _INDIFFERENT

    def _emit(
        self, builder: Builder, name: str, operands: Sequence[Value], *attrs: object
    ) -> Value:
        return builder.emit(self.library.operation(name), tuple(operands), attrs)


def _laid_out(work: Columns) -> list[Node]:
    """The nodes of a loop, with a copy of what is turned and read more than once."""
    nodes = work.builder.nodes
    reads = Counter(v for n in nodes for v in n.operands)
    turning = {n for n in work.across.values() if reads[n.result] > 1}
    builder, copies = Builder(work.library, Origin(None, "")), dict[Value, Value]()
    for node in nodes:
        builder.nodes.append(renamed_operands(node, copies) if copies else node)
        if node in turning:
            stand_at(builder, node)
            value = node.results[0]
            copies[value] = builder.emit(
                work.library.operation("in_rows"), (value,), (), value.name
            )
    for value, column in work.columns.items():
        work.columns[value] = copies.get(column, column)
    return builder.nodes
