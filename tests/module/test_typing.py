"""Type checkers accept every module and what uses it; linters and formatters leave it alone."""

import os
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.compiled import build
from tests.derived import EXAMPLES, golden_cases
from tests.library.cases import FUNCTIONS, OPS, cases_of

CACHE = Path(__file__).parents[2] / ".mypy_cache" / "modules"
STRICT = ("--strict", "--ignore-missing-imports")
SCRIPT = """
import net

params: net.Params = {"w": net.init_params()["w"], "s": 2.0}
outputs, saved = net.forward(params, x=[[1.0, 2.0]], y=3.0)
gradients = net.backward(saved)
J, again = net.value_and_grad(params, x=[[1.0, 2.0]], y=3.0)
reveal_type(gradients["w"])
reveal_type(again["s"])
reveal_type(outputs.p)
reveal_type(J)
reveal_type(net.predict(params, x=[[1.0, 2.0]]).p)
reveal_type(net.__graph__)
"""
GRAPH = """
dtype f32
dim B
input x: [B, 2]
input y: f64
param w: [2] ~ normal(1)
param s: f64 = 2
output p = x @ w
loss J = mean(p) * s - y
"""


def checked(folder: Path) -> str:
    """What a strict type checker says of a folder."""
    process = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", *STRICT, "."],
        cwd=folder, capture_output=True, text=True, timeout=550, check=False,
        env={**os.environ, "MYPY_CACHE_DIR": str(CACHE)},
    )  # fmt: skip
    return process.stdout + process.stderr


def passes(folder: Path) -> None:
    said = checked(folder)
    assert said.startswith("Success: "), said


def test_a_script_knows_the_types_of_what_it_gets(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(build(GRAPH).text)
    (tmp_path / "script.py").write_text(SCRIPT)
    said = checked(tmp_path)
    assert "error" not in said, said
    array = "numpy.ndarray[tuple[Any, ...], numpy.dtype[numpy.floating["
    revealed = re.findall(r'Revealed type is "(.*)"', said)
    assert [r.startswith(array) for r in revealed] == [True, False, True, False, True, False]
    assert [revealed[i] for i in (1, 3, 5)] == ["float", "float", "dict[str, Any]"]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("net.forward({'w': 2.0}, x=[[1.0]], y=3.0)", "typeddict-item"),
        ("net.forward(net.init_params(), x=[[1.0]])", "call-arg"),
        ("net.forward(net.init_params(), x=[[1.0]], y='3')", "arg-type"),
        ("net.backward(net.forward(net.init_params(), x=[1.0], y=3.0))", "arg-type"),
    ],
)
def test_a_wrong_call_is_seen(call: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(build(GRAPH).text)
    # mypy's cache takes files of one name, size and second for the same.
    script = tmp_path / f"script_{zlib.crc32(call.encode())}.py"
    script.write_text(f"import net\n\n{call}\n")
    assert f"[{code}]" in checked(tmp_path)


def test_every_example_and_golden_is_typed(tmp_path: Path) -> None:
    for graph in golden_cases():
        shutil.copy(graph.with_suffix(".py"), tmp_path)
    for script in [*EXAMPLES.glob("*/run.py"), *EXAMPLES.glob("*/train.py")]:
        shutil.copy(script, tmp_path / f"script_of_{script.parent.name}.py")
    passes(tmp_path)


@pytest.mark.slow
def test_every_operation_is_typed(tmp_path: Path) -> None:
    """Of f32, by parameters and by inputs: NumPy's annotations widen it."""
    for name in (*OPS, *FUNCTIONS):
        if not (cases := cases_of(name)):
            continue
        case = cases[0].in_single()
        wrt = tuple(o.name for o in case.operands if o.carries) or None
        (tmp_path / f"of_{name}.py").write_text(case.compile().text)
        source = Source("case.graph", case.source.replace("param ", "input "))
        compilation = compile_source(source, Options(level=0, wrt=wrt), case.library)
        (tmp_path / f"of_{name}_inputs.py").write_text(compilation.text)
    passes(tmp_path)


@pytest.mark.parametrize("tool", ["ruff format", "ruff check --fix", "black", "flake8 --exit-zero"])
def test_formatters_and_linters_leave_a_module_alone(tool: str, tmp_path: Path) -> None:
    program, *words = tool.split()
    found = Path(sys.executable).with_name(program)
    if not found.exists():
        pytest.skip(f"{program} is not installed")
    module = tmp_path / "net.py"
    text = build(GRAPH).text
    module.write_text(f"{text.rstrip()}\n\n\n\n")
    # PGH004 is against turning all of it off.
    options = ["--select=ALL", "--ignore=PGH004"] if tool == "ruff check --fix" else []
    subprocess.run(
        [found, *words, *options, module], check=True, capture_output=True, cwd=tmp_path,
        env={**os.environ, "RUFF_NO_CACHE": "true"},
    )  # fmt: skip
    assert module.read_text().rstrip() == text.rstrip()


def test_the_two_lines_stand_behind_the_docstring() -> None:
    behind = build(GRAPH).text.split('"""\n')[1]
    assert behind.startswith("# ruff: noqa\n# fmt: off\n\nfrom typing import")
