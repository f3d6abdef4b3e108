"""Random programs in C give what their NumPy modules give."""

import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Compilation, Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.ir.sizes import alone
from gradc.ir.types import DTYPES
from gradc.source import Source
from gradc.verification.emitted import Module, Point
from tests.fuzz.generate import generate
from tests.fuzz.program import Program
from tests.targets_c import agreement
from tests.targets_c.built import Built, build

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


@pytest.mark.parametrize(("level", "first"), [(1, 0), (1, 20), (2, 40)])
def test_a_program_in_c(
    level: int, first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where numbers cancel, and where f32 meets f64, both round in their own ways.
    monkeypatch.setattr(agreement, "RTOL", {"float32": 1e-4, "float64": 1e-11})
    ready: list[tuple[Program, Compilation]] = []
    for seed in range(first, first + 20):
        program = generate(seed)
        source = Source(f"program_{seed}.graph", program.text())
        try:
            compilation = compile_source(source, Options(level=level), target=agreement.C)
        except DiagnosticError as refused:
            if "in C yet" not in refused.diagnostics[0].message:
                raise
            continue
        if not program.states and not program.is_single:
            ready.append((program, compilation))
    assert len(ready) > 5
    library = build([compilation for _, compilation in ready], tmp_path, "-O0")
    for program, compilation in ready:
        agree(program, Built(compilation, library), compilation)


def agree(program: Program, built: Built, compilation: Compilation) -> None:
    """Both at the arguments of the program."""
    plain = compile_source(compilation.source, Options(level=0))
    graph = compilation.program.graph
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        for part in built.program.parts:
            one_of = part.graph.loss if len(graph.losses) > 1 else None
            module = Module(plain.text, "net.py", one_of)
            agreement.agree_at(built, part, module, point_of(program, built, module))


def point_of(program: Program, built: Built, module: Module) -> Point:
    graph = built.graph
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
    rng = np.random.default_rng(program.seed)
    floats = {o.name: rng.normal(0, 1, np.shape(v)) for o, v in pairs if o.value.type.is_float}
    return Point(dims, inputs, params, floats)
