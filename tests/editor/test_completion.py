"""What is offered where one types."""

from pathlib import Path

import pytest

from gradc.editor.completion import completions, signature_at
from gradc.editor.project import Project
from tests.editor.marked import marked, written

HEAD = """\
dim B, H
from nn import Dense
input x: f32[B, 4]
param W: [4, 2] ~ normal(0.1)
fn scaled(v, factor = 2) {
    inside = v * factor
    return inside
}
hidden = Dense(x, 2)
"""


def offered(text: str, name: str = "net.graph", project: Project | None = None) -> list[str]:
    return [offer.name for offer in completions(*marked(text, name, project))]


def test_a_value_may_be_a_name_an_operation_or_a_function() -> None:
    names = offered(HEAD + "loss J = ‸")
    assert {"x", "W", "hidden", "scaled", "softmax", "Dense", "pi", "true", "B"} <= set(names)
    assert names.index("W") < names.index("scaled") < names.index("softmax")
    assert not {"inside", "v", "J", "concat", "param"} & set(names)


def test_what_a_statement_binds_is_not_offered_in_it() -> None:
    assert "z" not in offered(HEAD + "z = x * ‸W\nloss J = sum(z)\n")


def test_bodies_see_their_own_names() -> None:
    text = HEAD.replace("v * factor", "v * ‸factor")
    names = offered(text)
    assert {"v", "factor", "scaled", "B"} <= set(names)
    assert not {"x", "W", "hidden"} & set(names)


def test_scans_see_what_is_around_them() -> None:
    text = HEAD + "scan h = x over t in x {\n    next h = h + ‸t\n}\n"
    assert {"h", "t", "W", "x"} <= set(offered(text))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("y = softmax(‸", ["x", "axis"]),
        ("y = softmax(x, ‸", ["axis"]),
        ("y = softmax(x, a‸", ["axis"]),
        ("y = scaled(x, ‸", ["factor"]),
        ("y = hidden(x, ‸", ["units", "bias"]),
        ("y = sum(softmax(x, axis=0), ‸", ["axis", "keepdims"]),
        ("y = sum(x, keepdims=true, ‸", ["axis"][:0]),
    ],
)
def test_arguments_come_first(line: str, expected: list[str]) -> None:
    found = completions(*marked(HEAD + line))
    arguments = [offer for offer in found if offer.kind == "argument" and offer.rank == 0]
    assert [offer.name for offer in arguments][: len(expected)] == expected
    assert all(offer.inserted == f"{offer.name}=" for offer in arguments)
    assert found[: len(arguments)] == arguments


def test_what_was_given_is_not_offered_again() -> None:
    found = completions(*marked(HEAD + "y = sum(axis=0, ‸"))
    assert "axis" not in [offer.name for offer in found if offer.kind == "argument"]


@pytest.mark.parametrize(
    ("line", "expected", "other"),
    [
        ("param V: [2] ~ he‸", {"he_normal", "zeros"}, {"x", "relu"}),
        ("param V: ‸", {"f32", "i64"}, {"x"}),
        ("param V: f32[‸", {"B", "H"}, {"x", "relu"}),
        ("z: f‸", {"f32"}, {"relu"}),
        ("a, z: f‸", {"f32"}, {"relu"}),
        ("y = hidden.‸", {"W", "b", "T", "shape"}, {"x"}),
        ("y = x.‸", {"T", "mT", "shape"}, {"W"}),
        ("from nn import L‸", {"LayerNorm", "Dense"}, {"x", "relu"}),
        ("wrt W, h‸", {"W", "x", "hidden"}, {"relu", "B"}),
        ("loss K = sum(x) * 2 wrt W, h‸", {"W", "x", "hidden"}, {"relu", "B"}),
        ("‸", {"param", "input", "loss", "scan"}, {"x"}),
        ("    pa‸", {"param"}, {"x"}),
        ("y = Dense(x, 2) as ‸", set(), {"x", "relu"}),
        ("input ‸", set(), {"x", "relu", "param"}),
        ("# comment x‸", set(), {"x"}),
        ("y = 2‸", set(), {"x"}),
        ('y = mean(x) # "‸', set(), {"x"}),
        ('y = einsum("‸', set(), {"x"}),
        ('y = einsum("ij,jk", ‸', {"x", "W"}, set()),
    ],
)
def test_what_is_offered_depends_on_the_place(
    line: str, expected: set[str], other: set[str]
) -> None:
    names = set(offered(HEAD + line))
    assert expected <= names
    assert not names & other


def test_imported_files_offer_what_they_define(tmp_path: Path) -> None:
    written(tmp_path, layers="const six = 6\n## Twice.\nfn twice(x) = 2 * x\ninput hidden\n")
    name = str(tmp_path / "net.graph")
    assert set(offered('import "layers.graph" as l\ny = l.‸', name)) == {"six", "twice"}
    assert set(offered('from "layers.graph" import ‸', name)) == {"six", "twice"}
    assert offered('import "‸', name) == ["layers.graph"]
    unsaved = Project()
    unsaved.put(str(tmp_path / "layers.graph"), "fn thrice(x) = 3 * x\n")
    assert offered('from "layers.graph" import ‸', name, unsaved) == ["thrice"]


def test_layers_of_ones_own_offer_their_parameters() -> None:
    text = "layer L(x) {\n    param V: [2] = 0\n    return x * V\n}\ninput x: [2]\nl = L(x)\n"
    assert {"V", "T"} <= set(offered(text + "y = l.‸"))


def test_operations_say_how_they_are_called() -> None:
    found = {o.name: o for o in completions(*marked(HEAD + "y = ‸"))}
    assert found["tanh"].detail == "tanh(x) -> y: The hyperbolic tangent"
    assert found["W"].detail == "f32[4, 2]" or found["W"].detail == "f64[4, 2]"
    assert found["scaled"].detail == "fn scaled(v, factor = 2)"


def test_layers_under_other_names_say_how_they_are_called() -> None:
    text = "from nn import Dense as Layer\ninput x: [2, 3]\ny = ‸"
    found = {o.name: o for o in completions(*marked(text))}
    assert found["Layer"].detail.startswith("Dense(x, units: size, bias: flag = true)")


@pytest.mark.parametrize(
    ("line", "head", "active"),
    [
        ("y = softmax(‸", "softmax(x, axis: axes = -1)", 0),
        ("y = softmax(x, ‸", "softmax(x, axis: axes = -1)", 1),
        ("y = softmax(axis=‸", "softmax(x, axis: axes = -1)", 1),
        ("y = scaled([1, 2], ‸", "fn scaled(v, factor = 2)", 1),
        ("y = scaled(sum(x), ‸", "fn scaled(v, factor = 2)", 1),
        ("param V: [2] ~ uniform(0, ‸", "uniform(low, high)", 1),
        ("y = hidden(‸", "Dense(x, units: size, bias: flag = true)", 0),
    ],
)
def test_the_call_that_is_typed_is_shown(line: str, head: str, active: int) -> None:
    found = signature_at(*marked(HEAD + line))
    assert found is not None
    assert (found.head, found.active) == (head, active)


def test_outside_of_calls_none_is_shown() -> None:
    assert signature_at(*marked(HEAD + "y = softmax(x)‸")) is None
    assert signature_at(*marked(HEAD + "y = (x + ‸")) is None
