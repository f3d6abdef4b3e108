"""States hold what the stacks did, their tangents too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gradc.ir.graph import Graph
from gradc.ir.text import read_graph
from gradc.library.loader import standard_library
from gradc.passes.states import keep_states
from gradc.verification.dual import DualInterpreter
from gradc.verification.interpret import Interpreter
from tests.passes.test_passes import CASES

LIBRARY = standard_library()


def _run(graph: Graph, steps: int) -> list[np.ndarray]:
    """The outputs of a graph, and their tangents where there are steps."""
    rng = np.random.default_rng(0)

    def drawn() -> dict[object, np.ndarray]:
        shapes = {i.value: i.value.type.shape for i in graph.inputs}
        sized = {v: [n if isinstance(n, int) else steps for n in s] for v, s in shapes.items()}
        return {v: rng.normal(size=shape) for v, shape in sized.items()}

    values = Interpreter({"T": steps}).run(graph.nodes, drawn())
    found = [values[o.value] for o in graph.outputs]
    if steps:
        dual = DualInterpreter({"T": steps}).push(graph.nodes, drawn(), drawn())
        found += [dual.tangents[o.value] for o in graph.outputs]
    return found


@pytest.mark.parametrize("case", sorted((CASES / "states").glob("*.ir")), ids=lambda p: p.stem)
@pytest.mark.parametrize("steps", [0, 1, 4])
def test_results_are_the_same(case: Path, steps: int) -> None:
    text, _, _ = case.read_text(encoding="utf-8").partition("---\n")
    graph = read_graph(text, LIBRARY)
    for after, before in zip(
        _run(keep_states(graph, LIBRARY), steps), _run(graph, steps), strict=True
    ):
        np.testing.assert_array_equal(after, before)
