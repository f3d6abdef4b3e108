"""Graphs in notebooks."""

import json
from pathlib import Path
from typing import Any

import pytest

import gradc
from gradc.python.magic import graph_magic

NOTEBOOKS = sorted((Path(__file__).parents[2] / "examples" / "notebook").glob("*.ipynb"))
SQUARE = "param w = 3\nloss J = (2 + 3 * w)**2\n"
UNIT = "input x = -2\nparam w = 2\nc = w * x\nloss J = c**2\n"


class Shell:
    """As much of IPython's as the extension uses."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.magics: dict[str, Any] = {}

    def push(self, names: dict[str, Any]) -> None:
        self.names |= names

    def register_magic_function(self, function: Any, kind: str, name: str) -> None:
        assert kind == "cell"
        self.magics[name] = function


def test_the_extension_brings_the_magic() -> None:
    shell = Shell()
    gradc.load_ipython_extension(shell)
    shown = shell.magics["graph"]("square", SQUARE)
    assert shell.names == {"square": shown}
    assert ">square<" in shown._repr_svg_()  # the picture's title is the graph's name
    assert shown.value_and_grad({"w": 3.0}) == (121.0, {"w": 66.0})


def test_the_magic_takes_values() -> None:
    name, net = graph_magic("unit --set x=3", UNIT)
    assert name == "unit"
    assert "c      6" in str(net.trace())
    assert graph_magic("", UNIT)[0] is None


@pytest.mark.parametrize(
    ("line", "cell", "message"),
    [
        ("", "loss J = w\n", "E0201"),
        ("a b", SQUARE, "`b` is not understood"),
        ("--set w", SQUARE, "has no `=`"),
        ("'", SQUARE, "%%graph"),
        ("class", SQUARE, "`class` is a keyword of Python"),
        ("net --set zz=3", SQUARE, "no input or parameter `zz`"),
        ("net --set w=[1,2]", SQUARE, "`w` is f64; this has shape [2]"),
        ("net --set w=1 --set w=2", SQUARE, "`--set w` is given twice"),
    ],
)
def test_a_mistake_is_a_message(line: str, cell: str, message: str) -> None:
    with pytest.raises(gradc.GraphError) as failure:
        graph_magic(line, cell)
    assert any(message in text for text in failure.value._render_traceback_())


def test_a_cell_that_fails_binds_nothing() -> None:
    shell = Shell()
    gradc.load_ipython_extension(shell)
    net = shell.magics["graph"]("net", SQUARE)
    for line in ("net --set zz=3", "net --set w=[1,2]"):
        with pytest.raises(gradc.GraphError):
            shell.magics["graph"](line, SQUARE)
    assert shell.names == {"net": net}


def test_a_cell_tells_its_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell()
    gradc.load_ipython_extension(shell)
    shell.magics["graph"]("net", SQUARE)
    assert capsys.readouterr().err == ""
    shell.magics["graph"]("net --set w=2", "param w\ninput x\nloss J = w\n")
    told = capsys.readouterr().err
    assert told.startswith("warning[W903]")
    assert "--> net.graph:2:7" in told


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shells = pytest.importorskip("IPython.core.interactiveshell")
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)  # of whoever runs the tests
    shell = shells.InteractiveShell()
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert sources[0] == "%load_ext gradc"
    for source in sources:
        result = shell.run_cell(source)
        result.raise_error()
    assert isinstance(shell.user_ns["net"], gradc.Net)
