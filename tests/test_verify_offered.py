"""`gradc verify` judges what `--also` adds: it believes what is right, and finds what is wrong."""

import shutil
from itertools import product
from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from gradc.verification.emitted import Module
from gradc.verification.prove import Verdict, each_loss, prove
from tests.cli.conftest import Run, folder, run  # noqa: F401 - fixtures
from tests.seldom import seldom

EXAMPLES = Path(__file__).parent.parent / "examples"
ALL = ("jvp", "hvp", "jacobian", "hessian")

NET = """
dim B
input x: [B, 3]
param w: [3] ~ normal(1)
param c = 0.5
output p = tanh(x @ w) * c
loss J = sum(p * p)
"""
SEVERAL = "param a: [3] = [0.5, 1, 2]\nloss J = sum(sin(a)) wrt a\nloss K = sum(a**3) wrt a\n"


def verdict(text: str, also: tuple[str, ...], *changes: tuple[str, str]) -> Verdict:
    """The verdict on a module whose text was changed by hand."""
    compilation = compile_source(Source("net.graph", text), Options(also=also))
    module = compilation.text
    for old, new in changes:
        assert old in module, module
        module = module.replace(old, new)
    loss, graph = each_loss(compilation.graph)[-1]
    return prove(graph, Module(module, "net.py", loss), 0, {})


def test_what_is_right_is_believed() -> None:
    assert list(verdict(NET, ALL).offered) == list(ALL)
    assert list(verdict(SEVERAL, ("hvp", "jvp")).offered) == ["jvp", "hvp_K"]
    assert verdict(SEVERAL, ALL).is_right


@pytest.mark.parametrize(
    ("also", "old", "new", "message"),
    [
        (("jvp",), "float(J_dot)", "float(2 * J_dot)", "`jvp` gives"),
        (("hvp",), '"c": float(dJ_dc_dot)', '"c": 1.5', "`hvp` is not symmetric"),
        (("jacobian",), '"c": float(dJ_dc)}', '"c": 1.5}', "`jacobian` gives"),
        (("jvp", "jacobian"), '"c": float(dJ_dc)}', '"c": 1.5}', "disagree about `J`"),
        (("hessian",), '"c": float(dJ_dc_dc)', '"c": 1.5', "`hessian` gives"),
        (("hvp", "hessian"), '"c": float(dJ_dc_dc)', '"c": 1.5', "disagree about `c`"),
    ],
)
def test_what_is_wrong_is_found(also: tuple[str, ...], old: str, new: str, message: str) -> None:
    found = verdict(NET, also, (old, new))
    assert not found.is_right
    assert message in " | ".join(found.problems)


@pytest.mark.parametrize(
    ("level", "name"),
    seldom(
        product(["-O0", "-O1", "-O2"], ["factors", "mixture", "scipy_minimize", "two_relu"]),
        lambda level, name: level == "-O0" or (name == "factors") != (level == "-O2"),
    ),
)
def test_examples(run: Run, folder: Path, level: str, name: str) -> None:  # noqa: F811
    shutil.copy(EXAMPLES / name / f"{name}.graph", folder)
    result = run("verify", f"{name}.graph", level, "--also", ",".join(ALL))
    assert result.code == 0, result.out + result.err
    assert "also right: jvp, hvp, jacobian, hessian" in result.out


@pytest.mark.parametrize(
    "name", seldom(["characters", "convnet", "gpt", "vae"], lambda name: name > "d")
)
def test_large_examples_along_directions(run: Run, folder: Path, name: str) -> None:  # noqa: F811
    shutil.copy(EXAMPLES / name / f"{name}.graph", folder)
    result = run("verify", f"{name}.graph", "--points", "1", "--also", "jvp,hvp")
    assert result.code == 0, result.out + result.err
    assert "also right: jvp, hvp" in result.out
