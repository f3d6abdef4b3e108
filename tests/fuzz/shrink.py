"""Making a failing program smaller while it fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from tests.fuzz.judge import Failure, judge
from tests.fuzz.program import Argument, Program, Step

_ATTEMPTS = 1500

P = TypeVar("P")
Change = Callable[[Program], "Program | None"]


def shrink(program: Program, failure: Failure) -> tuple[Program, Failure]:
    """The smallest program found, and its failure."""
    return smallest(program, failure, _changes, judge)


def smallest(
    program: P,
    failure: Failure,
    changes: Callable[[P], Iterable[Callable[[P], P | None]]],
    judge: Callable[[P], Failure | None],
) -> tuple[P, Failure]:
    """What is left of a program where every change for which it fails in the same way is made."""
    attempts = 0
    smaller = True
    while smaller and attempts < _ATTEMPTS:
        smaller = False
        for change in changes(program):
            attempts += 1
            try:
                candidate = change(program)
                found = judge(candidate) if candidate is not None else None
            except Exception:  # the change left no program
                continue
            if candidate is not None and found is not None and found.kind == failure.kind:
                program, failure, smaller = candidate, found, True
            if attempts > _ATTEMPTS:
                break
    return program, failure


def _changes(program: Program) -> Iterator[Change]:
    """Changes to try one after another, on whatever the program is by then."""
    yield _pruned
    for value in program.returned:
        yield lambda p, v=value: p.with_(outputs=[o for o in p.outputs if o is not v]).pruned()
    for step in program.steps[: len(program.steps) * 3 // 4]:
        yield lambda p, s=step: _output_instead_of_loss(p, s)
    # Late statements first: a cut there takes most away.
    for step in reversed(program.steps):
        yield lambda p, s=step: _cut(p, s)
    yield lambda p: p.with_(wrt=None) if p.wrt is not None else None
    yield lambda p: _plain(p) if any(s.inline for s in p.steps) else None


def _size(program: Program) -> int:
    return len(program.steps) + len(program.arguments) + len(program.dims)


def _pruned(program: Program) -> Program | None:
    pruned = program.pruned()
    return pruned if _size(pruned) < _size(program) else None


def _output_instead_of_loss(program: Program, step: Step) -> Program | None:
    """A value in the middle of the graph as the only output."""
    chosen = [v for v in step.results if v.is_float]
    if program.loss is None or not chosen or step not in program.steps:
        return None
    return program.with_(loss=None, outputs=chosen).pruned()


def _cut(program: Program, step: Step) -> Program | None:
    """The program with a parameter or input in place of a statement."""
    returned = set(program.returned)
    if step.op == "Dense" or step not in program.steps or not returned.isdisjoint(step.results):
        return None
    added = [Argument(v, v.is_float) for v in step.results]
    return program.with_(
        steps=[s for s in program.steps if s is not step],
        arguments=[*program.arguments, *added],
    ).pruned()


def _plain(program: Program) -> Program:
    """Every statement on a line of its own."""
    replaced = {s: replace(s, inline=False, typed=False) for s in program.steps}
    for step in replaced.values():
        step.sharer = replaced.get(step.sharer) if step.sharer else None
    arguments = [
        replace(a, layer=replaced.get(a.layer, a.layer)) if a.layer else a
        for a in program.arguments
    ]
    return program.with_(steps=list(replaced.values()), arguments=arguments)
