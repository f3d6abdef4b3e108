"""`gradc verify`: it believes what is right, and finds what is wrong."""

import math
import shutil
from itertools import product
from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.ir.graph import Graph
from gradc.ir.positions import Position, positions_of
from gradc.passes.inline import inline
from gradc.source import Source
from gradc.verification.differences import compare, has_kink, is_analytic
from gradc.verification.emitted import Module, ModuleError
from gradc.verification.interpret import Interpreter
from gradc.verification.prove import Verdict, each_loss, prove
from gradc.verification.sample import Sampler
from tests.cli.conftest import Run, folder, run  # noqa: F401 - fixtures
from tests.seldom import seldom

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*/*.graph"))
LONG = ("gpt", "lynx", "vae")  # seconds each

NET = """\
dim B
dim D = 3, H = 4
input x: [B, D]
input y: [B]
param W1: [D, H] ~ he_normal
param b1: [H] = 0
param W2: [H] ~ normal(1)
z = x @ W1 + b1
h = tanh(z)
p = h @ W2
e = p - y
loss J = sum(e * e) / B
"""


def compiled(text: str, level: int = 1) -> tuple[Graph, str]:
    compilation = compile_source(Source("net.graph", text), Options(level=level))
    return compilation.graph, compilation.text


def verdict(text: str, *changes: tuple[str, str], level: int = 1, seed: int = 0) -> Verdict:
    """The verdict on a module whose text was changed by hand."""
    graph, module = compiled(text, level)
    for old, new in changes:
        assert old in module, module
        module = module.replace(old, new)
    return prove(graph, Module(module, "net.py"), seed, {})


@pytest.mark.parametrize(
    ("level", "graph"),
    seldom(
        product(["-O0", "-O1", "-O2"], EXAMPLES),
        lambda level, graph: (
            level == "-O0"
            or graph.stem in LONG
            or (level == "-O2" and EXAMPLES.index(graph) % 3 != 0)
        ),
    ),
    ids=lambda given: given.stem if isinstance(given, Path) else given,
)
def test_the_examples_are_right(run: Run, folder: Path, graph: Path, level: str) -> None:  # noqa: F811
    shutil.copy(graph, folder)
    result = run("verify", graph.name, level)
    assert result.code == 0, result.out + result.err
    assert result.out.endswith("all gradients are right\n")


def test_the_page(run: Run, folder: Path) -> None:  # noqa: F811
    result = run("verify", "unit.graph", "--seed", "3")
    lines = result.out.splitlines()
    assert (
        lines[0] == "unit.graph: 3 points, seed 3, central differences, complex step,"
        " forward mode, each pass"
    )
    assert lines[1].split() == ["parameter", "type", "checked", "worst", "error"]
    assert [line.split()[0] for line in lines[2:4]] == ["w", "b"]
    assert all(float(line.split()[3]) < 1e-8 for line in lines[2:4])
    assert lines[4:] == ["all gradients are right"]
    assert run("verify", "unit.graph", "--seed", "3").out == result.out
    assert run("verify", "unit.graph", "--set", "x=3", "--set", "w=[1]").code == 2
    assert run("verify", "unit.graph", "--set", "x=3").code == 0
    assert not (folder / "unit.py").exists()


def test_a_module_edited_by_hand(run: Run, folder: Path) -> None:  # noqa: F811
    run("compile", "unit.graph")
    path = folder / "unit.py"
    assert run("verify", "unit.graph", "--module", "unit.py").code == 0
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("dJ_dw = dJ_dd * x", "dJ_dw = -dJ_dd * x"), encoding="utf-8")
    result = run("verify", "unit.graph", "--module", "unit.py")
    assert result.code == 1
    assert "wrong: 4, differences give -4" in result.out
    assert "the first wrong adjoint is dJ_dw, line " in result.out
    assert "it comes from `c = w * x` (unit.graph:8)" in result.out
    assert result.out.endswith("1 of 2 gradients wrong\n")
    path.write_text("x = 1\n", encoding="utf-8")
    assert run("verify", "unit.graph", "--module", "unit.py").code == 1
    assert run("verify", "unit.graph", "--module", "nosuch.py").code == 2
    for left in ("raise SystemExit(3)\n", text + "\ndef forward(*a, **k): raise SystemExit(3)\n"):
        path.write_text(left, encoding="utf-8")
        result = run("verify", "unit.graph", "--module", "unit.py")
        assert (result.code, "SystemExit: 3" in result.err) == (1, True), result


def test_each_wrong_rule_is_found_and_placed() -> None:
    changed = verdict(NET, ("1 - h * h", "1.01 - h * h"))
    assert [f.name for f in changed.findings if f.wrong] == ["W1", "b1"]
    assert changed.blame is not None
    assert changed.blame.adjoint == "dJ_dz"
    assert [span.text for span in changed.blame.used_by] == ["h = tanh(z)"]
    changed = verdict(NET, (".sum(axis=0)", ".mean(axis=0)"))
    assert [f.name for f in changed.findings if f.wrong] == ["b1"]


def test_a_wrong_forward_is_no_wrong_gradient() -> None:
    changed = verdict(NET, ("    J = ", "    J = 2 + "))
    assert not any(f.wrong for f in changed.findings)
    assert any("where the graph gives" in problem for problem in changed.problems)


def test_single_precision_is_compared_with_double() -> None:
    single = "dtype f32\n" + NET
    right = verdict(single)
    assert right.is_right
    assert right.single
    assert all(max(f.single) < 1e-5 for f in right.findings)
    wrong = verdict(single, ("1 - h * h", "np.float32(1.001) - h * h"))
    assert not wrong.is_right


def test_shapes_and_types_of_gradients_are_part_of_the_proof() -> None:
    assert "its shape is" in _only(verdict(NET, ('"b1": dJ_db1', '"b1": dJ_db1[None]')), "b1")
    assert "element type" in _only(
        verdict(NET, ('"b1": dJ_db1', '"b1": dJ_db1.astype(np.float32)')), "b1"
    )


def _only(found: Verdict, name: str) -> str:
    (finding,) = (f for f in found.findings if f.wrong)
    assert finding.name == name
    return finding.wrong


def test_the_cotangent_of_the_loss_counts() -> None:
    changed = verdict("param w = 2\nloss J = 0.5 * w**2\n", ("dJ * w", "w"))
    assert "1.75 times as large for dJ=1.75" in changed.findings[0].wrong


def test_a_nan_is_wrong() -> None:
    assert not verdict(NET, ('"b1": dJ_db1', '"b1": dJ_db1 * np.nan')).is_right


def test_kinks_are_left_out_and_mistakes_beside_them_are_not() -> None:
    text = "input x = 1\nparam b = 0\nparam w = 1\nloss J = relu(b) + w * x\n"
    text = text.replace("param b = 0", "param b: [3] = [0, 1, -1]").replace(
        "relu(b)", "sum(relu(b))"
    )
    right = verdict(text)
    assert right.is_right
    finding = right.findings[0]
    assert (finding.name, finding.at_kinks) == ("b", 1)
    assert not has_kink(math.exp, 1e-5)
    assert has_kink(abs, 1e-5)
    assert not compare(2.0, lambda h: abs(h + 1), 1e-5, 1.0).is_right


def test_formulas_that_need_their_domain() -> None:
    for body in ("log(w) + sqrt(w)", "arccosh(w)", "log(-w)", "1 / (w - 1)"):
        assert verdict(f"param w: [3] = 0\nloss J = sum({body})\n").is_right, body
    impossible = verdict("param w = 0\nloss J = log(-1 - w**2)\n")
    assert not impossible.is_right
    assert impossible.problems == ["no point was found where the result is a finite number"]


def test_labels_stay_below_the_size_that_they_index() -> None:
    text = """\
dim B
input ids: i64[B]
input label: i64[B]
param table: [5, 3] ~ normal(1)
h = take(table, ids, axis=0)
loss J = cross_entropy(h, label)
"""
    graph, module = compiled(text)
    ranges = positions_of(inline(graph).nodes)
    by_name = {i.name: list(ranges[i.value]) for i in graph.inputs}
    assert by_name["ids"] == [Position(5, is_label=False)]
    assert by_name["label"] == [Position(3, is_label=True)]
    for candidates in Sampler(inline(graph), 0, {}).points(20):
        point = next(candidates)
        assert point.inputs["ids"].max() < 5
        assert point.inputs["label"].max() < 3
    assert prove(graph, Module(module, "net.py"), 0, {}).is_right


def test_outputs_without_a_loss_and_inputs_in_wrt() -> None:
    text = "dim B\ninput x: [B, 2]\nparam w: [2, 3] ~ normal(1)\nwrt x, w\noutput p, q\n"
    text += "p = x @ w\nq = tanh(p)\n"
    found = verdict(text)
    assert found.is_right
    assert [f.name for f in found.findings] == ["x", "w"]
    assert found.complex_step


def test_the_complex_step_is_for_analytic_graphs_only() -> None:
    graph, _ = compiled(NET)
    assert is_analytic(graph, graph.wrt)
    graph, _ = compiled("param w = 1\nloss J = abs(w) * w\n")
    assert not is_analytic(graph, graph.wrt)
    graph, _ = compiled("input x = 2\nparam w = 1\nloss J = abs(x) * w\n")
    assert is_analytic(graph, graph.wrt)


def test_the_interpreter_agrees_with_the_module() -> None:
    graph, text = compiled(NET)
    point = next(next(Sampler(graph, 1, {}).points(1)))
    values = {v: point.value(name) for name, v in graph.arguments.items()}
    Interpreter(point.dims).run(graph.nodes, values)
    outputs, _ = Module(text, "net.py").forward(point)
    assert values[graph.outputs[0].value] == pytest.approx(outputs.J, rel=1e-14)


def test_a_module_that_fails() -> None:
    for old in ("    J = ", "    dJ_db1 = "):
        with pytest.raises(ModuleError, match="NameError"):
            verdict(NET, (old, f"{old}nothing + "))


def test_what_is_no_module() -> None:
    for text in ("", "forward = 1", "raise ValueError('no')", "def ("):
        with pytest.raises(ModuleError):
            Module(text, "x.py")


@pytest.mark.parametrize(
    "statements",
    [
        "param k: [2, 1, 7, 7] ~ normal(1)\ninput x: [B, 1, H, W]\n"
        "loss J = sum(conv2d(max_pool2d(conv2d(x, k), 2), ones([1, 2, 3, 3])) ** 2)\n",
        "param w: [N] ~ normal(1)\nloss J = sum(reshape(w, [6, -1]) ** 3)\n",
        "param w: [N] ~ normal(1)\nloss J = sum(w[7:] ** 2) * w[9]\n",
    ],
)
def test_sizes_that_the_graph_allows(statements: str) -> None:
    dims = [d for d in "BHWN" if f"[{d}" in statements or f", {d}" in statements]
    found = verdict(f"dim {', '.join(dims)}\n{statements}")
    assert found.is_right, found.problems
    assert found.points == 3


def test_deep_models_are_looked_at_in_fewer_places(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "param w: [9, 9] ~ normal(1)\nparam v: [20] ~ normal(1)\nparam s = 2\n"
    graph, module = compiled(f"{text}loss J = sum(w @ w) * sum(v) * s\n")
    whole = prove(graph, Module(module, "net.py"), 0, {})
    monkeypatch.setattr("gradc.verification.prove._SECONDS", 0.0)
    found = prove(graph, Module(module, "net.py"), 0, {})
    assert found.is_right
    assert all(
        0 < f.checked < g.checked for f, g in zip(found.findings, whole.findings, strict=True)
    )
    wrong = prove(graph, Module(module.replace("* s", "* (s + 1)"), "net.py"), 0, {})
    assert not wrong.is_right


def test_each_loss_is_proven_by_itself() -> None:
    text = "param w = 2\nparam v = 3\na = w**2\nloss J = 2 * a wrt w\nloss K = -2 * a * v\n"
    compilation = compile_source(Source("net.graph", text))
    right = compilation.text
    wrong = right.replace('return {"w": float(dK_dw)', 'return {"w": float(2 * dK_dw)')
    assert wrong != right
    for loss, part in each_loss(compilation.graph):
        assert prove(part, Module(right, "net.py", loss), 0, {}).is_right
        verdict = prove(part, Module(wrong, "net.py", loss), 0, {})
        assert [f.name for f in verdict.findings if not f.is_right] == ["w"] * (loss == "K")


def test_a_module_without_a_loss_of_the_graph_is_none() -> None:
    one = compile_source(Source("net.graph", "param w = 2\nloss J = w\n")).text
    with pytest.raises(ModuleError, match="has no 'backward_J'"):
        Module(one, "net.py", "J")
