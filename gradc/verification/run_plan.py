"""Running a plan on arrays that share memory as it says: what it overwrites is gone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gradc.ir.node import Collected, Node, Scan
from gradc.ir.plan import Block, Repetition, Statement
from gradc.verification.interpret import Environment, Interpreter


def run_block(block: Block, interpreter: Interpreter, given: Environment) -> Environment:
    """The values that a block leaves. It may write into arguments that it owns."""
    values = {v: np.asarray(given[v])[()] for v in block.arguments if v in given}
    for statement in block.statements:
        _run(statement, interpreter, values)
    return values


def _run(statement: Statement, interpreter: Interpreter, values: Environment) -> None:
    for node in statement.inner:
        values.update(zip(node.results, _made(node, interpreter, values), strict=True))
    node = statement.node
    if statement.repetition is not None:
        _repeat(statement.repetition, interpreter, values)
    else:
        made = _made(node, interpreter, values)
        written = statement.into if statement.into is not None else statement.over
        if written is not None:
            memory = values[written]
            memory[...] = made[0]
            made = (memory,)
        values.update(zip(node.results, made, strict=True))
    for node in statement.inner:
        for result in node.results:
            values.pop(result, None)
    for value in statement.frees:
        memory = values.pop(value)
        if isinstance(memory, np.ndarray) and memory.base is None and memory.dtype.kind == "f":
            memory[...] = np.nan  # whoever still looks there sees it


def _made(node: Node, interpreter: Interpreter, values: Environment) -> tuple[Any, ...]:
    """What a node makes, in memory of its own unless it is a view."""
    made = interpreter.evaluate(node, values)
    if node.traits.view is not None:
        return made
    given = [v for v in (values[v] for v in node.operands) if isinstance(v, np.ndarray)]
    shares = [
        isinstance(m, np.ndarray) and any(np.may_share_memory(m, g) for g in given) for m in made
    ]
    return tuple(np.array(m)[()] if s else m for m, s in zip(made, shares, strict=True))


def _steps(scan: Scan, count: int, interpreter: Interpreter) -> Iterable[Any]:
    """Where in its sequences each step looks: at an element, or at a stretch of them."""
    if scan.rows is not None:
        for start, rows in interpreter.stretches(scan, count):
            yield slice(start, start + rows)
    else:
        yield from reversed(range(count)) if scan.reverse else range(count)


def _repeat(repetition: Repetition, interpreter: Interpreter, values: Environment) -> None:
    """A loop, one variable for each value that it carries."""
    scan = repetition.scan
    count = interpreter.size(scan.count)
    carried = {s.parameter: np.asarray(values[s.initial])[()] for s in scan.carried}
    wholes = {s: np.asarray(values[s.whole]) for s in scan.walked}
    captured = {s.parameter: values[s.value] for s in scan.captured}
    stacks: dict[Collected, Any] = {}
    for slot in scan.collected:
        shape = [interpreter.size(n) for n in slot.stack.type.shape]
        kind = "bool" if slot.stack.type.dtype == "bool" else slot.stack.type.dtype[0] + "8"
        stacks[slot] = np.empty(shape, "f8" if slot.stack.type.is_float else kind)
    states = {s: [np.array(carried[s.parameter])] for s in scan.carried if s.states is not None}
    for t in _steps(scan, count, interpreter):
        inside: Environment = {**carried, **captured}
        for walked, whole in wholes.items():
            at = t if isinstance(t, slice) else t + walked.start
            inside[walked.parameter] = whole[(slice(None),) * walked.axis + (at,)]
        for slot, stack in stacks.items():  # what a step was handed, before it can be replaced
            if slot.value in inside:
                stack[(slice(None),) * slot.axis + (t,)] = inside[slot.value]
        inside = run_block(repetition.body, interpreter, inside)
        for slot, stack in stacks.items():
            if slot.value not in scan.parameters:
                stack[(slice(None),) * slot.axis + (t,)] = inside[slot.value]
        for kept, passed in states.items():
            passed.append(np.array(inside[kept.following]))
        carried = {
            s.parameter: np.array(inside[s.following])[()]
            if s in repetition.copied
            else inside[s.following]
            for s in scan.carried
        }
    values.update({s.result: carried[s.parameter] for s in scan.carried})
    values.update({slot.stack: stack for slot, stack in stacks.items()})
    for kept, passed in states.items():
        assert kept.states is not None
        values[kept.states] = np.stack(passed)
