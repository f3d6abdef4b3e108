"""How values, expressions and operations are written in a picture."""

from __future__ import annotations

import re
from typing import Any

from gradc.ir.node import Apply, Node, Value
from gradc.source import Span

_ENTRIES = 4  # of an array that is written out
_SIGNS = {
    "add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "power": "^", "matmul": "@",
    "negative": "−", "less": "<", "less_equal": "≤", "greater": ">", "greater_equal": "≥",
    "equal": "==", "not_equal": "!=", "floor_divide": "//", "remainder": "%",
}  # fmt: skip


def number(value: Any, digits: int = 6) -> str:
    """A number, or an array of a few; the shape of a larger one."""
    import numpy as np  # noqa: PLC0415  a picture without numbers needs no NumPy

    array = np.asarray(value)
    if array.size > _ENTRIES:
        sizes = " × ".join(map(str, array.shape))
        return sizes if array.ndim > 1 else f"{sizes} numbers"
    return _nested(array.tolist(), min(digits, 4) if array.ndim else digits)


def _scalar(value: float, digits: int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value).replace("-", "−")
    text = f"{value:.{digits}g}"
    if text == "-0":
        text = "0"
    return text.replace("-", "−")


def _nested(data: Any, digits: int) -> str:
    if not isinstance(data, list):
        return _scalar(data, digits)
    return "[" + ", ".join(_nested(row, digits) for row in data) + "]"


def shortened(text: str, room: int) -> str:
    """The text on one line, cut where it is too long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= room else flat[: room - 1].rstrip() + "…"


_HEAD = re.compile(
    r"(?:(?:output|loss|const|next|update)\s+)?[\w.]+(?:\s*,\s*[\w.]+)*\s*(?::[^=]*?)?=(?!=)\s*"
)


def right_side(text: str) -> str:
    """What a statement binds: without its role, its names and its types."""
    match = _HEAD.match(text)
    if match is not None:
        return text[match.end() :]
    return re.sub(r"\A(?:return|output|loss)\s+", "", text)


def statement_text(span: Span) -> str:
    """A statement of the source without comments; of a scan only its head."""
    text = span.text
    if text.startswith("scan "):
        text = text.partition("{")[0]
    return " ".join(code_lines(text))


def code_lines(text: str) -> list[str]:
    """The lines of a text of the language without comments and without empty ones."""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    return [line for line in lines if line]


def line_of(node: Node) -> str:
    """The line of a function's body that a node serves; empty where there is none."""
    if node.span is None:
        return ""
    text = node.span.source.text
    start = text.rfind("\n", 0, node.span.start) + 1
    end = text.find("\n", node.span.end)
    line = text[start : len(text) if end < 0 else end].partition("#")[0].strip()
    # The body of a function may stand on its head's line.
    return right_side(line) if _HEAD.match(line) or line.startswith("return ") else ""


def operation_title(node: Node, constants: dict[Value, str]) -> str:
    """An operation with the numbers that it is given: `× 0.5`, `^ 2`, `sum axis=0`."""
    sign = _SIGNS.get(node.name)
    known = [constants.get(v) for v in node.operands]
    if sign is not None:
        if len(known) == 2 and known[1] is not None:
            return f"{sign} {known[1]}"
        if len(known) == 2 and known[0] is not None:
            return f"{known[0]} {sign}"
        return sign
    shown: list[str] = []
    if isinstance(node, Apply):
        attrs = zip(node.op.attributes, node.attrs, strict=True)
        shown = [f"{f.name}={_attribute(a)}" for f, a in attrs if a not in (f.default, None)]
    given = [text for text in known if text is not None]
    return " ".join([node.name, *given, *shown])


def _attribute(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return shortened(text.replace("'", ""), 18)
