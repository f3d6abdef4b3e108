"""Random programs on JAX give what their NumPy modules give."""

from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.ir.sizes import alone
from gradc.ir.types import DTYPES
from gradc.source import Source
from gradc.verification.emitted import Module, Point
from tests.fuzz.generate import generate
from tests.fuzz.program import Program
from tests.targets_jax import agreement

# Where numbers cancel both round in their own ways, and f64 that is made of f32 is no better.
ROUGH = {"float32": 1e-4, "float64": 1e-11}
SINGLE = {"float32": 1e-4, "float64": 1e-4}


@pytest.mark.parametrize("seed", range(12))
def test_a_program_on_jax(seed: int) -> None:
    program = generate(seed)
    if program.states:
        pytest.skip("a point has no state")
    source = Source(f"program_{seed}.graph", program.text())
    rtol = SINGLE if program.is_single else ROUGH
    agreement.agree(source, Options(), point_of(program, source), rtol=rtol)


def point_of(program: Program, source: Source) -> Point:
    """The arguments of the program, with a cotangent for each output where there is no loss."""
    plain = compile_source(source, Options(level=0))
    graph = plain.program.graph
    arrays = {a.value.name: a.value.array for a in (*program.params, *program.inputs)}

    def given(entries: Any) -> dict[str, Any]:
        return {e.name: np.array(arrays[e.name], DTYPES[e.value.type.dtype])[()] for e in entries}

    dims = {
        name: count
        for argument, value in graph.given
        for size, count in zip(value.type.shape, np.shape(arrays[argument]), strict=True)
        if (name := alone(size)) is not None
    }
    point = Point(dims, given(graph.inputs), given(graph.params), {})
    if graph.losses:
        return point
    outputs, _ = Module(plain.text, "net.py").forward(point)
    rng = np.random.default_rng(program.seed)
    pairs = zip(graph.outputs, outputs, strict=True)
    floats = {o.name: rng.normal(0, 1, np.shape(v)) for o, v in pairs if o.value.type.is_float}
    return Point(dims, point.inputs, point.params, floats)
