"""`--target c`: two files, which are written, compared and refused as one."""

import sys
from pathlib import Path

import pytest

from gradc.commands.compile import WRITTEN
from gradc.targets.offered import OFFERED
from tests.cli.conftest import Run, write


def test_the_targets_are_those_that_there_are() -> None:
    assert set(WRITTEN) == set(OFFERED)


def test_a_header_and_a_source(run: Run, folder: Path) -> None:
    assert run("compile", "unit.graph", "--target", "c", "--depfile", "unit.d").code == 0
    source = (folder / "unit.c").read_text(encoding="utf-8")
    assert source.startswith('#include "unit.h"\n')
    assert "int unit_forward(" in (folder / "unit.h").read_text(encoding="utf-8")
    assert (folder / "unit.d").read_text(encoding="utf-8") == (
        "unit.h: unit.graph\nunit.c: unit.graph\n"
    )
    assert not (folder / "unit.py").exists()
    assert run("compile", "unit.graph", "--target", "c", "--check").code == 0
    (folder / "unit.h").unlink()
    stale = run("compile", "unit.graph", "--target", "c", "--check")
    assert stale.code == 1
    assert "unit.h is missing" in stale.err


def test_another_name_is_that_of_all_that_is_in_them(run: Run, folder: Path) -> None:
    assert run("compile", "unit.graph", "--target", "c", "-o", "my-net.c").code == 0
    assert "int my_net_forward(" in (folder / "my-net.h").read_text(encoding="utf-8")
    source = (folder / "my-net.c").read_text(encoding="utf-8")
    assert source.startswith('#include "my-net.h"\n')


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("unit.graph", "-o", "-"), "`--target c` writes two files"),
        (("unit.graph", "-o", "unit.h"), "the name of a source of C ends in .c"),
        (("-e", "J = w**2"), "`--target c` writes two files"),
        (("unit.graph", "--gradients"), "`--gradients` is not for `--target c`"),
        (("unit.graph", "--blas", "mkl"), "`mkl` is not possible; choose cblas"),
    ],
)
def test_a_call_that_makes_no_sense(
    run: Run, folder: Path, words: tuple[str, ...], told: str
) -> None:
    before = sorted(folder.iterdir())
    refused = run("compile", "--target", "c", *words)
    assert refused.code == 2
    assert told in refused.err
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("target", ["numpy", "jax"])
def test_what_is_of_c_alone(run: Run, folder: Path, target: str) -> None:
    refused = run("compile", "unit.graph", "--target", target, "--blas", "cblas")
    assert refused.code == 2
    assert f"`--blas` is not for `--target {target}`" in refused.err
    assert not (folder / "unit.py").exists()


def test_what_c_cannot_write_leaves_everything_as_it_was(run: Run, folder: Path) -> None:
    write(folder / "net.graph", "param w: [3, 3]\nloss J = sum(inv(w))\n")
    write(folder / "net.c", "old")
    refused = run("compile", "net.graph", "--target", "c", "--also", "jvp,pack")
    assert refused.code == 1
    assert "error[E0506]: `pack` is of modules in Python" in refused.err
    assert (folder / "net.c").read_text(encoding="utf-8") == "old"
    assert not (folder / "net.h").exists()


def test_jax_is_one_module_in_place_of_the_other(run: Run, folder: Path) -> None:
    assert run("compile", "unit.graph", "--target", "jax").code == 0
    assert "import jax.numpy as jnp\n" in (folder / "unit.py").read_text(encoding="utf-8")
    assert run("compile", "unit.graph", "--target", "jax", "--check").code == 0
    assert run("compile", "unit.graph", "--check").code == 1
    refused = run("compile", "unit.graph", "--target", "jax", "--also", "jvp")
    assert refused.code == 2
    assert "`--also` is not for `--target jax`" in refused.err


def test_onnx_needs_its_package(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.delitem(sys.modules, "gradc.targets.onnx.proto", raising=False)
    refused = run("compile", "unit.graph", "--target", "onnx")
    assert refused.code == 2
    assert "`--target onnx` needs the package onnx, which is not installed" in refused.err
    assert "pip install 'gradc[onnx]'" in refused.err
    assert not (folder / "unit.onnx").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--gradients",), "`--gradients` is not for `--target numpy`"),
        (("--params", "p.npz"), "`--params` is not for `--target numpy`"),
        (("--target", "c", "--gradients"), "`--gradients` is not for `--target c`"),
        (("--target", "onnx", "--also", "jvp"), "`--also` is not for `--target onnx`"),
        (("--target", "onnx", "--diff"), "`--diff` is not for `--target onnx`"),
        (("--target", "onnx", "--params", "none.npz"), "cannot read none.npz"),
        (("--target", "onnx", "--params", "unit.graph"), "`--params unit.graph`: it is no .npz"),
    ],
)
def test_options_of_onnx(run: Run, folder: Path, words: tuple[str, ...], told: str) -> None:
    before = sorted(folder.iterdir())
    refused = run("compile", "unit.graph", *words)
    assert refused.code == 2
    assert told in refused.err
    assert sorted(folder.iterdir()) == before
