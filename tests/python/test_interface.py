"""gradc from Python: what `gradc.__all__` names."""

import inspect
import os
import re
import subprocess
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import gradc
from tests.building.made import needs_compiler

SQUARE = "param w = 3\nloss J = w**2\n"
UNIT = "input x = -2\nparam w = 2\nparam b = 8\nc = w * x\nloss J = (c + b)**2\n"


def test_the_interface_is_typed_and_documented() -> None:
    assert set(gradc.__all__) >= {"compile", "compile_file", "load", "check", "GraphError"}
    for name in ("compile", "compile_file", "load", "check", "GraphError", "Net", "Problem"):
        found = getattr(gradc, name)
        assert inspect.getdoc(found), name
    assert set(gradc.__all__) <= set(dir(gradc))
    with pytest.raises(AttributeError):
        gradc.compil  # type: ignore[attr-defined]  # noqa: B018


def test_a_text_becomes_a_module() -> None:
    net = gradc.compile(SQUARE)
    assert isinstance(net.module, ModuleType)
    assert net.module is net.module
    assert net.module.value_and_grad({"w": 3.0}) == (9.0, {"w": 6.0})
    assert net.value_and_grad({"w": 3.0}) == (9.0, {"w": 6.0})
    assert net.__graph__["source"] == "net.graph"
    assert net.module.__name__ == "net"
    assert "value_and_grad" in dir(net)
    with pytest.raises(AttributeError):
        net.predict  # noqa: B018


def test_options_are_those_of_the_command_line(tmp_path: Path) -> None:
    text = "dim D\nparam w: [D] = 1\nparam v: [D] = 2\nloss J = sum(w * v)\n"
    net = gradc.compile(text, level=0, also="summary", dims={"D": 4}, wrt="w")
    assert net.__graph__["options"] == ["-O0", "--also summary", "--wrt w", "-D D=4"]
    assert "total" in net.summary()
    assert list(net.value_and_grad(net.init_params())[1]) == ["w"]
    net = gradc.compile(text, dims={"D": 4}, max_memory="2GB")
    assert net.source == gradc.compile(text, dims={"D": 4}, max_memory=2 * 10**9).source
    assert "--max-memory 2GB" in net.__graph__["options"]
    with pytest.raises(gradc.GraphError, match="E0507"):
        gradc.compile(text, max_memory="2GB")
    with pytest.raises(ValueError, match="`GX` is no unit of memory"):
        gradc.compile(text, max_memory="2GX")
    with pytest.raises(ValueError, match="1 or more"):
        gradc.compile(text, max_memory=0)
    with pytest.raises(TypeError, match="max_memory: expected bytes"):
        gradc.compile(text, max_memory=1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="level is 0, 1 or 2"):
        gradc.compile(text, level=7)
    (tmp_path / "part").mkdir()
    (tmp_path / "f.graph").write_text("fn f(x) = x * x\n")
    (tmp_path / "part" / "net.graph").write_text(
        'import "../f.graph" as f\nparam w = 3\nloss J = f.f(w)\n'
    )
    with pytest.raises(gradc.GraphError, match="E0215"):
        gradc.load(tmp_path / "part" / "net.graph")
    module = gradc.load(tmp_path / "part" / "net.graph", root=tmp_path)
    assert module.value_and_grad({"w": 3.0})[1] == {"w": 6.0}


def test_a_file_is_compiled_as_the_command_line_does(tmp_path: Path) -> None:
    graph = tmp_path / "unit.graph"
    graph.write_text(UNIT)
    (tmp_path / "pyproject.toml").write_text('[tool.gradc]\nlevel = 0\nalso = ["pack"]\n')
    subprocess.run([sys.executable, "-m", "gradc", "compile", graph], check=True)
    net = gradc.compile_file(graph)
    assert net.source == (tmp_path / "unit.py").read_text()
    assert not net.write(tmp_path / "unit.py")  # it holds that already
    assert net.write(tmp_path / "other.py")
    assert (tmp_path / "other.py").read_text() == net.source
    with pytest.raises(OSError, match="cannot write"):
        net.write(graph)
    assert graph.read_text() == UNIT
    with pytest.raises(FileNotFoundError):
        gradc.compile_file(tmp_path / "none.graph")


def test_what_is_wrong_is_data_and_a_report() -> None:
    with pytest.raises(gradc.GraphError) as caught:
        gradc.compile("loss J = wide\n", name="a.graph")
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.line, problem.column) == ("E0201", 1, 10)
    assert "`wide`" in problem.message
    assert str(caught.value).startswith("error[E0201]: ")
    assert "--> a.graph:1:10" in str(problem)
    assert str(problem) in str(caught.value)


def test_checking_raises_nothing() -> None:
    assert gradc.check(SQUARE) == ()
    assert [p.code for p in gradc.check("param w\ninput x\nloss J = w\n")] == ["W903"]
    assert [p.code for p in gradc.check("loss J = w\n")] == ["E0201"]
    silent = "param w\ninput x  # gradc: ignore[W903]\nloss J = w\n"
    assert gradc.check(silent) == ()
    assert gradc.check("fn twice(x) = 2 * x\nconst half = 0.5\n") == ()
    assert [p.code for p in gradc.check("fn f(x, y) = x\n")] == ["W901"]
    assert [p.code for p in gradc.check("fn f(x) = x\nparam w\n")] == ["E0211"]
    assert [p.code for p in gradc.check("")] == ["E0211"]


@needs_compiler
def test_c_is_two_texts_and_runs(tmp_path: Path) -> None:
    net = gradc.compile(SQUARE, target="c", also="hvp", name="square.graph")
    assert list(net.files) == [".h", ".c"]
    assert net.source == net.files[".c"]
    assert net.source.startswith('#include "square.h"\n')
    assert net.value_and_grad({"w": 3.0}) == (9.0, {"w": 6.0})
    assert net.hvp({"w": 3.0}, {"w": 1.0}) == {"w": 2.0}
    assert "value_and_grad" in dir(net)
    assert net.module.__name__ == "square"
    target = tmp_path / "square.c"
    assert net.write(target)
    assert target.read_text(encoding="utf-8") == net.source
    assert target.with_suffix(".h").read_text(encoding="utf-8") == net.files[".h"]
    assert not net.write(target)
    assert net.write(tmp_path / "other.c")
    assert (tmp_path / "other.c").read_text().startswith('#include "other.h"\n')
    assert "int other_forward(" in (tmp_path / "other.h").read_text()
    with pytest.raises(OSError, match=r"the name of a source of C ends in \.c"):
        net.write(tmp_path / "square.py")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "other.c", "other.h", "square.c", "square.h",
    ]  # fmt: skip


def test_c_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    net = gradc.compile(SQUARE, target="c")
    assert "net_value_and_grad" in net.source
    with pytest.raises(OSError, match=r"there is no compiler of C.*\n.*apt install gcc"):
        net.value_and_grad({"w": 3.0})


@pytest.mark.parametrize("target", ["cc", "onnx", "nump"])
def test_a_target_that_is_not_there(target: str) -> None:
    with pytest.raises(gradc.GraphError, match=f"E0506.*no target `{target}`"):
        gradc.compile(SQUARE, target=target)


@pytest.mark.parametrize(
    ("given", "kind"), [(None, "NoneType"), (b"param w", "bytes"), (3, "int"), ([SQUARE], "list")]
)
def test_a_text_that_is_none(given: Any, kind: str) -> None:
    for function in (gradc.check, gradc.compile):
        with pytest.raises(
            TypeError, match=f"text: expected the text of a graph, got {kind}; comp"
        ):
            function(given)
        with pytest.raises(TypeError, match="compile_file takes a path"):
            function(Path("net.graph"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="path: expected a path, got"):
        gradc.compile_file(3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"dims": 4}, "dims: expected a mapping of dimensions to sizes"),
        ({"dims": {3: 4}}, "dims: a name: expected a string, got int"),
        ({"dims": {"D": "4"}}, "dims: D: expected an integer, got str"),
        ({"dims": {"D": True}}, "dims: D: expected an integer, got bool"),
        ({"wrt": 3}, "wrt: expected a name or a sequence of names, got int"),
        ({"wrt": [3]}, "wrt: a name: expected a string, got int"),
        ({"also": b"pack"}, "also: expected a name or a sequence of names, got bytes"),
        ({"target": None}, "target: expected a string, got NoneType"),
        ({"target": ["numpy"]}, "target: expected a string, got list"),
        ({"name": Path("a")}, "name: expected a string, got "),
        ({"root": 3}, "root: expected a path, got int"),
    ],
)
def test_arguments_of_another_kind(keywords: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        gradc.compile(SQUARE, **keywords)


def test_names_of_another_kind_in_a_lesson() -> None:
    with pytest.raises(TypeError, match="wrt: expected a name or a sequence of names, got int"):
        gradc.compile(SQUARE).trace(wrt=3)  # type: ignore[arg-type]


def test_tracebacks_show_the_lines_of_the_module() -> None:
    net = gradc.compile(SQUARE)
    try:
        net.value_and_grad({"v": 3.0})
    except ValueError as failure:
        told = "".join(traceback.format_exception(failure))
    assert "    (w,) = _params(params)\n" in told
    assert inspect.getsource(net.forward).startswith("def forward(params: Params)")


def test_lessons_are_what_the_verbs_print(tmp_path: Path) -> None:
    graph = tmp_path / "net.graph"
    graph.write_text(UNIT)

    def printed(*words: str) -> str:
        process = subprocess.run(
            [sys.executable, "-m", "gradc", *words, "net.graph"],
            cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return process.stdout

    net = gradc.compile(UNIT)
    assert str(net.explain(wrt="w")) == printed("explain", "--wrt", "w")
    assert str(net.trace()) == printed("trace")
    assert net.draw() == printed("draw")
    assert net.sheet() == printed("draw", "--format", "html")
    assert str(net.at(x=3).trace()) == printed("trace", "--set", "x=3")
    assert net._repr_svg_() == net.draw()._repr_svg_() == net.draw()
    assert net.sheet()._repr_html_().startswith("<iframe srcdoc=")
    assert "| dJ/dw" in net.trace()._repr_markdown_()
    assert "\\frac" in net.explain()._repr_latex_()
    page = net.trace()._repr_html_()
    assert "<pre>" not in page
    assert re.search(r"<tr><td[^>]*>dJ/dw</td><td[^>]*>.*-16</td></tr>", page)
    assert "<h3>" in net.explain()._repr_html_()
    assert "<p>" in net.explain()._repr_html_()
    # Notebooks rank HTML and LaTeX above the picture and the Markdown.
    assert not {"_repr_html_", "_repr_latex_"} & set(dir(gradc.Net))


def test_lessons_that_cannot_be() -> None:
    with pytest.raises(gradc.GraphError, match="nothing to explain"):
        gradc.compile("param w\noutput y = w\n").explain()
    with pytest.raises(gradc.GraphError, match="no input or parameter `z`"):
        gradc.compile(SQUARE).at(z=1)


def test_what_is_wrong_with_a_call_is_data_too(tmp_path: Path) -> None:
    (tmp_path / "net.graph").write_text(SQUARE)
    (tmp_path / "pyproject.toml").write_text("[tool.gradc]\nlevl = 0\n")
    calls = [
        (
            lambda: gradc.compile("param width = 3\nloss J = width").at(widht=3),
            "`widht`",
            "`width`",
        ),
        (lambda: gradc.compile_file(tmp_path / "net.graph"), "`levl`", "`level`"),
    ]
    for call, name, near in calls:
        with pytest.raises(gradc.GraphError) as caught:
            call()
        (problem,) = caught.value.diagnostics
        assert (problem.code, problem.line) == ("E0501", None)
        assert name in problem.message
        assert near in problem.helps[0]
        assert near in str(caught.value)


def test_importing_gradc_imports_nothing_else() -> None:
    code = (
        "import sys; old = set(sys.modules); import gradc; print(*sorted(set(sys.modules) - old))"
    )
    words = [sys.executable, "-S", "-c", code]
    env = {**os.environ, "PYTHONPATH": str(Path(gradc.__file__).parents[1])}
    found = subprocess.run(words, capture_output=True, text=True, check=True, env=env)
    assert found.stdout.split() == ["gradc", "gradc.version"]


def test_values_stay_arrays() -> None:
    net = gradc.compile("dtype f32\nparam w: [3] = 1\nloss J = sum(w * w)\n")
    gradient = net.value_and_grad(net.init_params())[1]["w"]
    np.testing.assert_array_equal(gradient, np.full(3, 2, np.float32))
