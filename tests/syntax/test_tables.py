"""The saved tables parse as those built in memory do, and give way where they do not fit."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gradc import resources
from gradc.diagnostics import DiagnosticError
from gradc.library.loader import FILES
from gradc.source import Source
from gradc.syntax import tables
from gradc.syntax.dump import dump
from gradc.syntax.parser import load_parser, parse

ROOT = Path(__file__).parents[2]


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A file of tables that is the one to load."""
    file = tmp_path / "graph.tables"
    file.write_bytes(tables.written())
    found = resources.path

    def path(name: str) -> Path:
        return file if name == tables.FILE else found(name)

    monkeypatch.setattr(resources, "path", path)
    load_parser.cache_clear()
    yield file
    load_parser.cache_clear()


def loads() -> bool:
    return tables.saved() is not None


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


def test_tables_of_another_grammar_are_left_alone(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loads()
    text = resources.text
    monkeypatch.setattr(resources, "text", lambda name: text(name) + "\n// more\n")
    assert not loads()


def test_tables_of_another_form_are_left_alone(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loads()
    monkeypatch.setattr(tables, "_FORM", 0)
    assert not loads()


def changed(saved: Path, **entries: Any) -> bytes:
    return json.dumps(json.loads(saved.read_bytes()) | entries).encode()


@pytest.mark.parametrize(
    "entries", [{"grammar": "0" * 64}, {"tables": {}}, {"tables": None}, {"tables": []}]
)
def test_foreign_tables_are_left_alone(saved: Path, entries: dict[str, Any]) -> None:
    assert loads()
    saved.write_bytes(changed(saved, **entries))
    assert not loads()
    assert parse(Source("f", "x = 1\n")).statements


def test_the_file_is_data(saved: Path) -> None:
    assert set(json.loads(saved.read_bytes())) == {"grammar", "tables"}
    code = ast.parse(Path(tables.__file__).read_text(encoding="utf-8"))
    imported = [a.name for n in ast.walk(code) if isinstance(n, ast.Import) for a in n.names]
    assert "pickle" not in imported


def bytes_made(**environment: str) -> bytes:
    """What another process writes."""
    code = (
        "import sys; from gradc.syntax import tables; sys.stdout.buffer.write(tables.written())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=True,
    )
    return done.stdout


def test_the_bytes_do_not_depend_on_the_seed_of_hashes() -> None:
    assert len({bytes_made(PYTHONHASHSEED=seed) for seed in ("1", "2", "3")}) == 1


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.2.2", "1.3.0"])
def test_any_lark_of_the_range_makes_the_same(tmp_path: Path, version: str) -> None:
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
    path = os.pathsep.join([str(tmp_path / "lark"), str(ROOT)])
    assert bytes_made(PYTHONPATH=path) == tables.written()


def test_lark_is_imported_only_where_tables_are_made(saved: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from gradc import resources; found = resources.path\n"
        f"resources.path = lambda n: Path({str(saved)!r}) if n == {tables.FILE!r} else found(n)\n"
        "from gradc.compiler import compile_source; from gradc.source import Source\n"
        "compile_source(Source('f', 'param w = 3\\nloss J = w**2\\n'))\n"
        "print('lark' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=True)
    assert done.stdout == b"False\n"


@pytest.mark.parametrize("broken", [b"", b"nonsense", b"{}", b"[" * 100_000, b"\xff"])
def test_broken_tables_are_left_alone(saved: Path, broken: bytes) -> None:
    saved.write_bytes(broken)
    assert not loads()
    assert parse(Source("f", "x = 1\n")).statements


def test_no_tables_at_all(saved: Path) -> None:
    saved.unlink()
    assert not loads()
