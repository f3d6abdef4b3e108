"""Every operation gives what NumPy, SciPy or a definition gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.library.cases import FUNCTIONS, LIBRARY, OPS, Case, by_operation
from tests.library.formulas import formula_of
from tests.library.references import REFERENCES, reference
from tests.library.running import Running

WITHOUT_CALLS = {
    "constant",
    "array",
    "size",
    "index",
    "index_adjoint",
    "index_add",
    "pick_at",
    "add_at",
}
"""What the syntax makes: tested in `test_syntax.py`."""

DRAWN = {"random_uniform", "random_normal", "dropout_mask", "dropout"}
"""Random numbers: tested in `tests/state/test_random.py`."""


@pytest.mark.parametrize("name", sorted({*OPS, *FUNCTIONS} - WITHOUT_CALLS - DRAWN))
def test_documented_and_tried(name: str) -> None:
    role = "op" if name in OPS else "fn"
    assert LIBRARY.stanzas[role, name][0].text.startswith("## "), "no documentation"
    assert LIBRARY.examples(name), "no example"
    assert reference(name) or formula_of(name), "no reference"


def test_references_are_of_operations() -> None:
    assert REFERENCES.keys() <= {*OPS, *FUNCTIONS}


@pytest.mark.parametrize("level", [0, 1])
@by_operation()
def test_value(case: Case, level: int) -> None:
    running = Running(case, level)
    expected = expected_of(case, running.arrays)
    outputs = running.outputs()
    assert len(outputs) == len(expected)
    for output, array in zip(outputs, expected, strict=True):
        assert np.shape(output) == np.shape(array)
        np.testing.assert_allclose(output, array, rtol=1e-12, atol=1e-13)


@by_operation()
def test_element_type(case: Case) -> None:
    """The types that the compiler infers are the ones that NumPy gives."""
    running = Running(case, 1)
    values = [o.value for o in running.compilation.graph.outputs]
    for output, value in zip(running.outputs(), values, strict=True):
        kind = {"f64": float, "bool": bool, "i64": np.int64}[value.type.dtype]
        assert np.asarray(output).dtype == kind


def expected_of(case: Case, arrays: dict[str, Any]) -> list[Any]:
    arguments = case.arguments(arrays)
    own = REFERENCES.get(case.name)
    if reference(case.name) is None:
        found = formula_of(case.name)(*arguments.values())
    elif own is None:
        found = _numpy(case.name, arguments)
    else:
        found = own(*arguments.values()) if isinstance(own, np.ufunc) else own(**arguments)
    return list(found) if isinstance(found, tuple | list) else [found]


def _numpy(name: str, arguments: dict[str, Any]) -> Any:
    """NumPy's function names its operands otherwise, and its options as we do."""
    function = getattr(np, name)
    if isinstance(function, np.ufunc):
        return function(*arguments.values())
    operands = [v for v in arguments.values() if isinstance(v, np.ndarray | np.generic)]
    options = {k: v for k, v in arguments.items() if not isinstance(v, np.ndarray | np.generic)}
    return function(*operands, **options)
