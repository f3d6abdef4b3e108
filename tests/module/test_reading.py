"""How a module reads: its head, its comments, its names, its lines; the same bytes everywhere."""

import ast
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compiled import LEVELS, build
from tests.module.graphs import GRAPHS

ROOT = Path(__file__).parents[2]


def function(text: str, name: str) -> str:
    """The source text of a function."""
    (node,) = [s for s in ast.parse(text).body if isinstance(s, ast.FunctionDef) and s.name == name]
    found = ast.get_source_segment(text, node)
    assert found is not None
    return found


def test_the_head() -> None:
    text = """## A unit.
## It says more.

dim B, D = 4, K = 2
## The pixels.
input x: [B, D]
param W: [D, K] ~ he_normal
param b: [K] = 0.5
output p = x @ W + b
loss J = sum(p)
"""
    module = build(text, name="folder/net.graph", dims={"D": 3})
    doc = ast.get_docstring(ast.parse(module.text))
    assert doc is not None
    assert doc.startswith("A unit.\nIt says more.\n\nCompiled by gradc 0.1.0 from net.graph at -O1")
    assert "-D D=3" in doc
    assert "Edit the graph, not this file." in doc
    rows = [" ".join(line.split()) for line in doc.splitlines()]
    for row in (
        "B free", "D, K = 3, 2", "x f64[B, 3] The pixels.", "W f64[3, 2] ~ he_normal",
        "b f64[2] = 0.5", "p f64[B, 2]", "J f64 the loss",
    ):  # fmt: skip
        assert row in rows
    imports = [
        n for n in ast.walk(ast.parse(module.text)) if isinstance(n, ast.Import | ast.ImportFrom)
    ]
    assert [ast.unparse(i) for i in imports] == [
        "from typing import Any, NamedTuple, TypedDict",
        "import numpy as np",
        "import numpy.typing as npt",
    ]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", GRAPHS)
def test_lines_fit_and_no_name_is_a_number(name: str, level: int) -> None:
    text = build(GRAPHS[name][0], level=level).text
    assert max(len(line) for line in text.splitlines()) <= 100
    assert text.isascii()
    assert text.endswith("}\n")
    assert not re.search(r"[ \t]$", text, re.MULTILINE)
    bound = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
    assert not [n for n in bound if re.fullmatch(r"[a-z]+\d{2,}|t\d+|tmp\w*|v\d+", n)]


@pytest.mark.parametrize("name", GRAPHS)
def test_each_statement_of_forward_carries_its_type(name: str) -> None:
    body = function(build(GRAPHS[name][0], level=0).text, "forward")
    lines = body.splitlines()
    for i, line in enumerate(lines):
        binds = re.match(r"    [\w, ]+ = (?!_array|_scalar|_params|\w+\.shape)", line)
        if binds and "=" in line and not line.endswith("("):
            stated = re.search(r"#.*(f32|f64|i32|i64|bool)", line + lines[i - 1])
            assert stated, line


def test_the_derivation_stands_over_the_code() -> None:
    text = build(GRAPHS["scalars"][0]).text
    backward = function(text, "backward")
    for heading in (
        "# loss J",
        "# J = 0.5 * d**2 - d",
        "# d = sin(c + b) / (c * c + 1)",
        "# c = w * x",
    ):
        assert heading in backward or heading == "# loss J"
    assert "dJ/dw" in backward
    assert "dJ_dw = " in backward
    classifier = function(build(GRAPHS["classifier"][0]).text, "backward")
    assert re.search(r"dJ/dW2 = h\.T @ dJ/dlogits +\[5, B\] @ \[B, 3\]", classifier)
    assert re.search(r"# h = relu\(x @ W1 \+ b1\)", classifier)
    without = function(build(GRAPHS["cotangents"][0]).text, "backward")
    assert re.search(r"\bd_w\b", without)
    assert "dJ" not in without


def test_the_users_names_and_numbers_survive() -> None:
    text = build("input x\nrate = 1_000 * x\noutput y = exp(rate) * 1e-3 + 0.50\n").text
    assert "rate = 1_000 * x" in text
    assert "y = np.exp(rate) * 1e-3 + 0.50" in text


def test_names_are_numbered_only_where_they_meet() -> None:
    text = build("input x\nparam h = 1\nh_2 = h * x\noutput y = h_2 * (h + x)\n").text
    assert re.search(r"\bh_2 = h \* x", text)
    assert "_3" not in text


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("called", ["f", "a_function_of_more_letters_than_tell"])
def test_what_a_function_makes_goes_by_the_statement_where_its_own_name_is_long(
    called: str, level: int
) -> None:
    text = f"""fn {called}(x) = sum(exp(x) * sin(x) - x)
vjp {called}(x) -> y; dy {{
    dx = dy * (exp(x) * (sin(x) + cos(x)) - 1)
}}
input x: [4]
param w: [4]
first = 2 * {called}(x * w)
second = 3 * {called}(x + w)
loss J = first * second
"""
    module = build(text, level=level).text
    names = set(re.findall(r"^ +(\w+)(?:: Any)? [-+*/]?= ", module, re.MULTILINE))
    made = [n for n in names if f"{called}_" in n or n.startswith(("first_", "second_"))]
    assert len(made) > 1
    assert not [n for n in made if f"{called}_{called}" in n]
    if len(called) > 1 and level:
        assert not [n for n in made if f"{called}_" in n]


@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_is_computed_in_vain(name: str) -> None:
    text = build(GRAPHS[name][0]).text
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name in ("forward", "backward"):
            stored = {
                n.id for n in ast.walk(node) if isinstance(n, ast.Name) and type(n.ctx) is ast.Store
            }
            read = {
                n.id for n in ast.walk(node) if isinstance(n, ast.Name) and type(n.ctx) is ast.Load
            }
            kept = {n.id for a in ast.walk(node) if isinstance(a, ast.Assign)
                    and ast.unparse(a.value) in ("saved", "_params(params)")
                    for n in ast.walk(a) if isinstance(n, ast.Name)}  # fmt: skip
            assert stored - read - kept == set()
    assert not re.search(r"\+ 0(\.0)?\b(?!\.)|\* 1(\.0)?\b(?![.\d])", function(text, "backward"))


def digest(environment: dict[str, str], python: str = sys.executable) -> str:
    """The hash of every graph's module at every level, made in a process of its own."""
    code = (
        "import hashlib\n"
        "from tests.compiled import LEVELS, build\n"
        "from tests.module.graphs import GRAPHS\n"
        "texts = [build(t, level=n).text for t, _ in GRAPHS.values() for n in LEVELS]\n"
        "print(hashlib.sha256(''.join(texts).encode()).hexdigest())"
    )
    run = subprocess.run(
        [python, "-c", code], cwd=ROOT, env={**os.environ, **environment}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    return run.stdout.strip()


@pytest.mark.parametrize("seed", ["0", "1", "2147483647"])
def test_the_bytes_do_not_depend_on_the_hash_seed_the_time_or_the_place(seed: str) -> None:
    texts = [build(t, level=n).text for t, _ in GRAPHS.values() for n in LEVELS]
    wanted = hashlib.sha256("".join(texts).encode()).hexdigest()
    assert digest({"PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo", "LC_ALL": "C"}) == wanted


@pytest.mark.parametrize("name", GRAPHS)
def test_the_bytes_do_not_depend_on_the_path(name: str) -> None:
    text = GRAPHS[name][0]
    assert build(text, name="a/b/net.graph").text == build(text, name="/elsewhere/net.graph").text


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("version", [(3, 10), (3, 11)])
def test_older_pythons_read_it(name: str, version: tuple[int, int]) -> None:
    for level in LEVELS:
        ast.parse(build(GRAPHS[name][0], level=level).text, feature_version=version)


def test_what_is_added_has_something_to_be_added_to() -> None:
    text = build("param w: [3]\na = sin(w)\nb = w**2\nc = exp(w)\nloss J = sum(a * b * c)\n").text
    told = re.findall(r"dJ/dw (\+?=) ", text)
    assert told == ["=", "+=", "+="]


UNSHARED = """dim B
from nn import Dense
input x: [B, 4]
scan h = x times 3 unshared {
    scan g = h times 2 unshared {
        up = Dense(g, 4)
        next g = g + tanh(up)
    }
    out = Dense(g, 4)
    next h = h + out
}
loss J = mean(h**2)
"""
SPOKEN = {"None", "True", "axis", "keepdims", "for", "in", "if", "else", "np"}
METHODS = "T|mT|sum|mean|max|min|take|reshape|transpose|swapaxes|astype"


def untold(text: str) -> list[str]:
    """The formulas over functions that go backward which name what these do not have."""
    found = []
    for f in ast.parse(text).body:
        if not isinstance(f, ast.FunctionDef) or not f.name.startswith(("backward", "value_and")):
            continue
        names = SPOKEN | {n.id for n in ast.walk(f) if isinstance(n, ast.Name)}
        source = ast.get_source_segment(text, f) or ""
        rule = r"^ *#.*? (d\w*/d[\w.\[\]]+|d_[\w.\[\]]+) \+?= (.*?)(   \[.*)?$"
        for left, right, _ in re.findall(rule, source, re.MULTILINE):
            words = re.sub(r"d\w*/d[\w.\[\]]+", "", right)
            words = re.sub(rf"\.({METHODS})\b", "", words)
            words = re.sub(r"\bnp\.\w+|[\w.]+\(", "", words)
            read = re.findall(r"(?<![\w.])[A-Za-z_][\w.]*", words)
            if not names.issuperset(read):
                found.append(f"{left} = {right}")
    return found


TEXTS = sorted(ROOT.glob("tests/goldens/*/*.py")) + sorted(ROOT.glob("examples/*/*.py"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_formulas_name_what_stands_on_the_page(path: Path) -> None:
    assert untold(path.read_text()) == []


@pytest.mark.parametrize("level", [0, 1, 2])
def test_formulas_in_loops_name_what_stands_on_the_page(level: int) -> None:
    text = build(UNSHARED, level=level).text
    assert untold(text) == []
    if level:
        assert re.search(r"dJ/dup.b\[t\]\[t_2\] = |dJ/dout.W\[t\] = ", text)
