"""gradc in Pyodide, under node: the bytes of the goldens, pictures, diagnostics, and how fast."""

from __future__ import annotations

import json
import subprocess
import textwrap
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
SMALL = ("square", "linear_unit", "two_relu")


def ask(page: Path, folder: Path, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the engine of the page answers, started once."""
    path = folder / "requests.json"
    path.write_text(json.dumps(requests), encoding="utf-8")
    call = ["node", str(Path(__file__).parent / "node.mjs"), str(page), str(path)]
    run = subprocess.run(call, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    answers: list[dict[str, Any]] = json.loads(run.stdout)
    return answers


def request(kind: str, path: Path, **more: Any) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    return {"kind": kind, "text": text, "name": path.name, "level": 1, **more}


def test_every_example_compiles_to_the_bytes_of_its_golden(page: Path, tmp_path: Path) -> None:
    answers = ask(page, tmp_path, [request("module", path) for path in EXAMPLES])
    for path, answer in zip(EXAMPLES, answers, strict=True):
        assert answer["errors"] == 0, path.name
        golden = path.with_suffix(".py").read_text(encoding="utf-8")
        assert answer["module"] == golden, path.name


def test_every_example_has_a_picture(page: Path, tmp_path: Path) -> None:
    answers = ask(page, tmp_path, [request("picture", path) for path in EXAMPLES])
    assert all(answer["picture"].startswith("<svg") for answer in answers)


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


def test_worksheets_and_numbers_are_those_of_numpy(page: Path, tmp_path: Path) -> None:
    kinds = ("worksheet", "picture")
    asked = [
        {"kind": kind, "text": text, "name": f"{name}.graph", "level": 1}
        for name, text in TAUGHT.items()
        for kind in kinds
    ]
    answers = ask(page, tmp_path, asked)
    for name, text in TAUGHT.items():
        subject = Subject.of(Source(f"{name}.graph", text))
        run = subject.run(subject.arguments())
        shown = [answers.pop(0)[kind] for kind in kinds]
        drawn = svg(picture_of(run.graph, f"{name}.graph", run, Look()), "auto")
        assert shown == [worksheet(run, f"{name}.graph"), drawn], name


def test_what_has_no_worksheet_says_why(page: Path, tmp_path: Path) -> None:
    texts = ["input x: [2]\nloss J = sum(x)\n", "param w: [30] = 1\nloss J = sum(w)\n"]
    asked = [{"kind": "worksheet", "text": t, "name": "net.graph", "level": 1} for t in texts]
    drawn, long = ask(page, tmp_path, asked)
    assert "values of their own" in drawn["note"]
    assert "30 numbers" in long["note"]


def test_a_small_graph_is_checked_between_two_keys(page: Path, tmp_path: Path) -> None:
    paths = [path for path in EXAMPLES if path.stem in SMALL]
    answers = ask(page, tmp_path, [request("check", path, tries=40) for path in paths])
    assert len(paths) == len(SMALL)
    assert all(answer["diagnostics"] == [] for answer in answers)
    assert max(answer["milliseconds"] for answer in answers) < 20


def test_mistakes_are_told_as_the_command_line_tells_them(page: Path, tmp_path: Path) -> None:
    texts = ["loss J = sofmax(1)\n", "param w\nv = 2 * w\nloss J = w\n", "loss J = (1\n", "\0"]
    asked = [{"kind": "check", "text": text, "name": "net.graph", "level": 1} for text in texts]
    unknown, dead, unfinished, control = ask(page, tmp_path, asked)
    assert unknown["diagnostics"][0]["code"] == "E0203"
    assert unknown["diagnostics"][0]["spans"][0]["line"] == 1
    assert any("softmax" in text for text in unknown["diagnostics"][0]["helps"])
    assert dead["warnings"] == 1
    assert (unfinished["errors"], control["errors"]) == (1, 1)
