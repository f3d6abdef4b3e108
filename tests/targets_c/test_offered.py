"""What `--also` adds in C gives what it gives in the NumPy module."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.verification.emitted import Module, Point
from gradc.verification.sample import Sampler
from tests.targets_c.agreement import C, agree_on
from tests.targets_c.built import Built, build

ROOT = Path(__file__).parents[2]
ALL = ("jvp", "hvp", "jacobian", "hessian")
LOOP = """
dim T
input x: [T, 2]
param w: [2, 2]
param h0: [2]
scan h = h0 over x_t in x {
    next h = tanh(x_t @ w + h)
    output hs = next h
}
output h
loss J = sum(hs ** 2)
"""
MIXED = """
dtype f32
dim B
input x: [B, 3]
input k: i64[B]
param w: [3, 4]
param unused: [2]
param b = 0.5
output labels = k + 1
p = softmax(x @ w + b)
loss J = cross_entropy(x @ w + b, k % 4) + std(p) wrt w, b
loss D = sum(tanh(x @ w + b)[:, 0] ** 2) wrt b
"""
DRAWN = """
input x: [4]
state seen: [4] = [1, 2, 3, 4]
param w: [4] = 1
update seen = seen + x
loss J = mean(dropout(w * x, 0.5) ** 2 * random_normal([4]) * seen)
"""

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("text", [LOOP, MIXED, DRAWN], ids=["loop", "mixed", "drawn"])
def test_derivatives_of_other_forms(text: str, level: int, tmp_path: Path) -> None:
    agree(Source("net.graph", text), Options(level=level, also=ALL), tmp_path)


@pytest.mark.parametrize("name", ["factors", "mixture", "scipy_minimize", "two_relu"])
def test_examples(name: str, tmp_path: Path) -> None:
    path = ROOT / "examples" / name / f"{name}.graph"
    source = Source(str(path), path.read_text(encoding="utf-8"))
    agree(source, Options(also=ALL), tmp_path)


def test_a_large_example_along_directions(tmp_path: Path) -> None:
    """In f64: in f32 both are 60 roundings away from what is right, each in its own way."""
    path = ROOT / "examples" / "gpt" / "gpt.graph"
    text = path.read_text(encoding="utf-8").replace("dtype f32", "dtype f64")
    agree(Source(str(path), text), Options(also=("jvp", "hvp")), tmp_path)


def test_matrices_of_few_entries(tmp_path: Path) -> None:
    text = "param w: [3]\noutput y = w ** 3\nloss J = sum(w ** 4)\n"
    agree(Source("net.graph", text), Options(also=("jacobian", "hessian"), sparse=True), tmp_path)


def test_what_only_python_has_is_refused() -> None:
    for name in ("pack", "summary"):
        with pytest.raises(DiagnosticError, match=f"`{name}` is of modules in Python"):
            compile_source(Source("net.graph", LOOP), Options(also=("jvp", name)), target=C)


def agree(source: Source, options: Options, folder: Path) -> None:
    compilation = compile_source(source, options, target=C)
    plain = compile_source(source, options)
    built = Built(compilation, build([compilation], folder, "-O0"))
    point = next(iter([*Sampler(plain.program.graph, 0, {}).points(2)][1]))
    losses = plain.program.graph.losses
    for offered in compilation.program.offered:
        loss = offered.name.removeprefix(offered.kind).removeprefix("_") or losses[0].name
        module = Module(plain.text, "net.py", loss if len(losses) > 1 else None)
        for is_whole in (True, False):
            along = directions(offered, point, is_whole=is_whole or offered.kind == "hvp")
            found = built.derivative(offered, point, along)
            given = [along] if offered.along else []
            wanted = flat(module.derivative(offered.kind, point, *given))
            assert len(found) == len(wanted) > 0
            largest = max(float(np.abs(w).max(initial=0)) for w in wanted)
            for got, value, result in zip(found, wanted, offered.results, strict=True):
                agree_on(got, value, f"{offered.name}: {result.name}", max(largest, 1e-3))


def directions(offered: Any, point: Point, *, is_whole: bool) -> dict[str, Any]:
    """Directions for names; every second one is left out where they are not whole."""
    rng = np.random.default_rng(1)
    found = {}
    for number, name in enumerate(a.name for a in offered.along):
        value = np.asarray({**point.params, **point.inputs}[name])
        direction = rng.normal(size=value.shape).astype(value.dtype)
        if is_whole or number % 2:
            found[name] = direction[()]
    return found


def flat(result: Any) -> list[Any]:
    """The arrays of nested dictionaries and tuples, in their order."""
    if isinstance(result, dict):
        return [one for value in result.values() for one in flat(value)]
    if isinstance(result, tuple):
        return [one for value in result for one in flat(value)]
    return [result]
