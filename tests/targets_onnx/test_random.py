"""Random programs in onnxruntime give what their NumPy modules give."""

import pytest

from gradc.compiler import Options
from gradc.source import Source
from tests.fuzz.generate import generate
from tests.fuzz.points import point_of
from tests.targets_onnx.agreement import NoKernel, agree_as_written

# Where numbers cancel both round in their own ways, and f64 that is made of f32 is no better.
ROUGH = {"float32": 1e-4, "float64": 1e-10}
SINGLE = {"float32": 1e-4, "float64": 1e-4}


@pytest.mark.parametrize("seed", range(40))
def test_a_program_in_onnxruntime(seed: int) -> None:
    program = generate(seed)
    if program.states:
        pytest.skip("a point has no state")
    source = Source(f"program_{seed}.graph", program.text())
    rtol = SINGLE if program.is_single else ROUGH
    try:
        agree_as_written(source, Options(), point_of(program, source), rtol=rtol)
    except NoKernel as failure:
        pytest.skip(f"onnxruntime has no kernel of this type: {failure}")
