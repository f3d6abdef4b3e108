"""What is known of numbers: of those that a loop hands on, and of tame ones without a look."""

from itertools import pairwise
from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.ir.fact import LEFT_OUT
from gradc.passes.facts import facts_of
from gradc.source import Source
from gradc.syntax.parser import read_text
from tests.derived import golden_cases


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


@pytest.mark.parametrize("path", golden_cases(), ids=lambda p: p.stem)
def test_what_is_tame_without_a_look_is_so_by_its_fact(path: Path) -> None:
    source = read_text(str(path), path.read_bytes())
    graph = compile_source(source, Options(root=path.parents[2])).graph
    unseen, seen = facts_of(graph), facts_of(graph)
    for value in [r for n in graph.nodes for r in n.results]:
        fact = seen[value]
        is_tame = fact.finite and fact.left_out != LEFT_OUT
        assert unseen.is_tame(value) == is_tame, value
