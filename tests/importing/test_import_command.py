"""`gradc import` where there is nothing to import: what is said, and that nothing is written."""

import sys
from pathlib import Path

import pytest

from gradc.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_another_ending_is_no_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "net.h5").write_bytes(b"?")
    assert main(["import", "net.h5"]) == 1
    said = capsys.readouterr().err
    assert "error[E0601]: net.h5 has the ending of no model" in said
    assert "`.onnx` or `.pt2`" in said
    assert [p.name for p in folder.iterdir()] == ["net.h5"]


@pytest.mark.parametrize("ending", ["onnx", "pt2"])
def test_a_file_that_is_not_there(ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", f"net.{ending}"]) == 2
    assert f"cannot read net.{ending}: No such file" in capsys.readouterr().err


@pytest.mark.parametrize(("ending", "package"), [("onnx", "onnx"), ("pt2", "torch")])
def test_a_package_that_is_missing_is_named(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ending: str,
    package: str,
) -> None:
    for name in [n for n in sys.modules if n.startswith(f"gradc.importing.{package}")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    (folder / f"net.{ending}").write_bytes(b"?")
    assert main(["import", f"net.{ending}"]) == 2
    said = capsys.readouterr().err
    assert f"need the package {package}" in said
    assert f"`pip install 'gradc[{package}]'`" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-o", "net.py"], "a graph ends in .graph"),
        (["--batch", "3"], "that is no name"),
        (["--set", "x=y"], "gives no number or list"),
        (["--set", "x=1", "--set", "x=2"], "is given twice"),
        (["--loss", "mse"], "`mse` is not possible"),
    ],
)
def test_a_call_that_is_wrong(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    (folder / "net.onnx").write_bytes(b"?")
    assert main(["import", "net.onnx", *words]) == 2
    assert message in capsys.readouterr().err
    assert [p.name for p in folder.iterdir()] == ["net.onnx"]


@pytest.mark.parametrize("name", [".", "", "/", "./"])
def test_a_folder_is_no_model(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", name]) == 2
    assert "it is a folder" in capsys.readouterr().err
