"""Files: what an import makes available, and which files it may read."""

from pathlib import Path

import numpy as np
import pytest

from tests.compiled import build, build_file, refusal, refused, write

LIBRARY = """
const c = 3
const K: f64[2] = [1, 2]
dim D = 4
fn f(x) = x * c + D
fn z(x) = zeros([2]) + x
layer Dense(x, units) {
    param W: [x.shape[-1], units] ~ ones
    return x @ W
}
"""
X = np.array([1.0, 2])
FILES = {
    "lib.graph": LIBRARY,
    "sub/inner.graph": 'import "../lib.graph" as lib\nfn g(x) = lib.f(x) + lib.c\n',
    "a.graph": 'import "b.graph" as b\nfn fa(x) = x\n',
    "b.graph": 'import "a.graph" as a\nfn fb(x) = x\n',
    "own.graph": 'import "own.graph" as o\n',
    "bad.graph": "fn f(x) = = x\n",
    "free.graph": "dim B\nfn f(x) = x\n",
    "whole.graph": "input x\nparam w\ny = x * w\nloss J = y\nwrt w\nfn h(x) = 2 * x\n",
    "f32.graph": "dtype f32\nfn z(x) = zeros([2]) + x\n",
    "twice.graph": "fn f(x) = x\nconst f = 2\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The project's root, with a file outside of it."""
    write(tmp_path / "root", FILES)
    write(tmp_path / "outside", {"o.graph": "fn o(x) = x\n"})
    return tmp_path / "root"


def graph(folder: Path, text: str) -> Path:
    return write(folder, {"net.graph": f"{text}\n"})


@pytest.mark.parametrize(
    ("lines", "expression", "wanted"),
    [
        ('import "lib.graph" as lib', "lib.f(x) + lib.c", 3 * X + 7),
        ('import "lib.graph" as lib', "lib.K * x", X * [1, 2]),
        ('import "lib.graph" as lib', "lib.D * x", X * 4),
        ('from "lib.graph" import f, c as cc', "f(x) + cc", 3 * X + 7),
        ('from "lib.graph" import K, D', "K * x + D", X * [1, 2] + 4),
        ('import "sub/inner.graph" as s', "s.g(x)", 3 * X + 7),
        ('import "./sub/../lib.graph" as s', "s.f(x)", 3 * X + 4),
        ('import "lib.graph" as a\nimport "lib.graph" as b', "a.f(x) + b.f(x)", 6 * X + 8),
        ("import 'lib.graph' as lib", "lib.f(x)", 3 * X + 4),
        ('import "whole.graph" as w', "w.h(x)", 2 * X),
        ('output y = lib.f(x)\nimport "lib.graph" as lib', "x", X),
        ("from nn import LSTMCell, Dense", "x", X),
        ("from nn import gelu as g", "g(x) - gelu(x)", 0 * X),
    ],
)
def test_an_import(folder: Path, lines: str, expression: str, wanted: np.ndarray) -> None:
    path = graph(folder, f"{lines}\ninput x: [2]\noutput value = {expression}")
    assert np.allclose(build_file(path).outputs(x=X).value, wanted)


def test_an_imported_layer(folder: Path) -> None:
    for lines, name in (
        ('import "lib.graph" as lib', "lib.Dense"),
        ('from "lib.graph" import Dense as D', "D"),
    ):
        path = graph(folder, f"{lines}\ninput x: [2]\nhidden = {name}(x, 3)\nloss J = sum(hidden)")
        assert list(build_file(path).gradients(x=X)) == ["hidden.W"]


def test_an_imported_dimension_is_a_size(folder: Path) -> None:
    path = graph(folder, 'import "lib.graph" as lib\ninput x: [lib.D]\noutput y = x')
    assert build_file(path).graph["inputs"]["x"]["shape"] == [4]


def test_the_standard_library() -> None:
    text = "from nn import Dense as D\ninput x: [1, 2]\nh = D(x, 3, bias=false)\nloss J = sum(h)\n"
    assert build(text).gradients(x=X[None])["h.W"].shape == (2, 3)


@pytest.mark.parametrize(
    ("dtype", "call", "wanted"),
    [
        ("f32", "lib.z(x)", "float32"),
        ("f64", "lib.z(x)", "float64"),
        ("f64", "single.z(2)", "float32"),
        ("f32", "single.z(x)", "float32"),
    ],
)
def test_the_dtype_of_a_library_file(folder: Path, dtype: str, call: str, wanted: str) -> None:
    path = graph(
        folder,
        f'dtype {dtype}\nimport "lib.graph" as lib\nimport "f32.graph" as single\n'
        f"input x: {dtype}[2]\noutput y = {call}\noutput z = x",
    )
    assert build_file(path).graph["outputs"]["y"]["dtype"] == wanted


REFUSED = [
    ('import "{root}/lib.graph" as lib', "E0215", "leaves the project's root"),
    ('import "../outside/o.graph" as lib', "E0215", "`--root` names another root"),
    ('import "sub/../../outside/o.graph" as lib', "E0215", "leaves the project's root"),
    ('import "nowhere.graph" as lib', "E0216", "No such file"),
    ('import "lib" as lib', "E0216", 'write `"lib.graph"`'),
    ('from "lib.py" import f', "E0216", 'write `"lib.graph"`'),
    ('import "sub" as lib', "E0216", "cannot import `sub`"),
    ('import "" as lib', "E0216", "cannot import"),
    ('import "a.graph" as a', "E0204", "a.graph → "),
    ('import "own.graph" as p', "E0204", "own.graph → "),
    ('import "net.graph" as p', "E0204", "net.graph → "),
    ('import "bad.graph" as b', "E0123", "found a second `=`"),
    ('import "free.graph" as b', "E0213", "the free dimension `B`"),
    ('import "twice.graph" as b', "E0202", "`f` is bound twice"),
    ('import "lib.graph" as lib\ny = lib.ff(x)', "E0203", "no function or layer `ff`"),
    ('import "lib.graph" as lib\ny = f(x)', "E0203", "write `lib.f(x)`"),
    ('import "lib.graph" as lib\ny = lib.cc', "E0201", "has no value `cc`"),
    ('import "sub/inner.graph" as s\ny = s.lib.f(x)', "E0201", "has no value `lib`"),
    ('import "whole.graph" as w\ny = w.y', "E0201", "has no value `y`"),
    ('import "lib.graph" as lib\ny = lib', "E0203", "`lib` is an imported file"),
    ('import "lib.graph" as lib\ny = lib(x)', "E0203", "`lib` is an imported file"),
    ('from "lib.graph" import ff', "E0201", "has nothing called `ff`"),
    ('from "lib.graph" import f\nfn f(x) = x', "E0202", "`f` is bound twice"),
    ('import "lib.graph" as lib\nlib = 2', "E0202", "`lib` is bound twice"),
    ('import "lib.graph" as x', "E0202", "`x` is bound twice"),
    ("from nn import Dens", "E0201", "did you mean `Dense`?"),
    ("from nn import tanh", "E0201", "every file has the operation `tanh`"),
    ("from torch import Dense", "E0216", "`nn` holds the layers"),
    ("y = Dense(x, 3)", "E0203", "`from nn import Dense` makes the layer available"),
]


@pytest.mark.parametrize(("lines", "code", "message"), REFUSED)
def test_refused(folder: Path, lines: str, code: str, message: str) -> None:
    text = f"{lines.format(root=folder)}\ninput x: [2]\noutput o = x\n"
    refused(text, code, message, name=str(graph(folder, text)))


def test_what_an_import_would_have_given_is_passed_over(folder: Path) -> None:
    text = 'import "no.graph" as a\nfrom "no.graph" import b\noutput y = a.f(1) + b(2)\n'
    found = refusal(text, name=str(graph(folder, text)))
    assert [d.code for d in found] == ["E0216", "E0216"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_link_that_leads_out_of_the_root(folder: Path, kind: str) -> None:
    target = folder.parent / "outside"
    link = folder / "link"
    link.symlink_to(target if kind == "folder" else target / "o.graph")
    name = "link/o.graph" if kind == "folder" else "link"
    text = f'import "{name}" as o\ninput x\noutput y = o.o(x)\n'
    refused(text, "E0215", "leaves the project's root", name=str(graph(folder, text)))
    assert build_file(graph(folder, text), root=folder.parent).outputs(x=1.0).y == 1.0


def test_a_link_within_the_root(folder: Path) -> None:
    (folder / "link.graph").symlink_to(folder / "lib.graph")
    path = graph(folder, 'import "link.graph" as lib\ninput x: [2]\noutput y = lib.f(x)')
    assert np.allclose(build_file(path).outputs(x=X).y, 3 * X + 4)


def test_bytes_that_are_not_utf8(folder: Path) -> None:
    (folder / "bytes.graph").write_bytes(b"fn h(x) = x\xff\n")
    text = 'import "bytes.graph" as b\ninput x\noutput x\n'
    diagnostic = refused(text, "E0101", "0xFF", name=str(graph(folder, text)))
    assert diagnostic.span is not None
    assert diagnostic.span.source.name.endswith("bytes.graph")


def test_the_names_of_files_in_messages_are_the_users(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    refused('import "a.graph" as a\noutput y = 1\n', "E0204", "a.graph → b.graph → a.graph",
            name="net.graph")  # fmt: skip
