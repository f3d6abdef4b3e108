"""Each step of a loop leaves its state where the next one, and what goes back, finds it."""

import re
import shutil
from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.seldom import seldom
from tests.targets_c.agreement import C, agree
from tests.targets_c.sanitized import runtime, watched

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")

_HEAD = "input x: [T, B, 3]\nparam w: [3] ~ normal(1)\nparam a: [B, 3] ~ normal(1)\n"
DIMS = {1: "dim T, B\n", 2: "dim T = 4, B = 60\n"}
GRAPHS = {
    "before": "scan h = a over s in x {\n output b = h\n next h = tanh(h * w + s)\n}\n"
    "loss J = sum(sin(b)) + sum(h**2)",
    "before_and_after": "scan h = a over s in x {\n output b = h\n next h = tanh(h * w + s)\n"
    " output n = next h\n}\noutput b\nloss J = sum(sin(b) * n) + sum(h**2)",
    "twice": "scan h = a over s in x {\n output b = h\n output c = h\n"
    " next h = tanh(h * w + s)\n}\nloss J = sum(sin(b) * c) + sum(h)",
    "two_that_change_places": "scan h, c = a, 2 * a over s in x {\n output b = h\n output d = c\n"
    " next h, c = c * w, sin(h) + s\n}\nloss J = sum(b * d) + sum(h * c)",
    "the_same_for_two": "scan h, c = a, a over s in x {\n output b = h\n output d = c\n"
    " n = tanh(h * w + c * s)\n next h, c = n, n\n}\nloss J = sum(b * d) + sum(h * c)",
    "one_that_stays": "scan h, c = a, sin(a) over s in x {\n output b = c\n"
    " next h, c = tanh(h * w + s), c\n}\nloss J = sum(b * b) + sum(h * c)",
    "mirrored": "scan h = a over s in x {\n output b = h\n next h = flip(h * w, axis=1) + s\n}\n"
    "loss J = sum(sin(b)) + sum(h**2)",
    "read_later": "scan h = cos(x[0]) over s in x {\n output b = h\n next h = tanh(2 * h + s)\n}\n"
    "q = cumsum(sin(concatenate([x, x[:1]]) * sum(sin(b))), axis=0)\n"
    "loss J = mean(tanh(cumsum(q, axis=1)[-1] * h * w + a))",
    "within_another": "scan g = a over r in x {\n scan h = g over s in x {\n output b = h\n"
    " next h = tanh(h * w + s * r)\n }\n output o = g\n next g = h + mean(b, axis=0)\n}\n"
    "loss J = sum(o) + sum(sin(g))",
}


@pytest.mark.parametrize("level", seldom([1, 2], lambda level: level == 1))
@pytest.mark.parametrize("name", GRAPHS)
def test_numbers(name: str, level: int, tmp_path: Path) -> None:
    text = f"{DIMS[level]}{_HEAD}{GRAPHS[name]}\n"
    agree(Source("net.graph", text), tmp_path, Options(level=level))


@pytest.mark.skipif(runtime() is None, reason="the C compiler has no AddressSanitizer")
def test_there_is_room_for_the_last(tmp_path: Path) -> None:
    graph = tmp_path / "net.graph"
    graph.write_text(f"{DIMS[2]}{_HEAD}{GRAPHS['before']}\n")
    assert watched(str(graph)) == ""


def test_nothing_is_copied_from_step_to_step() -> None:
    source = Source("net.graph", f"{DIMS[1]}{_HEAD}{GRAPHS['before']}\n")
    files = compile_source(source, Options(level=2), target=C).files
    text = next(str(text) for name, text in files.items() if name.endswith(".c"))
    whole = text[text.index("int net_value_and_grad(const net_dims *dims,\n") :]
    loop = re.search(
        r"\n    for \(int64_t t = 0; t < T; t\+\+\) \{\n(.*?)\n    \}\n", whole, re.DOTALL
    )
    assert loop is not None
    assert re.findall(r"(\w+)\[[^]]*\] = ", loop[1]) == ["b"]
