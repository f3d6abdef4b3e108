"""`gradc diff`: what a change means, in words, as data, and for git."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Run, Shell

OLD = """\
dim B
input x: [B, 3]
input y: [B, 4]
param W: [3, 4] ~ he_normal
param b: [4]
fn sq(x, k) = x * x * k
h = tanh(x @ W + b)
e = sq(h - y, 2)
scan s = 0 over e_t in e {
    u = s * 0.5
    next s = u + sum(e_t)
}
loss J = mean(e) + s
"""

# Each: what is replaced by what, and lines of the page in which blanks do not count.
CHANGES = [
    ("mean(e)", "sum(e)", ["~ J `sum(e)` was `mean(e)` net.graph:13"]),
    ("mean(e) + s", "0.1 * sum(W**2) + mean(e) + s",
     ["~ J gets `0.1 * sum(W**2)` net.graph:13", "~ dJ/dW gets a term, from `W**2` net.graph:13"]),
    ("mean(e) + s", "mean(e)", ["~ J loses `s` net.graph:13",
     "- s is gone: `scan s = 0 over e_t in e`"]),
    ("x @ W + b", "x @ W", ["~ h loses `b` net.graph:7",
     "~ dJ/db loses a term, from `x @ W + b` net.graph:7"]),
    ("sq(h - y, 2)", "sq(h - y, 3)", ["~ e `3` was `2` net.graph:8",
     "with what they are made of: s, J", "with what they are made of: dJ/dW, dJ/db"]),
    ("= x * x * k", "= x * x * x * k", ["~ e `x * x * x * k` was `x * x * k` net.graph:6"]),
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


@pytest.fixture
def old(folder: Path) -> Path:
    (folder / "old.graph").write_text(OLD, encoding="utf-8")
    return folder


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
    assert "~ dJ/dw comes of another derivative rule of `ste` old.graph:6 → net.graph:6" in told
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


# --- forms ---


def test_data(run: Run, old: Path) -> None:
    (old / "net.graph").write_text(OLD.replace("mean(e)", "sum(e)"), encoding="utf-8")
    data = json.loads(run("diff", "--format", "json", "old.graph", "net.graph").out)
    assert (data["schema"], data["changed"]) == (1, True)
    (change,) = [c for c in data["changes"] if c["kind"] == "value" and not c["follows"]]
    assert change["message"] == "`sum(e)` was `mean(e)`"
    assert change["old"] == {"file": "old.graph", "line": 13, "column": 10}
    assert change["new"]["file"] == "net.graph"


def test_markdown(run: Run, old: Path) -> None:
    (old / "net.graph").write_text(OLD.replace("mean(e)", "sum(e)"), encoding="utf-8")
    text = run("diff", "--format", "markdown", "old.graph", "net.graph").out
    assert "### `old.graph → net.graph`\n" in text
    assert "- `J` `sum(e)` was `mean(e)` (old.graph:13 → net.graph:13)\n" in text
    assert "| `" in text


@pytest.mark.parametrize("form", ["json", "github", "sarif"])
def test_machines_are_told_each_change(run: Run, old: Path, form: str) -> None:
    (old / "net.graph").write_text(OLD.replace("mean(e)", "sum(e)"), encoding="utf-8")
    found = run("diff", "--output-format", form, "old.graph", "net.graph")
    assert found.code == 1
    assert "W915" in found.err
    assert "net.graph" in found.err
    if form == "github":
        assert found.err.startswith("::warning file=net.graph,line=13,")


def test_colours(run: Run, old: Path) -> None:
    (old / "net.graph").write_text(OLD.replace("mean(e)", "sum(e)"), encoding="utf-8")
    assert "\x1b[1;33m~\x1b[0m" in run("diff", "--color", "always", "old.graph", "net.graph").out
    assert "\x1b" not in run("diff", "old.graph", "net.graph").out


# --- calls ---


def test_standard_input_is_one_of_them(run: Run, old: Path) -> None:
    found = run("diff", "-", "old.graph", stdin=OLD.replace("sum", "mean").encode())
    assert found.code == 1
    assert "`sum(e_t)` was `mean(e_t)`" in found.out


@pytest.mark.parametrize("words", [[], ["a"], ["a", "b", "c"], ["-", "-"]])
def test_a_wrong_call(run: Run, words: list[str]) -> None:
    assert run("diff", *words).code == 2


def test_a_file_that_is_missing(run: Run, old: Path) -> None:
    found = run("diff", "old.graph", "none.graph")
    assert (found.code, found.out) == (2, "")
    assert "cannot read none.graph" in found.err


def test_a_graph_that_is_wrong(run: Run, old: Path) -> None:
    found = run("diff", "old.graph", "wrong.graph")
    assert (found.code, found.out) == (1, "")
    assert "error[E0201]" in found.err
    assert "wrong.graph:2" in found.err


# --- git ---


def test_seven_arguments_are_gits(run: Run, old: Path) -> None:
    (old / "new.graph").write_text(OLD.replace("mean(e)", "sum(e)"), encoding="utf-8")
    seven = ["nets/net.graph", "old.graph", "0" * 40, "100644", "new.graph", "1" * 40, "100644"]
    found = run("diff", *seven)
    assert found.code == 0
    assert found.out.startswith("nets/net.graph\n")
    assert "nets/net.graph:13" in found.out
    (old / "new.graph").write_text("what", encoding="utf-8")
    found = run("diff", *seven)
    assert found.code == 0
    assert "nets/net.graph:1" in found.err


@pytest.mark.parametrize(("at", "told"), [(1, "is new"), (4, "is gone")])
def test_a_file_that_comes_or_goes(run: Run, old: Path, at: int, told: str) -> None:
    seven = ["net.graph", "old.graph", ".", ".", "old.graph", ".", "."]
    seven[at] = os.devnull
    found = run("diff", *seven)
    assert (found.code, found.out) == (0, f"net.graph: {told}\n")


def test_a_conflict(run: Run, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("diff", "net.graph").code == 2
    monkeypatch.setenv("GIT_DIFF_PATH_COUNTER", "1")
    found = run("diff", "net.graph")
    assert (found.code, found.out) == (0, "net.graph: a conflict is not resolved\n")


def git(folder: Path, *words: str) -> str:
    """What git prints; a `diff` driver of it is this gradc."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    told = ["-c", "user.name=n", "-c", "user.email=e", "-c", "core.pager=cat",
            "-c", f"diff.gradc.command={sys.executable} -m gradc diff"]  # fmt: skip
    done = subprocess.run(
        ["git", *told, *words],
        cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, check=True,
        text=True, encoding="utf-8",
    )  # fmt: skip
    return done.stdout


def test_git_shows_it(old: Path) -> None:
    git(old, "init", "-q")
    (old / ".gitattributes").write_text("*.graph diff=gradc\n", encoding="utf-8")
    (old / "nets").mkdir()
    (old / "nets" / "sq.graph").write_text("fn sq(x, k) = x * x * k\n", encoding="utf-8")
    text = OLD.replace("fn sq(x, k) = x * x * k", 'from "sq.graph" import sq')
    path = old / "nets" / "net.graph"
    path.write_text(text, encoding="utf-8")
    git(old, "add", ".")
    git(old, "commit", "-q", "-m", "first")
    path.write_text(text.replace("mean(e)", "sum(e)"), encoding="utf-8")
    for folder in (old, old / "nets"):
        told = git(folder, "diff")
        assert "`sum(e)` was `mean(e)`  nets/net.graph:13" in told
    git(old, "mv", "nets/net.graph", "nets/other.graph")
    git(old, "commit", "-q", "-a", "-m", "second")
    (old / "nets" / "other.graph").unlink()
    assert "nets/other.graph: is gone" in git(old, "diff")
    renamed = git(old, "diff", "--ext-diff", "-M", "HEAD~1", "HEAD")
    assert "nets/net.graph → nets/other.graph" in renamed
    assert "`sum(e)` was `mean(e)`" in renamed


def test_git_without_attributes(old: Path, shell: Shell) -> None:
    call = ["net.graph", "old.graph", ".", ".", "old.graph", ".", "."]
    done = shell("diff", *call)
    assert (done.returncode, done.stdout) == (0, b"net.graph: means what it meant\n")
