"""`gradc verify --precision`: what f32 keeps of gradients, and which statement loses it first."""

import math
from pathlib import Path

import numpy as np
import pytest

from gradc.compiler import compile_source
from gradc.source import Source
from gradc.verification.digits import FULL, digits_of, kept_digits
from gradc.verification.emitted import Module
from gradc.verification.sample import Sampler
from gradc.verification.single import in_double, largest_of
from tests.cli.conftest import Run, folder, run  # noqa: F401

ROOT = Path(__file__).parent.parent

# Graphs, and the statement that loses digits: its line, and words of what is told.
LOSING = [
    ("input x: [4] = [300.1, 300.2, 300.3, 300.4]\nparam w = 300\nd = x**2 - 2 * x * w + w**2\n"
     "loss J = mean(sqrt(d))", 3, "`x**2 - 2 * x * w + w**2`"),
    ("param w = 1e-4\na = cos(w)\nb = 2 - a - 1\nloss J = b**2", 3, "`2 - a - 1`"),
    ("param w = 1e-4\nb = (w + 100) - 100\nloss J = b**2", 2, "`(w + 100) - 100`"),
    ("param w = 2\nb = exp(50 * w)\nc = b / exp(2 + 49 * w)**1.0\nloss J = c**2", 2,
     "`exp(50 * w)`"),
    ("fn off(p, q) = p - q\nparam w = 1e-4\nlarge = w + 100\nloss J = off(large, 100)**2",
     1, "`p - q`"),
    ("input x: [4] = [1, 1, 1, 1]\nparam w = 1e-4\nscan s = 0 over t in x {\n    c = cos(t * w)\n"
     "    next s = s + (2 - c - 1)\n}\nloss J = s**2", 5, "`2 - c - 1` (net.graph:5), at step 0"),
    ("input x: [3] = [0, 0, 1]\nparam w = 1e-4\nscan s = 1 over t in x {\n"
     "    next s = s + t * (w + 3e4 - 3e4)\n}\nloss J = (s - 1)**2", 4, "`w + 3e4 - 3e4`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "told"), LOSING, ids=lambda v: str(v)[-30:])
def test_the_statement_that_loses_digits(
    run: Run,  # noqa: F811
    folder: Path,  # noqa: F811
    text: str,
    line: int,
    told: str,
) -> None:
    for dtype in ("f64", "f32"):
        (folder / "net.graph").write_text(f"{text}\ndtype {dtype}\n", encoding="utf-8")
        found = run("verify", "--precision", "--points", "1", "net.graph")
        assert found.code == 1, found.out
        assert f"lost first by {told}" in found.out
        assert f"(net.graph:{line})" in found.out
        assert "fewer than 3 digits" in found.out


def test_the_derivative_of_a_statement(run: Run, folder: Path) -> None:  # noqa: F811
    text = "input p = 1e5\ninput q = 1e-4\ninput r = 1e5\nparam w\nloss J = p * w + q * w - r * w\n"
    (folder / "net.graph").write_text(text, encoding="utf-8")
    found = run("verify", "--precision", "--points", "1", "net.graph")
    assert found.code == 1
    assert "  w          f64      " in found.out
    assert "lost first by the derivative of `" in found.out


# What loses digits near a point alone that no ordinary data are at, and what does not.
NEAR = [
    ("param x: [8]\nparam y: [8]\nloss J = mean(x * y) - mean(x) * mean(y)",
     "output J keeps", "`mean(x * y) - mean(x) * mean(y)`"),
    ("param x: [8]\nloss J = sum(exp(x) - x - 1)", "output J keeps", "`exp(x) - x - 1`"),
    ("param x: [8]\nloss J = (sum(x * x) - sum(x)**2 / 8) / 7",
     "output J keeps", "`sum(x * x) - sum(x)**2 / 8`"),
    ("param x: [8]\nloss J = sum(log(0.5 * (1 + erf(x / sqrt(2)))))", "x keeps",
     "`log(0.5 * (1 + erf(x / sqrt(2))))`"),
    ("param x: [8]\nloss J = sum(1 - cos(x))", "", ""),
    ("param x: [8]\nloss J = mean((x - mean(x))**2)", "", ""),
    ("param x: [8]\nparam y: [8]\nloss J = mean((x - y)**2)", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "told"), NEAR, ids=lambda v: str(v)[-30:])
def test_points_where_formulas_cancel(
    run: Run,  # noqa: F811
    folder: Path,  # noqa: F811
    text: str,
    name: str,
    told: str,
) -> None:
    (folder / "net.graph").write_text(f"dtype f32\n{text}\n", encoding="utf-8")
    found = run("verify", "--precision", "net.graph")
    assert found.code == 0, found.out
    near = found.out.partition("where arguments are small, alike, large, or far apart:\n")[2]
    lost = [line for line in near.splitlines() if told and told in line]
    assert bool(near) == bool(told), found.out
    assert not told or (name in near and lost), found.out
    alone = run("verify", "--precision", "--points", "1", "net.graph")
    assert "where arguments" not in alone.out


def test_digits_are_asked_for(run: Run, folder: Path) -> None:  # noqa: F811
    (folder / "net.graph").write_text("param w = 1.1\nloss J = (w + 1e3 - 1e3)**2\n", "utf-8")
    few = ["verify", "--precision", "--points", "1", "net.graph"]
    assert run(*few).code == 0
    found = run(*few, "--digits", "6")
    assert found.code == 1
    assert "\n1 of 1 gradients keeps fewer than 6 digits\n" in found.out
    assert found.out.endswith("\n1 of 1 outputs keeps fewer than 6 digits\n")
    assert run(*few, "--set", "w=1e-6").code == 1


@pytest.mark.parametrize(
    "words",
    [["--digits", "3"], ["--precision", "--symbolic"], ["--precision", "--module", "unit.py"],
     ["--precision", "--digits", "0"], ["--precision", "--set", "q=1"],
     ["--precision", "--also", "jvp"], ["--precision", "--sparse"]],
)  # fmt: skip
def test_wrong_calls(run: Run, words: list[str]) -> None:  # noqa: F811
    assert run("verify", "unit.graph", *words).code == 2


def test_several_losses_and_none(run: Run, folder: Path) -> None:  # noqa: F811
    text = "param w = 1e-4\nloss J = w**2\nloss K = (2 - cos(w) - 1)**2 + 3\n"
    (folder / "net.graph").write_text(text, encoding="utf-8")
    found = run("verify", "--precision", "--points", "1", "net.graph")
    assert found.code == 1
    assert "net.graph, J: 1 point" in found.out
    assert found.out.count("all gradients keep 3 digits or more\n") == 1
    (folder / "net.graph").write_text("param w: [3]\noutput y = exp(w)\n", encoding="utf-8")
    assert run("verify", "--precision", "net.graph").code == 0
    (folder / "net.graph").write_text("input x: [3]\noutput y = exp(x)\n", encoding="utf-8")
    assert "nothing to differentiate by" in run("verify", "--precision", "net.graph").out
    (folder / "net.graph").write_text("param w\nloss J = log(-exp(w))\n", encoding="utf-8")
    found = run("verify", "--precision", "net.graph")
    assert (found.code, found.out) == (1, "")
    assert "no point was found" in found.err


GRAPHS = [
    "examples/linear_unit/linear_unit", "examples/diabetes/diabetes", "examples/gpt/gpt",
    "examples/rosenbrock/rosenbrock", "examples/lynx/lynx", "examples/two_relu/two_relu",
    "examples/heat/heat", "tests/programs/lstm_cell", "tests/goldens/recurrent/recurrent",
]  # fmt: skip


@pytest.mark.parametrize("path", GRAPHS)
def test_digits_are_those_of_the_module_in_f32(path: str) -> None:
    """The module that is emitted for f32 loses what the interpreter says, about."""
    text = (ROOT / f"{path}.graph").read_text(encoding="utf-8")
    single = "\n".join(line for line in text.splitlines() if not line.startswith("dtype"))
    compilation = compile_source(Source(f"{path}.graph", f"{single}\ndtype f32\n"))
    kept = kept_digits(compilation.joint, 0, {}, 1, 0)
    told = {k.name: k.digits for k in kept if not k.is_output}
    module = Module(compilation.text, "net")
    point = next(next(Sampler(compilation.joint, 0, {}).points(1)))
    ours, exact = module.gradients(point), module.in_double().gradients(in_double(point))
    largest = largest_of(exact)
    for name, digits in told.items():
        found = digits_of(ours[name], exact[name], largest)
        # By chance there may be more digits than f32 can be relied on for.
        assert abs(found - digits) < 1.5 or min(found, digits) > 5, (name, found, digits)


@pytest.mark.parametrize(
    ("single", "exact", "digits"),
    [
        (np.float32(1.0), 1.0, FULL),
        (np.float32(1.001), 1.0, 3.0),
        (np.float32([1, 1e-9]), np.array([1, 2e-9]), FULL),
        (np.float32(np.inf), np.inf, FULL),
        (np.float32(np.inf), 1e300, 0.0),
        (np.float32(np.nan), 1.0, 0.0),
        (np.float32(5.0), 1.0, 0.0),
        (np.int64(5), 5, FULL),
        (np.zeros(0, np.float32), np.zeros(0), FULL),
        (np.float32(1e-9), 0.0, 0.0),
    ],
)
def test_digits(single: object, exact: object, digits: float) -> None:
    assert digits_of(single, exact) == pytest.approx(digits, abs=0.01)
    assert math.isfinite(digits_of(single, exact))
    assert digits_of(np.float32(1e-9), 0.0, largest=1.0) > 5
