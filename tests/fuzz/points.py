"""Where random programs are run on other targets."""

from typing import Any

import numpy as np

from gradc.compiler import Options, compile_source
from gradc.ir.sizes import alone
from gradc.ir.types import DTYPES
from gradc.source import Source
from gradc.verification.emitted import Module, Point
from tests.fuzz.program import Program


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
