"""C agrees with the NumPy module on every example and golden."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.targets.c.calls import CALLS
from gradc.verification.emitted import Point
from tests.seldom import seldom
from tests.targets_c.agreement import C, agree
from tests.targets_c.built import Built, Failed, build

ROOT = Path(__file__).parents[2]
GRAPHS = sorted([*ROOT.glob("examples/*/*.graph"), *ROOT.glob("tests/goldens/*/*.graph")])

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


def source_of(path: Path) -> Source:
    return Source(str(path), path.read_text(encoding="utf-8"))


def net(text: str) -> Source:
    return Source("net.graph", text)


@pytest.mark.parametrize(
    "path", seldom(GRAPHS, lambda path: GRAPHS.index(path) % 4 > 0), ids=lambda p: p.stem
)
def test_it_computes_what_the_module_does(path: Path, tmp_path: Path) -> None:
    agree(source_of(path), tmp_path, Options())


@pytest.mark.parametrize("level", seldom([0, 2], lambda level: level == 0))
@pytest.mark.parametrize("name", ["digits", "gpt", "mixture"])
def test_at_every_level(name: str, level: int, tmp_path: Path) -> None:
    path = ROOT / "examples" / name / f"{name}.graph"
    agree(source_of(path), tmp_path, Options(level=level))


@pytest.mark.skipif(shutil.which("clang") is None, reason="there is no clang")
@pytest.mark.parametrize("name", seldom(["digits", "gpt", "mixture"], lambda name: name == "gpt"))
def test_another_compiler(name: str, tmp_path: Path) -> None:
    """Undefined behaviour traps."""
    path = ROOT / "examples" / name / f"{name}.graph"
    flags = "-O2", "-fsanitize=undefined", "-fsanitize-trap=undefined"
    agree(source_of(path), tmp_path, Options(), *flags, compiler="clang")


def test_it_needs_nothing_but_libm(tmp_path: Path) -> None:
    path = ROOT / "examples" / "gpt" / "gpt.graph"
    library = build([compile_source(source_of(path), target=C)], tmp_path)
    words = ["nm", "-D", "--undefined-only", str(library)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    names = {line.split()[-1].partition("@")[0] for line in said.splitlines()}
    needed = {n for n in names if not n.startswith(("_", "mem"))}
    assert needed <= {"expf", "logf", "sqrtf", "tanhf", "erff", "powf"}


def test_an_index_out_of_range_has_a_code(tmp_path: Path) -> None:
    text = "input k: i64[2]\nparam w: [3]\nloss J = sum(w[k])\n"
    compilation = compile_source(net(text), target=C)
    built = Built(compilation, build([compilation], tmp_path))
    (part,) = built.program.parts
    point = Point({}, {"k": np.array([0, -3])}, {"w": np.array([1.0, 2.0, 4.0])}, {})
    assert built.value_and_grad(part, point)[0] == 2.0
    for wrong in (3, -4):
        bad = point.moved("k", np.array([0, wrong]))
        with pytest.raises(Failed, match="an index is out of range"):
            built.value_and_grad(part, bad)


def test_what_c_cannot_write_is_said_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(CALLS, "inv")
    with pytest.raises(DiagnosticError) as caught:
        compile_source(net("param w: [3, 3]\nloss J = sum(inv(w))\n"), target=C)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.message) == (2, "`inv` cannot be written in C yet")


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_a_seed_gives_the_numbers_of_numpy(kind: str, dtype: str, tmp_path: Path) -> None:
    text = f"dtype {dtype}\nparam w: [1] = 1\noutput y = w * random_{kind}([100, 1000])\n"
    compilation = compile_source(net(text), target=C)
    built = Built(compilation, build([compilation], tmp_path))
    (part,) = built.program.parts
    point = Point({}, {}, {"w": np.ones(1)}, {"y": np.zeros((100, 1000))})
    (found,) = built.backward(part, point, 1.0)[0]
    rng = np.random.default_rng(0)
    draw = rng.standard_normal if kind == "normal" else rng.random
    rtol = 1e-12 if dtype == "f64" else 1e-6
    np.testing.assert_allclose(found, draw((100, 1000), found.dtype.type), rtol=rtol)


def test_what_is_not_wanted_is_null(tmp_path: Path) -> None:
    text = "input x: [4, 3]\nparam w: [3, 2]\nparam b: [2]\nloss J = mean(tanh(x @ w + b))\n"
    compilation = compile_source(net(text), target=C)
    built = Built(compilation, build([compilation], tmp_path))
    (part,) = built.program.parts
    rng = np.random.default_rng(0)
    params = {"w": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}
    point = Point({}, {"x": rng.normal(size=(4, 3))}, params, {})
    _, wanted = built.value_and_grad(part, point)
    for missing in ("w", "b"):
        _, found = built.value_and_grad(part, point, unwanted=(missing,))
        for name, got, right in zip(part.graph.wrt, found, wanted, strict=True):
            if name != missing:
                np.testing.assert_array_equal(got, right)


def test_long_lines_are_sorted_and_stay_in_their_order(tmp_path: Path) -> None:
    text = "param x: [3, 1000]\noutput y = sort(x)\noutput k = argsort(x, axis=-1)\n"
    compilation = compile_source(net(text), target=C)
    built = Built(compilation, build([compilation], tmp_path))
    (part,) = built.program.parts
    x = np.random.default_rng(0).integers(-40, 40, (3, 1000)).astype(float)
    x[0, ::7], x[1, ::9] = np.nan, -0.0
    point = Point({}, {}, {"x": x}, {"y": np.zeros_like(x)})
    y, k = built.backward(part, point, 1.0)[0]
    np.testing.assert_array_equal(k, np.argsort(x, axis=-1, stable=True))
    np.testing.assert_array_equal(y, np.sort(x, axis=-1, stable=True))


def test_a_loop_multiplies_with_columns(tmp_path: Path) -> None:
    """A matrix whose columns follow each other is copied once, to where no step writes."""
    text = """\
dim T
param W: [24, 24] ~ normal(0.3)
param h0: [8, 24] ~ normal(1)
input x: [T, 8, 24]
scan h = h0 over x_t in x {
    a = sin(h) * h
    next h = tanh((a + cos(a) * sum(a, axis=1, keepdims=true)) @ W.T + x_t)
}
loss J = mean(square(h))
"""
    for level in (1, 2):
        agree(net(text), tmp_path, Options(level=level))


@pytest.mark.parametrize("body", ["flip(h, axis=0)", "transpose(h)", "transpose(h) * 2"])
def test_what_follows_is_made_of_other_elements_of_a_value(body: str, tmp_path: Path) -> None:
    """They are read before any of them is overwritten."""
    text = f"""\
input x: [3]
param h0: [4, 4] ~ normal(1)
scan h = h0 over x_t in x {{
    next h = {body}
}}
loss J = sum(sin(h) * reshape(arange(16), [4, 4]))
"""
    for level in (0, 2):
        agree(net(text), tmp_path, Options(level=level))


def test_several_cores_give_what_one_does(tmp_path: Path) -> None:
    """Sizes at which loops and products are shared among threads."""
    text = """\
dtype f32
param x: [70_000] ~ normal(1)
param W: [300, 300] ~ normal(0.1)
param v: [300, 300] ~ normal(1)
h = tanh(v @ W)
loss J = mean(x * sigmoid(x)) + mean(h * h) + 0.01 * max(h)
"""
    agree(net(text), tmp_path, Options(), "-O2", "-fopenmp")


@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_a_product_stays_in_its_memory(dtype: str, tmp_path: Path) -> None:
    """Nothing else is in the workspace: its canaries stand behind the rows that are laid out."""
    text = f"""\
dtype {dtype}
input x: [300, 260]
input y: [300, 270]
output z = einsum("ki,kj->ij", x, y)
"""
    agree(net(text), tmp_path, Options(), "-O2")


@pytest.mark.parametrize(
    "text", ["groups=2", "stride=2, padding=1", "dilation=2, padding=[[2, 0], [1, 3]]"]
)
def test_a_convolution_is_of_any_form(text: str, tmp_path: Path) -> None:
    graph = f"""\
dim B, H
input x: [B, 4, 9, H]
param w: [6, {2 if "groups" in text else 4}, 3, 2] ~ normal(0.3)
loss J = mean(sin(conv2d(x, w, {text})))
wrt w, x
"""
    agree(net(graph), tmp_path, Options())


def test_many_numbers_are_added_up_as_exactly_as_few(tmp_path: Path) -> None:
    text = "dtype f32\nparam x: [2, 1_000_000]\nloss J = sum(square(sum(square(x), axis=1)))\n"
    agree(net(text), tmp_path, Options(level=2))


NORMS = """\
input r: [N, D]
param x: [N, D]
param w: [D]
param b: [D]
loss J = sum(layer_norm(x, weight=w, bias=b) * r)
"""


@pytest.mark.parametrize("dims", ["N = 3, D = 700", "N = 0, D = 3", "N = 3, D = 1"])
def test_a_row_is_made_again_and_not_stored(dims: str, tmp_path: Path) -> None:
    text = f"dim {dims}\n{NORMS}"
    compiled = compile_source(net(text), Options(level=2), target=C)
    assert not re.search(r"\*const \w*(centred|J_layer_norm)\w* =", compiled.files[".c"])
    agree(net(text), tmp_path, Options(level=2))


def test_sums_of_rows_are_added_to_as_soon_as_their_elements_are_known() -> None:
    compiled = compile_source(net(f"dim N, D\n{NORMS}"), Options(level=2), target=C)
    functions = re.split(r"\nint \w+_(?=backward|value_and_grad)", compiled.files[".c"])
    w, b = "dJ_dw_part[j] +=", "dJ_db_part[j] +="
    for text, sums in zip(functions[1:], ((w, b), (b, "rstd_mean_total +=", w)), strict=True):
        lines = [text.index(words) for words in sums]
        assert lines == sorted(lines)
        assert lines[-1] < text.index("dJ_dx[")
