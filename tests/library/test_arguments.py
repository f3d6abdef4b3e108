"""Operations with other sizes, element types and memory layouts than their examples have."""

from __future__ import annotations

import re
import warnings
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradc.diagnostics import DiagnosticError
from tests.library.cases import Case, by_operation
from tests.library.references import REFERENCES
from tests.library.running import Running
from tests.library.test_values import expected_of
from tests.seldom import seldom

KNOWN_SIZES = {
    "split", "pieces", "tri", "stack", "unstacked", "cross", "glu", "pixel_shuffle", "rope", "kron",
    "channels", "one_hot", "full", "zeros", "ones", "eye", "arange", "to_heads", "group_norm",
}  # fmt: skip
"""Operations that ask for sizes known at compile time in some of their examples."""


@by_operation(every=2, first=0)
def test_symbolic_sizes(case: Case) -> None:
    """With a free dimension in place of the leading size, everything stays the same."""
    free = case.with_leading("B")
    if _depends_on_size(case):
        # What cannot do without the number itself says so in a diagnostic.
        with suppress(DiagnosticError):
            free.compile()
        return
    fixed = Running(case)
    running = Running(free, arrays=fixed.arrays)
    for a, b in zip(running.outputs(), fixed.outputs(), strict=True):
        np.testing.assert_array_equal(a, b)
    if fixed.is_differentiable:
        gradients = fixed.gradients()
        for name, gradient in running.gradients().items():
            np.testing.assert_allclose(gradient, gradients[name], rtol=1e-14, atol=1e-15)


def _depends_on_size(case: Case) -> bool:
    """Whether an attribute or another operand of the example holds the leading size as a number."""
    leading = next((o.sizes[0] for o in case.operands if o.sizes), None)
    return (
        case.name in KNOWN_SIZES
        or leading is None
        or any(leading in np.ravel(np.asarray(v, object)) for v in case.known.values() if v)
        or any(leading in o.sizes[1:] for o in case.operands)
        or bool(case.grouped)
    )


@pytest.mark.parametrize("size", seldom([0, 1], bool))
@by_operation(every=2, first=1)
def test_sizes_0_and_1(case: Case, size: int) -> None:
    """NumPy's values, and gradients of the right shape; or a diagnostic where there is no value."""
    small = case.with_leading(size)
    try:
        small.compile()
    except DiagnosticError:
        # What is refused is no better where the size is found out at the door. What calls
        # `leading`, the compiler alone, knows that there are as many.
        if case.name == "leading":
            return
        free = replace(case.with_leading("B"), dims={"B": size})
        with pytest.raises((DiagnosticError, IndexError, ValueError)):
            Running(free)
        return
    arrays = small.draw()
    try:
        running = Running(small, arrays=arrays)
    except (IndexError, ValueError) as refusal:
        # The example's positions lie outside what is left; the door says so where it knows.
        if isinstance(refusal, ValueError) and ": expected " not in str(refusal):
            raise
        assert any(o.dtype == "i64" for o in case.operands) or "indices" in case.known
        return
    expected = _expected(small, arrays)
    if size == 0 and case.known.get("correction"):
        expected = None  # NumPy takes the count of nothing less one as 0
    if expected is not None:
        for output, array in zip(running.outputs(), expected, strict=True):
            np.testing.assert_allclose(output, array, rtol=1e-12, atol=1e-13)
    if running.is_differentiable:
        for name, gradient in running.gradients().items():
            assert np.shape(gradient) == np.shape(arrays[name])


def _expected(case: Case, arrays: dict[str, Any]) -> list[Any] | None:
    """None where the reference has no value: those written here may not know small arrays."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return expected_of(case, arrays)
    except (ValueError, IndexError, ZeroDivisionError):
        if case.name not in REFERENCES:
            raise
        return None


@by_operation(every=2, first=0)
def test_nothing_widens(case: Case) -> None:
    """With operands of f32 no value on the way is f64, but angles and places, on purpose."""
    on_purpose = ("astype", "rope", "interpolate", "stretched", "corner_places", "mixed_at")
    if case.name in on_purpose or not all(o.carries or o.dtype == "bool" for o in case.operands):
        return
    joint = case.in_single().compile(0).joint
    wide = [
        f"{node.name}: {result.type}"
        for node in (*joint.nodes, *joint.adjoints)
        for result in node.results
        if result.type.dtype == "f64" and not result.type.weak
    ]
    assert not wide


@pytest.mark.parametrize("level", seldom([0, 1], lambda level: level == 0))
@by_operation(every=2, first=1)
def test_f32_stays_f32(case: Case, level: int) -> None:
    single = case.in_single()
    running = Running(single, level)
    double = Running(case, level, {n: _widened(a) for n, a in running.arrays.items()})
    for output, wide, value in zip(
        running.outputs(), double.outputs(), running.compilation.graph.outputs, strict=True
    ):
        kind = np.asarray(output).dtype
        assert (
            kind
            == {"f32": np.float32, "f64": float, "bool": bool, "i64": np.int64}[
                value.value.type.dtype
            ]
        )
        floats = any(o.carries for o in case.operands)
        if np.asarray(wide).dtype.kind == "f" and floats and case.name != "astype":
            assert kind == np.float32
        np.testing.assert_allclose(output, wide, rtol=2e-5, atol=2e-6)
    if running.is_differentiable:
        double.point.cotangents.update(running.point.cotangents)
        wide_gradients = double.gradients()
        for name, gradient in running.gradients().items():
            assert np.asarray(gradient).dtype == np.float32
            np.testing.assert_allclose(gradient, wide_gradients[name], rtol=1e-3, atol=1e-4)


def _widened(array: Any) -> Any:
    return array.astype(float) if np.asarray(array).dtype.kind == "f" else array


@by_operation(every=2, first=0)
def test_memory_layouts(case: Case) -> None:
    """Arguments that are read-only, reversed or strided give the same and are left alone."""
    running = Running(case)
    expected, gradients = running.outputs(), {}
    if running.is_differentiable:
        gradients = running.gradients()
    for arrange in (_read_only, _fortran, _reversed, _strided):
        arrays = {n: arrange(a) for n, a in running.arrays.items()}
        before = {n: np.array(a) for n, a in arrays.items()}
        other = Running(case, arrays=arrays)
        for a, b in zip(other.outputs(), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)
        if gradients:
            for name, gradient in other.gradients().items():
                np.testing.assert_allclose(gradient, gradients[name], rtol=1e-12, atol=1e-13)
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, before[name])


def _read_only(array: Any) -> Any:
    array = np.array(array)
    array.flags.writeable = False
    return array


def _fortran(array: Any) -> Any:
    return np.array(array, order="F")


def _reversed(array: Any) -> Any:
    turned = (slice(None, None, -1),) * np.ndim(array)
    return np.array(array[turned])[turned]


def _strided(array: Any) -> Any:
    return np.repeat(array, 2, axis=-1)[..., ::2] if np.ndim(array) else array


@by_operation(every=2, first=1)
def test_repeated_operands(case: Case) -> None:
    """f(x, x): the contributions of both places add up."""
    floats = [o for o in case.operands if o.carries]
    pairs = [(a, b) for i, a in enumerate(floats) for b in floats[i + 1 :] if a.sizes == b.sizes]
    if not pairs or case.name in ("max_pool2d_adjoint", "max_pool2d_pick"):
        return
    first, second = pairs[0]
    apart = Running(case)
    arrays = apart.arrays | {second.name: apart.arrays[first.name]}
    apart = Running(case, arrays=arrays)
    if not apart.is_differentiable or _has_kink(case):
        return
    together = Running(
        _joined(case, first.name, second.name),
        arrays={n: a for n, a in arrays.items() if n != second.name},
    )
    expected = apart.gradients()
    found = together.gradients()[first.name]
    np.testing.assert_allclose(
        found, expected[first.name] + expected[second.name], rtol=1e-10, atol=1e-12
    )


def _has_kink(case: Case) -> bool:
    return case.name in ("l1_loss", "triplet_margin_loss")


def _joined(case: Case, first: str, second: str) -> Case:
    call = re.sub(rf"(?<![\w]){second}(?![\w=])", first, case.call)
    operands = tuple(o for o in case.operands if o.name != second)
    return replace(case, operands=operands, call=call)
