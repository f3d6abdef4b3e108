"""A tree as text: s-expressions, one statement a line, for `gradc emit --stage tree` and tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from gradc.records import field_names
from gradc.syntax import tree

# Fields that say where a node stands, or are shown in a place of their own.
_HIDDEN = {"span", "op_span", "depth", "doc", "body", "rules"}


def dump(module: tree.Module) -> str:
    """The tree of a file. What is absent is left out; fields after the first carry their name."""
    lines = ["(module"]
    if module.doc:
        lines.append(f"  (doc {json.dumps(module.doc, ensure_ascii=False)})")
    lines += [f"  {line}" for s in module.statements for line in _statement(s)]
    return "\n".join(lines) + ")\n"


def _statement(statement: Any) -> list[str]:
    """The lines of a statement; the statements of its block are indented."""
    head = f"({_kind(statement)}{_fields(statement)}"
    doc = getattr(statement, "doc", "")
    if doc:
        head += f" :doc {json.dumps(doc, ensure_ascii=False)}"
    body = [*getattr(statement, "body", ()), *getattr(statement, "rules", ())]
    if not body:
        return [head + ")"]
    inner = [f"  {line}" for s in body for line in _statement(s)]
    return [head, *inner[:-1], inner[-1] + ")"]


def _kind(node: Any) -> str:
    name = type(node).__name__.removesuffix("Decl").removesuffix("Def").removesuffix("Expr")
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


def _fields(node: Any) -> str:
    parts = []
    for number, name in enumerate(n for n in field_names(node) if n not in _HIDDEN):
        value = getattr(node, name)
        if value is None or value is False or value == "" or value == ():
            continue
        text = _text(value)
        parts.append(f" {text}" if number == 0 else f" :{name} {text}")
    return "".join(parts)


def _text(value: Any) -> str:
    match value:
        case tree.Identifier() | tree.Name():
            return value.name
        case tree.Number():
            return value.text
        case tree.String():
            return json.dumps(value.value, ensure_ascii=False)
        case tree.Keyword():
            return {True: "true", False: "false", None: "none"}[value.value]
        case tree.Binary():
            return _spine(value)
        case tree.Unary():
            return f"({value.op} {_text(value.operand)})"
        case tree.ListExpr():
            return _row("list", value.items)
        case tree.Call():
            name = f" :as {value.instance.name}" if value.instance else ""
            return _row("call", [value.callee, *value.args])[:-1] + name + ")"
        case tree.Argument():
            keyword = f":{value.keyword.name} " if value.keyword else ""
            return keyword + _text(value.value)
        case tree.Member():
            return f"(. {_text(value.base)} {value.name.name})"
        case tree.Index():
            return _row("index", [value.base, *value.items])
        case tree.Slice():
            parts = (value.start, value.stop, value.step)
            return _row("slice", ["_" if part is None else part for part in parts])
        case tree.EllipsisItem():
            return "..."
        case tree.NewAxis():
            return "newaxis"
        case tree.Next():
            return f"(next {value.name.name})"
        case tree.TypeExpr():
            return _type(value)
        case tree.Target():
            return f"({value.name.name} {_type(value.type)})" if value.type else value.name.name
        case tuple() | list():
            return "(" + " ".join(map(_text, value)) + ")"
        case None:
            return "_"
        case str() | int() | float():
            return str(value)
    return f"({_kind(value)}{_fields(value)})"


def _row(head: str, items: Iterable[Any]) -> str:
    return "(" + " ".join([head, *map(_text, items)]) + ")"


def _spine(value: tree.Binary) -> str:
    """A chain of operators: the parser bounds how deep a tree nests, not how long a chain is."""
    links = []
    left: Any = value
    while isinstance(left, tree.Binary):
        links.append(left)
        left = left.left
    opening = "".join(f"({link.op} " for link in links)
    closing = "".join(f" {_text(link.right)})" for link in reversed(links))
    return opening + _text(left) + closing


def _type(value: tree.TypeExpr) -> str:
    if value.sizes is None:
        return value.dtype or "any"
    return f"{value.dtype or ''}[{' '.join(map(_text, value.sizes))}]"
