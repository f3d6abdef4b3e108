"""onnxruntime agrees with the NumPy module on every example and golden that draws no numbers."""

from pathlib import Path

import pytest

from gradc.compiler import Options
from gradc.source import Source
from tests.targets_onnx.agreement import agree

ROOT = Path(__file__).parents[2]
GRAPHS = sorted([*ROOT.glob("examples/*/*.graph"), *ROOT.glob("tests/goldens/*/*.graph")])


@pytest.mark.parametrize("path", GRAPHS, ids=lambda p: p.stem)
def test_it_computes_what_the_module_does(path: Path) -> None:
    agree(Source(str(path), path.read_text(encoding="utf-8")), Options())
