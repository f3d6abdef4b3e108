"""Values as the user wrote them, for what is said about them."""

from __future__ import annotations

import re

from gradc.ir.node import Node, Value
from gradc.passes.stabilise import Makers

_LONGEST = 40  # characters of an expression that a help repeats


def spelled(value: Value, made: Makers) -> str:
    """The name of a value, or else the expression in the user's file that makes it; else nothing.

    In a function or a layer it is another expression at each call, and told by none.
    """
    node = made.get(value)
    if value.named:
        return value.name
    if node is None or node.span is None or node.origin.calling is not None:
        return ""
    text = " ".join(node.span.text.split())
    return "" if node.span.source.is_library or len(text) > _LONGEST else text


_SIGNS = {
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==",
    "not_equal": "!=", "floor_divide": "//", "logical_and": "and", "logical_or": "or",
    "logical_not": "not",
}  # fmt: skip


def called(node: Node) -> str:
    """What the user wrote for an operation: its name, or the sign of it."""
    text = "" if node.span is None else node.span.text
    return node.name if node.name in text else _SIGNS.get(node.name, node.name)


def wrapped(text: str) -> str:
    """An expression where an operator or an index stands beside it."""
    return text if re.fullmatch(r"[\w.]+(\([^()]*\))?", text) else f"({text})"
