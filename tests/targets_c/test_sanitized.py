"""C goes nowhere that is not its own: AddressSanitizer and UndefinedBehaviorSanitizer watch."""

import shutil
from pathlib import Path

import pytest

from tests.seldom import seldom
from tests.targets_c.sanitized import runtime, watched

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(ROOT.glob("examples/*/*.graph"))
CHUNKS = [EXAMPLES[i : i + 8] for i in range(0, len(EXAMPLES), 8)]

pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None or runtime() is None,
    reason="the C compiler has no AddressSanitizer, or there is none",
)


@pytest.mark.parametrize("name", seldom(["mixture"], lambda name: True))
def test_an_example(name: str) -> None:
    assert watched(str(ROOT / "examples" / name / f"{name}.graph")) == ""


@pytest.mark.parametrize("seeds", seldom(["400:404", "404:410"], lambda seeds: seeds != "400:404"))
def test_programs(seeds: str) -> None:
    assert watched(seeds) == ""


def test_a_number_that_fills_an_array(tmp_path: Path) -> None:
    """Gates side by side are scaled by rows that are made of such arrays."""
    graph = tmp_path / "net.graph"
    graph.write_text("""\
dim T, B
from nn import LSTMCell
input x: [T, B, 5]
scan h, c = zeros([B, 7]), zeros([B, 7]) over x_t in x {
    next h, c = LSTMCell(x_t, h, c) as cell
}
loss J = mean(square(h))
""")
    assert watched(str(graph), "-O2") == ""


def test_what_is_wrong_is_seen(tmp_path: Path) -> None:
    assert "No such file" in watched(str(tmp_path / "net.graph"))


@pytest.mark.slow
@pytest.mark.parametrize("paths", CHUNKS, ids=lambda paths: paths[0].stem)
def test_examples(paths: list[Path]) -> None:
    assert watched(*map(str, paths)) == ""


@pytest.mark.slow
@pytest.mark.parametrize("first", range(2000, 2050, 50))
def test_more_programs(first: int) -> None:
    assert watched(f"{first}:{first + 50}") == ""
