"""Trees as s-expressions, so that tests can say what a text means."""

from __future__ import annotations

import dataclasses

from gradc.source import Source, Span
from gradc.syntax import tree
from gradc.syntax.parser import parse


def statements(text: str, start: str = "graph") -> tuple:
    return parse(Source("test.graph", text), start).statements


def statement(text: str, start: str = "graph"):
    (result,) = statements(text, start)
    return result


def value(text: str) -> str:
    """The s-expression of an expression."""
    return sexpr(statement(f"x = {text}").value)


def sexpr(node) -> str:
    match node:
        case None:
            return "_"
        case tree.Number():
            return node.text
        case tree.Name() | tree.Identifier():
            return node.name
        case tree.String():
            return repr(node.value)
        case tree.Keyword():
            return str(node.value)
        case tree.ListExpr():
            return f"[{' '.join(map(sexpr, node.items))}]"
        case tree.Unary():
            return f"({node.op} {sexpr(node.operand)})"
        case tree.Binary():
            return f"({node.op} {sexpr(node.left)} {sexpr(node.right)})"
        case tree.Argument():
            return f"{node.keyword.name}={sexpr(node.value)}" if node.keyword else sexpr(node.value)
        case tree.Call():
            instance = f" as {node.instance.name}" if node.instance else ""
            return f"(call {' '.join(map(sexpr, (node.callee, *node.args)))}{instance})"
        case tree.Member():
            return f"(. {sexpr(node.base)} {node.name.name})"
        case tree.Index():
            return f"(index {' '.join(map(sexpr, (node.base, *node.items)))})"
        case tree.Slice():
            return f"(: {sexpr(node.start)} {sexpr(node.stop)} {sexpr(node.step)})"
        case tree.EllipsisItem():
            return "..."
        case tree.NewAxis():
            return "newaxis"
        case tree.Next():
            return f"(next {node.name.name})"
        case tree.TypeExpr():
            sizes = "" if node.sizes is None else f"[{' '.join(map(sexpr, node.sizes))}]"
            return f"{node.dtype or ''}{sizes}"
        case tree.Target():
            return f"{node.name.name}:{sexpr(node.type)}" if node.type else node.name.name
        case tree.Parameter():
            kind = f":{node.kind.name}" if node.kind else ""
            type_ = f":{sexpr(node.type)}" if node.type else ""
            default = f"={sexpr(node.default)}" if node.default else ""
            return f"{node.name.name}{kind}{type_}{default}"
    raise AssertionError(node)


def shape(node):
    """Everything a tree says, without places: what a change of layout must not touch."""
    if isinstance(node, Span | Source):
        return None
    if dataclasses.is_dataclass(node):
        fields = [f.name for f in dataclasses.fields(node) if f.name not in ("comments", "source")]
        return (type(node).__name__, *(shape(getattr(node, name)) for name in fields))
    if isinstance(node, tuple | list):
        return tuple(map(shape, node))
    return node
