"""What a diagnostic looks like."""

import re
import time

import pytest

from gradc.diagnostics import Diagnostic, Label
from gradc.report import snippet
from gradc.report.data import render_github, render_json, render_sarif
from gradc.report.snippet import Mark, draw
from gradc.report.text import render_all, summary
from gradc.source import Span
from tests.reported import Text, shown

NET = Text("\n\n\nparam W2: [64, 10]\n\n\nz2 = h1 @ W2 + b2\n")
MISMATCH = Diagnostic(
    "E0302",
    "`@` needs the inner sizes to agree: 128 is not 64",
    NET.at("W2", 1),
    "f32[64, 10]",
    (Label(NET.at("h1"), "f32[B, 128]"),),
    ("W2 is declared on line 4; its first size should be H = 128",),
)


def test_the_look() -> None:
    assert (
        shown(MISMATCH)
        == """\
error[E0302]: `@` needs the inner sizes to agree: 128 is not 64
  --> net.graph:7:11
   |
 7 | z2 = h1 @ W2 + b2
   |      --   ^^ f32[64, 10]
   |      |
   |      f32[B, 128]
   = help: W2 is declared on line 4; its first size should be H = 128
"""
    )


def test_labels_of_one_line_hang_from_the_right() -> None:
    labels = [(NET.at("z2"), "target"), (NET.at("W2", 1), "right"), (NET.at("h1"), "left")]
    diagnostic = Diagnostic(
        "E0302", "many", NET.at("@"), "here", tuple(Label(s, t) for s, t in labels)
    )
    assert (
        shown(diagnostic)
        == """\
error[E0302]: many
  --> net.graph:7:9
   |
 7 | z2 = h1 @ W2 + b2
   | --   -- ^ -- right
   | |    |  |
   | |    |  here
   | |    left
   | target
"""
    )


def test_labels_on_other_lines_and_in_other_files() -> None:
    text = Text("a = 1\nb = 2\nc = 3\n" + "\n" * 6 + "d = a\ne = b\n\nf = c\n")
    other = Text("x = 1\n", "layers.graph")
    diagnostic = Diagnostic(
        "E0202",
        "bound twice",
        text.at("d = a"),
        labels=(
            Label(text.at("a = 1"), "first"),
            Label(text.at("c = 3"), "third"),
            Label(text.at("f = c"), "last"),
            Label(other.at("x"), "elsewhere"),
        ),
    )
    assert (
        shown(diagnostic)
        == """\
error[E0202]: bound twice
   --> net.graph:10:1
    |
  1 | a = 1
    | ----- first
  2 | b = 2
  3 | c = 3
    | ----- third
...
 10 | d = a
    | ^^^^^
...
 13 | f = c
    | ----- last
    |
   ::: layers.graph:1:1
    |
  1 | x = 1
    | - elsewhere
"""
    )


def test_a_span_over_lines() -> None:
    text = Text("q = concat([a,\n    b,  \n\n    c,\n    d], axis=1)\n")
    span = Span(text.source, 4, text.source.text.rindex("\n"))
    assert (
        shown(Diagnostic("E0302", "sizes", span, "too long"))
        == """\
error[E0302]: sizes
  --> net.graph:1:5
   |
 1 | q = concat([a,
   |     ^^^^^^^^^^
 2 |     b,
   |     ^^
...
 5 |     d], axis=1)
   |     ^^^^^^^^^^^ too long
"""
    )


def test_a_span_with_its_line_break_marks_one_line() -> None:
    text = Text("a = b\nc = d\n")
    assert "   | ^^^^^ here\n" in shown(Diagnostic("E0113", "end", Span(text.source, 0, 6), "here"))


def test_tabs_and_wide_characters_stay_in_column() -> None:
    text = Text("\tx\t= y  # 漢字 é e\u0301 z\n")
    labels = (Label(text.at("y"), "y"), Label(text.at("字"), "wide"), Label(text.at("x"), "x"))
    assert (
        shown(Diagnostic("E0102", "columns", text.at("z"), "end", labels))
        == """\
error[E0102]: columns
  --> net.graph:1:19
   |
 1 |     x   = y  # 漢字 é e\u0301 z
   |     -     -      --     ^ end
   |     |     |      |
   |     |     |      wide
   |     |     y
   |     x
"""
    )


def test_the_end_of_a_file() -> None:
    text = Text("a = (\n")
    end = Span(text.source, 6, 6)
    assert (
        shown(Diagnostic("E0114", "no end", end, "here"))
        == """\
error[E0114]: no end
  --> net.graph:2:1
   |
 2 |
   | ^ here
"""
    )
    assert "   |      ^\n" in shown(Diagnostic("E0114", "no end", Span(text.source, 5, 6)))


def test_a_long_line_is_trimmed_around_its_marks() -> None:
    line = "J = " + " + ".join(f"x{i:02}" for i in range(60))
    text = Text(line + "\n")
    lines = shown(Diagnostic("E0201", "unknown", text.at("x30"), "here"), width=60).splitlines()
    assert all(len(row) <= 60 for row in lines)
    source, marks = lines[3], lines[4]
    assert source.startswith(" 1 | …")
    assert source.endswith("…")
    assert source[marks.index("^") :].startswith("x30")
    first = shown(Diagnostic("E0201", "unknown", text.at("J")), width=60).splitlines()
    assert first[3].startswith(" 1 | J = x00")
    last = shown(Diagnostic("E0201", "unknown", text.at("x59")), width=60).splitlines()
    assert last[3].endswith("+ x59")
    assert last[3][last[4].index("^") :] == "x59"
    wide = Text("# " + "漢" * 200 + " x\n")
    row, mark = shown(Diagnostic("E0201", "wide", wide.at("x")), width=60).splitlines()[3:5]
    assert len(row) + row.count("漢") == len(mark)


def test_a_diagnostic_without_a_place_names_the_file() -> None:
    diagnostic = Diagnostic("E0503", "the file has no dimension `Q`", None, helps=("one\ntwo",))
    assert (
        shown(diagnostic, file="net.graph")
        == """\
error[E0503]: the file has no dimension `Q`
  --> net.graph
   = help: one
           two
"""
    )


HOSTILE = "x = 1 # \x1b]0;title\x07 \u202e evil\n"


def test_nothing_that_a_terminal_obeys_goes_through() -> None:
    text = Text(HOSTILE, "a\x1b[31m\nb.graph")
    diagnostic = Diagnostic(
        "E0201", "\x1b[2J\rmessage", text.at("x"), "\x07label", helps=("\x9b31mhelp",)
    )
    out = shown(diagnostic)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out)
    assert r"\x1b[2J\rmessage" in out
    assert r"--> a\x1b[31m\nb.graph:1:1" in out
    for renderer in (render_json, render_github, render_sarif):
        data = renderer([(diagnostic, "")])
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", data), renderer


def test_colour_changes_nothing_but_colour() -> None:
    text = render_all([MISMATCH], colour=True)
    assert "\x1b[1;31m^^ f32[64, 10]\x1b[0m" in text.replace("^^\x1b[0m \x1b[1;31m", "^^ ")
    assert re.sub(r"\x1b\[[\d;]*m", "", text) == render_all([MISMATCH])
    warning = Diagnostic("W901", "dead", NET.at("z2"))
    assert "\x1b[1;33m" in shown(warning, colour=True)


@pytest.mark.parametrize(
    ("codes", "count"),
    [
        (["E0201"], "1 error"),
        (["E0201", "E0202", "W901"], "2 errors, 1 warning"),
        (["W901", "W902"], "2 warnings"),
    ],
)
def test_the_count(codes: list[str], count: str) -> None:
    found = [Diagnostic(code, "x", None) for code in codes]
    assert summary(found) == count
    assert render_all(found).endswith(f"\n\n{count}\n")
    assert render_all([]) == ""


@pytest.mark.parametrize("place", [0, 5, 200_000, 999_990])
def test_a_very_long_line_is_drawn_at_once_and_as_any_other(place: int) -> None:
    line = "abcdefghij" * 100_000
    marks = [Mark(place, place + 3, "here", True), Mark(500_000, 500_001, "there", False)]
    started = time.process_time()
    rows = [row.text for row in draw(line, marks, 80)]
    assert time.process_time() - started < 0.2
    cells, columns = snippet._columns(line)
    cells, placed = snippet._trim(cells, columns, marks, 80)
    assert rows[0] == "".join(cells)
    assert rows[1].rstrip() == "".join(r.text for r in snippet._under(placed)[:1])
