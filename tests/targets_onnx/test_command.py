"""`gradc compile --target onnx`: what it writes, compares and refuses."""

import io
from pathlib import Path

import numpy as np
import pytest

from gradc.cli import main

onnx = pytest.importorskip("onnx")

UNIT = "input x: [3]\nparam w: [3]\nparam b = 8\nloss J = sum(square(w * x + b))\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("unit.graph").write_text(UNIT, encoding="utf-8")
    return tmp_path


def test_a_model_is_written_beside_the_graph_and_compared() -> None:
    assert main(["compile", "unit.graph", "--target", "onnx", "--depfile", "unit.d"]) == 0
    made = onnx.load("unit.onnx")
    assert made.graph.name == "unit"
    assert Path("unit.d").read_text(encoding="utf-8") == "unit.onnx: unit.graph\n"
    assert main(["compile", "unit.graph", "--target", "onnx", "--check"]) == 0
    assert main(["compile", "unit.graph", "--target", "onnx", "--gradients", "--check"]) == 1
    data = Path("unit.onnx").read_bytes()
    Path("unit.onnx").write_bytes(data[:-1])
    assert main(["compile", "unit.graph", "--target", "onnx", "--check"]) == 1
    assert main(["compile", "unit.graph", "--target", "onnx"]) == 0
    assert Path("unit.onnx").read_bytes() == data


def test_a_model_goes_to_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr("sys.stdout", stream)
    assert main(["compile", "-e", "J = w**2", "--target", "onnx", "--gradients"]) == 0
    made = onnx.load_from_string(stream.buffer.getvalue())
    assert [o.name for o in made.graph.output] == ["J", "dJ_dw"]


def test_parameters_of_a_file() -> None:
    np.savez("unit.npz", w=np.arange(3.0), b=2)
    words = ["compile", "unit.graph", "--target", "onnx", "--params", "unit.npz"]
    assert main(words) == 0
    made = onnx.load("unit.onnx")
    assert [i.name for i in made.graph.input] == ["x"]
    assert {"w", "b"} <= {i.name for i in made.graph.initializer}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (UNIT, "error[E0503]: `w` is f64[3]; `--params` has float64[3, 3]"),
        (
            "param w: [3, 3]\nloss J = sum(inv(w))\n",
            "error[E0502]: `inv` cannot be written in ONNX",
        ),
    ],
)
def test_what_cannot_be_written_leaves_everything_as_it_was(
    text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("unit.graph").write_text(text, encoding="utf-8")
    Path("unit.onnx").write_bytes(b"old")
    np.savez("unit.npz", w=np.eye(3))
    words = ["compile", "unit.graph", "--target", "onnx", "--params", "unit.npz"]
    assert main(words) == 1
    assert told in capsys.readouterr().err
    assert Path("unit.onnx").read_bytes() == b"old"
