"""Integers and bools where examples have floats: they are refused, or give what is declared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradc.diagnostics import DiagnosticError
from gradc.ir.types import DTYPES
from gradc.library.loader import standard_library
from tests.library.cases import FUNCTIONS, OPS, Case, Operand, cases_of
from tests.library.running import Running

STANDARD = standard_library()
FIRST = [
    cases_of(name)[0]
    for name in [*OPS, *FUNCTIONS]
    if cases_of(name) and not STANDARD.is_internal(name)
]
OF_FLOATS = [case for case in FIRST if any(o.carries for o in case.operands)]


def _of(case: Case, kind: str) -> Case:
    """The example with arrays of a kind, whose sizes only a call knows."""
    sizes = {s for o in case.operands for s in o.sizes if isinstance(s, int) and s > 1}
    dims = {f"N{s}": s for s in sizes}
    free = {s: name for name, s in dims.items()}

    def changed(o: Operand) -> Operand:
        return replace(
            o, dtype=kind if o.carries else o.dtype, sizes=tuple(free.get(s, s) for s in o.sizes)
        )

    return replace(case, operands=tuple(map(changed, case.operands)), dims={**case.dims, **dims})


def _whole(array: Any) -> Any:
    """The array in whole numbers from 0 on; what is square has an inverse."""
    array = np.abs(np.asarray(array)) // 1
    square = array.ndim > 1 and array.shape[-1] == array.shape[-2]
    return array * 0 + np.eye(array.shape[-1]) if square else array


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("kind", ["i64", "bool"])
@pytest.mark.parametrize("case", OF_FLOATS, ids=lambda c: c.name)
def test_what_takes_them_runs(case: Case, kind: str) -> None:
    changed = {o.name for o in case.operands if o.carries}
    case = _of(case, kind)
    drawn = case.draw()
    arrays = {
        o.name: _whole(drawn[o.name]).astype(DTYPES[kind]) if o.name in changed else drawn[o.name]
        for o in case.operands
    }
    try:
        running = Running(case, arrays=arrays)
    except DiagnosticError:
        return  # it takes floats alone, or sizes that are known
    declared = [o.value.type.dtype for o in running.compilation.graph.outputs]
    assert [str(np.asarray(v).dtype) for v in running.outputs()] == [DTYPES[d] for d in declared]
