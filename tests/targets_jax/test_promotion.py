"""Element types in JAX are NumPy's, whatever meets: JAX itself would make 32 bits of much."""

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.ir.types import DTYPES
from gradc.library.loader import standard_library
from gradc.source import Source
from tests.library.cases import LIBRARY, Case, cases_of
from tests.targets_jax.agreement import JAX, jax

STANDARD = standard_library()
OPS = [
    name
    for name in STANDARD.names("op")
    if not STANDARD.is_internal(name)
    if any(o.carries for case in cases_of(name)[:1] for o in case.operands)
]

# Of the first array, and of the others.
MET = [("i32", "i32"), ("i32", "f32"), ("f32", "i32"), ("f32", "i64"), ("i64", "i64")]


def _types(case: Case) -> tuple[dict[str, str], dict[str, str]]:
    """The element types of the outputs: those that are declared, and those that JAX finds."""
    source = Source("case.graph", case.source)
    text = compile_source(source, Options(), library=LIBRARY, target=JAX).text
    net: Any = ModuleType("net")
    exec(text, net.__dict__)
    params = {o.name: value for o, value in _arrays(case) if o.carries}
    inputs = {o.name: value for o, value in _arrays(case) if not o.carries}
    outputs, _ = jax.eval_shape(lambda: net.forward(*[params] * bool(params), **inputs))
    wanted = {name: said["dtype"] for name, said in net.__graph__["outputs"].items()}
    return wanted, {name: str(value.dtype) for name, value in outputs._asdict().items()}


def _arrays(case: Case) -> list[Any]:
    drawn = case.draw()
    kinds = {o.name: DTYPES[o.dtype or case.dtype] for o in case.operands}
    return [(o, np.asarray(drawn[o.name]).astype(kinds[o.name])) for o in case.operands]


@pytest.mark.parametrize("name", OPS)
def test_types_are_those_that_the_module_declares(name: str) -> None:
    case = cases_of(name)[0]
    floats = [o for o in case.operands if o.carries]
    for first, other in MET[: len(MET) if len(floats) > 1 else 1]:
        kinds = {o.name: other for o in floats} | {o.name: first for o in floats[:1]}
        operands = tuple(replace(o, dtype=kinds.get(o.name, o.dtype)) for o in case.operands)
        try:
            wanted, found = _types(replace(case, operands=operands))
        except DiagnosticError:
            continue  # it takes no such arrays
        assert found == wanted, f"{case.call} of {first} and {other}"
