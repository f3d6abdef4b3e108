"""Random graphs with fixed seeds. `python -m tests.fuzz --seeds 1000` makes longer runs."""

import pytest

from tests.fuzz.chunks import CHUNK, chunks
from tests.fuzz.generate import generate
from tests.fuzz.judge import judge
from tests.fuzz.program import Program
from tests.fuzz.shrink import shrink


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("first", chunks(10, 200))
def test_random_graphs(first):
    for seed in range(first, first + CHUNK):
        program = generate(seed)
        failure = judge(program)
        if failure is not None:
            small, failure = shrink(program, failure)
            pytest.fail(f"seed {seed}: {failure.message}\n{small.text()}")


def test_a_seed_always_gives_the_same_graph():
    assert generate(3).text() == generate(3).text()
    assert generate(3).text() != generate(4).text()


def test_every_kind_of_operation_is_made():
    made = {s.op for seed in range(400) for s in generate(seed).steps}
    assert len(made) > 110
    wanted = "matmul index take softmax cross_entropy Dense prod cumprod layer_norm where power"
    assert made.issuperset(wanted.split())


def wrong(program: Program) -> Program:
    """The program with a reference that says something else of its last statement."""
    last = next(s for s in reversed(program.steps) if program.loss in s.results)
    reference = last.reference
    last.reference = lambda r, *a: reference(r, *a) * 1.001
    return program


def test_a_wrong_result_is_found_and_made_small():
    program = next(p for p in map(generate, range(100)) if p.loss and len(p.steps) > 15)
    program = wrong(program)
    failure = judge(program)
    assert failure is not None
    assert failure.kind == "output"
    small, failure = shrink(program, failure)
    assert len(small.steps) <= 2
