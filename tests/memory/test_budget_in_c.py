"""`--max-memory` in C: the workspace and the gradients keep the budget, and no number changes."""

import ctypes
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.verification.emitted import Module
from gradc.verification.sample import Sampler
from tests.memory.budgets import tight
from tests.memory.test_peak import CASES
from tests.seldom import seldom
from tests.targets_c.agreement import RTOL, C, agree_at
from tests.targets_c.built import Built, build

LESS = {
    "chain": ({"N": 1000}, 0.1),
    "cumulated": ({"N": 40}, 0.8),
    "layer_norm": ({"N": 400}, 0.5),
    "loop": ({"T": 100, "N": 20}, 0.12),
    "masks": ({"N": 50}, 0.7),
    "programs/mlp": ({"B": 400}, 0.95),
}
"""Sizes, and what a graph can do with there at -O1, of what it takes without a budget."""

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


@pytest.mark.parametrize("level", seldom([0, 1, 2], lambda level: level != 1))
@pytest.mark.parametrize("name", LESS)
def test_it_does_with_less(name: str, level: int, tmp_path: Path) -> None:
    text, (dims, share) = CASES[name][0], LESS[name]
    options = Options(level=level, dims=dims)
    plain = compile_source(Source("net.graph", text), options)
    fitted = tight(text, options, C)
    assert fitted.max_memory is not None
    compilation = compile_source(Source("net.graph", text), fitted, target=C)
    choice = compilation.choice
    assert choice is not None
    assert fitted.max_memory <= (share if level == 1 else 1) * choice.free.peak

    built = Built(compilation, build([compilation], tmp_path))
    point = next(iter(next(iter(Sampler(plain.program.graph, 0, {}).points(1)))))
    size = built.library["net_workspace_bytes"]
    size.restype = ctypes.c_size_t
    filled = sum(point.params[p.name].nbytes for p in plain.graph.params)
    assert size() + filled + 8 == choice.fitted.peak <= fitted.max_memory
    # What is of f64 here is made of numbers of f32.
    rtol = {**RTOL, "float64": 1e-6} if name == "layer_norm" else RTOL
    for part in built.program.parts:
        agree_at(built, part, Module(plain.text, "net.py"), point, rtol)


def test_less_than_the_least_is_refused() -> None:
    text, (dims, _) = CASES["loop"][0], LESS["loop"]
    least = tight(text, Options(dims=dims), C).max_memory
    assert least is not None
    options = Options(dims=dims, max_memory=least - 1)
    with pytest.raises(DiagnosticError, match=f"less than `value_and_grad` can do with: {least:,}"):
        compile_source(Source("net.graph", text), options, target=C)
    enough = replace(options, max_memory=least)
    assert compile_source(Source("net.graph", text), enough, target=C).choice is not None
