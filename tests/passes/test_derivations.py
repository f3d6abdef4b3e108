"""What is told of the statements that contribute to a cotangent."""

from __future__ import annotations

from gradc.elaborate import elaborate
from gradc.library.loader import standard_library
from gradc.passes.differentiate import differentiate
from gradc.passes.inline import inline
from gradc.source import Source
from gradc.syntax.parser import parse

LIBRARY = standard_library()


def test_a_statement_that_reads_a_value_twice_is_told_once() -> None:
    text = "param w = 2\ny = w * 3\nloss J = y * sin(y)\n"
    graph, _ = elaborate(parse(Source("net.graph", text)), LIBRARY)
    joint = differentiate(graph, LIBRARY, inline)
    told = [(d.origin.span, d.value.name, d.partial) for d in joint.derivations]
    assert len([d for d in told if d[1] == "y"]) == 1, told
