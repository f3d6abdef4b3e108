"""What stands between brackets in a line, and the parts of it between commas."""

from __future__ import annotations


def closing(text: str, start: int = 0) -> int | None:
    """Where the bracket at `start` closes."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] in "([") - (text[place] in ")]")
        if not depth:
            return place
    return None


def operand_at_end(text: str) -> str:
    """The name, call, index or bracket that a text ends with; empty where it ends with none."""
    text, start = text.rstrip(), len(text.rstrip())
    while text[start - 1 : start] in (")", "]"):
        depth = 0
        for place in range(start - 1, -1, -1):
            depth += (text[place] in ")]") - (text[place] in "([")
            if not depth:
                start = place
                break
        else:
            return ""
    while start and (text[start - 1].isalnum() or text[start - 1] in "_."):
        start -= 1
    return text[start:]


def parts(text: str, sign: str = ",") -> list[str]:
    """The parts between commas outside brackets, or between another sign."""
    found, depth = [""], 0
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        if c == sign and not depth:
            found.append("")
        else:
            found[-1] += c
    return [part.strip() for part in found]


def unwrapped(text: str) -> str:
    """A value where it stands alone: without parentheses around it."""
    while text[:1] == "(" and closing(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def wrapped(text: str) -> str:
    """A value where operators stand beside it."""
    depth = 0
    for c in text:
        depth += (c in "([") - (c in ")]")
        if not depth and not (c.isalnum() or c in "_.)]\"'"):
            return f"({text})"
    return text
