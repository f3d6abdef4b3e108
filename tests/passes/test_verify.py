"""`verify` refuses a node whose values do not fit what it applies, repeats or calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gradc.elaborate import elaborate
from gradc.ir.node import Call
from gradc.ir.text import read_graph
from gradc.ir.verify import Invalid, verify
from gradc.library.loader import standard_library
from gradc.source import Source
from gradc.syntax.parser import parse

LIBRARY = standard_library()
SCAN = """\
dim T
input %xs: f64[3, T]
input %h0: f64[3]
input %w: f64[3]
%h: f64[3], %hs: f64[3, T], %all: f64[T + 1, 3] = scan(%h0, %xs, %w) \
{carried=1, axes=[1], stacked=[1], count=<T>, reverse=false, states=[0]} \
do (%p: f64[3], %x: f64[3], %v: f64[3])
    %next: f64[3] = multiply(%p, %v)
    %y: f64[3] = add(%next, %x)
    yield %next, %y
end
output h = %h
"""


def test_a_scan_that_fits_passes() -> None:
    verify(read_graph(SCAN, LIBRARY))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("%xs: f64[3, T]", "%xs: f64[2, T]", "a scan hands f64[2] to %x: f64[3]"),
        ("%h0: f64[3]", "%h0: f64[]", "a scan hands f64 to %p: f64[3]"),
        ("input %w: f64[3]", "input %w: f32[3]", "a scan hands f32[3] to %v: f64[3]"),
        ("yield %next, ", "yield %s, ", "a scan carries %p: f64[3], then %s: f64"),
        ("multiply(%p, %v)", "multiply(%p, %w)", "an operand of multiply is %w"),
        ("yield %next, %y", "yield %next, %w", "a result of a scan is %w"),
        ("yield %next, %y", "yield %w, %y", "a result of a scan is %w"),
        ("%hs: f64[3, T]", "%hs: f64[T, 3]", "scan makes"),
        ("%h: f64[3]", "%h: f32[3]", "scan makes"),
        ("%all: f64[T + 1, 3]", "%all: f64[T, 3]", "scan makes"),
        ("reverse=false", "reverse=true", "a scan that runs backwards keeps no states"),
    ],
)
def test_a_scan_that_does_not_fit_is_refused(old: str, new: str, message: str) -> None:
    assert old in SCAN
    text = SCAN.replace(old, new, 1)
    total = "    %s: f64 = sum(%p) {axis=none, keepdims=false}\n"
    text = text.replace("    yield", f"{total}    yield")
    with pytest.raises(Invalid) as failure:
        verify(read_graph(text, LIBRARY))
    assert message in str(failure.value)


def test_a_call_of_other_types_is_refused() -> None:
    source = "input x: f64[3]\ninput z: f64[4]\ny = softmax(x)\nloss J = sum(y * x) + sum(z)\n"
    graph, _ = elaborate(parse(Source("call.graph", source)), LIBRARY)
    verify(graph)
    (call,) = (n for n in graph.nodes if isinstance(n, Call))
    other = next(i.value for i in graph.inputs if i.name == "z")
    wrong = replace(call, operands=(other,))
    with pytest.raises(Invalid, match="softmax is made for"):
        verify(graph.with_(nodes=tuple(wrong if n is call else n for n in graph.nodes)))
