"""Random programs on JAX give what their NumPy modules give."""

import ast

import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.fuzz.generate import generate
from tests.fuzz.points import point_of
from tests.fuzz.promises import unread
from tests.loops.generate import generate as loops
from tests.targets_jax import agreement

# Where numbers cancel both round in their own ways, and f64 that is made of f32 is no better.
ROUGH = {"float32": 1e-4, "float64": 1e-11}
SINGLE = {"float32": 1e-4, "float64": 1e-4}


@pytest.mark.parametrize("seed", range(12))
def test_each_statement_is_read(seed: int) -> None:
    source = Source(f"program_{seed}.graph", generate(seed).text())
    tree = ast.parse(compile_source(source, target=agreement.JAX).text)
    functions = [f for f in tree.body if isinstance(f, ast.FunctionDef)]
    routines = [f for f in functions if f.name in ("forward", "backward", "predict")]
    assert [message for f in routines for message in unread(f)] == []


@pytest.mark.parametrize("seed", range(12))
def test_a_program_on_jax(seed: int) -> None:
    program = generate(seed)
    if program.states:
        pytest.skip("a point has no state")
    source = Source(f"program_{seed}.graph", program.text())
    rtol = SINGLE if program.is_single else ROUGH
    agreement.agree(source, Options(), point_of(program, source), rtol=rtol)


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("seed", [*range(6), 71])
def test_loops_on_jax(seed: int, level: int) -> None:
    source = Source(f"loops_{seed}.graph", loops(seed).text())
    agreement.agree(source, Options(level=level), rtol=ROUGH)
