"""Texts of expressions: with brackets where they need some, and with the other sign."""

from __future__ import annotations

import re


def wrapped(text: str) -> str:
    """An expression where an operator or an index stands beside it."""
    return text if re.fullmatch(r"[\w.]+(\([^()]*\))?", text) else f"({text})"


def bare(text: str) -> str:
    """A text without parentheses around all of it."""
    while text[:1] == "(" and text[-1:] == ")" and _is_one(text[1:-1]):
        text = text[1:-1].strip()
    return text


def _is_one(inside: str) -> bool:
    """Whether each bracket of a text closes in it."""
    depth = 0
    for c in inside:
        depth += (c in "([") - (c in ")]")
        if depth < 0:
            return False
    return True


def negated(text: str) -> str:
    """An expression with the other sign: where a sign is of all of it, without that one."""
    flat, rest = _flat(text), text[1:].lstrip()
    if _NO_PRODUCT.search(flat):
        return f"-{wrapped(text)}"
    if text[:1] == "-" and rest and not _ADDS.search(_flat(rest)):
        return bare(rest)
    difference = _DIFFERENCE.fullmatch(flat)
    if difference is not None:
        place = difference.end(1)
        left, right = text[:place], text[place:].lstrip()[1:].lstrip()
        return f"{right} - {left}"
    return f"-{wrapped(text)}"


def divisor(text: str) -> str:
    """What stands behind the last `/` of a quotient; empty for another formula."""
    last = list(re.finditer(r"[-+*/@%]+", _flat(text)))[-1:]
    return bare(text[last[0].end() :].strip()) if last and last[0][0] == "/" else ""


_NO_PRODUCT = re.compile(r"[<>=]|//|\b(?:and|or|not)\b")
_ADDS = re.compile(r"(?<=[\w)\]])\s*[-+]")
_DIFFERENCE = re.compile(r"([^-+<>=]*[\w)\]])\s*-\s*[^-+<>=]+")


def _flat(text: str) -> str:
    """A text with blanks for what stands in brackets."""
    depth, flat = 0, ""
    for c in text:
        depth -= c in ")]"
        flat += "_" if depth else c
        depth += c in "(["
    return flat
