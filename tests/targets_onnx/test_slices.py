"""Slices in onnxruntime are NumPy's, whatever the size of the axis turns out to be."""

import itertools

import numpy as np
import pytest

from gradc.compiler import compile_source
from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.targets.onnx.target import Onnx
from gradc.verification.emitted import Module
from tests.targets_onnx.agreement import content, session

BOUNDS = (None, 0, 1, 3, -1, -3)
SLICES = [*itertools.product(BOUNDS, BOUNDS, (None, 2, -1, -2, -3))]
_TOGETHER = 20  # slices of a graph


def _text(cut: tuple[int | None, ...]) -> str:
    start, stop, step = ("" if bound is None else str(bound) for bound in cut)
    return f"x[{start}:{stop}:{step}]"


@pytest.mark.parametrize("size", ["B", "1", "4", "5"])
@pytest.mark.parametrize("first", range(0, len(SLICES), _TOGETHER))
def test_slices(first: int, size: str) -> None:
    lines = ["dim B" if size == "B" else f"dim B = {size}", "param x: [B]"]
    kept = []
    for cut in SLICES[first : first + _TOGETHER]:
        line = f"output y{len(kept)} = sin({_text(cut)}) * {len(kept) + 1}"
        try:
            compile_source(Source("cut.graph", "\n".join([*lines[:2], line])))
        except DiagnosticError:
            continue  # no such elements
        lines.append(line)
        kept.append(cut)
    source = Source("cut.graph", "\n".join(lines))
    plain = compile_source(source)
    runs = session(content(compile_source(source, target=Onnx(gradients=True))))
    module = Module(plain.text, "cut.py")
    for count in (3, 4, 5, 8) if size == "B" else (int(size),):
        x = np.arange(1.0, count + 1)
        try:
            outputs, saved = module._namespace["forward"]({"x": x})
        except ValueError:
            continue  # a check of sizes says that this one does not go
        fed = {"x": x} | {f"d_y{i}": np.cos(y) for i, y in enumerate(outputs)}
        *found, dx = runs.run(None, fed)
        for cut, got, wanted in zip(kept, found, outputs, strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-14, err_msg=_text(cut))
        cotangents = [np.cos(y) for y in outputs]
        keywords = module._cotangents
        gradients = module._namespace["backward"](
            saved, **dict(zip(keywords, cotangents, strict=True))
        )
        np.testing.assert_allclose(dx, gradients["x"], rtol=1e-12)
