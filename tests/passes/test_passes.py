"""Each pass alone: a graph as text before, and the text (or steps) after.

`python -m tests.passes.test_passes` writes the second half of each case anew; read the change.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gradc.ir.graph import Graph
from gradc.ir.program import Routine
from gradc.ir.text import print_graph, read_graph
from gradc.ir.verify import verify
from gradc.library.loader import standard_library
from gradc.passes.differentiate import differentiate
from gradc.passes.partition import partition
from gradc.passes.pushforward import pushforward
from gradc.passes.schedule import schedule
from gradc.passes.simplify import simplify
from gradc.passes.stabilise import stabilise
from gradc.targets.numpy.spelling import NumPy

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


def _scheduled(graph: Graph) -> str:
    return _steps(schedule(partition(graph, level=1), NumPy()).forward)


def _steps(routine: Routine) -> str:
    lines = []
    for step in routine.steps:
        names = ", ".join(r.name for r in step.node.results)
        line = f"{names} = {step.node.op.name}({', '.join(v.name for v in step.node.operands)})"
        if step.out is not None:
            line += f" into {step.out.name}"
        if step.nested:
            line += " nested"
        if step.frees:
            line += f" frees {', '.join(v.name for v in step.frees)}"
        lines.append(line)
    return "\n".join(lines) + "\n"


PASSES: dict[str, Callable[[Graph], str]] = {
    "simplify": _simplified,
    "stabilise": _stabilised,
    "differentiate": _differentiated,
    "pushforward": _pushed,
    "schedule": _scheduled,
}


def _run(path: Path) -> tuple[str, str, str]:
    """The text before, the text expected after, and the text found."""
    before, _, expected = path.read_text(encoding="utf-8").partition("---\n")
    graph = read_graph(before, standard_library())
    verify(graph)
    return before, expected, PASSES[path.parent.name](graph)


@pytest.mark.parametrize(
    "path", sorted(CASES.glob("*/*.ir")), ids=lambda p: f"{p.parent.name}-{p.stem}"
)
def test_pass(path: Path) -> None:
    _, expected, found = _run(path)
    assert found == expected


def test_every_pass_has_cases() -> None:
    assert {p.name for p in CASES.iterdir()} == set(PASSES)


def bless() -> None:
    """Writes the second half of each case from what the pass does now."""
    for path in sorted(CASES.glob("*/*.ir")):
        before, _, found = _run(path)
        path.write_text(f"{before}---\n{found}", encoding="utf-8")


if __name__ == "__main__":
    bless()
