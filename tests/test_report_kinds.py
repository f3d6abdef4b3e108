"""Diagnostics that are alike are one, with a count."""

from gradc.diagnostics import Diagnostic
from gradc.report.kinds import by_kind
from gradc.report.text import render_all
from tests.reported import Text, dead, lines


def test_many_of_one_kind_are_one_message_with_a_count() -> None:
    found = dead(lines(1000), 1000)
    other = Diagnostic("W903", "nothing needs the input `x`", found[1].span)
    out = render_all([found[0], other, *found[1:]])
    assert out == (
        """\
warning[W901]: nothing needs `v0`
  --> net.graph:1:1
   |
 1 | v0 = x
   | ^^^
   = note: and 999 more: lines 2, 3, 4, 5, 6, 7, 8, 9, …

warning[W903]: nothing needs the input `x`
  --> net.graph:2:1
   |
 2 | v1 = x
   | ^^^

1001 warnings
"""
    )


def test_a_handful_stay_whole() -> None:
    found = dead(lines(4), 4)
    assert [len(k.others) for k in by_kind(found[:3])] == [0, 0, 0]
    assert [len(k.others) for k in by_kind(found)] == [3]


def test_warnings_are_alike_but_for_names_types_and_numbers() -> None:
    text = lines(8)
    said = [
        *(f"f64[B, {n}] and f32[{n}] broadcast to f64[B, {n}]" for n in range(4)),
        *(f"the parameters `a`, `b{n}` reach the loss only through `f`" for n in range(4)),
    ]
    found = [Diagnostic("W905", m, text.at(f"v{i} ")) for i, m in enumerate(said)]
    assert [len(k.others) for k in by_kind(found)] == [3, 3]


def test_errors_are_alike_where_they_say_the_same() -> None:
    text = lines(8)
    names = ["a"] * 4 + ["b", "c", "d", "e"]
    found = [
        Diagnostic("E0201", f"nothing is called `{n}`", text.at(f"v{i} "))
        for i, n in enumerate(names)
    ]
    assert [k.remark for k in by_kind(found)] == ["and 3 more: lines 2, 3, 4", "", "", "", ""]


def test_other_files_are_named_and_one_line_is_one() -> None:
    here, there = lines(2), Text("z = 1\n", "other.graph")
    spans = [here.at("v0"), here.at("x"), here.at("x"), there.at("z")]
    found = [Diagnostic("W901", "dead", span) for span in spans]
    assert by_kind(found)[0].remark == "and 3 more: lines 1, other.graph:1"
    assert by_kind([*found[:3], found[1]])[0].remark == "and 3 more: line 1"
