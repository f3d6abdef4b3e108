"""`gradc verify --symbolic`: the formulas of a graph of scalars, held against SymPy's."""

import sys
from pathlib import Path

import pytest

from gradc.cli import main

RIGHT = "input x = -2\nparam w = 2\nparam b = 8\nloss J = (w * x + b)**2 / 2\n"
LOOP = "param w = 1\nscan h = w times 3 {\n    next h = h * w\n}\nloss J = h\n"
WRONG = """param w = 2
fn cube(x) = x**3
vjp cube(x) -> y; dy { dx = 4 * x**2 * dy }
loss J = cube(w)
"""


def verify(folder: Path, text: str, *options: str) -> int:
    graph = folder / "net.graph"
    graph.write_text(text)
    return main(["verify", "--symbolic", *options, str(graph)])


def test_formulas_are_shown_and_proven(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(tmp_path, RIGHT) == 0
    out = capsys.readouterr().out
    assert "  SymPy, by algebra: dJ/dw = x*(b + w*x)\n" in out
    assert "  SymPy, by algebra: dJ/db = b + w*x\n" in out


def test_a_wrong_rule_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(tmp_path, WRONG) == 1
    assert "SymPy disagrees: dJ/dw is " in capsys.readouterr().out


def test_outputs_without_a_loss_are_weighted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, "param w = 2\noutput p = sin(w)\noutput q = w**2\n") == 0
    assert "d_w = dp*cos(w) + 2*dq*w\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("param w: [3] = 1\nloss J = sum(w**2)\n", "`w` is f64[3], no scalar"),
        (LOOP, "a `scan` is no formula; `--unroll` writes its steps out"),
    ],
)
def test_what_is_no_formula_of_scalars_is_said(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, text) == 2
    error = capsys.readouterr().err
    assert "`--symbolic` is for graphs of scalars" in error
    assert said in error


def test_a_loop_written_out_has_a_formula(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, LOOP, "--unroll") == 0
    assert "SymPy, by algebra: dJ/dw = 4*w**3\n" in capsys.readouterr().out


def test_without_sympy_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [m for m in sys.modules if m.startswith(("sympy", "gradc.verification.f"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sympy", None)
    assert verify(tmp_path, RIGHT) == 2
    assert "pip install 'gradc[symbolic]'" in capsys.readouterr().err
