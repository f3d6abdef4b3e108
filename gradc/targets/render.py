"""Render: a view to text, through a template that computes nothing.

A template is cut into pieces: text, holes, and pieces that are repeated, chosen or included. jinja2
does that. A wheel holds the pieces as JSON, made when it was built (`hatch_build.py`); those of a
template that has changed since are made again in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from gradc import resources
from gradc.digest import sha256

FILE = "templates/pieces.json"


def render(template: str, view: Any) -> str:
    """The text of a template over the fields of a view."""
    written: list[str] = []
    _write(_pieces(template), {"view": view}, written)
    return "".join(written)


def written() -> bytes:
    """What the file holds: each template's pieces, and of what text; the same bytes each time."""
    root = resources.path("templates")
    names = [path.relative_to(root).as_posix() for path in root.rglob("*.jinja")]
    content = {}
    for name in names:
        text = resources.text(f"templates/{name}")
        content[name] = {"of": _digest(text), "pieces": [*_cut(text)]}
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode("ascii") + b"\n"


def _write(pieces: list[Any], scope: dict[str, Any], written: list[str]) -> None:
    for kind, *piece in pieces:
        if kind == "text":
            written += piece
        elif kind == "hole":
            written.append(str(_found(piece[0], scope)))
        elif kind == "for":
            name, path, body = piece
            items = _found(path, scope)
            if body[:1] == [["hole", [name]]] and [kind for kind, *_ in body[1:]] == ["text"]:
                written += [f"{item}{body[1][1]}" for item in items]  # a line for each, mostly
                continue
            inner = dict(scope)
            for item in items:
                inner[name] = item
                _write(body, inner, written)
        elif kind == "if":
            path, then, otherwise = piece
            _write(then if _found(path, scope) else otherwise, scope, written)
        else:
            _write(_pieces(piece[0]), scope, written)


def _found(path: list[str], scope: dict[str, Any]) -> Any:
    value = scope[path[0]]
    for name in path[1:]:
        value = getattr(value, name)
    return value


@cache
def _pieces(template: str) -> list[Any]:
    """A template's pieces, the saved ones where they are of its text."""
    text = resources.text(f"templates/{template}")
    return _saved(template, _digest(text)) or [*_cut(text)]


def _saved(template: str, digest: str) -> list[Any] | None:
    try:
        entry = json.loads(resources.path(FILE).read_bytes())[template]
        pieces: list[Any] = entry["pieces"]
        return pieces if entry["of"] == digest else None
    except Exception:
        return None


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


# --- cutting ---------------------------------------------------------------------------------


def _cut(text: str) -> Iterator[list[Any]]:
    import jinja2  # noqa: PLC0415

    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    return _pieces_of(environment.parse(text).body)


def _pieces_of(nodes: list[Any]) -> Iterator[list[Any]]:
    """The pieces of a template's tree, which holds nothing else: `tests/test_templates.py`."""
    for node in nodes:
        kind = type(node).__name__
        if kind == "Output":
            yield from _pieces_of(node.nodes)
        elif kind == "TemplateData":
            yield ["text", node.data]
        elif kind == "For":
            yield ["for", node.target.name, _path(node.iter), [*_pieces_of(node.body)]]
        elif kind == "If":
            then, otherwise = [*_pieces_of(node.body)], [*_pieces_of(node.else_)]
            if type(node.test).__name__ == "Not":
                yield ["if", _path(node.test.node), otherwise, then]
            else:
                yield ["if", _path(node.test), then, otherwise]
        elif kind == "Include":
            yield ["include", node.template.value]
        else:
            yield ["hole", _path(node)]


def _path(node: Any) -> list[str]:
    """`view.outputs`, as names."""
    if type(node).__name__ == "Getattr":
        return [*_path(node.node), node.attr]
    return [node.name]
