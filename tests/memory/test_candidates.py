"""What could be made again, and what that would run."""

from __future__ import annotations

from gradc.elaborate import elaborate
from gradc.library.loader import standard_library
from gradc.passes.differentiate import differentiate
from gradc.passes.inline import inline
from gradc.passes.memory.candidates import candidates_of
from gradc.passes.partition import needed
from gradc.source import Source
from gradc.syntax.parser import parse

LIBRARY = standard_library()


def test_many_ways_to_a_value_are_gone_once() -> None:
    count = 60
    lines = [f"    a{i + 1} = flip(a{i}, axis=0) + a{i}\n" for i in range(count)]
    text = (
        "input x: [5, 3]\nparam w: [3]\nscan h = w over a0 in x {\n"
        f"{''.join(lines)}    next h = h * sin(a{count} * h)\n}}\nloss J = sum(h)\n"
    )
    graph, _ = elaborate(parse(Source("net.graph", text)), LIBRARY)
    joint = needed(inline(differentiate(graph, LIBRARY, inline)))
    found = {c.value.name: c for c in candidates_of(joint, {})}
    assert found[f"a{count}"].flops == 5 * count * 2 * 3
