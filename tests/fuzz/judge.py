"""Whether a program's module is right, and whether it keeps what every module promises."""

from __future__ import annotations

import inspect
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from gradc.compiler import Compilation, Options, compile_source
from gradc.ir.sizes import alone
from gradc.source import Source
from gradc.targets.offered import DEFAULT
from gradc.verification.emitted import Point
from gradc.verification.interpret import CannotInterpretError
from gradc.verification.translation import Change, Stages
from tests.fuzz import promises
from tests.fuzz.oracle import Answer, answer
from tests.fuzz.program import DTYPES, Program
from tests.memory.budgets import tight

LEVELS = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Failure:
    """What is wrong, compiled how; `kind` stays the same while the program is made smaller."""

    kind: str
    message: str
    options: Options | None = None


class Module:
    """An emitted module, called with a program's arguments."""

    def __init__(self, program: Any, text: str):
        self.program, self.text = program, text
        self.namespace: dict[str, Any] = {"__name__": "fuzzed"}
        exec(compile(text, "fuzzed.py", "exec"), self.namespace)
        self.graph = self.namespace["__graph__"]
        self.floats = {v.name for v in program.returned if v.is_float}
        self.params = {a.value.name: self._given(a.value) for a in program.params}
        self.inputs = {
            self.graph["inputs"][a.value.name]["argument"]: self._given(a.value)
            for a in program.inputs
        }
        self.states = {a.value.name: self._given(a.value) for a in program.states}
        self.following: dict[str, Any] = {}

    @staticmethod
    def _given(value: Any) -> Any:
        array = np.array(value.array, DTYPES[value.dtype])
        array.flags.writeable = False
        return array if array.ndim else array[()]

    def forward(self) -> tuple[Any, Any]:
        given = [self.params] if self.program.params else []
        if self.states:
            outputs, saved, self.following = self.namespace["forward"](
                *given, **self.inputs, state=self.states
            )
            return outputs, saved
        return self.namespace["forward"](*given, **self.inputs)

    def at_once(self, outputs: Any) -> tuple[Any, Any] | None:
        """The outputs with the loss of `value_and_grad`, and its gradients."""
        if "value_and_grad" not in self.namespace:
            return None
        given = [self.params] if self.program.params else []
        state = {"state": self.states} if self.states else {}
        value, gradients, *following = self.namespace["value_and_grad"](
            *given, **self.inputs, **state
        )
        if following:
            (self.following,) = following
        return outputs._replace(**{self.field(self.graph["loss"]): value}), gradients

    def backward(self, saved: Any, cotangents: dict[str, Any]) -> dict[str, Any]:
        return self.namespace["backward"](saved, **self.cotangents(cotangents))

    def cotangents(self, cotangents: dict[str, Any]) -> dict[str, Any]:
        """Cotangents of outputs by the keywords that `backward` has for them."""
        keywords = list(inspect.signature(self.namespace["backward"]).parameters)[1:]
        floats = [name for name in self.graph["outputs"] if name in self.floats]
        pairs = zip(floats, keywords, strict=False)
        return {keyword: cotangents[name] for name, keyword in pairs if name in cotangents}

    def field(self, name: str) -> str:
        return self.graph["outputs"][name]["argument"]


def cotangents_of(program: Program) -> dict[str, Any]:
    """Cotangents for a graph without a loss; some outputs get none."""
    if program.loss is not None:
        return {}
    rng = np.random.default_rng(program.seed)
    given = {}
    for value in program.outputs:
        if value.is_float and rng.random() < 0.8:
            drawn = rng.normal(0, 1, value.array.shape).astype(DTYPES[value.dtype])
            given[value.name] = drawn if drawn.ndim else drawn[()]
    return given


def judge(program: Program) -> Failure | None:
    """The first thing that is wrong with the modules of a program."""
    cotangents = cotangents_of(program)
    expect = cache(partial(answer, program, cotangents))
    text, judged = program.text(), set[str]()
    for options in _ways(program, text):
        failure = judge_module(program, text, options, expect, cotangents, judged)
        if failure is not None:
            return failure
    return None


def _ways(program: Program, text: str) -> Iterator[Options]:
    """How a program is compiled: at each level, some with as little memory as can be."""
    for level in LEVELS:
        yield Options(level=level)
    if program.seed % 4 == 2:
        dims = {name: size for name, (defined, size) in program.dims.items() if not defined}
        yield tight(text, Options(level=program.seed // 4 % 3, dims=dims))


def judge_module(
    program: Any,
    text: str,
    options: Options,
    expect: Callable[[float], Answer],
    cotangents: dict[str, Any],
    judged: set[str] | None = None,
) -> Failure | None:
    """The first thing that is wrong with one module. `expect` is asked with arguments nudged.

    What is in `judged`, but for the options that it names, is not judged again.
    """
    spelled, stages = " ".join(options.spelled()), Stages()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = compile_source(Source("fuzzed.graph", text), options, observe=stages)
    except Exception as failure:
        return Failure(f"compile {_where(failure)}", f"{spelled}: {_told(failure)}", options)
    plain = compiled.text.replace(f"-O{options.level}", "-O")
    if judged is not None:
        if plain in judged:
            return None
        judged.add(plain)
    for failure in _judged(program, compiled.text, cotangents, expect):
        return Failure(failure.kind, f"{spelled}: {failure.message}", options)
    change = changed(program, compiled, stages, cotangents)
    if change is not None:
        return Failure(f"stage {change.stage}", f"{spelled}: {change}", options)
    return None


def changed(
    program: Any, compiled: Compilation, stages: Stages, cotangents: dict[str, Any]
) -> Change | None:
    """The first pass, or step of planning, that changes a number."""
    given = {a.value.name: np.asarray(a.value.array) for a in (*program.params, *program.inputs)}
    dims: dict[str, int] = {}
    for name, value in compiled.graph.given:
        pairs = zip(value.type.shape, given[name].shape, strict=True)
        dims |= {alone(size): found for size, found in pairs if alone(size) is not None}
    inputs = {i.name: given[i.name][()] for i in compiled.graph.inputs}
    params = {p.name: given[p.name][()] for p in compiled.graph.params}
    try:
        point = Point(dims, inputs, params, cotangents)
        return stages.first_change(compiled.program, DEFAULT, point)
    except CannotInterpretError:
        return None


def _judged(
    program: Any, text: str, cotangents: dict[str, Any], expect: Callable[[float], Answer]
) -> Iterator[Failure]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            module = Module(program, text)
            outputs, saved = module.forward()
            before = [np.array(v) for v in outputs]
            gradients = module.backward(saved, cotangents)
            again = module.backward(saved, cotangents)
            at_once = module.at_once(outputs)
        except Exception as failure:
            yield Failure(f"run {_where(failure)}", _told(failure))
            return
        yield from _compared(program, module, outputs, gradients, expect)
        for failure in _compared(program, module, *at_once, expect) if at_once else ():
            yield Failure(f"at once {failure.kind}", failure.message)
        for message in promises.broken(module, outputs, before, saved, gradients, again):
            yield Failure(f"promise {message.split(':')[0]}", message)


def _compared(
    program: Any, module: Module, outputs: Any, gradients: Any, expect: Callable[[float], Answer]
) -> Iterator[Failure]:
    expected, single = expect(0.0), program.is_single
    tolerance = 2e-4 if single else 1e-9
    wrong = []
    for value in program.returned:
        found = np.asarray(getattr(outputs, module.field(value.name)))
        off = _difference(found, expected.outputs[value.name], tolerance)
        if off:
            wrong.append(("output", value.name, off))
    for state in program.states:
        found = np.asarray(module.following[state.value.name])
        off = _difference(found, expected.outputs[state.update.name], tolerance)
        if off:
            wrong.append(("state", state.value.name, off))
    for name, right in expected.gradients.items():
        found = np.asarray(gradients[name], np.float64)
        if expected.directions is not None:
            found = np.sum(found * expected.directions[name])
        off = _difference(found, right, tolerance)
        if off:
            wrong.append(("gradient", name, off))
    if not wrong:
        return
    for nudge in (1e-15, 1e-14) if not single else (1e-7, 1e-6):
        other = expect(nudge)
        if _jumps(expected, other, tolerance):
            return
    kind, name, off = wrong[0]
    yield Failure(kind, f"{kind} {name}: {off}")


def _jumps(one: Answer, other: Answer, tolerance: float) -> bool:
    """Whether a graph is so ill conditioned that rounding explains a difference."""
    pairs = [(one.outputs[n], other.outputs[n]) for n in one.outputs]
    pairs += [(one.gradients[n], other.gradients[n]) for n in one.gradients]
    return any(_difference(a, b, tolerance / 10) for a, b in pairs)


def _difference(found: Any, right: Any, tolerance: float) -> str:
    found, right = np.asarray(found), np.asarray(right)
    if found.shape != right.shape:
        return f"shape {found.shape}, expected {right.shape}"
    if found.dtype == np.bool_ or found.dtype.kind == "i":
        return "" if np.array_equal(found, right) else f"{found}, expected {right}"
    found, right = found.astype(np.float64), right.astype(np.float64)
    if not right.size:
        return ""
    scale = max(1.0, float(np.abs(right).max()))
    close = np.isclose(found, right, rtol=tolerance, atol=tolerance * scale, equal_nan=True)
    if close.all():
        return ""
    at = tuple(np.argwhere(~close)[0])
    return f"{found[at]!r}, expected {right[at]!r} at {list(map(int, at))} of {list(found.shape)}"


def _told(failure: Exception) -> str:
    last = traceback.extract_tb(failure.__traceback__)[-1]
    return f"{type(failure).__name__}: {failure} ({last.filename.rpartition('/')[2]}:{last.lineno})"


def _where(failure: Exception) -> str:
    last = traceback.extract_tb(failure.__traceback__)[-1]
    return f"{type(failure).__name__} {last.name} {str(failure)[:5]}"
