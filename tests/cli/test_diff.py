"""`gradc diff`: what a change means, in words."""

import re
from pathlib import Path

import pytest

from tests.cli.conftest import OLD, Run

# Each: what is replaced by what, and lines of the page in which blanks do not count.
CHANGES = [
    ("mean(e)", "sum(e)", ["~ J `sum(e)` was `mean(e)` net.graph:13"]),
    ("mean(e) + s", "0.1 * sum(W**2) + mean(e) + s",
     ["~ J gets `0.1 * sum(W**2)` net.graph:13", "~ dJ/dW gets a term, from `W**2` net.graph:13"]),
    ("mean(e) + s", "mean(e)", ["~ J loses `s` net.graph:13",
     "- s is not used now"]),
    ("x @ W + b", "x @ W", ["~ h loses `b` net.graph:7",
     "~ dJ/db is 0 now: it loses a term, from `x @ W + b` net.graph:7"]),
    ("sq(h - y, 2)", "sq(h - y, 3)", ["~ e `3` was `2` net.graph:8",
     "with what they are made of: s, J", "with what they are made of: dJ/dW, dJ/db"]),
    ("= x * x * k", "= x * x * x * k", ["~ sq `x * x * x * k` was `x * x * k` net.graph:6"]),
    ("s * 0.5", "s * 0.25", ["~ u `0.25` was `0.5` net.graph:10"]),
    ("u = s * 0.5\n    next s = u", "half = s * 0.25\n    next s = half",
     ["~ half `0.25` was `0.5` in `s * 0.25` (it was called u) net.graph:10"]),
    ("scan s = 0 over", "scan s = 1 over", ["~ s `scan s = 1 over e_t in e` was"]),
    ("tanh(x @ W + b)", "sigmoid(x @ W + b)",
     ["~ h `sigmoid(x @ W + b)` was `tanh(x @ W + b)` net.graph:7"]),
    ("[B, 3]", "[B, 3]\ninput v: [B]", ["+ v is new: f64[B] net.graph:3"]),
    ("~ he_normal", "~ he_uniform", ["~ W starts with he_uniform, and started with he_normal"]),
    ("param b: [4]", "param b: [4] = 1", ["~ b starts with 1, and started with 0"]),
    ("[B, 3]", "f32[B, 3]", ["~ x is f32[B, 3], and was f64[B, 3]"]),
    ("loss J", "output e\nloss J", ["+ e is returned now: f64[B, 4]"]),
    ("loss J =", "output J =", ["~ J is no longer a loss"]),
    ("dim B", "dim B = 8", ["~ B is 8, and was free"]),
    ("loss J = mean(e) + s", "wrt W\nloss J = mean(e) + s", ["- dJ/db is not taken now"]),
]  # fmt: skip


def lines_of(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


@pytest.mark.parametrize(("was", "is_", "expected"), CHANGES, ids=lambda v: str(v)[:30])
def test_what_changed_is_told(run: Run, old: Path, was: str, is_: str, expected: list[str]) -> None:
    assert was in OLD
    (old / "net.graph").write_text(OLD.replace(was, is_), encoding="utf-8")
    found = run("diff", "old.graph", "net.graph")
    assert found.code == 1, found.err
    assert found.err == ""
    told = lines_of(found.out.replace("old.graph:", "net.graph:"))
    for line in expected:
        place = line.rpartition(" net.graph")[0] or line
        assert any(t.startswith(place) for t in told), found.out
        if "net.graph" in line:
            number = line.rpartition(":")[2]
            assert any(t.startswith(place) and t.endswith(f":{number}") for t in told), found.out


def test_what_is_no_change(run: Run, old: Path) -> None:
    text = OLD.replace("h = tanh(x @ W + b)", "# linear, and bent\nz = x @ W + b\nhidden = tanh(z)")
    text = text.replace("h - y", "hidden - y").replace("e_t", "row").replace("u ", "half ")
    text = text.replace("k) = x * x * k", "factor) = x * x * factor")
    (old / "net.graph").write_text(text, encoding="utf-8")
    found = run("diff", "old.graph", "net.graph")
    assert (found.code, found.out) == (0, "old.graph → net.graph: means what it meant\n")


def test_saved_arrays_and_costs(run: Run, old: Path) -> None:
    text = OLD.replace("loss J = mean(e)", "loss J = mean(exp(e))")
    (old / "net.graph").write_text(text, encoding="utf-8")
    told = lines_of(run("diff", "old.graph", "net.graph").out)
    assert "+ J_exp is saved now: f64[B, 4], 32*B bytes net.graph:13" in told
    saved = [line for line in told if line.startswith("bytes saved")]
    assert saved == ["bytes saved 64*B → 96*B"]
    assert any(line.startswith("FLOPs of forward") for line in told)
    fixed = lines_of(run("diff", "-D", "B=4", "old.graph", "net.graph").out)
    assert "bytes saved 256 → 384" in fixed
    assert any(line.startswith("bytes at the peak") for line in fixed)


def test_a_rule_of_ones_own(run: Run, folder: Path) -> None:
    text = (
        "fn ste(x) = sign(x)\nvjp ste(x) -> y; dy {\n    dx = dy * (abs(x) <= 1)\n}\n"
        "param w: [3]\nh = ste(w)\nloss J = sum(h * h)\n"
    )
    (folder / "old.graph").write_text(text, encoding="utf-8")
    (folder / "net.graph").write_text(text.replace("<= 1", "<= 2"), encoding="utf-8")
    found = run("diff", "old.graph", "net.graph")
    assert found.code == 1
    told = lines_of(found.out)
    assert "~ vjp ste.dx `2` was `1` in `abs(x) <= 2` old.graph:3 → net.graph:3" in told, told
    assert "with what they are made of: dJ/dw" in told
    assert "values" not in told


def test_two_losses(run: Run, folder: Path) -> None:
    text = "param w\nparam v\nloss J = w * v\nloss K = w + v**2\n"
    (folder / "old.graph").write_text(text, encoding="utf-8")
    (folder / "net.graph").write_text(text.replace("v**2", "v**3"), encoding="utf-8")
    told = lines_of(run("diff", "old.graph", "net.graph").out)
    assert "with what they are made of: dK/dv" in told
    assert not any("dJ/d" in line for line in told)


def test_draws_are_told_apart(run: Run, folder: Path) -> None:
    text = "param w\na = random_normal([2])\nb = random_normal([2])\nloss J = sum(w * a / b)\n"
    (folder / "old.graph").write_text(text, encoding="utf-8")
    (folder / "net.graph").write_text(text.replace("a / b", "b / a"), encoding="utf-8")
    assert run("diff", "old.graph", "net.graph").code == 1
    renamed = text.replace("a = ", "c = ").replace("* a", "* c")
    (folder / "net.graph").write_text(renamed, encoding="utf-8")
    assert run("diff", "old.graph", "net.graph").code == 0


BLOCK = """\
from nn import Dense
input x: [2, 4]
param t = 1
layer Block(h, width) {
    up = Dense(h, width)
    down = Dense(tanh(up), 4)
    return h + down
}
a = Block(x, 8)
b = Block(a, 8)
loss J = sum(b / t)
"""

# Of a graph with a layer: what is replaced by what, the lines of values, and those of gradients.
LAYERED = [
    ("tanh(up)", "sin(up)", ["~ Block.down `sin(up)` was `tanh(up)` net.graph:6"], []),
    ("Dense(h, width)", "Dense(2 * h, width)",
     ["~ Block.up `2 * h` was `h` net.graph:5"], []),
    ("b = Block(a, 8)\nloss J = sum(b", "b = Block(a, 8)\nc = Block(b, 8)\nloss J = sum(c",
     ["+ c is new: `Block(b, 8)` net.graph:11", "~ J `c` was `b` in `c / t` net.graph:12"],
     ["+ 4 are taken now: dJ/dc.up.W, dJ/dc.up.b, dJ/dc.down.W, dJ/dc.down.b"]),
    ("b / t", "b * (1 / t)", ["~ J `b * (1 / t)` was `b / t` net.graph:11"], []),
    ("b / t", "b / stop_gradient(t)", [],
     ["~ J `stop_gradient(t)` was `t` net.graph:11",
      "~ dJ/dt is 0 now: it loses a term, from `b / t` net.graph:11"]),
]  # fmt: skip


@pytest.mark.parametrize(("was", "is_", "values", "gradients"), LAYERED, ids=lambda v: str(v)[:30])
def test_an_edit_is_told_once_where_it_was_made(
    run: Run, folder: Path, was: str, is_: str, values: list[str], gradients: list[str]
) -> None:
    assert was in BLOCK
    (folder / "old.graph").write_text(BLOCK, encoding="utf-8")
    (folder / "net.graph").write_text(BLOCK.replace(was, is_), encoding="utf-8")
    found = run("diff", "old.graph", "net.graph").out
    for heading, expected in (("values", values), ("gradients", gradients)):
        part = found.partition(f"{heading}\n")[2].partition("\n\n")[0]
        told = [line for line in lines_of(part) if line[:1] in "+-~"]
        assert [re.sub(r" (old.graph:\d+ → )?(old|net).graph:", " net.graph:", t)
                for t in told] == expected, found  # fmt: skip


def test_what_is_renamed_is_one_line(run: Run, old: Path) -> None:
    text = OLD.replace("W", "weight").replace("B", "N").replace("loss J", "loss cost")
    (old / "net.graph").write_text(text, encoding="utf-8")
    found = run("diff", "old.graph", "net.graph")
    assert found.code == 1
    told = [line for line in lines_of(found.out) if line[:2] in ("+ ", "- ", "~ ")]
    assert told == [
        "~ N was called B", "~ weight was called W net.graph:4",
        "~ cost was called J net.graph:13",
    ]  # fmt: skip
    assert "gradients" not in found.out


def test_another_parameter_is_not_a_renamed_one(run: Run, old: Path) -> None:
    text = OLD.replace("param W: [3, 4] ~ he_normal", "param V: [3, 4] ~ he_normal")
    (old / "net.graph").write_text(text.replace("x @ W + b", "sin(x) @ V + b"), encoding="utf-8")
    told = lines_of(run("diff", "old.graph", "net.graph").out)
    assert "+ V is new: f64[3, 4] net.graph:4" in told
    assert "- W is gone: f64[3, 4] old.graph:4" in told


def test_the_element_type_is_one_line(run: Run, folder: Path) -> None:
    (folder / "old.graph").write_text(BLOCK, encoding="utf-8")
    (folder / "net.graph").write_text(BLOCK + "dtype f32\n", encoding="utf-8")
    found = run("diff", "old.graph", "net.graph")
    told = [line for line in lines_of(found.out) if line[:2] in ("+ ", "- ", "~ ")]
    assert len(told) == 1
    assert told[0].startswith("~ f32 was f64: ")


def test_files_of_functions_alone(run: Run, folder: Path) -> None:
    (folder / "old.graph").write_text("fn f(x) = x**2\nfn g(x) = 2 * x\n", encoding="utf-8")
    (folder / "net.graph").write_text("fn f(x) = x**4\nfn h(x) = 2 * x\n", encoding="utf-8")
    found = run("diff", "old.graph", "net.graph")
    assert (found.code, found.err) == (1, "")
    told = lines_of(found.out)
    assert "~ f `4` was `2` in `x**4` old.graph:1 → net.graph:1" in told
    assert "~ h `h` was `g` old.graph:2 → net.graph:2" in told
    assert run("diff", "old.graph", "old.graph").code == 0


def test_what_is_imported_is_told_where_it_was_edited(run: Run, folder: Path) -> None:
    text = 'import "lib.graph" as lib\nparam w: [2]\nloss J = lib.f(w)\n'
    for name, power in (("base", 2), ("now", 4)):
        (folder / name).mkdir()
        (folder / name / "net.graph").write_text(text, encoding="utf-8")
        (folder / name / "lib.graph").write_text(f"fn f(x) = sum(x**{power})\n", encoding="utf-8")
    found = run("diff", "base/net.graph", "now/net.graph")
    assert found.code == 1
    told = lines_of(found.out)
    assert "~ f `4` was `2` in `x**4` base/lib.graph:1 → now/lib.graph:1" in told
    assert "with what they are made of: J" in told
