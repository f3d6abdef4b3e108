"""`gradc verify --provenance`: what a module is, told without running it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradc.cli import main

NET = "input x = 2\nparam w: [3] = [1, 2, 3]\nloss J = sum(tanh(w * x))\n"


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "net.graph"
    path.write_text(NET, encoding="utf-8")
    assert main(["compile", str(path), "-O0", "--wrt", "x"]) == 0
    return path.with_suffix(".py")


def told(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    code = main(["verify", "--provenance", *map(str, words)])
    return code, capsys.readouterr().out


def test_what_the_graph_gives_is_said_to_be(
    module: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, module) == (0, f"{module}: exactly what its graph gives\n")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("np.tanh", "np.sinh", "edited: line "),
        ('gradc": "0', 'gradc": "9', "compiled by gradc 9.1.0, and this is"),
        ("__graph__: dict", "graph: dict", "no module of gradc's"),
        ('"-O0"', "open(1)", "no module of gradc's"),
        ('"-O0"', '"--no-such-option"', "no module of gradc's"),
        ('"net.graph"', '"../net.graph"', "no module of gradc's"),
        ("def forward", "def (", "no module of gradc's"),
        ('"sha256": "', '"sha256": "0', "compiled from another text"),
    ],
)
def test_what_is_not_is_told(
    module: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    text = module.read_text(encoding="utf-8")
    assert old in text
    module.write_text(text.replace(old, new), encoding="utf-8")
    code, out = told(capsys, module)
    assert code == 1
    assert message in out


def test_a_module_is_never_run(module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = module.read_text(encoding="utf-8")
    module.write_text(f"{text}\nraise SystemExit(17)\n", encoding="utf-8")
    assert told(capsys, module)[0] == 1


def test_a_changed_graph_is_told(module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = module.with_suffix(".graph")
    graph.write_text(NET.replace("tanh", "sinh"), encoding="utf-8")
    code, out = told(capsys, module)
    assert code == 1
    assert "compiled from another text than" in out


def test_a_graph_elsewhere_can_be_named(
    module: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "away").mkdir()
    moved = module.rename(tmp_path / "away" / "net.py")
    assert told(capsys, module.with_suffix(".graph"), moved)[0] == 0
    assert main(["verify", "--provenance", str(moved)]) == 2
    assert "net.graph" in capsys.readouterr().err
