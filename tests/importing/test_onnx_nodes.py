"""ONNX's own tests of its differentiable operators: what is imported computes what they say."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.diagnostics import DiagnosticError

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, defs, numpy_helper  # noqa: E402
from onnx.backend.test.loader import load_model_tests  # noqa: E402

from tests.importing.onnx_agreement import outputs_of  # noqa: E402

LEAST = 0.9
"""The share of the cases that has to be met."""

HELD = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT32, TensorProto.INT64,
        TensorProto.BOOL}  # fmt: skip
DIFFERENTIABLE = defs.OpSchema.DifferentiationCategory.Differentiable
UNMET = Path(__file__).with_name("onnx_unmet.txt")
"""The cases that are not met, and why."""


def is_differentiable(node: Any) -> bool:
    """Whether ONNX says that some input of the operator carries a derivative."""
    try:
        schema = defs.get_schema(node.op_type, domain=node.domain)
    except defs.SchemaError:
        return False
    return any(i.differentiation_category == DIFFERENTIABLE for i in schema.inputs)


def cases() -> Iterator[Any]:
    """The tests of one differentiable operator whose values are of types that gradc has."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = load_model_tests(kind="node")
    for case in found:
        graph = case.model.graph
        declared = [*graph.input, *graph.output]
        held = all(v.type.HasField("tensor_type") for v in declared) and all(
            v.type.tensor_type.elem_type in HELD for v in declared
        )
        if held and len(graph.node) == 1 and is_differentiable(graph.node[0]):
            yield case


def unmet() -> dict[str, str]:
    lines = [line for line in UNMET.read_text().splitlines() if line and line[0] != "#"]
    return dict(line.split(": ", 1) for line in lines)


CASES = {case.name: case for case in cases()}


@pytest.mark.parametrize("name", CASES)
def test_a_node_computes_what_onnx_says(name: str, request: pytest.FixtureRequest) -> None:
    if why := unmet().get(name):
        request.applymarker(pytest.mark.xfail(reason=why, strict=True))
    case = CASES[name]
    given, wanted = ([*map(as_array, arrays)] for arrays in case.data_sets[0])
    feeds = {i.name: v for i, v in zip(case.model.graph.input, given, strict=False)}
    for found, want in zip(computed(case.model, feeds), wanted, strict=True):
        assert found.shape == want.shape
        np.testing.assert_allclose(found, want, rtol=1e-4, atol=1e-5)


def computed(model: Any, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The outputs; inputs that have to be constants are settled, and never the first one."""
    rest = list(feeds)[1:]
    counts = [n for n in rest if feeds[n].dtype.kind in "ib"]
    tries = [[], [n for n in counts if feeds[n].ndim < 2], counts, rest]
    for settled in tries[:-1]:
        try:
            return outputs_of(model, feeds, {n: feeds[n] for n in settled})
        except DiagnosticError as failure:
            if any(d.code != "E0602" for d in failure.diagnostics):
                raise
    return outputs_of(model, feeds, {n: feeds[n] for n in tries[-1]})


def as_array(value: Any) -> np.ndarray:
    return numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.asarray(value)


def test_most_cases_are_met() -> None:
    assert unmet().keys() <= CASES.keys()
    assert len(CASES) - len(unmet()) >= LEAST * len(CASES)
