"""Random loops with fixed seeds. `python -m tests.loops --seeds 5000` makes longer runs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gradc.compiler import Compilation, Options, compile_source
from gradc.source import Source
from gradc.targets.offered import target_of
from tests.fuzz import judge as fuzzed
from tests.fuzz.chunks import CHUNK, chunks
from tests.fuzz.program import Step
from tests.loops.generate import generate
from tests.loops.judge import judge
from tests.loops.program import Loop, Statement
from tests.loops.shrink import shrink


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("first", chunks(10, 200))
def test_random_loops(first: int) -> None:
    for seed in range(first, first + CHUNK):
        program = generate(seed)
        failure = judge(program)
        if failure is not None:
            small, failure = shrink(program, failure)
            pytest.fail(f"seed {seed}: {failure.message}\n{small.text()}")


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("seed", [443, 636, 821, 12451])
def test_what_was_found_stays_right(seed: int) -> None:
    """Values swapped at the start of a loop, a long `del`, memory that rotates, and lent memory."""
    failure = judge(generate(seed))
    assert failure is None, failure.message


@pytest.mark.parametrize("level", [1, 2])
def test_loops_in_loops_are_written_for_jax(level: int) -> None:
    """What an outer loop is handed is read by a loop within it, also where it has no variable."""
    source = Source("loops.graph", generate(71).text())
    compilation = compile_source(source, Options(level=level), target=target_of("jax"))
    compile(compilation.text, "loops.py", "exec")


def test_a_seed_always_gives_the_same_graph() -> None:
    assert generate(3).text() == generate(3).text()
    assert generate(3).text() != generate(4).text()


def loops(body: Sequence[Statement], depth: int = 1) -> Iterator[tuple[int, Loop]]:
    for statement in body:
        if isinstance(statement, Loop):
            yield depth, statement
            yield from loops(statement.body, depth + 1)


def test_every_kind_of_loop_is_made() -> None:
    found = [pair for seed in range(200) for pair in loops(generate(seed).body)]
    assert sum(depth == 3 for depth, _ in found) > 100
    assert sum(depth == 1 for depth, _ in found) > 100
    made = [loop for _, loop in found]
    heres = {c.here for loop in made for c in loop.carried}
    stacks = {c.stack for loop in made for c in loop.collected}
    walked = {w.sequence for loop in made for w in loop.walks}
    nexts = {c.next: c.here for loop in made for c in loop.carried}
    steps = [s for loop in made for s in loop.body if isinstance(s, Step) and s.text == "$0"]
    passed = [(nexts[s.results[0]], s.operands[0]) for s in steps if s.results[0] in nexts]
    assert walked & heres
    assert walked & stacks
    assert stacks & {v for loop in made for s in loop.body for v in operands(s)}
    assert any(here is handed for here, handed in passed)
    assert any(here is not handed and handed in heres for here, handed in passed)
    assert any(not loop.walks for loop in made)
    assert any(len({c.start for c in loop.carried}) < len(loop.carried) for loop in made)
    assert any(c.grows for loop in made for c in loop.carried)


def operands(statement: Statement) -> list[object]:
    if isinstance(statement, Step):
        return list(statement.operands)
    return [*(c.start for c in statement.carried), *(w.sequence for w in statement.walks)]


@pytest.mark.slow
def test_a_wrong_result_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    right = fuzzed.compile_source

    def wrong(*given: Any, **more: Any) -> Compilation:
        compiled = right(*given, **more)
        return replace(compiled, files={".py": compiled.text.replace("np.tanh(", "np.sin(")})

    programs = [p for p in map(generate, range(40)) if "tanh" in p.text() and judge(p) is None]
    monkeypatch.setattr(fuzzed, "compile_source", wrong)
    program, failure = next((p, f) for p in programs if (f := judge(p)) is not None)
    assert failure.kind.removeprefix("written out: ") in ("output", "gradient")
    small, failure = shrink(program, failure)
    assert "tanh" in small.text()
    assert len(small.text().splitlines()) < 16
