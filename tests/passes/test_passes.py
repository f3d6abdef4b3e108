"""Each pass alone: a graph as text before, and the text (or steps) after.

`python -m tests.bless passes` writes the second half of each case anew; read the change.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gradc.ir.graph import Graph
from gradc.ir.plan_text import print_plan
from gradc.ir.text import print_graph, read_graph
from gradc.ir.verify import verify
from gradc.ir.verify_plan import verify_plan
from gradc.library.loader import standard_library
from gradc.passes.differentiate import differentiate
from gradc.passes.partition import partition
from gradc.passes.plan import plan
from gradc.passes.pushforward import pushforward
from gradc.passes.simplify import simplify
from gradc.passes.stabilise import stabilise
from gradc.targets.offered import DEFAULT

CASES = Path(__file__).parent / "cases"


def _simplified(graph: Graph) -> str:
    after = simplify(graph, standard_library())
    verify(after)
    return print_graph(after)


def _stabilised(graph: Graph) -> str:
    after = stabilise(graph, standard_library())
    verify(after)
    return print_graph(after)


def _differentiated(graph: Graph) -> str:
    after = differentiate(graph, standard_library())
    verify(after)
    return print_graph(after)


def _pushed(graph: Graph) -> str:
    after = pushforward(graph, standard_library())
    verify(after)
    return print_graph(after)


def _planned(graph: Graph) -> str:
    blocks = plan(partition(graph, level=1), DEFAULT).blocks
    verify_plan(blocks)
    return print_plan({name: block for name, block in blocks.items() if block.results})


PASSES: dict[str, Callable[[Graph], str]] = {
    "simplify": _simplified,
    "stabilise": _stabilised,
    "differentiate": _differentiated,
    "pushforward": _pushed,
    "plan": _planned,
}


def cases() -> list[Path]:
    return sorted(CASES.glob("*/*.ir"))


def expected(case: Path) -> str:
    """The text of a case, its second half worked out anew."""
    before, _, _ = case.read_text(encoding="utf-8").partition("---\n")
    graph = read_graph(before, standard_library())
    verify(graph)
    return f"{before}---\n{PASSES[case.parent.name](graph)}"


@pytest.mark.parametrize("case", cases(), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_pass(case: Path) -> None:
    assert expected(case) == case.read_text(encoding="utf-8")


def test_every_pass_has_cases() -> None:
    assert {p.name for p in CASES.iterdir()} == set(PASSES)
