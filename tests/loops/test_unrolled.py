"""A loop and its unrolled copies give the same values and gradients; so do differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.ir.text import print_graph, read_graph
from gradc.ir.verify import verify
from gradc.library.loader import standard_library
from gradc.source import Source
from gradc.verification.emitted import Module
from gradc.verification.prove import prove
from tests.loops.graphs import GRAPHS


def module(text: str, options: Options) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile_source(Source("loop.graph", text), options).text, namespace)
    return namespace


def arguments(namespace: dict[str, Any], seed: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    """Random parameters and inputs, by the module's own description."""
    rng = np.random.default_rng(seed)

    def drawn(entry: dict[str, Any]) -> Any:
        if entry["dtype"].startswith("int"):
            return rng.integers(0, 2, entry["shape"])
        return rng.normal(0, 1, entry["shape"])

    described = namespace["__graph__"]
    params = {name: drawn(entry) for name, entry in described["params"].items()}
    inputs = {e["argument"]: drawn(e) for e in described["inputs"].values()}
    return params, inputs


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("level", [0, 1])
def test_loop_and_copies_agree(name: str, level: int) -> None:
    loop = module(GRAPHS[name], Options(level=level))
    copies = module(GRAPHS[name], Options(level=level, unroll=True))
    assert ("for t" in "".join(compile_source(Source("l", GRAPHS[name])).text)) is True
    params, inputs = arguments(loop)
    given = (params,) if params else ()
    found, saved = loop["forward"](*given, **inputs)
    expected, other = copies["forward"](*given, **inputs)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    gradients, again = loop["backward"](saved), loop["backward"](saved)
    wanted = copies["backward"](other)
    assert list(gradients) == list(wanted)
    for key, gradient in gradients.items():
        np.testing.assert_allclose(gradient, wanted[key], rtol=1e-10, atol=1e-12)
        np.testing.assert_array_equal(gradient, again[key])
        assert np.shape(gradient) == np.shape(wanted[key])


@pytest.mark.parametrize("name", [n for n in GRAPHS if n != "no_steps"])
def test_differences_agree(name: str) -> None:
    compilation = compile_source(Source("loop.graph", GRAPHS[name]))
    verdict = prove(compilation.graph, Module(compilation.text, "loop.py"), 0, {})
    assert verdict.is_right, (verdict.problems, [f.wrong for f in verdict.findings])
    assert verdict.dual


@pytest.mark.parametrize("name", GRAPHS)
def test_arguments_are_never_written(name: str) -> None:
    namespace = module(GRAPHS[name], Options())
    params, inputs = arguments(namespace)
    for array in (*params.values(), *inputs.values()):
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    outputs, saved = namespace["forward"](*((params,) if params else ()), **inputs)
    before = [np.copy(o) for o in outputs]
    gradients = list(namespace["backward"](saved).values())
    for old, new in zip(before, outputs, strict=True):
        np.testing.assert_array_equal(old, new)
    arrays = [g for g in gradients if isinstance(g, np.ndarray)]
    for i, a in enumerate(arrays):
        others = [*arrays[i + 1 :], *params.values(), *inputs.values(), *saved, *outputs]
        assert not any(np.shares_memory(a, o) for o in others if isinstance(o, np.ndarray))


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("level", [0, 1])
def test_every_stage_is_valid_and_printable(name: str, level: int) -> None:
    compilation = compile_source(Source("loop.graph", GRAPHS[name]), Options(level=level))
    verify(compilation.graph)
    verify(compilation.joint)
    text = print_graph(compilation.joint)
    assert print_graph(read_graph(text, standard_library())) == text


def test_the_size_does_not_grow_with_the_steps() -> None:
    texts = [
        compile_source(Source("l.graph", GRAPHS["layers_shared"]), Options(dims={"T": steps})).text
        for steps in (10, 1000)
    ]
    assert texts[0].count("\n") == texts[1].count("\n")


def test_what_nobody_reads_is_not_collected() -> None:
    """`predict` runs the loop without the stacks that `backward` and the loss read."""
    text = """
dim T
input x: [T, 2]
input target: [T, 2]
param w: [2] = 0.5
scan h = w over x_t in x {
    next h = tanh(h * x_t)
    output ys = next h
}
output h
loss J = mse_loss(ys, target)
"""
    found = compile_source(Source("l.graph", text)).text
    predict = found[found.index("def predict") :].partition("\n\n\n")[0]
    assert "np.empty" in found
    assert "np.empty" not in predict
    assert "[t] =" not in predict
