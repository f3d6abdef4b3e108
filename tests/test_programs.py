"""Whole programs compile at every level, and `gradc verify` finds every gradient right."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradc.cli import main
from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.seldom import seldom

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.graph"))
EXAMPLES = Path(__file__).parent.parent / "examples"
RECURRENT = EXAMPLES / "characters" / "characters.graph"


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_it_compiles(path: Path, level: int) -> None:
    source = Source(path.name, path.read_text(encoding="utf-8"))
    compilation = compile_source(source, Options(level=level))
    assert not compilation.warnings
    assert all(len(line) <= 100 for line in compilation.text.splitlines())


@pytest.mark.parametrize(
    "path", seldom(PROGRAMS, lambda path: PROGRAMS.index(path) % 2), ids=lambda path: path.stem
)
def test_its_gradients_are_right(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["verify", str(path)])
    assert (code, "all gradients are right" in capsys.readouterr().out) == (0, True)


def test_a_thousand_steps_take_as_many_lines_as_ten() -> None:
    """But for a `del`, which pays where the memory is large."""
    text = RECURRENT.read_text(encoding="utf-8")
    assert "dim T, B\n" in text
    lines = []
    for steps in (10, 1000):
        fixed = text.replace("dim T, B\n", f"dim T = {steps}, B = 32\n")
        written = compile_source(Source("characters.graph", fixed)).text.splitlines()
        lines.append(len([line for line in written if not line.lstrip().startswith("del ")]))
    assert lines[0] == lines[1]


def test_the_transformer_fits_in_670_lines() -> None:
    """Some fifty of which check arguments, and as many say what the module takes and gives."""
    assert len((EXAMPLES / "gpt" / "gpt.py").read_text(encoding="utf-8").splitlines()) < 670
