"""Values as the user wrote them, for what is said about them."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.node import Call, Node, Value, applies
from gradc.ir.origin import Calling
from gradc.passes.bracketed import bare
from gradc.passes.forms import Makers

_LONGEST = 40  # characters of an expression that a help repeats


def spelled(value: Value, made: Makers) -> str:
    """The name of a value, or else the expression in the user's file that makes it; else nothing.

    In a function or a layer it is another expression at each call, and told by none.
    """
    node = made.get(value)
    if value.named:
        return value.name
    if applies(node, "constant"):
        return f"{node.attrs[0]}"
    if node is None or node.span is None:
        return ""
    calling = node.origin.calling
    # A function of the library that stays one node is the call that the user wrote.
    is_call = isinstance(node, Call) and calling is not None and calling.outer is None
    if calling is not None and (calling.title or not is_call):
        return ""
    return "" if node.span.source.is_library else _short(node.span.text)


def spelled_in(values: Sequence[Value], made: Makers, body: Calling | None) -> list[str]:
    """Values as a formula that stands in a body says them: in its words, or in those of the file.

    Nothing of one that has no words.
    """
    if body is not None and body.title:
        own = [body.named(v) or _of_body(v, made, body) for v in values]
        if all(own):
            return own
    return [_of_file(v, made) for v in values]


def _of_body(value: Value, made: Makers, body: Calling) -> str:
    node = made.get(value)
    if node is None or node.span is None or node.origin.calling is not body:
        return ""
    return _short(node.span.text)


def _of_file(value: Value, made: Makers) -> str:
    node = made.get(value)
    if node is None or node.span is None or (calling := node.origin.calling) is None:
        return spelled(value, made)
    return _short(calling.at_call(node.span)) or spelled(value, made)


def _short(text: str) -> str:
    """A text on one line, without parentheses around all of it; nothing of one that is long."""
    text = bare(" ".join(text.split()))
    return "" if len(text) > _LONGEST else text


_SIGNS = {
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==",
    "not_equal": "!=", "floor_divide": "//", "logical_and": "and", "logical_or": "or",
    "logical_not": "not",
}  # fmt: skip


def called(node: Node) -> str:
    """What the user wrote for an operation: its name, or the sign of it."""
    text = "" if node.span is None else node.span.text
    return node.name if node.name in text else _SIGNS.get(node.name, node.name)
