"""No pass and no step of planning changes a number; one that does is named."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from gradc import compiler
from gradc.cli import main
from gradc.compiler import Options, compile_source
from gradc.ir.graph import Graph, Output
from gradc.ir.node import with_operands
from gradc.passes.inline import inline
from gradc.passes.plan import hand_over, reuse
from gradc.source import Source
from gradc.targets.offered import DEFAULT
from gradc.verification.sample import Sampler
from gradc.verification.translation import Change, Stages
from tests.fuzz.generate import generate as statements
from tests.loops.generate import generate as loops
from tests.seldom import seldom

ROOT = Path(__file__).parent.parent
GRAPHS = sorted(
    [
        *(ROOT / "examples").glob("*/*.graph"),
        *(ROOT / "tests" / "goldens").glob("*/*.graph"),
        *(ROOT / "tests" / "programs").glob("*.graph"),
    ]
)
NET = "param w: [3] = [1, 2, 3]\nz = w * w - w\nh = tanh(z) + z\nloss J = sum(h * h + z)\n"
LOOP = """\
param w: [3] = [0.1, 0.2, 0.3]
input x: [4, 3] = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [1, 1, 1]]
scan h = w over t in x { next h = tanh(h * t) + h }
loss J = sum(h)
"""


def first_change(text: str, options: Options, name: str = "net.graph") -> Change | None:
    stages = Stages()
    compilation = compile_source(Source(name, text), options, observe=stages)
    for candidates in Sampler(inline(compilation.graph), 0, {}).points(1):
        for point in candidates:
            return stages.first_change(compilation.program, DEFAULT, point)
    raise AssertionError("no point")


@pytest.mark.parametrize(
    ("path", "level"),
    seldom(
        product(GRAPHS, [0, 1, 2]),
        lambda path, level: (
            level == 0 or path.stem == "lynx" or GRAPHS.index(path) % 2 == level - 1
        ),
    ),
    ids=lambda given: given.stem if isinstance(given, Path) else None,
)
def test_every_stage_of_a_graph_has_its_numbers(path: Path, level: int) -> None:
    assert first_change(path.read_text(encoding="utf-8"), Options(level=level), str(path)) is None


@pytest.mark.parametrize("generate", [statements, loops], ids=["statements", "loops"])
@pytest.mark.parametrize("seed", seldom(range(40), lambda seed: seed % 2))
def test_every_stage_of_a_random_program_has_its_numbers(
    generate: Callable[[int], Any], seed: int
) -> None:
    text = generate(seed + 7000).text()
    assert first_change(text, Options(level=1)) is None


# --- faults are found, and named ---


def _turned(graph: Graph) -> Graph:
    """The graph with its first difference the other way round."""
    nodes = list(graph.nodes)
    at, node = next((i, n) for i, n in enumerate(nodes) if n.name == "subtract")
    nodes[at] = with_operands(node, node.operands[::-1])
    return graph.with_(nodes=tuple(nodes))


@pytest.mark.parametrize("stage", ["stabilise", "simplify"])
def test_a_wrong_pass_is_named(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = getattr(compiler, stage)

    def wrong(graph: Graph, *more: Any, **others: Any) -> Graph:
        return _turned(right(graph, *more, **others))

    monkeypatch.setattr(compiler, stage, wrong)
    change = first_change(NET, Options())
    assert change is not None
    assert change.stage == stage
    assert "`J`" in str(change)


def test_gradients_that_are_mixed_up_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    right = compiler.inline

    def swapped(graph: Graph) -> Graph:
        graph = right(graph)
        values = [g.value for g in reversed(graph.gradients)]
        pairs = zip(graph.gradients, values, strict=True)
        return graph.with_(gradients=tuple([Output(g.name, v, g.span) for g, v in pairs]))

    monkeypatch.setattr(compiler, "inline", swapped)
    text = "param a: [2] = [1, 2]\nparam b: [2] = [3, 4]\nloss J = sum(a * b * b)\n"
    change = first_change(text, Options(level=0))
    assert change is not None
    assert change.stage == "inline"
    assert "the gradient of `a`" in str(change)


def test_a_wrong_step_of_planning_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every result takes over the memory of its first operand, whoever still reads that."""
    monkeypatch.setattr(reuse, "last_reads", lambda *_: _Position())
    monkeypatch.setattr(compiler, "verify_plan", lambda *_: None)
    change = first_change(NET, Options())
    assert change is not None
    assert change.stage == "plan: reuse"


class _Position(dict[Any, Any]):
    """The last read of any value is the statement that asks."""

    def __missing__(self, key: Any) -> Any:
        return _Anywhere()


class _Anywhere:
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def test_a_loop_that_overwrites_what_it_was_not_handed_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hand_over, "handed_slots", lambda scan, *_: frozenset(scan.carried))
    monkeypatch.setattr(compiler, "verify_plan", lambda *_: None)
    text = LOOP.replace("tanh(h * t) + h", "h * t").replace("sum(h)", "sum(h) + sum(w * w)")
    change = first_change(text, Options())
    assert change is not None
    assert change.stage.startswith("plan: ")


def test_verify_names_the_pass(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.graph"
    path.write_text(NET, encoding="utf-8")
    assert main(["verify", str(path)]) == 0
    assert ", each pass" in capsys.readouterr().out
    right = compiler.stabilise
    monkeypatch.setattr(compiler, "stabilise", lambda *given: _turned(right(*given)))
    assert main(["verify", str(path)]) == 1
    assert "`stabilise` makes `J`" in capsys.readouterr().out


# Formulas of which so little is left that their stable form gives another number, and a fault.
CANCELLING = [
    "input x: [6] = [1, 2, 3, 4, 5, 6]\nparam w = 1\ny = x * w + 1e6\n"
    "loss J = sqrt(mean(y**2) - mean(y)**2)\n",
    "param w = 1e-7\nloss J = 1e14 * (1 - cos(w))\n",
    "input x: [2] = [1000, 999]\nparam w = 1\nloss J = sum(exp(x * w) / sum(exp(x * w)) * x)\n",
]


@pytest.mark.parametrize("text", CANCELLING)
def test_a_stable_form_may_have_another_number(text: str) -> None:
    assert first_change(text, Options()) is None


@pytest.mark.parametrize(
    "text", ["param w = 0.5\nloss J = 1 - cos(w)\n", "param w = 1e-5\nloss J = 1 - cos(w)\n"]
)
def test_a_stable_form_that_is_another_formula_is_named(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = compiler.stabilise

    def wrong(graph: Graph, *more: Any) -> Graph:
        """With the sine of the whole angle."""
        graph = right(graph, *more)
        there = {n.results[0]: n.operands[0] for n in graph.nodes if n.name == "divide"}
        nodes = [with_operands(n, tuple(there.get(v, v) for v in n.operands)) for n in graph.nodes]
        return graph.with_(nodes=tuple(nodes))

    monkeypatch.setattr(compiler, "stabilise", wrong)
    change = first_change(text, Options())
    assert change is not None
    assert change.stage == "stabilise"
