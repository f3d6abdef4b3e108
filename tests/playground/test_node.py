"""gradc in Pyodide, under node: the bytes of the goldens, pictures, diagnostics, and how fast."""

from __future__ import annotations

import json
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gradc.lessons.draw.compose import Look, picture_of
from gradc.lessons.draw.svg import svg
from gradc.lessons.run.subject import Subject
from gradc.lessons.worksheet.sheet import worksheet
from gradc.source import Source
from tests.playground.conftest import ROOT

pytestmark = pytest.mark.slow

EXAMPLES = sorted(ROOT.glob("examples/*/*.graph"))
PLAIN = [path for path in EXAMPLES if not path.with_name("pyproject.toml").exists()]
"""Those that are compiled without options."""
SMALL = ("square", "linear_unit", "two_relu")


Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask(page: Path) -> Iterator[Ask]:
    """Asks the engine of the page."""
    call = ["node", str(Path(__file__).parent / "node.mjs"), str(page)]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdin is not None
        assert node.stdout is not None

        def asked(kind: str, text: str, name: str = "net.graph", level: int = 1) -> dict[str, Any]:
            request = {"kind": kind, "text": text, "name": name, "level": level}
            print(json.dumps(request), file=node.stdin, flush=True)
            found: dict[str, Any] = json.loads(node.stdout.readline())
            return found

        yield asked
        node.stdin.close()


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_an_example_compiles_to_the_bytes_of_its_golden(ask: Ask, path: Path) -> None:
    answer = ask("module", read(path), path.name)
    assert answer["errors"] == 0
    assert answer["module"] == read(path.with_suffix(".py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_has_a_picture(ask: Ask, path: Path) -> None:
    assert ask("picture", read(path), path.name)["picture"].startswith("<svg")


# What lessons ask of NumPy: products, reductions, indices and what is put there, choices, helpers.
TAUGHT = {
    "sigmoid": """
        input x: [3] = [1, 2, 3]
        param w: [3] = [0.5, -1, 2]
        param b = 1
        z = w @ x + b
        p = sigmoid(z)
        loss J = -log(p)
    """,
    "tanh": """
        input x: [2, 2] = [[1, 2], [3, 4]]
        param W: [2, 2] = [[1, 0], [2, -1]]
        h = tanh(x @ W)
        s = sum(h, axis=0)
        loss J = mean(s**2)
    """,
    "softmax": """
        input x: [3] = [1, 2, 3]
        param w: [3] = [0.5, -1, 2]
        h = softmax(w * x)
        k = max(h)
        loss J = log(k) + sum(relu(w)[1:])
    """,
}
TAUGHT = {name: textwrap.dedent(text) for name, text in TAUGHT.items()} | {
    path.stem: path.read_text(encoding="utf-8") for path in EXAMPLES if path.stem in SMALL
}


@pytest.mark.parametrize("name", TAUGHT)
def test_worksheets_and_numbers_are_those_of_numpy(ask: Ask, name: str) -> None:
    text, file = TAUGHT[name], f"{name}.graph"
    subject = Subject.of(Source(file, text))
    run = subject.run(subject.arguments())
    assert ask("worksheet", text, file)["worksheet"] == worksheet(run, file)
    drawn = svg(picture_of(run.graph, file, run, Look()), "auto")
    assert ask("picture", text, file)["picture"] == drawn


def test_what_has_no_worksheet_says_why(ask: Ask) -> None:
    drawn = ask("worksheet", "input x: [2]\nloss J = sum(x)\n")
    assert "values of their own" in drawn["note"]
    assert "100 numbers" in ask("worksheet", "param w: [100] = 1\nloss J = sum(w)\n")["note"]


@pytest.mark.parametrize("path", [p for p in EXAMPLES if p.stem in SMALL], ids=lambda p: p.stem)
def test_a_small_graph_is_checked_between_two_keys(ask: Ask, path: Path) -> None:
    answers = [ask("check", read(path), path.name) for _ in range(40)]
    assert all(answer["diagnostics"] == [] for answer in answers)
    assert min(answer["milliseconds"] for answer in answers) < 20


def test_mistakes_are_told_as_the_command_line_tells_them(ask: Ask) -> None:
    (unknown,) = ask("check", "param w\nloss J = sofmax(w)\n")["diagnostics"]
    assert (unknown["code"], unknown["spans"][0]["line"]) == ("E0203", 2)
    assert any("softmax" in text for text in unknown["helps"])
    assert ask("check", "param w\nv = 2 * w\nloss J = w\n")["warnings"] == 1
    assert ask("check", "loss J = (1\n")["errors"] == 1
    assert ask("check", "\0")["errors"] == 1
    assert ask("module", "\ud800")["errors"] > 0
