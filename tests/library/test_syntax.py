"""What the syntax stands for: indexing with all its forms, literals, sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.library.cases import Case, Operand
from tests.library.running import Running

INDICES = {
    "1": (4, 3), "-1": (4, 3), "1:": (4, 3), ":-1": (4, 3), "::2": (5, 2), "::-1": (4, 3),
    "3:0:-2": (5, 2), "1:1": (4, 3), "..., 0": (2, 3, 4), "..., newaxis, :": (2, 3),
    "newaxis": (3,), "0, ...": (2, 3), ":, newaxis, 1": (2, 3), "1, :, ::2": (2, 3, 4),
    "-3:, 0:9": (4, 3), "..., ::-1, 1:3": (2, 3, 4), "100:": (3,), ":-100": (3,), "-1:-4:-1": (5,),
}  # fmt: skip


@pytest.mark.parametrize("text", INDICES)
def test_index(text: str) -> None:
    case = Case("index", 0, (Operand("x", INDICES[text]),), f"x[{text}]")
    running = Running(case)
    x = running.arrays["x"]
    expected = eval(f"x[{text}]", {"x": x, "newaxis": None})
    np.testing.assert_array_equal(running.outputs()[0], expected)
    np.testing.assert_allclose(running.gradients()["x"], running.differences()["x"], atol=1e-8)


@pytest.mark.parametrize("text", INDICES)
def test_index_of_a_free_dimension(text: str) -> None:
    shape = INDICES[text]
    operand = Operand("x", ("B", *shape[1:]))
    case = Case("index", 1, (operand,), f"x[{text}]", dims={"B": shape[0]})
    x = Running(Case("index", 0, (Operand("x", shape),), f"x[{text}]")).arrays["x"]
    running = Running(case, arrays={"x": x})
    expected = eval(f"x[{text}]", {"x": x, "newaxis": None})
    np.testing.assert_array_equal(running.outputs()[0], expected)


def test_slices_that_meet() -> None:
    """Cotangents of several slices of one value add up."""
    call = "x[1:] * x[:-1] + x[0] * x[::-1][1:]"
    running = Running(Case("index", 2, (Operand("x", (5, 3)),), call))
    np.testing.assert_allclose(running.gradients()["x"], running.differences()["x"], atol=1e-7)


def test_position_at_run_time() -> None:
    operands = (Operand("x", (4, 3)), Operand("i", (), "i64", -4, 3))
    running = Running(Case("index", 3, operands, "x[i, 1:]"))
    x, i = running.arrays["x"], running.arrays["i"]
    np.testing.assert_array_equal(running.outputs()[0], x[i, 1:])
    np.testing.assert_allclose(running.gradients()["x"], running.differences()["x"], atol=1e-8)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("x * B", lambda x: x * 4),
        ("x / sqrt(B)", lambda x: x / 2),
        ("x + [1, 2, 3]", lambda x: x + np.array([1, 2, 3])),
        ("x * [true, false, true]", lambda x: x * np.array([1, 0, 1])),
        ("x ** 2 + 1e-3", lambda x: x**2 + 1e-3),
    ],
)
@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_numbers_and_sizes_are_weak(call: str, expected: Any, dtype: str) -> None:
    case = Case("literal", 0, (Operand("x", ("B", 3)),), call, dtype=dtype, dims={"B": 4})
    running = Running(case)
    x = running.arrays["x"]
    (output,) = running.outputs()
    assert output.dtype == x.dtype == running.gradients()["x"].dtype
    np.testing.assert_allclose(output, expected(x), rtol=1e-6)
