"""Options that take several values: how those are listed, and what may be given."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

GRAPH = """\
dim B
const H = 4
input x: [B, 2]
param V: [2, H] = 1
param w: [H] = 2
h = x @ V
loss J = mean(h @ w)
"""


@pytest.fixture(autouse=True)
def _graph(folder: Path) -> None:
    (folder / "net.graph").write_text(GRAPH)


@pytest.mark.parametrize(
    ("words", "further", "told"),
    [
        ("compile net.graph -o - --wrt V w", "w", "`--wrt V,w`"),
        ("compile net.graph -o - --wrt V, w", "w", "`--wrt V,w`"),
        ("compile --also jvp hvp hessian net.graph", "hvp", "`--also jvp,hvp,hessian`"),
        ("compile net.graph -D B=3 C=4", "C=4", "`-D B=3 -D C=4`"),
        ("trace net.graph --set w=1 V=2", "V=2", "`--set w=1 --set V=2`"),
        ("verify net.graph --set w=1 V=2", "V=2", "`--set w=1 --set V=2`"),
        ("explain net.graph --epsilon 0.1 0.01", "0.01", "`--epsilon 0.1 --epsilon 0.01`"),
        ("draw net.graph --open V w", "w", "`--open V --open w`"),
        ("compile -e w**2 --wrt w b", "b", "`--wrt w,b`"),
    ],
)
def test_several_values_are_no_graphs(run: Run, words: str, further: str, told: str) -> None:
    called = run(*words.split())
    assert called.code == 2
    assert f"error: `{further}` is no graph\n" in called.err
    assert told in called.err


@pytest.mark.parametrize(
    "words", ["compile --wrt V net.graph -o -", "compile net.graph -o - --wrt V --wrt w"]
)
def test_files_and_single_values_are_read_as_ever(run: Run, words: str) -> None:
    assert run(*words.split()).code == 0


def test_a_missing_graph_stays_one(run: Run) -> None:
    assert "no graph" not in run("check", "other").err
    called = run("compile", "--wrt", "V", "other")
    assert "cannot read other" in called.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "trace net.graph --set h=1",
            "`h` is computed on line 6; what is given is `V`, `w` and `x`",
        ),
        ("trace net.graph --set q9=1", "there are `V`, `w` and `x`"),
        ("trace net.graph --set B=20", "`B` is a dimension: `-D B=20`"),
        ("verify net.graph --set B=20", "`B` is a dimension: `-D B=20`"),
        ("trace net.graph --set w=1,2,3,4", "write `--set 'w=[1, 2, 3, 4]'`"),
        ("compile net.graph -D H=3", "declare `dim H = 4`"),
        ("compile net.graph -D w=3", "this is no dimension"),
        ("compile net.graph -D H=0.5", "write `const H = 0.5` there"),
        ("check net.graph -D w=0.5", "`w` is a parameter, and `-D` fixes dimensions"),
        ("check net.graph -D x=0.5", "`x` is an input, and `-D` fixes dimensions"),
        ("check net.graph -D B=0.5", "write `-D NAME=VALUE`, for example `-D B=64`"),
    ],
)
def test_what_may_be_given_is_said(run: Run, words: str, told: str) -> None:
    called = run(*words.split())
    assert called.code in (1, 2)
    assert told in called.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("trace net.graph --set w = 3", "--set w=3"),
        ("trace net.graph --set w= 3", "--set w=3"),
        ("trace net.graph --set w =3", "--set w=3"),
        ("trace net.graph --set w = -inf", "--set w=-inf"),
        ("verify net.graph --set w=[1, 2, 3, 4]", "--set 'w=[1, 2, 3, 4]'"),
        ("trace --set V = [[1, 2], [3, 4]] net.graph", "--set 'V=[[1, 2], [3, 4]]'"),
        ("check net.graph -D B = 3", "-D B=3"),
    ],
)
def test_an_assignment_has_no_blanks_outside_of_quotes(run: Run, words: str, told: str) -> None:
    called = run(*words.split())
    assert called.code == 2
    assert "holds blanks, so that it is more than one argument" in called.err
    assert f"write `{told}`" in called.err


def test_blanks_inside_of_quotes_are_read_as_ever(run: Run) -> None:
    assert run("trace", "--set", "w = [1, 2, 3, 4]", "-D", "B=2", "net.graph").code == 0
    assert "holds blanks" not in run("trace", "--set", "w=", "net.graph").err
