"""The estimate of the peak is what is measured, at every level."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradc.compiler import Options
from gradc.ir.sizes import UnknownSize
from tests.memory.graphs import GRAPHS
from tests.memory.measure import Dims, compiled, estimated, measured
from tests.seldom import seldom

ROOT = Path(__file__).parents[2]

SIZES: dict[str, Dims] = {
    "examples/adam": {"B": 8000},
    "examples/characters": {"T": 20, "B": 30},
    "examples/convnet": {"B": 300},
    "examples/digits": {"B": 4000},
    "examples/factors": {"N": 60_000},
    "examples/gpt": {"B": 8, "T": 32},
    "examples/lennard_jones": {"N": 500},
    "examples/mixture": {"N": 30_000},
    "examples/scipy_minimize": {"B": 60_000},
    "examples/vae": {"B": 2000},
    "programs/batchnorm": {"B": 8000},
    "programs/convnet": {"B": 300},
    "programs/gpt_unshared": {"B": 4, "T": 32},
    "programs/mlp": {"B": 4000},
    "programs/two_tower": {"B": 800},
    "programs/vae": {"B": 6000},
}
"""The graphs of the repository that are more than a few numbers."""


def written(name: str) -> str:
    folder, stem = name.split("/")
    if folder == "programs":
        return (ROOT / "tests" / f"{name}.graph").read_text(encoding="utf-8")
    return (ROOT / name / f"{stem}.graph").read_text(encoding="utf-8")


CASES = {name: (written(name), dims) for name, dims in SIZES.items()} | GRAPHS


@pytest.mark.parametrize("level", seldom([0, 1, 2], lambda level: level == 0))
@pytest.mark.parametrize("name", seldom(CASES, lambda name: [*CASES].index(name) % 2 > 0))
def test_the_estimate_is_what_is_measured(name: str, level: int) -> None:
    text, dims = CASES[name]
    compilation = compiled(text, Options(level=level))
    found = measured(compilation, dims)
    assert found > 2_000_000, "it is too small to tell"
    assert estimated(compilation, dims) == pytest.approx(found, rel=0.05)


LSTM = """\
dtype f32
dim T, B
dim D = 32, H = 64
input x: [T, B, D]
input y: [B, H]
from nn import LSTMCell
scan h, c = zeros([B, H]), zeros([B, H]) over x_t in x {
    next h, c = LSTMCell(x_t, h, c) as cell
}
loss J = mean(square(h - y))
"""


@pytest.mark.parametrize(
    ("text", "dims"),
    [(LSTM, {"T": 64, "B": 32}), (written("examples/characters"), SIZES["examples/characters"])],
)
def test_what_is_done_for_all_steps_takes_little_more(text: str, dims: Dims) -> None:
    """Gates, their slopes and cotangents are in one memory, in which steps are computed before.

    What is more is the copy of a transposed matrix above all.
    """
    step_by_step, fast = [compiled(text, Options(level=level)) for level in (1, 2)]
    assert estimated(fast, dims) < 1.2 * estimated(step_by_step, dims)
    assert measured(fast, dims) == pytest.approx(estimated(fast, dims), rel=0.05)


def test_without_a_loss_it_is_that_of_both() -> None:
    compilation = compiled("dim N\ninput x: [N]\nparam w = 1\noutput y = exp(w * x)\n", Options())
    # y for the caller, y for `backward`, and dy * y * x there
    assert estimated(compilation, {"N": 1_000_000}) == pytest.approx(24_000_000, rel=0.4)


def test_a_size_that_nothing_settles_is_said() -> None:
    compilation = compiled(GRAPHS["chain"][0], Options())
    with pytest.raises(UnknownSize, match="N"):
        estimated(compilation, {})
