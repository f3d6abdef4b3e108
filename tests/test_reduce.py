"""`gradc reduce` leaves what is needed for a command to fail, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gradc import compiler
from gradc.cli import main
from gradc.compiler import Options
from gradc.ir.graph import Graph
from gradc.ir.node import with_operands
from gradc.reduction.reduce import reduce
from gradc.source import Source
from tests.fuzz.generate import generate

NET = """\
## A net.

dim B
input x: [B, 3]
input y: [B]
param W: [3, 4] ~ normal(0.1)
param b: [4] = 0

# Forwards.
fn scaled(v, by) {
    w = v * by
    return w - 0.5
}
z = x @ W + b
h = scaled(tanh(z), 2)
p = sum(h * h, axis=1)
loss J = sum((p - y) ** 2) / B + sum(log(b + 3.25))
"""


def crash(graph: Graph) -> None:
    """A bug in a pass: logarithms are not expected."""
    if any(n.name == "log" for n in graph.nodes):
        raise KeyError("log")


def wrong(right: Callable[..., Graph]) -> Callable[..., Graph]:
    """A pass that turns the last difference round."""

    def turned(graph: Graph, *more: object) -> Graph:
        nodes = list(right(graph, *more).nodes)
        for i, node in reversed(list(enumerate(nodes))):
            if node.name == "subtract":
                nodes[i] = with_operands(node, node.operands[::-1])
                break
        return graph.with_(nodes=tuple(nodes))

    return turned


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.graph"
    path.write_text(NET, encoding="utf-8")
    return path


def test_a_crash_is_reduced_to_a_line(
    net: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compiler, "warn", lambda graph: crash(graph) or ())
    assert main(["reduce", str(net), "--while", "gradc compile -o -"]) == 0
    shown = capsys.readouterr()
    assert shown.out.count("\n") <= 2
    assert "log(" in shown.out
    assert "exits with 70" in shown.err
    assert [p.name for p in net.parent.iterdir()] == ["net.graph"]
    assert net.read_text(encoding="utf-8") == NET


def test_a_wrong_pass_is_reduced_to_what_it_gets_wrong(
    net: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compiler, "stabilise", wrong(compiler.stabilise))
    text = "param a = 0.5\nb = a * 2\nc = sin(b) - b\nd = c * a\nloss J = tanh(d) + b\n"
    net.write_text(text, encoding="utf-8")
    small = net.with_name("small.graph")
    command = ["reduce", str(net), "--while", "gradc verify --points 1", "-o", str(small)]
    assert main(command) == 0
    capsys.readouterr()
    text = small.read_text(encoding="utf-8")
    assert text.count("\n") <= 3
    assert " - " in text
    assert main(["verify", "--points", "1", str(small)]) == 1
    assert "`stabilise` makes" in capsys.readouterr().out


def test_a_random_program_is_reduced_to_the_word_that_matters() -> None:
    text = generate(11, length=12).text()
    assert "matmul" in text or "@" in text or "sum" in text
    found = reduce(Source("random.graph", text), Options(), lambda t: "sum" in t)
    assert found.text.count("\n") <= 6
    assert "sum" in found.text


def test_what_succeeds_is_not_reduced(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reduce", str(net), "--while", "gradc check"]) == 1
    assert "nothing to reduce" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["", "no_such_command_at_all", "'"])
def test_a_command_that_cannot_be_run_is_a_wrong_call(
    net: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reduce", str(net), "--while", command]) == 2
    assert "--while" in capsys.readouterr().err
    assert [p.name for p in net.parent.iterdir()] == ["net.graph"]


def test_the_errors_of_a_graph_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.graph"
    path.write_text("param w: [3]\na = tanh(w)\nb = a @ zeros([2])\nloss J = sum(a) + b\n")
    assert main(["reduce", str(path), "--while", "gradc check"]) == 0
    left = capsys.readouterr().out
    assert "@" in left
    assert left.count("\n") <= 3


def test_the_file_may_stand_anywhere_in_the_command(
    net: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reduce", str(net), "--while", "sh -c '! grep -q tanh {}'"]) == 0
    assert "tanh" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "code"), [("J = relu(", "E0114"), ("J = nope(w)", "E0203"), ("J=w**3;k=2", "E0401")]
)
def test_an_expression_that_is_wrong_is_a_diagnostic(
    text: str, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reduce", "-e", text, "--while", "true"]) == 1
    assert code in capsys.readouterr().err
