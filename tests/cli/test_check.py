"""`gradc check`: diagnostics and warnings, as text and as data, and what silences them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gradc import compiler
from gradc.commands import settings, units
from gradc.diagnostics import Diagnostic
from gradc.report.codes import CODES
from gradc.source import Source, Span
from tests.cli.conftest import UNIT, WRONG, Run

REPORT = """\
error[E0201]: nothing is called `wf`
  --> wrong.graph:2:10
   |
 2 | loss J = wf * 2
   |          ^^
   = help: did you mean `w`?

1 error
"""


def warning_at(source: Source, place: str, code: str = "W904") -> Diagnostic:
    start = source.text.index(place)
    return Diagnostic(code, "probably not meant", Span(source, start, start + len(place)))


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every graph gets a warning at `w * x`."""
    original = compiler.compile_source

    def compile_source(source: Source, options: object = None, **rest: object) -> object:
        compilation = original(source, options)  # type: ignore[arg-type]
        return replace(compilation, warnings=(warning_at(source, "w * x"),))

    monkeypatch.setattr(compiler, "compile_source", compile_source)
    monkeypatch.setitem(CODES, "W904", "a warning of this test")


def test_a_good_graph_is_met_with_silence(run: Run, folder: Path) -> None:
    result = run("check", "unit.graph")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert not (folder / "unit.py").exists()


def test_a_wrong_graph(run: Run) -> None:
    result = run("check", "wrong.graph")
    assert result.code == 1
    assert result.out == ""
    assert result.err.replace("   = help: did you mean `w`?\n", "") == REPORT.replace(
        "   = help: did you mean `w`?\n", ""
    )


def test_colour_follows_the_option_then_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    red = "\x1b[1;31merror[E0201]\x1b[0m"
    assert red in run("check", "wrong.graph", "--color", "always").err
    assert "\x1b" not in run("check", "wrong.graph").err
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert red in run("check", "wrong.graph").err
    assert "\x1b" not in run("check", "wrong.graph", "--color", "never").err
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("check", "wrong.graph").err
    assert red in run("--color=always", "check", "wrong.graph").err


def test_json(run: Run) -> None:
    result = run("check", "wrong.graph", "unit.graph", "--output-format", "json")
    assert result.code == 1
    document = json.loads(result.err)
    assert document["schema"] == 1
    assert (document["errors"], document["warnings"]) == (1, 0)
    (found,) = document["diagnostics"]
    assert found["code"] == "E0201"
    assert found["severity"] == "error"
    assert found["message"] == "nothing is called `wf`"
    assert found["file"] == "wrong.graph"
    (span,) = found["spans"]
    assert span == {
        "file": "wrong.graph",
        "line": 2,
        "column": 10,
        "end_line": 2,
        "end_column": 12,
        "primary": True,
        "label": "",
    }
    assert isinstance(found["helps"], list)
    empty = json.loads(run("check", "unit.graph", "--output-format", "json").err)
    assert empty == {"schema": 1, "diagnostics": [], "errors": 0, "warnings": 0}


def test_github(run: Run) -> None:
    result = run("check", "wrong.graph", "--output-format", "github")
    line = result.err.splitlines()[0]
    place = "file=wrong.graph,line=2,endLine=2,col=10,endColumn=12,title=E0201"
    assert line.startswith(f"::error {place}::nothing is called `wf`")


def test_sarif(run: Run) -> None:
    result = run("check", "wrong.graph", "--output-format", "sarif")
    log = json.loads(result.err)
    assert log["version"] == "2.1.0"
    (one,) = log["runs"]
    assert one["tool"]["driver"]["rules"][0]["id"] == "E0201"
    (found,) = one["results"]
    assert (found["ruleId"], found["ruleIndex"], found["level"]) == ("E0201", 0, "error")
    region = found["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 10, "endLine": 2, "endColumn": 12}


@pytest.mark.usefixtures("warned")
def test_a_warning_is_no_error_unless_asked(run: Run, folder: Path) -> None:
    plain = run("check", "unit.graph")
    assert plain.code == 0
    assert plain.err.startswith("warning[W904]: probably not meant\n")
    assert plain.err.endswith("\n1 warning\n")
    strict = run("check", "unit.graph", "-W", "error")
    assert strict.code == 1
    assert "a warning counts as an error" in strict.err
    assert run("compile", "unit.graph", "-Werror").code == 1
    assert not (folder / "unit.py").exists()
    assert run("compile", "unit.graph").code == 0


@pytest.mark.usefixtures("warned")
@pytest.mark.parametrize(
    ("pragma", "silent"),
    [
        ("# gradc: ignore[W904]", True),
        ("#gradc:ignore[W901, W904] on purpose", True),
        ("# gradc: ignore[W901]", False),
        ("# gradc: ignore", False),
    ],
)
def test_a_pragma_silences_its_line(run: Run, folder: Path, pragma: str, silent: bool) -> None:
    text = UNIT.replace("c = w * x", f"c = w * x  {pragma}")
    (folder / "unit.graph").write_text(text, encoding="utf-8")
    result = run("check", "unit.graph", "-W", "error")
    assert (result.code == 0) == silent
    (folder / "unit.graph").write_text(f"{pragma}\n{UNIT}", encoding="utf-8")
    assert run("check", "unit.graph", "-W", "error").code == 1


def test_a_pragma_works_at_any_line_of_a_span() -> None:
    source = Source("x.graph", "a = f(\n  b,  # gradc: ignore[W904]\n  c)\n")
    assert list(units.unsilenced([warning_at(source, source.text[4:-1])], [])) == []
    left = units.unsilenced([warning_at(source, "a ="), warning_at(source, "b", "W901")], ["W901"])
    assert [w.code for w in left] == ["W904"]


# --- settings ---


def write(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    settings._nearest.cache_clear()


def test_settings_are_defaults(run: Run, folder: Path) -> None:
    write(folder, '[tool.gradc]\nlevel = 0\ncolor = "always"\n')
    assert "at -O0" in run("compile", "unit.graph", "-o", "-").out
    assert "at -O1" in run("compile", "unit.graph", "-o", "-", "-O1").out
    assert "\x1b" in run("check", "wrong.graph").err
    assert "\x1b" not in run("check", "wrong.graph", "--color", "never").err


@pytest.mark.usefixtures("warned")
def test_settings_of_warnings(run: Run, folder: Path) -> None:
    write(folder, '[tool.gradc]\nwarnings = "error"\n')
    assert run("check", "unit.graph").code == 1
    assert run("check", "unit.graph", "-W", "default").code == 0
    write(folder, '[tool.gradc]\nignore = ["W904"]\n')
    assert run("check", "unit.graph", "-W", "error").code == 0


def test_the_nearest_settings_of_the_file_hold(run: Run, folder: Path) -> None:
    write(folder, "[tool.gradc]\nlevel = 0\n")
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "sub" / "pyproject.toml").write_text("[tool.other]\n", encoding="utf-8")
    (folder / "sub" / "deep" / "unit.graph").write_text(UNIT, encoding="utf-8")
    assert "at -O0" in run("compile", "sub/deep/unit.graph", "-o", "-").out
    (folder / "sub" / "pyproject.toml").write_text("[tool.gradc]\nlevel = 2\n", encoding="utf-8")
    settings._nearest.cache_clear()
    assert "at -O2" in run("compile", "sub/deep/unit.graph", "-o", "-").out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.gradc]\nlevl = 1\n", "did you mean `level`?"),
        ("[tool.gradc]\nlevel = 3\n", "`level` is one of 0, 1, 2, not 3"),
        ("[tool.gradc]\nlevel = true\n", "`level` is one of 0, 1, 2, not True"),
        ("[tool.gradc]\ncolor = 1\n", "`color` is one of"),
        ("[tool.gradc]\ncolor = []\n", "`color` is one of"),
        ('[tool.gradc]\nignore = "W904"\n', "`ignore` is a list"),
        ('[tool.gradc]\nignore = ["W000"]\n', "there is no warning `W000`"),
        ("[tool]\ngradc = 1\n", "`tool.gradc` is not a table"),
        ("[tool.gradc\n", "is not TOML"),
    ],
)
def test_settings_that_make_no_sense(run: Run, folder: Path, text: str, message: str) -> None:
    write(folder, text)
    result = run("check", "unit.graph")
    assert result.code == 2
    assert "pyproject.toml" in result.err
    assert message in result.err


def test_standard_input_has_a_name(run: Run) -> None:
    result = run("check", "-", stdin=WRONG.encode())
    assert "  --> -:2:10\n" in result.err
    broken = run("check", "-", stdin=b"a = \xff\n")
    assert broken.code == 1
    assert "E0101" in broken.err
