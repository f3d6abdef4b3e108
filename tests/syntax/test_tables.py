"""The saved tables parse as those built in memory do, and give way where they do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gradc import resources
from gradc.diagnostics import DiagnosticError
from gradc.library.loader import FILES
from gradc.source import Source
from gradc.syntax import parser, tables
from gradc.syntax.dump import dump
from gradc.syntax.parser import load_parser, parse

GRAMMAR = resources.text("grammars/graph.lark")


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A file of tables that is the one to load."""
    file = tmp_path / "graph.tables"
    file.write_bytes(tables.tables_of(GRAMMAR, load_parser()[0]))
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


@pytest.mark.parametrize("broken", [b"", b"nonsense", b"%s\nnonsense" % tables._key(GRAMMAR)])
def test_broken_tables_are_left_alone(saved: Path, broken: bytes) -> None:
    saved.write_bytes(broken)
    assert not loads()
    assert parse(Source("f", "x = 1\n")).statements


def test_no_tables_at_all(saved: Path) -> None:
    saved.unlink()
    assert not loads()
