"""Whether a graph with loops is right: it agrees with its loops written out, at every level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.fuzz.judge import Failure, Module, judge_module
from tests.fuzz.oracle import Answer, answer
from tests.loops.program import Program
from tests.memory.budgets import tight


def ways(program: Program) -> list[Options]:
    """How a program is compiled: at each level, some also in segments, as copies, or tightly."""
    found = [Options(level=level) for level in (0, 1, 2)]
    if program.seed % 4 == 0:
        found.append(Options(checkpoint=2))
    if program.seed % 4 == 1:
        found.append(Options(unroll=True, dims=program.dims))
    if program.seed % 4 == 2:
        level = program.seed // 4 % 3
        found.append(tight(program.text(), Options(level=level, dims=program.dims)))
    return found


def judge(program: Program, options: Sequence[Options] = ()) -> Failure | None:
    """What is wrong with a program, in some ways only; wrong numbers before broken promises."""
    text, written_out = program.text(), program.written_out()

    @cache
    def expect(nudge: float) -> Answer:
        return straight(program, written_out, nudge)

    if program.seed % 10 == 0:
        plain = Options(level=0)
        failure = judge_module(program, written_out, plain, lambda n: answer(program, {}, n), {})
        if failure is not None:
            return replace(failure, kind=f"written out: {failure.kind}")
    broken = None
    for way in options or ways(program):
        failure = judge_module(program, text, way, expect, {})
        if failure is not None and not failure.kind.startswith("promise"):
            return failure
        broken = broken or failure
    return broken


def straight(program: Program, text: str, nudge: float) -> Answer:
    """What the written-out program comes to, with its arguments moved by a relative amount."""
    compiled = compile_source(Source("straight.graph", text), Options(level=0))
    module = Module(program, compiled.text)
    for arguments in (module.params, module.inputs):
        for name, given in arguments.items():
            arguments[name] = given * (1 + nudge)
    with np.errstate(all="ignore"):
        outputs, saved = module.forward()
        gradients: dict[str, Any] = module.backward(saved, {})
    found = {v.name: np.asarray(getattr(outputs, module.field(v.name))) for v in program.returned}
    return Answer(found, {a.value.name: gradients[a.value.name] for a in program.differentiated})
