"""Lessons of a graph with several losses: of the first, or of the one that is named."""

import json

import pytest

import gradc
from tests.lessons.conftest import Tell, rows

TEXT = """\
param w = 2
param v = 3
a = w**2
loss J = 2 * a wrt w
loss K = a * v
"""


@pytest.mark.parametrize("verb", ["explain", "trace", "why", "stats"])
def test_the_first_or_the_one_that_is_named(verb: str, tell: Tell) -> None:
    first, same, other = (
        tell(verb, TEXT, *words) for words in ([], ["--loss", "J"], ["--loss", "K"])
    )
    assert first == same != other


def test_derivatives_are_those_of_the_loss(tell: Tell) -> None:
    assert ["dJ/dw", "8"] in rows(tell("trace", TEXT))
    page = tell("trace", TEXT, "--loss", "K")
    assert ["dK/dw", "12"] in rows(page)
    assert ["dK/dv", "4"] in rows(page)
    assert "dJ" not in page
    assert "dK/dw = 12" in tell("explain", TEXT, "--loss", "K")


def test_costs_are_told_for_each(tell: Tell) -> None:
    page = tell("stats", TEXT)
    assert "backward_J" in page
    assert "backward_K" in page
    data = json.loads(tell("stats", TEXT, "--loss", "K", "--format", "json"))
    assert {"forward", "backward_J", "backward_K"} <= data.keys()
    assert data["P"] == 2


def test_an_unknown_loss_is_a_wrong_call(tell: Tell) -> None:
    said = tell("trace", TEXT, "--loss", "L", code=2)
    assert "the graph has no loss `L`" in said
    assert "there is `J`, `K`" in said


def test_from_python() -> None:
    net = gradc.compile(TEXT)
    assert str(net.trace()) == str(net.trace(loss="J")) != str(net.trace(loss="K"))
    assert "dK/dv" in str(net.explain(loss="K", wrt="v"))
    assert net.sheet(loss="K") != net.sheet()
    assert net.draw(loss="K") != net.draw()
    assert net.value_and_grad_K({"w": 2.0, "v": 3.0}) == (12.0, {"w": 12.0, "v": 4.0})
    with pytest.raises(gradc.GraphError, match="has no loss `L`"):
        net.trace(loss="L")
