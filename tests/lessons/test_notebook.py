"""Graphs in notebooks."""

from typing import Any

import pytest

from gradc.notebook import GraphCell, GraphError, graph_magic, load_ipython_extension
from tests.lessons.conftest import SQUARE, TWO_RELU, UNIT

DERIVATION = r"""$$\begin{aligned}
w &= 3 \\
a &= 2+3 w = 11 \\
J &= a^{2} = 121 \\
\frac{dJ}{da} &= 2 a = 22 \\
\frac{dJ}{dw} &= 3 \cdot \frac{dJ}{da} = 66
\end{aligned}$$"""


def test_a_graph_is_shown_as_a_derivation() -> None:
    assert GraphCell(SQUARE)._repr_latex_() == DERIVATION


def test_a_graph_is_shown_as_a_picture() -> None:
    picture = GraphCell(UNIT)._repr_svg_()
    assert picture.startswith("<svg")
    assert "-4" in picture or "−4" in picture


def test_a_graph_holds_values_and_gradients() -> None:
    unit = GraphCell(UNIT)
    assert unit.values["J"] == 2
    assert unit.gradients == {"w": -4, "b": 2}
    assert unit.at(x=2, y=1, w=-2).gradients == {"w": 6, "b": 3}
    assert "def backward" in unit.module


def test_its_lessons_are_pages() -> None:
    graph = GraphCell(TWO_RELU)
    assert "dJ/dw1      6" in repr(graph)
    assert "| dJ/dw1 | 6 |" in graph.trace()._repr_markdown_()
    assert "### dJ/dw1 = 6" in graph.explain()._repr_markdown_()


def test_the_magic_binds_a_name() -> None:
    name, graph, shown = graph_magic("unit --set x=3", UNIT)
    assert name == "unit"
    assert graph.values["c"] == 6
    assert shown is graph
    _, _, shown = graph_magic("--latex", SQUARE)
    assert not hasattr(shown, "_repr_svg_")


class Shell:
    """As much of IPython's as the extension uses."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.magics: dict[str, Any] = {}

    def push(self, names: dict[str, Any]) -> None:
        self.names |= names

    def register_magic_function(self, function: Any, kind: str, name: str) -> None:
        assert kind == "cell"
        self.magics[name] = function


def test_the_extension_registers_the_magic() -> None:
    shell = Shell()
    load_ipython_extension(shell)
    shown = shell.magics["graph"]("square", SQUARE)
    assert shell.names == {"square": shown}


@pytest.mark.parametrize(
    ("line", "cell", "message"),
    [
        ("", "loss J = w\n", "E0201"),
        ("a b", SQUARE, "`b` is not understood"),
        ("--set w", SQUARE, "gives no number"),
        ("'", SQUARE, "%%graph"),
    ],
)
def test_a_mistake_is_a_message(line: str, cell: str, message: str) -> None:
    with pytest.raises(GraphError) as failure:
        graph_magic(line, cell)
    assert any(message in text for text in failure.value._render_traceback_())


def test_values_that_do_not_fit_are_a_message() -> None:
    with pytest.raises(GraphError, match="no input or parameter"):
        repr(GraphCell(SQUARE, {"z": 1}))
