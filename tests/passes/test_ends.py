"""What a graph can hold of formulas that are not stable is told by its operations, and left out is
none that is there."""

from pathlib import Path

import pytest

from gradc.compiler import check_source
from gradc.ir.graph import Graph
from gradc.ir.node import Node, Value
from gradc.ir.text import read_graph
from gradc.library.loader import standard_library
from gradc.passes.form_table import FORMS, Formula
from gradc.passes.forms import ends_among
from gradc.passes.stable import LAST, better_form, ends_in
from gradc.source import Source
from gradc.syntax.parser import read_text
from tests.library.test_forms_met import HEAD, PLANTED

CASES = Path(__file__).parent / "cases"
ERRORS = Path(__file__).parents[1] / "errors"


def names_in(formula: Formula, square: str) -> set[str]:
    """The operations of a formula, a square being one or the other."""
    if isinstance(formula, str):
        return set()
    if not isinstance(formula, tuple):
        return {"constant"}
    name, *parts = formula
    own = square if name == "square" else name
    return {own}.union(*[names_in(part, square) for part in parts])


@pytest.mark.parametrize("square", ["power", "multiply"])
@pytest.mark.parametrize("formula", [f.plain for f in FORMS], ids=str)
def test_a_form_ends_where_all_of_its_operations_are(formula: Formula, square: str) -> None:
    assert isinstance(formula, tuple)
    names = frozenset(names_in(formula, square))
    assert formula[0] in ends_among(names)
    assert formula[0] not in ends_among(names - {formula[0]})


def unstable(graph: Graph) -> set[str]:
    made: dict[Value, Node] = {r: n for n in graph.nodes for r in n.results}
    return {n.name for n in graph.nodes if better_form(n, made) is not None}


def test_no_end_of_a_formula_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    graphs = [
        read_graph(path.read_text(encoding="utf-8").split("\n---")[0] + "\n", standard_library())
        for path in sorted((CASES / "stabilise").glob("*.ir"))
    ]
    seen: list[Graph] = []
    monkeypatch.setattr("gradc.compiler.warn", lambda graph: seen.append(graph) or ())
    for path in sorted(ERRORS.glob("W904*.graph")):
        check_source(read_text(str(path), path.read_bytes()))
    for text, *_ in PLANTED:
        check_source(Source("net.graph", f"{HEAD}{text}\n"))
    found = [unstable(graph) for graph in [*graphs, *seen]]
    assert len([names for names in found if names]) > 80
    for graph, names in zip([*graphs, *seen], found, strict=True):
        assert names <= ends_in(graph.nodes) <= LAST
