"""`gradc build`: an extension beside its graph, made once, and what is said where none can be."""

import os
import subprocess
import sys
import tempfile
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import numpy as np
import pytest

from gradc.building.cc import BuildError, find_compiler
from gradc.targets.c.calls import CALLS
from tests.building.made import load, needs_compiler
from tests.cli.conftest import Run, write

ENDING = EXTENSION_SUFFIXES[0]


@needs_compiler
def test_it_is_imported_as_the_module_is(run: Run, folder: Path) -> None:
    assert run("build", "unit.graph").code == 0
    code = "import unit; print(unit.value_and_grad({'w': 2.0, 'b': 8.0}, x=-2.0, y=2.0))"
    words = [sys.executable, "-c", code]
    said = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout
    assert said == "(2.0, {'w': -4.0, 'b': 2.0})\n"
    assert sorted(p.name for p in folder.iterdir()) == [
        f"unit{ENDING}", "unit.graph", "wrong.graph",
    ]  # fmt: skip


@needs_compiler
def test_nothing_is_compiled_where_nothing_changed(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = write(folder / "cc", '#!/bin/sh\necho "$@" >> "$COUNT"\nexec cc "$@"\n')
    counted.chmod(0o755)
    monkeypatch.setenv("CC", f"{counted}")
    monkeypatch.setenv("COUNT", str(folder / "count"))
    target = folder / f"unit{ENDING}"

    def built(*words: str) -> bool:
        """Whether something was compiled, rather than asked of the compiler."""
        (folder / "count").unlink(missing_ok=True)
        assert run("build", "unit.graph", *words).code == 0
        return "-shared" in (folder / "count").read_text(encoding="utf-8")

    assert built()
    before = target.stat().st_mtime_ns
    assert not built()
    assert target.stat().st_mtime_ns == before
    assert built("-O2")
    assert built("--openmp")
    write(folder / "unit.graph", (folder / "unit.graph").read_bytes() + b"# a comment\n")
    assert built()
    assert "-fopenmp " not in (folder / "count").read_text(encoding="utf-8")
    write(target, "something else")
    assert built()


@needs_compiler
def test_several_and_other_names(run: Run, folder: Path) -> None:
    write(folder / "a-b.graph", "param w = 3\nloss J = w**2\n")
    assert run("build", "a-b.graph", "unit.graph").code == 0
    assert load(folder / f"a-b{ENDING}").value_and_grad({"w": 3.0}) == (9.0, {"w": 6.0})
    assert run("build", "-e", "J = w**2", "-o", "µ.so").code == 0
    assert load(folder / "µ.so").value_and_grad({"w": 3.0}) == (9.0, {"w": 6.0})
    failed = run("build", "wrong.graph", "a-b.graph")
    assert failed.code == 1
    assert "wrong.graph:2:" in failed.err


@needs_compiler
def test_what_is_asked_for_too(run: Run, folder: Path) -> None:
    assert run("build", "unit.graph", "--also", "pack,summary,hessian", "-o", "u.so").code == 0
    built = load(folder / "u.so")
    assert built.pack({"w": 2.0, "b": 8.0}).tolist() == [2.0, 8.0]
    assert built.unpack([1.0, 2.0]) == {"w": 1.0, "b": 2.0}
    assert "total" in built.summary()
    assert list(built.hessian({"w": 2.0, "b": 8.0}, x=-2.0, y=2.0)) == ["w", "b"]
    assert not hasattr(built, "jvp")
    refused = run("build", "-e", "output y = 3", "--also", "hvp", "-o", "y.so")
    assert refused.code == 1
    assert "`--also hvp`: there is no loss" in refused.err


@needs_compiler
def test_products_may_be_left_to_a_cblas(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        find_compiler(blas="cblas")
    except BuildError:
        pytest.skip("there is no CBLAS")
    write(folder / "net.graph", "param w: [64, 64] ~ normal(1)\nloss J = sum((w @ w)**2)\n")
    assert run("build", "net.graph", "--blas", "cblas", "-o", "net.so").code == 0
    built = load(folder / "net.so")
    assert built.__graph__["options"] == ["-O1", "--blas cblas"]
    params = built.init_params(0)
    wanted = float(np.sum((params["w"] @ params["w"]) ** 2))
    assert built.value_and_grad(params)[0] == pytest.approx(wanted, rel=1e-12)
    assert run("build", "net.graph", "-o", "plain.so").code == 0
    assert load(folder / "plain.so").__graph__["options"] == ["-O1"]
    monkeypatch.setattr("gradc.building.cc._PROBE", "#include <no_such_blas.h>\n")
    refused = run("build", "net.graph", "--blas", "cblas", "-o", "other.so")
    assert refused.code == 2
    assert "there is no CBLAS" in refused.err
    assert "apt install libopenblas-dev" in refused.err
    assert not (folder / "other.so").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("unit.graph", "-o", "unit.py"), f"Python looks for extensions that end in {ENDING}"),
        (("unit.graph", "-o", "a b.so"), "an extension cannot be called 'a b'"),
        (("-e", "J = w**2"), "an extension needs a name"),
        (("unit.graph", "wrong.graph", "-o", "x.so"), "`-o` names one file"),
        (("unit.graph", "-o", "none/x.so"), "there is no folder none"),
    ],
)
def test_a_call_that_makes_no_sense(
    run: Run, folder: Path, words: tuple[str, ...], told: str
) -> None:
    before = sorted(folder.iterdir())
    refused = run("build", *words)
    assert refused.code == 2
    assert told in refused.err
    assert sorted(folder.iterdir()) == before


def test_without_a_compiler(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler -O9")
    refused = run("build", "unit.graph")
    assert refused.code == 2
    assert "error: there is no compiler of C: `no-such-compiler` is not found" in refused.err
    assert "apt install gcc" in refused.err
    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", str(folder))
    assert "`cc` is not found" in run("build", "unit.graph").err


@needs_compiler
def test_a_compiler_that_fails_is_heard(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = write(folder / f"unit{ENDING}", "old")
    monkeypatch.setenv("CC", "cc -Dunit_forward=1")
    refused = run("build", "unit.graph")
    assert refused.code == 2
    assert "error: expected" in refused.err
    assert "error: `cc` fails (exit code 1)" in refused.err
    assert "help: it was called as `cc -Dunit_forward=1 -O3 -march=native" in refused.err
    assert target.read_text(encoding="utf-8") == "old"
    monkeypatch.setenv("CC", f"{os.devnull}")
    assert run("build", "unit.graph").code == 2


@needs_compiler
def test_where_nothing_can_be_written_meanwhile(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "none"))
    refused = run("build", "unit.graph")
    assert refused.code == 2
    assert "error: cannot build in " in refused.err
    assert not (folder / f"unit{ENDING}").exists()


@needs_compiler
def test_a_folder_stands_for_its_graphs(run: Run, folder: Path) -> None:
    (folder / "nets" / "deep").mkdir(parents=True)
    write(folder / "nets" / "a.graph", "param w = 3\nloss J = w**2\n")
    write(folder / "nets" / "deep" / "b.graph", "param w = 3\nloss J = w**3\n")
    write(folder / "nets" / "functions.graph", "fn f(x) = x * x\n")
    assert run("build", "nets").code == 0
    assert sorted(p.name for p in folder.glob("nets/**/*.so")) == [f"a{ENDING}", f"b{ENDING}"]


@needs_compiler
def test_a_graph_that_c_cannot_say(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(CALLS, "inv")
    write(folder / "net.graph", "param w: [3, 3]\nloss J = sum(inv(w))\n")
    refused = run("build", "net.graph")
    assert refused.code == 1
    assert "error[E0502]: `inv` cannot be written in C yet" in refused.err


@needs_compiler
def test_verify_judges_it(run: Run, folder: Path) -> None:
    write(folder / "net.graph", "dtype f32\nparam w: [3] = 1\nloss J = sum(exp(w) * w)\n")
    assert run("build", "net.graph", "-o", "net.so").code == 0
    judged = run("verify", "net.graph", "--module", "net.so")
    assert judged.code == 0
    assert "all gradients are right" in judged.out
    write(folder / "net.graph", "dtype f32\nparam w: [3] = 1\nloss J = sum(exp(w) * 3)\n")
    judged = run("verify", "net.graph", "--module", "net.so")
    assert judged.code == 1
    assert "1 of 1 gradients wrong" in judged.out
    assert "the loss is another one: f32 and f64 differ by" in judged.out
    write(folder / "bad.so", "no library")
    refused = run("verify", "net.graph", "--module", "bad.so")
    assert (refused.code, "bad.so cannot be imported" in refused.err) == (1, True)
    assert run("verify", "net.graph", "--module", "none.so").code == 2
