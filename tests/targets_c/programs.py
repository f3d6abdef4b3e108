"""Random programs in C: many of them in one library, each held against its NumPy module."""

import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gradc.compiler import Compilation, Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.ir.sizes import alone
from gradc.ir.types import DTYPES
from gradc.source import Source
from gradc.verification.emitted import Module, Point
from tests.fuzz.generate import generate as graph_of
from tests.loops.generate import generate as loops_of
from tests.targets_c.agreement import C, agree_at
from tests.targets_c.built import Built, build

# Where numbers cancel, and where f32 meets f64, both round in their own ways.
TOLERANCE, NUDGES = {True: 2e-4, False: 1e-9}, {True: (1e-7, 1e-6), False: (1e-15, 1e-14)}
DRAWS = "output drawn = random_normal([3]) * random_uniform([])\n"


@dataclass(frozen=True, slots=True)
class Case:
    """A program, and what it is in C."""

    seed: int
    program: Any
    compilation: Compilation

    @property
    def name(self) -> str:
        return f"seed {self.seed} at -O{level_of(self.seed)}"


def level_of(seed: int) -> int:
    return seed % 3


def compiled(seed: int) -> Case | str:
    """The program of a seed, every second one with loops, some with draws; what went wrong else."""
    program: Any = loops_of(seed) if seed % 2 else graph_of(seed)
    text = program.text() + DRAWS * (seed % 4 == 0)
    source = Source(f"program_{seed}.graph", text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = compile_source(source, Options(level=level_of(seed)), target=C)
    except DiagnosticError as refused:
        return f"refused: {refused.diagnostics[0].message}"
    except Exception as failure:
        return f"compile: {type(failure).__name__}: {failure}"
    return Case(seed, program, made)


def judged(
    seeds: Iterable[int], *flags: str, kind: type[Built] = Built
) -> Iterator[tuple[int, str]]:
    """The seeds whose programs do not agree, and how."""
    found = [(seed, compiled(seed)) for seed in seeds]
    yield from ((seed, made) for seed, made in found if isinstance(made, str))
    cases = [made for _, made in found if isinstance(made, Case)]
    with tempfile.TemporaryDirectory() as folder:
        try:
            # A program that compares something with itself is told so.
            told = ("-Wno-tautological-compare",)
            library = build([case.compilation for case in cases], Path(folder), *flags, *told)
        except AssertionError as failure:
            yield cases[0].seed, f"build: {failure}"
            return
        for case in cases:
            failed = disagreement(case, kind(case.compilation, library))
            if failed:
                yield case.seed, failed


def disagreement(case: Case, built: Built) -> str:
    """What is not what the NumPy module gives; nothing where rounding explains it."""
    source = case.compilation.source
    plain = compile_source(source, Options(level=0))
    several = len(built.graph.losses) > 1
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        for part in built.program.parts:
            module = Module(plain.text, "net.py", part.graph.loss if several else None)
            try:
                point = point_of(case, built, module)
                agree_at(built, part, module, point, within(module))
            except AssertionError as failure:
                if not is_rounding(case, part, module, point):
                    told = " ".join(str(failure).split())
                    return f"differs: {case.name}: {told[:300]}"
            except Exception as failure:
                return f"run: {case.name}: {type(failure).__name__}: {failure}"
    return ""


def within(module: Module) -> dict[str, float]:
    return dict.fromkeys(("float32", "float64"), TOLERANCE[module.is_single])


def is_rounding(case: Case, part: Any, module: Module, point: Point) -> bool:
    """Whether rounding explains a difference: NumPy itself gives other numbers at arguments that
    are a little off, in more digits, or with the statements of another level."""
    several = len(case.compilation.program.graph.losses) > 1
    text = compile_source(case.compilation.source, Options(level=level_of(case.seed))).text
    others = [(Module(text, "net.py", part.graph.loss if several else None), point)]
    if module.is_single:
        others.append((module.in_double(), point))
    for nudge in NUDGES[module.is_single]:
        params = {n: nudged(v, nudge) for n, v in point.params.items()}
        inputs = {n: nudged(v, nudge) for n, v in point.inputs.items()}
        others.append((module, Point(point.dims, inputs, params, point.cotangents)))
    tol = TOLERANCE[module.is_single] / 10
    before = numbers(module, point)
    return any(differ(before, numbers(*other), tol) for other in others)


def numbers(module: Module, point: Point) -> list[Any]:
    return [*module.forward(point)[0], *module.gradients(point).values()]


def differ(some: list[Any], others: list[Any], tol: float) -> bool:
    for one, other in zip(some, others, strict=True):
        size = np.abs(np.nan_to_num(np.asarray(one, float))).max(initial=0)
        if not np.allclose(one, other, rtol=tol, atol=tol * size, equal_nan=True):
            return True
    return False


def nudged(value: Any, nudge: float) -> Any:
    return value * np.asarray(1 + nudge, value.dtype) if value.dtype.kind == "f" else value


def point_of(case: Case, built: Built, module: Module) -> Point:
    """The arguments of a program; where there is no loss, cotangents are drawn."""
    graph, program = built.graph, case.program
    arrays = {a.value.name: a.value.array for a in (*program.params, *program.inputs)}

    def given(entries: Any) -> dict[str, Any]:
        return {e.name: np.array(arrays[e.name], DTYPES[e.value.type.dtype])[()] for e in entries}

    params, inputs = given(graph.params), given(graph.inputs)
    dims = {
        name: count
        for argument, value in graph.given
        for size, count in zip(value.type.shape, np.shape(arrays[argument]), strict=True)
        if (name := alone(size)) is not None
    }
    point = Point(dims, inputs, params, {})
    if graph.loss is not None:
        return point
    outputs, _ = module.forward(point)
    pairs = zip(graph.outputs, outputs, strict=True)
    rng = np.random.default_rng(case.seed)
    floats = {o.name: rng.normal(0, 1, np.shape(v)) for o, v in pairs if o.value.type.is_float}
    return Point(dims, inputs, params, floats)
