"""`import gradc.hook`: graphs are imported as modules of Python's are."""

import importlib
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

import gradc

SQUARE = "param w = 3\nloss J = w**2\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on `sys.path`, with the hook in place; all as before afterwards."""
    finders, modules = list(sys.meta_path), set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    gradc.hook.install()
    yield tmp_path
    sys.meta_path[:] = finders
    for name in set(sys.modules) - modules:
        if not name.startswith(("gradc", "numpy")):
            del sys.modules[name]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    importlib.invalidate_caches()


def test_a_graph_is_imported(folder: Path) -> None:
    write(folder / "hooked_net.graph", SQUARE)
    net = importlib.import_module("hooked_net")
    assert net.value_and_grad({"w": 3.0}) == (9.0, {"w": 6.0})
    assert sys.modules["hooked_net"] is net
    assert net.Outputs.__module__ == "hooked_net"


def test_a_graph_in_a_package(folder: Path) -> None:
    write(folder / "hooked_pkg" / "__init__.py", "from hooked_pkg import inner\n")
    write(folder / "hooked_pkg" / "inner.graph", SQUARE)
    assert importlib.import_module("hooked_pkg").inner.init_params() == {"w": 3.0}


def test_python_wins(folder: Path) -> None:
    write(folder / "hooked_both.graph", SQUARE)
    write(folder / "hooked_both.py", "here = 1\n")
    assert importlib.import_module("hooked_both").here == 1
    write(folder / "json.graph", SQUARE)
    assert hasattr(importlib.import_module("json"), "dumps")
    write(folder / "hooked_folder" / "data.txt", "no package\n")
    write(folder / "hooked_folder.graph", SQUARE)
    assert importlib.import_module("hooked_folder").init_params() == {"w": 3.0}


def test_it_is_compiled_again_where_it_is_reloaded(folder: Path) -> None:
    write(folder / "hooked_again.graph", SQUARE)
    net = importlib.import_module("hooked_again")
    write(folder / "hooked_again.graph", SQUARE.replace("3", "5"))
    assert importlib.reload(net).init_params() == {"w": 5.0}


def test_what_is_wrong_is_the_report(folder: Path) -> None:
    write(folder / "hooked_wrong.graph", "loss J = w\n")
    with pytest.raises(gradc.GraphError, match="E0201") as caught:
        importlib.import_module("hooked_wrong")
    assert isinstance(caught.value, ImportError)
    assert (caught.value.name, caught.value.diagnostics[0].code) == ("hooked_wrong", "E0201")
    assert "hooked_wrong" not in sys.modules
    told = "".join(traceback.format_exception(caught.value))
    assert told.count("E0201") == 1
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("hooked_nowhere")


def test_tracebacks_show_the_lines(folder: Path) -> None:
    write(folder / "hooked_told.graph", SQUARE)
    net = importlib.import_module("hooked_told")
    with pytest.raises(ValueError, match="no parameter") as caught:
        net.forward({"v": 1.0})
    assert "(w,) = _params(params)" in "".join(traceback.format_exception(caught.value))
