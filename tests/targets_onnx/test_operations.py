"""Operations of the library in ONNX, by their own examples, against NumPy."""

import warnings

import pytest

from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.targets.onnx.target import Onnx
from gradc.compiler import compile_source
from gradc.verification.emitted import Point
from tests.library.cases import LIBRARY, OPS, cases_of
from tests.library.running import Running
from tests.targets_c.test_operations import special
from tests.targets_onnx.agreement import NoKernel, agree, content, feeds, session

REFUSED: set[str] = set()

@pytest.mark.parametrize("name", OPS)
def test_an_example_gives_what_numpy_gives(name: str) -> None:
    for case in cases_of(name):
        running = Running(case, 0)
        missing = agree(Source("case.graph", case.source), None, running.point, LIBRARY)
        if missing: print("MISSING", name, missing)
