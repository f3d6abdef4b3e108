"""What is wrong in a body is told at the call in the user's file, the body as a note behind it."""

import json
from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.source import Source
from tests.derived import run


def found_in(text: str, **options: object) -> list[Diagnostic]:
    """Errors, or else warnings, of a text."""
    source = Source("net.graph", text)
    try:
        return list(compile_source(source, Options(**options)).warnings)  # type: ignore[arg-type]
    except DiagnosticError as failure:
        return list(failure.diagnostics)


def told(found: Diagnostic) -> tuple[str, str, list[tuple[str, str]]]:
    """The code, the text of the first place, and the notes with the text at fault in each."""
    assert found.span is not None
    notes = [(n.text, n.places[0].span.text if n.places else "") for n in found.notes]
    return found.code, found.span.text, notes


HEAD = "dim B\ninput x: [B, 3]\ninput y: [B]\nparam w: [3, 1] ~ glorot_uniform\n"

CASES = {
    "of the library": (
        "loss J = mse_loss(x @ w, y)\n",
        "W905", "mse_loss(x @ w, y)", [("in mse_loss: `x - target`", "")],
    ),
    "of the library with a rule": (
        "loss J = binary_cross_entropy_with_logits(x @ w, y)\n",
        "W905", "binary_cross_entropy_with_logits(x @ w, y)",
        [("in binary_cross_entropy_with_logits: `x * target`", "")],
    ),
    "an axis": (
        "loss J = sum(softmax(x @ w, axis=2))\n",
        "E0303", "2", [("in softmax", "")],
    ),
    "of ones own": (
        "fn off(p, t) {\n    d = p - t\n    return sum(d * d)\n}\nloss J = off(x @ w, y)\n",
        "W905", "off(x @ w, y)", [("in off", "p - t")],
    ),
    "by way of other statements": (
        "fn f(p, n) {\n    a = 2 * p\n    b = a.T + 1\n    return sum(b @ b) * n\n}\n"
        "loss J = f(x @ w, 2)\n",
        "E0302", "x @ w", [("in f", "b")],
    ),
    "with a rule of ones own": (
        "fn f(p) = sum(p * p)\nvjp f(p) -> s; ds {\n    dp = 2 * p @ ones([4])\n}\n"
        "loss J = f(x @ w)\n",
        "E0302", "x @ w", [("in the derivative of f", "ones([4])")],
    ),
    "a layer in a scan": (
        "layer Cell(h, u) {\n    param W: [3, 3]\n    z = tanh(h @ W + u)\n    return z\n}\n"
        "param h0: [4] = 0\nscan h = h0 times 2 {\n    next h = Cell(h, 1) as cell\n}\n"
        "loss J = sum(h) + sum(x @ w) + sum(y)\n",
        "E0302", "h", [("in Cell", "W")],
    ),
    "a warning in a scan": (
        "fn off(p, t) = sum(p - t)\nparam h0 = 0\n"
        "scan h = h0 times 2 {\n    next h = h + off(x @ w, y)\n}\nloss J = h\n",
        "W905", "off(x @ w, y)", [("in off", "p - t")],
    ),
    "an unshared scan": (
        "layer Block(h) {\n    param W: [4, 3] ~ normal(1)\n    return h @ W\n}\n"
        "scan h = x times 2 unshared {\n    next h = Block(h) as block\n}\n"
        "loss J = sum(h) + sum(x @ w) + sum(y)\n",
        "E0302", "h", [("in Block", "W")],
    ),
    "a scan in a function": (
        "fn walk(p, t) {\n    scan h = 0.0 times 2 {\n        next h = h + sum(p - t)\n    }\n"
        "    return h\n}\nloss J = walk(x @ w, y)\n",
        "W905", "walk(x @ w, y)", [("in walk", "p - t")],
    ),
    "a default": (
        "fn f(p, n = p.shape[5]) = sum(p) * n\nloss J = f(x @ w) + sum(y)\n",
        "E0304", "f(x @ w)", [("in f", "5")],
    ),
    "a parameter of a layer": (
        "layer Dense(h) {\n    param W: [3, 2] ~ normal(1)\n    param b: [2]\n    return h @ W\n}\n"
        "z = Dense(x)\nloss J = sum(z) + sum(x @ w) + sum(y)\n",
        "W902", "Dense(x)", [("in Dense", "b")],
    ),
    "an unstable formula": (
        "fn entropy(p) = -sum(p * log(softmax(p)))\nloss J = entropy(x @ w) + sum(y)\n",
        "W904", "x @ w", [("in entropy", "log(softmax(p))")],
    ),
    "a dimension that nothing gives": (
        "dim Q\nfn noise(p) = p + sum(zeros([Q]))\nloss J = sum(noise(x @ w)) + sum(y)\n",
        "E0310", "noise(x @ w)", [("in noise", "zeros([Q])")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_first_place_is_the_users(case):
    text, *wanted = case
    (found,) = found_in(HEAD + text)
    assert told(found) == tuple(wanted)


BODIES = {
    "an unknown name": ("fn f(p) = p + q\nloss J = sum(f(x)) + sum(f(x))\n", "E0201", "q"),
    "what reads no argument": (
        "fn f(p) {\n    a = ones([2]) @ ones([3])\n    return p + a\n}\nloss J = sum(f(x))\n",
        "E0302", "ones([3])",
    ),
    "a call that does not fit": ("fn f(p) = clip(p, 1, 2, 3)\nloss J = sum(f(x))\n", "E0206", "3"),
}  # fmt: skip


def test_what_the_library_broadcasts_on_purpose_is_no_warning():
    assert not found_in("input x: [3]\nparam w: [3] = 1\nloss J = sum(outer(w, x))\n")


@pytest.mark.parametrize("case", BODIES.values(), ids=BODIES)
def test_what_is_wrong_whatever_it_is_called_with_stays_in_the_body(case):
    text, code, place = case
    (found,) = found_in(HEAD + text)
    assert told(found) == (code, place, [])


LAYERS = "fn off(p, t) = sum(p - t)\n"
IMPORTING = (
    'from "layers.graph" import off\n' + HEAD + "loss J = off(x @ w, y)\n"
    "ignored = off(x @ w, y)  # gradc: ignore[W905]\noutput ignored\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "layers.graph").write_text(LAYERS)
    (tmp_path / "net.graph").write_text(IMPORTING)
    return tmp_path


def test_an_imported_body_is_a_note(folder):
    _, _, text = run(["check", "--color=never", "net.graph"], folder)
    assert text == (
        """\
warning[W905]: f64[B, 1] and f64[B] broadcast to f64[B, B]
  --> net.graph:6:10
   |
 6 | loss J = off(x @ w, y)
   |          ^^^^^^^^^^^^^
   |              |      |
   |              |      f64[B]
   |              f64[B, 1]
note: in off
  --> layers.graph:1:20
   |
 1 | fn off(p, t) = sum(p - t)
   |                    ^^^^^
   = help: write `(x @ w)[:, 0]`: it makes f64[B, 1] one axis

1 warning
"""
    )


def test_a_comment_in_ones_own_function_silences_too(folder):
    (folder / "layers.graph").write_text(LAYERS.rstrip() + "  # gradc: ignore[W905]\n")
    assert run(["check", "net.graph"], folder) == (0, "", "")


def test_machine_formats_name_the_users_line(folder):
    said = {f: run(["check", f"--output-format={f}", "net.graph"], folder)[2] for f in FORMATS}
    (found,) = json.loads(said["json"])["diagnostics"]
    assert found["file"] == "net.graph"
    assert found["notes"] == ["in off"]
    places = [(s["file"], s["line"], s["primary"], s["label"]) for s in found["spans"]]
    assert places[0] == ("net.graph", 6, True, "")
    assert places[-1] == ("layers.graph", 1, False, "in off")
    assert "file=net.graph,line=6," in said["github"]
    assert "%0Anote: in off (layers.graph:1)%0A" in said["github"]
    (result,) = json.loads(said["sarif"])["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "net.graph"
    related = result["relatedLocations"][-1]
    assert related["message"]["text"] == "in off"
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "layers.graph"


FORMATS = ("json", "github", "sarif")


def test_a_body_of_the_library_is_named_without_a_place(folder):
    (folder / "net.graph").write_text(HEAD + "loss J = mse_loss(x @ w, y)\n")
    for form in FORMATS:
        said = run(["check", f"--output-format={form}", "net.graph"], folder)[2]
        assert "in mse_loss" in said
        assert "<losses>" not in said


def test_unrolling_too():
    text = "fn walk(p) {\n    scan h = 0.0 over r in p {\n        next h = h + sum(r)\n    }\n"
    text += "    return h\n}\n" + HEAD + "loss J = walk(x @ w) + sum(y)\n"
    (found,) = found_in(text, unroll=True)
    assert told(found) == ("E0504", "x @ w", [("in walk", "p")])


def test_a_message_names_the_function_that_was_called():
    (found,) = found_in("input y\nparam w\nloss J = nll_loss(y * w, [0])\n")
    assert found.message == "what `nll_loss` is given is f64, not [..., n]"
