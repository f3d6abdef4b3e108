"""Losses, and what is differentiated by: clauses, statements, instances."""

import pytest

from tests.compiled import build, refused, warned

LAYERS = """
from nn import Dense
layer Block(x) {
    h = Dense(x, 3)
    out = Dense(tanh(h), 2)
    return out
}
input x: [4, 2]
param s = 1
param n: i32 = 2
y = Block(x) as block
z = Dense(y, 1)
"""


def losses(text: str, **options: object) -> dict[str, list[str]]:
    found: dict[str, list[str]] = build(text, **options).graph["losses"]
    return found


def of(prefix: str) -> list[str]:
    """The parameters of an instance."""
    return [
        name for name in build(LAYERS + "output z\n").graph["params"] if name.startswith(prefix)
    ]


def test_an_instance_stands_for_its_parameters() -> None:
    assert losses(LAYERS + "loss J = sum(z)\nwrt block, x\n") == {"J": [*of("block."), "x"]}
    assert losses(LAYERS + "loss J = sum(z) wrt block.h, s\n") == {"J": [*of("block.h."), "s"]}
    assert losses(LAYERS + "loss J = sum(z)\n", wrt=("z",)) == {"J": ["z.W", "z.b"]}


def test_a_clause_wins_over_a_statement_and_the_option_over_both() -> None:
    text = LAYERS + "loss J = sum(z) wrt s\nloss K = sum(y)\nwrt x\n"
    assert losses(text) == {"J": ["s"], "K": ["x"]}
    assert losses(text, wrt=("z.b",)) == {"J": ["z.b"], "K": ["z.b"]}


def test_losses_that_are_values_already() -> None:
    text = "param a = 1\nparam b = 2\nJ = a * b\nK = a + b\nL = a - b\n"
    found = losses(text + "loss J wrt a\nloss K, L wrt b\noutput J\n")
    assert found == {"J": ["a"], "K": ["b"], "L": ["b"]}


def test_losses_are_in_the_order_of_the_file() -> None:
    text = "loss K\nparam a = 1\nloss J = K * a\nK = a**2\nloss I = a\n"
    assert list(losses(text)) == ["K", "J", "I"]


def test_a_clause_may_follow_brackets_and_names_of_instances() -> None:
    text = LAYERS.replace("z = Dense(y, 1)\n", "")
    assert losses(text + "loss J = sum(\n  y\n) wrt s, x\n") == {"J": ["s", "x"]}
    own = "layer Score(x) {\n    param w = 1\n    return sum(x) * w\n}\n"
    assert losses(own + text + "loss J = Score(y) as score wrt score\n") == {"J": ["score.w"]}


@pytest.mark.parametrize(
    ("statement", "code", "message"),
    [
        ("loss J = sum(z) wrt blok", "E0403", "did you mean `block`?"),
        ("loss J = sum(z) wrt block, block.h.b", "E0202", "`wrt` names `block.h.b` twice"),
        ("loss J = sum(z) wrt y", "E0403", "`y` is neither an input nor a parameter"),
        ("loss J = sum(z) wrt n", "E0403", "carries no derivative"),
        ("loss J = sum(z) wrt", "E0113", "too early"),
        ("loss J = sum(z)\nloss J", "E0202", "`J` is a loss already"),
        ("loss J = sum(z)\nloss K = z", "E0401", "the loss is a scalar"),
        ("output J = sum(z) wrt s", "E0123", "only a `loss` has a `wrt`"),
        ("J = sum(z)\noutput J wrt s", "E0123", "only a `loss` has a `wrt`"),
    ],
)
def test_what_is_refused(statement: str, code: str, message: str) -> None:
    refused(f"{LAYERS}{statement}\n", code, message)


def test_parameters_that_no_loss_learns_from_are_warned_of() -> None:
    text = "param a = 1\nparam b = 2\nloss J = a**2 wrt {}\nloss K = b**2 wrt {}\n"
    assert warned(text.format("a", "b")) == []
    assert warned(text.format("b", "b")) == []
    assert warned(text.format("b", "a")) == ["W902", "W902"]
    assert warned("param a = 1\nparam b = 2\nloss J = a**2\nloss K = b**2\n") == []
    assert warned("param a = 1\nparam b = 2\nloss J = a**2\nloss K = a\n") == ["W902"]
    assert warned("param a = 1\nloss J = round(a) wrt a\nloss K = a wrt a\n") == []
    assert warned("param a = 1\nloss J = round(a)\nloss K = floor(a)\n") == ["W902"]
