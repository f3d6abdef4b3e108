"""The files gradc ships that are not Python: grammars, templates, programs of pages."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def path(name: str) -> Path:
    """The path of a file such as `grammars/graph.lark`.

    A wheel holds every folder inside the package; a checkout has grammars and templates beside it.
    """
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name


def text(name: str) -> str:
    """The text of a file such as `grammars/graph.lark`."""
    return path(name).read_text(encoding="utf-8")
