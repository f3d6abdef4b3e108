"""Making a failing program with loops smaller while it fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial

import numpy as np

from gradc.ir.sizes import size_text
from tests.fuzz.judge import Failure
from tests.fuzz.program import Argument, Step, Value
from tests.fuzz.shrink import smallest
from tests.loops.judge import judge
from tests.loops.program import Loop, Program, Statement

Change = Callable[[Program], "Program | None"]


def shrink(program: Program, failure: Failure) -> tuple[Program, Failure]:
    """The smallest program found that fails where it is compiled in the same way."""
    assert failure.options is not None
    return smallest(program, failure, _changes, partial(judge, options=[failure.options]))


def _changes(program: Program) -> Iterator[Change]:
    """Changes to try one after another, each with and without all that it leaves unneeded."""
    for cut in _cuts(program):
        yield lambda p, c=cut: _smaller(p, (cut := c(p)) and _pruned(cut))
        yield lambda p, c=cut: _smaller(p, c(p))
    for value in reversed(list(_all(program))):
        yield lambda p, v=value: _smaller(p, _pruned(p, {*_all(p)} - {v}))


def _smaller(program: Program, changed: Program | None) -> Program | None:
    return changed if changed is not None and _size(changed) < _size(program) else None


def _size(program: Program) -> tuple[int, ...]:
    given = {a.value for a in program.arguments}
    steps = list(_steps(program.body))
    loops = list(_loops(program.body))
    uses = [v for s in steps for v in s.operands]
    uses += [c.start for loop in loops for c in loop.carried if isinstance(c.start, Value)]
    uses += [w.sequence for loop in loops for w in loop.walks]
    return (
        len(list(_all(program))) - len(given),
        sum(v not in given for v in uses) + len(program.terms) + len(program.outputs),
        sum(s.text != "$0" for s in steps),
        len(uses) + len(program.arguments) + len(program.wrt or ()),
    )


def _cuts(program: Program) -> Iterator[Change]:
    yield lambda p: p  # without what it does not need
    for term in program.terms:
        yield lambda p, v=term: p.with_(terms=tuple(t for t in p.terms if t is not v))
    for value in program.outputs:
        yield lambda p, v=value: p.with_(outputs=tuple(o for o in p.outputs if o is not v))
    # Late values first: a cut there takes most away.
    for value in reversed(list(_made(program.body))):
        yield lambda p, v=value: _replaced(p, v, _given(p, v))
    for loop in _loops(program.body):
        for carried in loop.carried:
            yield lambda p, c=carried: _plain(p, c.next, c.here)
            if isinstance(carried.start, Value):
                yield lambda p, c=carried: _replaced(p, c.here, c.start)
                yield lambda p, c=carried: _replaced(p, c.last, c.start)
        for walk in loop.walks:
            yield lambda p, w=walk: _replaced(p, w.element, _given(p, w.element))
    for step in list(_steps(program.body)):
        result = step.results[0]
        for operand in step.operands:
            yield lambda p, v=result, o=operand: _plain(p, v, o)
        yield lambda p, v=result: _bypassed(p, v)
    for argument in program.arguments:
        yield lambda p, a=argument: _without(p, a.value.name)
        for other in program.arguments:
            yield lambda p, a=argument, b=other: _replaced(p, a.value, b.value)


def _loops(body: Sequence[Statement]) -> Iterator[Loop]:
    for statement in body:
        if isinstance(statement, Loop):
            yield statement
            yield from _loops(statement.body)


def _steps(body: Sequence[Statement]) -> Iterator[Step]:
    for statement in body:
        if isinstance(statement, Step):
            yield statement
        else:
            yield from _steps(statement.body)
            yield from (c.step for c in statement.collected)


def _made(body: Sequence[Statement]) -> Iterator[Value]:
    for statement in body:
        if isinstance(statement, Loop):
            yield from _made(statement.body)
        yield from statement.results


def _all(program: Program) -> Iterator[Value]:
    """What is given, what is made, and what is bound in the steps of loops."""
    yield from (a.value for a in program.arguments)
    yield from _made(program.body)
    for loop in _loops(program.body):
        yield from (c.here for c in loop.carried)
        yield from (w.element for w in loop.walks)


def _given(program: Program, value: Value) -> Value:
    """A value of this shape that is given instead of made."""
    shape = [s if isinstance(s, int) else program.dims[size_text(s)] for s in value.shape]
    array = np.random.default_rng(0).normal(0, 1, shape)
    taken = {a.value.name for a in program.arguments}
    name = next(n for n in (f"given{i}" for i in range(999)) if n not in taken)
    return Value(name, "f64", value.shape, np.asarray(array))


def _step(program: Program, result: Value) -> Step | None:
    return next((s for s in _steps(program.body) if result in s.results), None)


def _plain(program: Program, result: Value, operand: Value) -> Program | None:
    """A statement that is one of its operands, where it has its shape."""
    step = _step(program, result)
    if step is None or step.text == "$0" or result.shape != operand.shape:
        return None
    alias = replace(step, text="$0", operands=(operand,), reference=lambda r, a: a)
    return _rebuilt(program, {}, {result: alias})


def _bypassed(program: Program, result: Value) -> Program | None:
    """What another name is given to, under its own name."""
    step = _step(program, result)
    if step is None or step.text != "$0":
        return None
    return _replaced(program, result, step.operands[0])


def _without(program: Program, name: str) -> Program:
    """Not differentiated by an argument."""
    wrt = program.wrt or tuple(a.value.name for a in program.params)
    return program.with_(wrt=tuple(n for n in wrt if n != name))


def _replaced(program: Program, old: Value, new: Value) -> Program | None:
    """Every use of a value is one of another, which is a new parameter where nothing makes it."""
    if old.shape != new.shape or old is new:
        return None
    if new not in {*_all(program)}:
        if new.array is None:
            return None
        wrt = None if program.wrt is None else (*program.wrt, new.name)
        arguments = (*program.arguments, Argument(new, True))
        program = program.with_(arguments=arguments, wrt=wrt)
    return _rebuilt(program, {old: new}, {})


def _rebuilt(program: Program, new: Mapping[Value, Value], steps: Mapping[Value, Step]) -> Program:
    def used(value: Value) -> Value:
        return new.get(value, value)

    def step(old: Step) -> Step:
        changed = steps.get(old.results[0], old)
        return replace(changed, operands=tuple(used(v) for v in changed.operands))

    def block(body: Sequence[Statement]) -> tuple[Statement, ...]:
        return tuple(loop(s) if isinstance(s, Loop) else step(s) for s in body)

    def loop(old: Loop) -> Loop:
        return replace(
            old,
            carried=tuple(
                replace(c, start=used(c.start) if isinstance(c.start, Value) else c.start)
                for c in old.carried
            ),
            walks=tuple(replace(w, sequence=used(w.sequence)) for w in old.walks),
            body=block(old.body),
            collected=tuple(replace(c, step=step(c.step)) for c in old.collected),
        )

    return program.with_(
        body=block(program.body),
        terms=tuple(used(v) for v in program.terms),
        outputs=tuple(used(v) for v in program.outputs),
    )


def _pruned(program: Program, keep: Set[Value] = frozenset()) -> Program | None:
    """Without what nothing asked for needs, but for values that are kept all the same."""
    needed = {*program.terms, *program.outputs, *keep}
    body = _needed(program.body, needed, keep)
    shapes = {size_text(s) for a in program.arguments for s in a.value.shape}
    text = program.with_(body=body, arguments=()).text()
    arguments = [a for a in program.arguments if a.value in needed]
    bound = {size_text(s) for a in arguments for s in a.value.shape}
    for name in program.dims:
        if name in shapes and name not in bound and name in text.replace(f"dim {name}\n", ""):
            binding = next(a for a in program.arguments if name in map(size_text, a.value.shape))
            arguments.append(binding)
            bound |= set(map(size_text, binding.value.shape))
    names = {a.value.name for a in arguments}
    wrt = None if program.wrt is None else tuple(n for n in program.wrt if n in names)
    if not program.terms or wrt == () or not any(a.is_param or wrt for a in arguments):
        return None
    return program.with_(
        body=body,
        arguments=tuple(arguments),
        dims={n: s for n, s in program.dims.items() if n in bound},
        wrt=wrt,
    )


def _needed(
    body: Sequence[Statement], needed: set[Value], keep: Set[Value]
) -> tuple[Statement, ...]:
    """The statements that make what is needed; what they need is added to it."""
    kept: list[Statement] = []
    for statement in reversed(body):
        if needed.isdisjoint(statement.results):
            continue
        if isinstance(statement, Loop):
            kept.append(_needed_loop(statement, needed, keep))
        else:
            kept.append(statement)
            needed.update(statement.operands)
    return tuple(reversed(kept))


def _needed_loop(loop: Loop, needed: set[Value], keep: Set[Value]) -> Loop:
    collected = tuple(c for c in loop.collected if c.stack in needed)
    carried = [c for c in loop.carried if c.last in needed] or [loop.carried[0]]
    body: tuple[Statement, ...] = ()
    inner: set[Value] = set()
    more = [carried[0]]
    while more:
        inner = {v for c in collected for v in c.step.operands} | {c.next for c in carried} | keep
        body = _needed(loop.body, inner, keep)
        more = [c for c in loop.carried if c not in carried and {c.here, c.next} & inner]
        carried += more
    needed.update(inner)
    walks = tuple(w for w in loop.walks if w.element in inner)
    needed.update(w.sequence for w in walks)
    needed.update(c.start for c in carried if isinstance(c.start, Value))
    ordered = tuple(c for c in loop.carried if c in carried)
    return replace(loop, carried=ordered, walks=walks, body=body, collected=collected)
