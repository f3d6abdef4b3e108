"""Loops that several cores share give the same numbers on any number of them, to the last bit."""

import shutil
from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.seldom import seldom
from tests.targets_c import programs
from tests.targets_c.agreement import C, agree
from tests.targets_c.shared_loops import FLAGS, Shared, all_shared, loops_of, main, raced, text_of

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(ROOT.glob("examples/*/*.graph"))

ROWS = """\
dtype f32
dim N, D
input r: [N, D]
param x: [N, D] ~ normal(1)
param g: [D] ~ normal(1)
param b: [D] ~ normal(1)
loss J = sum(softmax(layer_norm(x, weight=g, bias=b) * r, axis=1) * r)
"""
TOTALS = """\
dim N
input i: i64[N]
param x: [N, 3, 4] ~ normal(1)
a = max(x) + min(x, axis=[0, 1]) + mean(x, axis=[0, 2])[0] + sum(x, axis=0)[1, 2]
b = prod(0.1 * x) + sum(where(all(x > -9), x, 0)) + max(cumsum(x, axis=2))
c = x[argmax(sum(x, axis=[1, 2]))]
output k = argmax(x, axis=0) + where(any(i > 1), 1, 2)
loss J = sum(sin(a)) + b + sum(c**2)
"""
IMAGES = """\
dim B
input image: [B, 4, 9, 8]
param w: [6, 2, 3, 3] ~ normal(0.3)
param v: [3, 6, 2, 2] ~ normal(0.3)
param b: [6] ~ normal(1)
h = max_pool2d(relu(conv2d(image, w, groups=2, padding=1) + reshape(b, [6, 1, 1])), 2)
g = conv2d(image[:1], w, groups=2)
loss J = mean(sin(conv2d(h, v))) + mean(g**2)
wrt w, v, b, image
"""
PRODUCTS = """\
dtype f32
dim B, T
input x: [B, T, 24]
param w: [24, 72] ~ normal(0.2)
param u: [72, 130] ~ normal(0.2)
param a: [150, 140] ~ normal(0.2)
q = transpose(reshape(x @ w[:, :24], [B, T, 4, 6]), axes=[0, 2, 1, 3])
k = transpose(reshape(x @ w[:, 24:48], [B, T, 4, 6]), axes=[0, 2, 1, 3])
attended = scaled_dot_product_attention(q, k, sin(k))
loss J = mean(square(attended)) + mean(square(tanh(x @ w) @ u)) + mean(square(a.T @ a))
"""
STEPS = """\
dim T, B
input x: [T, B, 5]
param W: [7, 7] ~ normal(0.3)
param U: [5, 7] ~ normal(0.3)
param b: [7] ~ normal(0.3)
param h0: [B, 7] ~ normal(1)
scan h = h0 over x_t in x {
    next h = softmax(tanh(h @ W + x_t @ U + b), axis=1)
}
loss J = sum(h**2)
"""
FORMS = {"rows": ROWS, "totals": TOTALS, "images": IMAGES, "products": PRODUCTS, "steps": STEPS}

compiled = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


def net(text: str) -> Source:
    return Source("net.graph", text)


@compiled
@pytest.mark.parametrize("level", seldom([1, 2], lambda level: level == 1))
@pytest.mark.parametrize("form", seldom(FORMS, lambda form: form in ("totals", "images")))
def test_numbers_are_the_same(form: str, level: int, tmp_path: Path) -> None:
    with all_shared():
        agree(net(FORMS[form]), tmp_path, Options(level=level), *FLAGS, kind=Shared)


@compiled
def test_numbers_of_programs_are_the_same() -> None:
    assert main(["600:606"]) == 0


@compiled
@pytest.mark.slow
@pytest.mark.parametrize("first", range(6000, 6050, 50))
def test_numbers_of_more_programs_are_the_same(first: int) -> None:
    assert main([f"{first}:{first + 50}"]) == 0


@pytest.mark.parametrize("form", FORMS)
def test_forms_are_shared(form: str) -> None:
    text = text_of(FORMS[form], Options(level=2))
    assert [*loops_of(text)]
    assert raced(text) == []


@pytest.mark.parametrize("path", EXAMPLES[::6], ids=lambda path: path.stem)
def test_steps_of_an_example_share_nothing_that_they_write(path: Path) -> None:
    assert raced(text_of(path.read_text(encoding="utf-8"), Options(level=2))) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_steps_of_examples_share_nothing_that_they_write(path: Path) -> None:
    assert raced(text_of(path.read_text(encoding="utf-8"), Options(level=2))) == []


def test_steps_of_programs_share_nothing_that_they_write() -> None:
    count = 0
    with all_shared():
        for seed in range(700, 730):
            case = programs.compiled(seed)
            assert isinstance(case, programs.Case), case
            text = str(case.compilation.files[".c"])
            assert raced(text) == [], seed
            count += len([*loops_of(text)])
    assert count > 100


@pytest.mark.parametrize(
    ("right", "wrong", "seen"),
    [
        ("_rows + part*D;", "_rows;", "shifted[j]"),
        ("dJ_dg_part[j] +=", "dJ_dg[j] +=", "dJ_dg[j]"),
        ("        float shifted_max_or_least = -INFINITY;\n", "", "shifted_max_or_least"),
        ("        double J_value_total = 0;\n", "", "J_value_total"),
    ],
)
def test_what_steps_share_is_seen(right: str, wrong: str, seen: str) -> None:
    text = text_of(ROWS, Options(level=2))
    assert right in text
    assert seen not in raced(text)
    assert seen in raced(text.replace(right, wrong))


def test_small_loops_stay_as_they_are() -> None:
    """Where sizes say that it is not worth it, nothing is shared, nor has the workspace parts."""
    text = ROWS.replace("dim N, D", "dim N = 12, D = 30")
    source = str(compile_source(net(text), Options(level=2), target=C).files[".c"])
    assert "omp simd" in source
    assert [*loops_of(source)] == []
    assert "_parts" not in source
