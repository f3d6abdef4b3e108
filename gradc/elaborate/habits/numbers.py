"""Numbers that their element type cannot hold, and the declaration that holds them."""

from __future__ import annotations

import re

from gradc.source import Span

_LARGEST = 2**63 - 1
_POINT = re.compile(r"(?<![\w.])(\d+)\.0*(?![\w.])")
_TYPED = re.compile(r"\s*((?:(?:const|param|input|state)\s+)?\w+\s*:\s*)(\w+)(.*?=\s*-?)$")


def too_large(number: int, span: Span) -> str:
    """What is said of an integer that does not fit 64 bits."""
    shown = repr(float(number)).replace("e+", "e") if number < 10**308 else "inf"
    if declared := _declared(span, "f64", shown):
        return f"the largest is {_LARGEST}; declare it a float: `{declared}`"
    return f"the largest is {_LARGEST}; as a float it is `{shown}`"


def unfit(dtype: str, number: int | float, span: Span | None) -> list[str]:
    """What is said of a number that an element type cannot hold."""
    if dtype == "bool":
        return [f"write `{'false' if number == 0 else 'true'}`"]
    if dtype in ("i32", "i64") and span is not None and not _alone(span):
        whole = _POINT.sub(r"\1", span.text)
        if not re.search(r"\d\.|\.\d|\de-", whole):
            return [f"write `{whole}`"]
        if not float(number).is_integer() and _chooses(span):
            return [f"labels and positions are whole numbers, and {number} is none"]
    inside = dtype in ("i32", "i64") and abs(number) < 2 ** (int(dtype[1:]) - 1)
    if inside and float(number).is_integer() and span is not None and _alone(span):
        return [f"write `{int(number)}`"]
    fits = "i64" if dtype == "i32" and isinstance(number, int) and number <= _LARGEST else "f64"
    declared = _declared(span, fits, span.text) if span is not None else None
    kind = "" if fits == "i64" else " a float"
    return [f"declare it{kind}: `{declared}`"] if declared else []


def _chooses(span: Span) -> bool:
    """Whether what is declared at a place is read as labels or positions below."""
    head = _TYPED.match(span.source.line_text(span.line)[: span.column - 1])
    name = re.search(r"(\w+)\s*:\s*$", head[1]) if head else None
    labels = r"\b(?:cross_entropy|nll_loss|one_hot|take|embedding|Embedding)\([^\n]*"
    if name is None:
        return False
    read = rf"(?:{labels}|\w\[[^\]\n]*)(?<!\w){name[1]}\b"
    return re.search(read, span.source.text[span.end :]) is not None


def _alone(span: Span) -> bool:
    return span.text[:1] != "["


def _declared(span: Span, dtype: str, value: str) -> str | None:
    """The line of a value that is declared with a type, with another type and value."""
    line = span.source.line_text(span.line)
    head = _TYPED.match(line[: span.column - 1])
    if head is None or head[2] not in ("i32", "i64", "f32"):
        return None
    return f"{head[1]}{dtype}{head[3]}{value}"
