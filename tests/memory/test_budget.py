"""`--max-memory`: the budget is kept, and no number changes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from gradc.compiler import Compilation, Options
from gradc.diagnostics import DiagnosticError
from tests.loops.graphs import GRAPHS as LOOPS
from tests.memory.budgets import least, tight
from tests.memory.measure import Dims, arguments, compiled, estimated, measured
from tests.memory.test_peak import CASES
from tests.seldom import seldom

SMALLER = {
    "chain": 0.85,
    "conv_deep": 0.99,
    "cumulated": 0.95,
    "dropout": 0.95,
    "einsum": 0.8,
    "examples/gpt": 0.6,
    "layer_norm": 0.85,
    "loop": 0.12,
    "loop_small": 0.03,
    "masks": 0.95,
    "programs/mlp": 0.9,
    "programs/two_tower": 0.95,
    "programs/vae": 0.95,
}
"""What a graph can do with at -O1, of what it takes without a budget."""


@cache
def plain(name: str, level: int) -> Compilation:
    text, dims = CASES[name]
    return compiled(text, Options(level=level, dims=dims))


def gradients(compilation: Compilation, dims: Dims) -> Mapping[str, object]:
    module, params, inputs = arguments(compilation, dims)
    given = (params,) if params else ()
    more = {"rng": 0} if "rng" in module["value_and_grad"].__code__.co_varnames else {}
    more |= {"state": module["init_state"]()} if "init_state" in module else {}
    value, found, *_ = module["value_and_grad"](*given, **inputs, **more)
    return {"": value, **found}


def same(one: Mapping[str, object], other: Mapping[str, object]) -> None:
    assert one.keys() == other.keys()
    for name, expected in one.items():
        scale = float(np.max(np.abs(np.asarray(expected, float)), initial=0))
        rtol = 1e-4 if np.asarray(expected).dtype == np.float32 else 1e-9
        np.testing.assert_allclose(other[name], expected, rtol, rtol * scale, err_msg=name)


@pytest.mark.parametrize("name", seldom(SMALLER, lambda name: [*SMALLER].index(name) % 2 > 0))
def test_it_does_with_less(name: str) -> None:
    text, dims = CASES[name]
    before = estimated(plain(name, 1), dims)
    budget = round(before * SMALLER[name])
    fitted = compiled(text, Options(dims=dims, max_memory=budget))
    assert fitted.choice is not None
    assert fitted.choice.free.peak == before
    assert fitted.choice.fitted.peak == estimated(fitted, dims) <= budget
    assert measured(fitted, dims) <= budget
    assert measured(plain(name, 1), dims) > budget
    same(gradients(plain(name, 1), dims), gradients(fitted, dims))


TIGHT = ("attention", "chain", "einsum", "loop", "masks", "programs/mlp", "solved")


@pytest.mark.parametrize("level", seldom([0, 1, 2], lambda level: level != 1))
@pytest.mark.parametrize("name", TIGHT)
def test_the_least_is_enough_and_one_byte_less_is_not(name: str, level: int) -> None:
    text, dims = CASES[name]
    options = tight(text, Options(level=level, dims=dims))
    assert options.max_memory is not None
    fitted = compiled(text, options)
    assert measured(fitted, dims) == pytest.approx(estimated(fitted, dims), rel=0.05)
    same(gradients(plain(name, level), dims), gradients(fitted, dims))
    with pytest.raises(DiagnosticError, match="E0507"):
        compiled(text, Options(level=level, dims=dims, max_memory=options.max_memory - 1))


@pytest.mark.parametrize("level", seldom([0, 1, 2], lambda level: level < 2))
@pytest.mark.parametrize("name", seldom(LOOPS, lambda name: [*LOOPS].index(name) % 2 > 0))
def test_loops_change_no_number(name: str, level: int) -> None:
    before = compiled(LOOPS[name], Options(level=level))
    if not before.graph.loss:
        return
    after = compiled(LOOPS[name], tight(LOOPS[name], Options(level=level)))
    same(gradients(before, {}), gradients(after, {}))


def test_what_fits_is_left_as_it_is() -> None:
    text, dims = CASES["loop"]
    before = estimated(plain("loop", 1), dims)
    fitted = compiled(text, Options(dims=dims, max_memory=2 * before))
    assert fitted.choice is not None
    assert dict(fitted.choice.told())["chosen"] == "nothing: it fits as it is"
    texts = (fitted.text, plain("loop", 1).text)
    with_it, without = (text[text.index("import") : text.index("__graph__")] for text in texts)
    assert with_it == without


def test_a_hundredth_is_left_where_that_can_be() -> None:
    text, dims = CASES["chain"]
    before = estimated(plain("chain", 1), dims)
    choice = _choice(text, Options(dims=dims, max_memory=before))
    assert choice.fitted.peak <= before - before // 100


def test_what_is_chosen_is_told_with_what_it_costs() -> None:
    text, dims = CASES["loop"]
    told = dict(_choice(text, Options(dims=dims, max_memory=10_000_000)).told())
    assert told == {
        "budget": "10MB: the peak is 8,640,008 bytes at T = 100, N = 10,000",
        "without": "32,480,008 bytes (23.8 MB more)",
        "made again": "a, h_sin, h_cos",
        "cost": "5,000,000 FLOPs (27.8% more)",
    }
    told = dict(_choice(text, Options(dims=dims, max_memory=4_000_000)).told())
    assert told["cut"] == "the loop of h into segments of 10 steps"


@pytest.mark.parametrize("name", ["chain", "layer_norm"])
def test_blocks_are_shorter_before_anything_is_made_again(name: str) -> None:
    text, dims = CASES[name]
    before = estimated(plain(name, 2), dims)
    fitted = compiled(text, Options(level=2, dims=dims, max_memory=round(0.9 * before)))
    assert fitted.choice is not None
    told = dict(fitted.choice.told())
    assert told["blocks"] == "2 times shorter: what is in them is called 2 times as often"
    assert "made again" not in told
    assert measured(fitted, dims) <= 0.9 * before < measured(plain(name, 2), dims)
    same(gradients(plain(name, 2), dims), gradients(fitted, dims))


def test_blocks_are_as_long_as_they_can_be() -> None:
    text, dims = CASES["chain"]
    before = estimated(plain("chain", 2), dims)
    shorter = []
    for share in (2.0, 0.6, 0.3, 0.15):
        choice = _choice(text, Options(level=2, dims=dims, max_memory=round(share * before)))
        shorter.append(choice.fitted.shorter)
    assert shorter == [1, 2, 4, 8]
    assert (
        _choice(
            text, Options(dims=dims, max_memory=estimated(plain("chain", 1), dims))
        ).fitted.shorter
        == 1
    )


def _choice(text: str, options: Options):  # type: ignore[no-untyped-def]
    choice = compiled(text, options).choice
    assert choice is not None
    return choice


def test_examples_say_sizes() -> None:
    text = "dim N\ninput x: [N] = [1, 2, 3, 4]\nparam w = 1\nloss J = sum(tanh(exp(x * w)))\n"
    assert least(text, Options()) < estimated(compiled(text, Options()), {"N": 4})


@pytest.mark.parametrize(
    ("text", "names", "helps"),
    [
        ("dim N\ninput x: [N]\nparam w = 1\nloss J = sum(x * w)\n", "`N` is", "`-D N=64`"),
        (
            "dim B, N\ninput x: [B, N]\nparam w = 1\nloss J = sum(x * w)\n",
            "`B` and `N` are",
            "`-D B=64 -D N=64`",
        ),
    ],
)
def test_a_size_that_nothing_says_is_asked_for(text: str, names: str, helps: str) -> None:
    with pytest.raises(DiagnosticError) as failure:
        compiled(text, Options(max_memory=1000))
    (found,) = failure.value.diagnostics
    assert found.message == f"`--max-memory` needs sizes, and nothing says how large {names}"
    assert found.span is not None
    assert found.span.line == 2
    assert found.helps[0].startswith(helps)
