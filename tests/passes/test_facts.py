"""What is known of the numbers that a loop hands from one value to the next."""

from itertools import pairwise

import pytest

from gradc.compiler import compile_source
from gradc.passes.facts import facts_of
from gradc.source import Source


@pytest.mark.parametrize("count", [1, 3, 4, 5, 9])
@pytest.mark.parametrize("last", ["log({})", "0 * {}"])
def test_it_holds_of_the_first_what_the_last_may_become(count: int, last: str) -> None:
    names = [f"v{i}" for i in range(count)]
    steps = [f"    next {a} = {b}" for a, b in pairwise(names)]
    lines = [
        "param w = 2",
        f"scan {', '.join(names)} = {', '.join('w' for _ in names)} times 20 {{",
        *steps,
        f"    next {names[-1]} = {last.format(names[-1])}",
        "}",
        f"loss J = {' + '.join(names)}",
    ]
    graph = compile_source(Source("net.graph", "\n".join(lines) + "\n")).written
    facts = facts_of(graph)
    (scan,) = (n for n in graph.nodes if n.name == "scan")
    for slot in scan.results[:count]:
        assert not facts[slot].finite if "log" in last else facts[slot].has_zero
