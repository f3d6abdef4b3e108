"""The saved tables parse as those built in memory do, and give way where they do not fit."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import lark
import pytest

from gradc import resources
from gradc.diagnostics import DiagnosticError
from gradc.library.loader import FILES
from gradc.source import Source
from gradc.syntax import parser, tables
from gradc.syntax.dump import dump
from gradc.syntax.parser import built_parser, load_parser, parse

ROOT = Path(__file__).parents[2]
GRAMMAR = resources.text("grammars/graph.lark")


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A file of tables that is the one to load."""
    file = tmp_path / "graph.tables"
    file.write_bytes(tables.tables_of(GRAMMAR, built_parser()))
    found = resources.path

    def path(name: str) -> Path:
        return file if name == tables.FILE else found(name)

    monkeypatch.setattr(resources, "path", path)
    load_parser.cache_clear()
    yield file
    load_parser.cache_clear()


def loads(grammar: str = GRAMMAR) -> bool:
    return tables._saved(grammar, {"postlex": parser.LineBreaks()}) is not None


def test_the_trees_are_the_same(saved: Path) -> None:
    texts = [(resources.text(f"library/{name}.graph"), "library") for name in FILES]
    texts.append(("x = 1\nloss J = sum((x +\n  2) ** -2)\n", "graph"))
    by_tables = [dump(parse(Source("f", text), start)) for text, start in texts]
    assert loads()
    saved.unlink()
    load_parser.cache_clear()
    assert by_tables == [dump(parse(Source("f", text), start)) for text, start in texts]


def test_mistakes_are_told_the_same(saved: Path) -> None:
    text = "x = (1 + 2\ny = ^3\nparam w: [2 = 3\nop f(x)\nlambda = 2 +\n"
    told = []
    for _ in range(2):
        with pytest.raises(DiagnosticError) as failure:
            parse(Source("f", text))
        told.append([(d.code, d.message) for d in failure.value.diagnostics])
        saved.unlink(missing_ok=True)
        load_parser.cache_clear()
    assert told[0] == told[1]


def test_tables_of_another_grammar_are_left_alone(saved: Path) -> None:
    assert loads()
    assert not loads(GRAMMAR + "\n// more\n")


def changed(saved: Path, **entries: Any) -> bytes:
    return json.dumps(json.loads(saved.read_bytes()) | entries).encode()


@pytest.mark.parametrize(
    "entries",
    [
        {"lark": "1.1"},
        {"lark": "1.9"},
        {"grammar": "0" * 64},
        {"data": {}},
        {"memo": []},
        {"data": None, "memo": None},
    ],
)
def test_foreign_tables_are_left_alone(saved: Path, entries: dict[str, Any]) -> None:
    assert loads()
    saved.write_bytes(changed(saved, **entries))
    assert not loads()
    assert parse(Source("f", "x = 1\n")).statements


def test_an_unknown_lark_builds_its_own(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert loads()
    monkeypatch.setattr(lark, "__version__", "1.9.0")
    assert not loads()


def test_the_file_is_data(saved: Path) -> None:
    assert set(json.loads(saved.read_bytes())) == {"grammar", "lark", "data", "memo"}
    code = ast.parse(Path(tables.__file__).read_text(encoding="utf-8"))
    imported = [a.name for n in ast.walk(code) if isinstance(n, ast.Import) for a in n.names]
    assert "pickle" not in imported


def test_the_bytes_do_not_depend_on_the_seed_of_hashes() -> None:
    code = (
        "import sys; from gradc import resources; from gradc.syntax import parser, tables\n"
        "text = resources.text('grammars/graph.lark')\n"
        "sys.stdout.buffer.write(tables.tables_of(text, parser.built_parser()))\n"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(made) == 1


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.2.2", "1.3.0"])
def test_any_lark_of_the_range_loads_what_another_made(
    saved: Path, tmp_path: Path, version: str
) -> None:
    got = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"),
            *("--target", str(tmp_path / "lark"), f"lark=={version}"),
        ],
        capture_output=True,
        check=False,
    )
    if got.returncode:
        pytest.skip(f"lark {version} cannot be had")
    text = resources.text("library/activations.graph")
    code = (
        "import lark, sys; from pathlib import Path\n"
        "from gradc import resources; from gradc.source import Source\n"
        "from gradc.syntax import parser, tables; from gradc.syntax.dump import dump\n"
        "found = resources.path\n"
        f"resources.path = lambda n: Path({str(saved)!r}) if n == tables.FILE else found(n)\n"
        "options = {'postlex': parser.LineBreaks()}\n"
        "assert tables._saved(resources.text('grammars/graph.lark'), options) is not None\n"
        f"assert lark.__version__ == {version!r}\n"
        "sys.stdout.write(dump(parser.parse(Source('f', sys.stdin.read()), 'library')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=text,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "lark"), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == dump(parse(Source("f", text), "library")), done.stderr


@pytest.mark.parametrize("broken", [b"", b"nonsense", b"{}", b"[" * 100_000, b"\xff"])
def test_broken_tables_are_left_alone(saved: Path, broken: bytes) -> None:
    saved.write_bytes(broken)
    assert not loads()
    assert parse(Source("f", "x = 1\n")).statements


def test_no_tables_at_all(saved: Path) -> None:
    saved.unlink()
    assert not loads()
