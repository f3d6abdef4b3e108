"""`gradc draw`: formats, options, what is refused."""

import importlib
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from gradc.lessons.draw import raster
from tests.cli.conftest import Result, Run


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("net.svg", "<svg xmlns="),
        ("net.html", "<!doctype html>"),
        ("net.dot", "digraph "),
        ("net.gv", "digraph "),
        ("net.mmd", "flowchart LR"),
        ("net.mermaid", "flowchart LR"),
    ],
)
def test_the_suffix_is_the_format(run: Run, folder: Path, name: str, start: str) -> None:
    assert run("draw", "unit.graph", "-o", name) == Result(0, "", "")
    assert (folder / name).read_text(encoding="utf-8").startswith(start)


def test_standard_output_and_the_format_by_name(run: Run) -> None:
    plain = run("draw", "unit.graph")
    assert plain.out.startswith("<svg")
    assert run("draw", "unit.graph", "-o", "-").out == plain.out
    assert run("draw", "unit.graph", "--format", "dot").out.startswith("digraph")


def test_the_same_bytes_each_time(run: Run, folder: Path) -> None:
    for name in ("a.svg", "a.html", "a.dot", "a.mmd"):
        assert run("draw", "unit.graph", "-o", name).code == 0
        before = (folder / name).stat().st_mtime_ns
        assert run("draw", "unit.graph", "-o", name).code == 0
        assert (folder / name).stat().st_mtime_ns == before, "an identical file is left alone"


def test_png_and_pdf(run: Run, folder: Path) -> None:
    try:
        importlib.import_module("cairosvg")
    except (ImportError, OSError):
        pytest.skip("needs cairosvg and the library cairo")
    assert run("draw", "unit.graph", "-o", "unit.png").code == 0
    png = (folder / "unit.png").read_bytes()
    assert png.startswith(b"\x89PNG\r\n")
    assert run("draw", "unit.graph", "-o", "unit.pdf").code == 0
    assert (folder / "unit.pdf").read_bytes().startswith(b"%PDF-")
    assert run("draw", "unit.graph", "-o", "large.png", "--scale", "4").code == 0
    width = int.from_bytes(png[16:20], "big")
    large = (folder / "large.png").read_bytes()
    assert int.from_bytes(large[16:20], "big") == pytest.approx(2 * width, abs=2)


def test_a_missing_extra_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cairosvg", None)
    result = run("draw", "unit.graph", "-o", "unit.png")
    assert result.code == 2
    assert "png needs the package cairosvg" in result.err
    assert "pip install 'gradc[draw]'" in result.err
    with pytest.raises(raster.NoRasterError):
        raster.pdf("<svg/>")


@pytest.mark.parametrize(
    ("words", "message", "help_"),
    [
        (["-o", "net.jpg"], "cannot tell the format of net.jpg", ".svg"),
        (["-o", "unit.graph"], "that is the name of a graph", ""),
        (["--format", "svgz"], "`svgz` is not possible", "did you mean `svg`?"),
        (["--curve", "J"], "`--curve` needs one argument", "--curve J --wrt w"),
        (["--curve", "J", "--wrt", "w,b"], "`--curve` needs one argument", ""),
        (["--curve", "J", "--wrt", "w", "--format", "dot"], "a curve cannot be drawn as dot", ""),
        (["--curve", "Q", "--wrt", "w"], "no value `Q`", ""),
        (["--bump", "ww"], "no value `ww`", ""),
        (["--epsilon", "0", "--bump", "w"], "`--epsilon` cannot be 0", ""),
        (["--scale", "0"], "`--scale` is more than 0", ""),
        (["--set", "q=1"], "no input or parameter `q`", ""),
        (["--format", "html", "--column"], "the worksheet shows", ""),
        (["--steps", "3"], "`--steps` counts those of `--descend`", "--descend 0.1"),
        (["--descend", "0"], "`--descend` is the rate", ""),
        (["--descend", "0.1", "--steps", "0"], "`--steps` is at least 1", ""),
        (["--descend", "0.1", "--format", "dot"], "a descent cannot be drawn as dot", ""),
        (["--descend", "0.1", "--curve", "c", "--wrt", "w"], "`--descend` goes down the loss", ""),
        (["--curve", "J", "--wrt", "w", "--set", "w=1", "--set", "w=[1]"], "is a number", ""),
        (["--curve", "J", "--wrt", "w", "--set", "w=1e154"], "are not drawn", ""),
        (["--curve", "J", "--wrt", "w", "--set", "w=1e400"], "are not drawn", ""),
        (["--answers"], "`--answers` is for a worksheet", "net.html"),
    ],
)
def test_what_is_refused(run: Run, words: list[str], message: str, help_: str) -> None:
    result = run("draw", "unit.graph", *words)
    assert result.code == 2
    assert message in result.err
    assert help_ in result.err


@pytest.mark.parametrize("more", [[], ["--curve", "J", "--wrt", "w"]])
def test_a_descent_that_goes_off_ends(run: Run, more: list[str]) -> None:
    result = run("draw", "unit.graph", "--descend", "5", "--steps", "400", *more)
    assert result.code == 0
    assert "nan" not in result.out


def test_a_wrong_graph_is_reported_and_nothing_is_written(run: Run, folder: Path) -> None:
    result = run("draw", "wrong.graph", "-o", "wrong.svg")
    assert (result.code, result.out) == (1, "")
    assert "error[E0201]" in result.err
    assert not (folder / "wrong.svg").exists()


def test_options_reach_the_picture(run: Run) -> None:
    assert "c = 3" in run("draw", "unit.graph", "--set", "x=1", "--set", "w=3").out
    assert "dJ/dx = " in run("draw", "unit.graph", "--wrt", "x").out
    assert "dJ/dw" not in run("draw", "unit.graph", "--values", "off").out
    assert "dc/dw = x = −2" in run("draw", "unit.graph", "--column").out
    assert "J down 4 ε" in run("draw", "unit.graph", "--bump", "w").out
    assert "^ 2" in run("draw", "unit.graph", "--detail", "operations").out
    assert "prefers-color-scheme" not in run("draw", "unit.graph", "--theme", "dark").out
    curve = run("draw", "unit.graph", "--curve", "J", "--wrt", "w", "--set", "w=1").out
    assert "slope k = dJ/dw = −8" in curve
    ET.fromstring(curve)
    several = run("draw", "unit.graph", "--curve", "J", "--wrt", "w", "--set=w=1", "--set=w=2").out
    assert "tangents at w = 1 and 2" in several
    words = ("draw", "unit.graph", "--curve", "J", "--wrt", "w", "--set=w=1", "--set=w=1")
    assert "its tangent at w = 1<" in run(*words).out
    descent = run("draw", "unit.graph", "--descend", "0.05", "--curve", "J", "--wrt", "w").out
    assert "w := w − α · dJ/dw, α = 0.05" in descent
    assert "as w, b go down" in run("draw", "unit.graph", "--descend", "0.05", "--steps", "3").out


def test_partial_derivatives_are_drawn_as_such(run: Run) -> None:
    shown = run("draw", "unit.graph", "--partial").out
    assert "∂J/∂w = " in shown
    assert "dJ/dw" not in shown
    assert "∂c/∂w = x = −2" in run("draw", "unit.graph", "--partial", "--column").out
    assert "times ∂c/∂w = −2" in run("draw", "unit.graph", "--partial", "--bump", "w").out
    curve = run("draw", "unit.graph", "--partial", "--curve", "J", "--wrt", "w").out
    assert "slope k = ∂J/∂w = " in curve
    sheet = run("draw", "unit.graph", "--partial", "--format", "html").out
    assert ">∂J/∂w =</label>" in sheet
    assert '"several":["J","a","c","d"]' in sheet


def test_a_graph_without_examples_shows_types(run: Run, folder: Path) -> None:
    (folder / "net.graph").write_text(
        "dim B\ninput x: [B, 3]\nparam W: [3, 2] ~ he_normal\nloss J = sum(x @ W)\n"
    )
    assert "f64[B, 3]" in run("draw", "net.graph").out
    assert "dJ/dW = 3 × 2" in run("draw", "net.graph", "--values", "on").out


def test_a_graph_without_a_loss_is_drawn_too(run: Run, folder: Path) -> None:
    (folder / "open.graph").write_text("input x = 2\noutput y = x**2\n")
    assert "y = 4" in run("draw", "open.graph").out
    result = run("draw", "open.graph", "--format", "html")
    assert result.code == 2
    assert "no worksheet: the graph has no loss" in result.err
