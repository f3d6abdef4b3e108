"""What is shown of the thing under the pointer."""

from pathlib import Path

import pytest

from gradc.editor.hover import hover
from gradc.editor.project import Project
from tests.editor.marked import marked, written

NET = """\
## A net.

dim B
## How wide.
dim H = 8
dtype f32
from nn import Dense as Layer
input x: [B, 4]
input ids: i64[B]
## The weights.
param W: [4, H] ~ he_normal
param spare
const eps: f32[2] = [1, 2]
z = x @ W
hidden = Layer(z, H)
a, b = split(hidden, 2, axis=-1)
scan h = a times 3 { next h = tanh(h + b) }
loss J = mean(square(h)) + sum(hidden.W) * eps[0]
"""


def shown(text: str) -> str:
    found = hover(*marked(text))
    return found.text if found else ""


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ("‸x: [B, 4]", ["input x: f32[B, 4]", "dJ/dx: `f32[B, 4]`"]),
        ("input ‸ids", ["input ids: i64[B]", "carries no derivative"]),
        ("param ‸W", ["param W: f32[4, 8]", "~ he_normal", "dJ/dW", "The weights."]),
        ("x @ ‸W", ["param W: f32[4, 8]"]),
        ("param ‸spare", ["param spare: f32", "J does not depend on it"]),
        ("const ‸eps", ["const eps: f32[2]"]),
        ("dim ‸B", ["dim B\n"]),
        ("[4, ‸H]", ["dim H = 8", "How wide."]),
        ("~ ‸he_normal", ["~ he_normal", "sqrt(2 / fan_in)"]),
        ("x ‸@ W", ["x @ W: f32[B, 8]"]),
        ("= ‸Layer(z", ["Dense(x, units: size, bias: flag = true)", "x @ W + b"]),
        ("sum(‸hidden.W", ["hidden: f32[B, 8]"]),
        ("hidden.‸W", ["W: f32[8, 8]", "of the layer `Dense`"]),
        ("‸a, b = split", ["a: f32[B, 4]"]),
        ("‸split(", ["split(x, ", "definition", "derived from its definition"]),
        ("2, ‸axis=-1", ["`axis` of", "split(x, "]),
        ("next ‸h = tanh", ["(carried) h: f32[B, 4]"]),
        ("‸tanh(", ["tanh(x) -> y", "dx = dy * (1 - y * y)"]),
        ("loss ‸J", ["J: f32", "dJ/dJ"]),
    ],
)
def test_what_is_shown(mark: str, expected: list[str]) -> None:
    plain = mark.replace("‸", "")
    assert NET.count(plain) == 1
    text = shown(NET.replace(plain, mark))
    for part in expected:
        assert part in text


def test_functions_show_their_heads_and_documentation() -> None:
    text = "## Twice.\nfn f(x: [N], k = 2) -> [N] = k * x\ninput v: [3]\noutput y = ‸f(v, k=3)\n"
    assert shown(text) == "```graph\nfn f(x: [N], k = 2) -> [N]\n```\n\nTwice."
    assert "k" in shown(text.replace("‸", "").replace("k=3", "‸k=3"))


def test_a_body_has_the_types_of_its_calls() -> None:
    text = "fn f(x) = ‸x * 2\ninput v: [3]\ninput m: f32[2, 2]\noutput y = f(v)\noutput z = f(m)\n"
    assert "argument x: f64[3] or f32[2, 2]" in shown(text)


def test_what_is_imported_is_shown_as_it_is_where_it_stands(tmp_path: Path) -> None:
    written(tmp_path, layers="## Six.\nconst six = 6\n## Twice.\nfn twice(x) = 2 * x\n")
    head = 'import "layers.graph" as l\nfrom "layers.graph" import twice as two\n'
    text = head + "param w\nloss J = ‸l.twice(w) + two(w)\n"
    name = str(tmp_path / "net.graph")

    def at(text: str) -> str:
        found = hover(*marked(text, name, Project()))
        return found.text if found else ""

    assert at(text) == '```graph\nimport "layers.graph" as l\n```'
    bare = text.replace("‸", "")
    assert "fn twice(x)" in at(bare.replace("l.twice", "l.‸twice"))
    assert "Twice." in at(bare.replace("two(w)", "‸two(w)"))


def test_types_are_known_in_spite_of_mistakes_elsewhere() -> None:
    text = "param w: [3]\nz = ‸w * 2\ny = nothing(z\nloss J = sum(z)\n"
    assert "param w: f64[3]" in shown(text)
    assert "z: f64[3]" in shown(text.replace("‸", "").replace("z = w", "‸z = w"))


def test_nothing_is_shown_of_comments_and_blanks() -> None:
    assert shown("# ‸comment\nparam w\nloss J = w\n") == ""
    assert shown("param w\n‸\nloss J = w\n") == ""


def test_derivatives_of_several_losses() -> None:
    text = "param ‸a = 1\nparam b = 2\nloss J = a * b\nloss K = a\n"
    assert "dJ/da, dK/da: `f64`" in shown(text)
    assert "dJ/db: `f64`" in shown(text.replace("‸a", "a").replace("b =", "‸b ="))
    assert "J and K do not depend on it" in shown(text.replace("‸a", "a") + "c‸ = 2 * a\n")
