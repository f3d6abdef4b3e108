"""The estimate of the peak is what is measured, for random loops with and without a budget."""

from __future__ import annotations

import pytest

from gradc.compiler import Options
from tests.memory.budgets import tight
from tests.memory.making import SIZES, random_loop
from tests.memory.measure import compiled, estimated, measured

MORE = (*range(4, 12), 19, 25, 34)
SEEDS = [*range(4), *[pytest.param(seed, marks=pytest.mark.slow) for seed in MORE]]


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_estimate_of_a_random_loop(seed: int, level: int) -> None:
    text = random_loop(seed)
    options = Options(level=level, dims=SIZES)
    for chosen in (options, tight(text, options)):
        compilation = compiled(text, chosen)
        found = measured(compilation, SIZES)
        assert estimated(compilation, SIZES) == pytest.approx(found, rel=0.05), text
