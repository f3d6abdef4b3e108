"""Running the verbs that teach."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gradc.cli import main
from gradc.commands import settings

SQUARE = "param w = 3\n\na = 2 + 3 * w\nloss J = a**2\n"
UNIT = """\
input x = -2
input y = 2
param w = 2
param b = 8
c = w * x
a = c + b
d = a - y
loss J = d**2 / 2
"""
SECOND_UNIT = UNIT.replace("x = -2", "x = 2").replace("y = 2", "y = 1").replace("w = 2", "w = -2")
TWO_RELU = """\
input x = 1
input y = 5
param w1 = 2
param b1 = 0
param w2 = 3
param b2 = 1
t1 = w1 * x
z1 = t1 + b1
a1 = relu(z1)
t2 = w2 * a1
z2 = t2 + b2
a2 = relu(z2)
loss J = (a2 - y)**2 / 2
"""

Tell = Callable[..., str]


@pytest.fixture
def tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Tell:
    """Runs a verb on a graph and returns what it prints."""
    monkeypatch.chdir(tmp_path)
    settings._nearest.cache_clear()

    def run(verb: str, text: str, *options: str, code: int = 0) -> str:
        Path("net.graph").write_text(text)
        assert main([verb, "net.graph", *options]) == code
        out, err = capsys.readouterr()
        return out if code == 0 else err

    return run


def rows(page: str) -> list[list[str]]:
    """The cells of a page's lines; two blanks part them."""
    return [
        [cell.strip() for cell in line.split("  ") if cell.strip()] for line in page.splitlines()
    ]
