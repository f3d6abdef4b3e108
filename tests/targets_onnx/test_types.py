"""Operations on integers, bools and f32 in onnxruntime give what NumPy gives, type for type."""

from dataclasses import replace

import numpy as np
import pytest

from gradc.compiler import compile_source
from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.targets.onnx.target import Onnx
from gradc.verification.emitted import ModuleError
from tests.library.cases import LIBRARY, Case, cases_of
from tests.library.running import Running
from tests.targets_onnx.agreement import NoKernel, agree_as_written
from tests.targets_onnx.test_operations import COMPARED, REFUSED_BACKWARD, point_of

FLOATING = {
    "conv2d_output", "conv2d_input", "conv2d_weight", "convolve", "correlate", "max_pool2d",
}  # fmt: skip
"""What ONNX has for floats alone."""


def _in(case: Case, dtype: str) -> Case:
    """The case with operands of an element type in place of the file's."""
    operands = tuple(
        o if o.dtype else replace(o, dtype=dtype, low=np.ceil(o.low), high=np.floor(o.high))
        for o in case.operands
    )
    return replace(case, operands=operands)


@pytest.mark.parametrize("dtype", ["bool", "i32", "i64", "f32"])
@pytest.mark.parametrize("name", [n for n in COMPARED if n not in REFUSED_BACKWARD])
def test_in_another_type(name: str, dtype: str) -> None:
    for case in cases_of(name)[:2]:
        other = _in(case, dtype)
        if other.operands == case.operands or (name, dtype) == ("guard_in_doubt", "bool"):
            continue
        try:
            other.compile()
        except DiagnosticError:
            continue  # it takes no such operands
        try:
            point = point_of(Running(other, 0))
        except (ValueError, ModuleError):
            continue  # NumPy has nothing for this type
        source = Source("case.graph", other.source)
        if name in FLOATING and dtype != "f32":
            with pytest.raises(DiagnosticError, match=f"E0502: `{name}` of [bi].* cannot be"):
                compile_source(source, library=LIBRARY, target=Onnx())
            continue
        try:
            agree_as_written(source, None, point, LIBRARY)
        except NoKernel:
            pytest.skip("onnxruntime has no such kernel")
