"""`&&`, `||`, `!`, `&`, `|` and `~`: what other languages write for `and`, `or` and `not`."""

from __future__ import annotations

import re

from gradc.syntax.characters import mask
from gradc.syntax.habits.enclosed import closing
from gradc.syntax.keywords import KEYWORDS
from gradc.syntax.refusal import Refusal

_WORDS = {"&&": "and", "||": "or", "&": "and", "|": "or", "!": "not", "~": "not"}
_SIGN = re.compile(r"&&?|\|\|?(?!>)|!(?!=)|~(?!=)")
_OPERAND = re.compile(r"\s*([!~]\s*)*[\w.]*")
_BINDS_TIGHTER = re.compile(r"(?:[-+*/%@<>]|[=!<>]=)$")


def logical(r: Refusal, start: int) -> str:
    """What is said of the sign at a place of the line: its word, and all such signs respelt."""
    sign = _SIGN.match(r.line_text, start)
    own = _WORDS[sign[0]] if sign else ""
    line, words = _respelt(r.line_text)
    if len(words) == 1 and own == "not":
        end = _end(r.line_text, start + 1)
        operand = r.line_text[start + 1 : end].strip()
        apart = _BINDS_TIGHTER.search(r.line_text[:start].rstrip())
        text = f"(not {operand})" if apart else f"not {operand}"
        return f"the operator is `not`: write `{text}`" if operand else "the operator is `not`"
    if len(words) < 2:
        return f"the operator is `{own}`"
    *others, last = (f"`{word}`" for word in dict.fromkeys(words))
    told = (
        f"the operators are {', '.join(others)} and {last}" if others else f"the operator is {last}"
    )
    return f"{told}: write `{line}`" if line else told


def _respelt(line: str) -> tuple[str, list[str]]:
    """A line with words for all signs, and the words; an empty one where it is no whole."""
    words: list[str] = []
    made, place = line, 0
    while match := _SIGN.search(mask(made), place):
        start, end = match.span()
        before, word = made[:start].rstrip(), _WORDS[match[0]]
        place = end
        if (word == "not") != _awaits_a_value(before):
            continue
        words.append(word)
        if word != "not":
            made = f"{before} {word} {made[end:].lstrip()}"
            place = len(before) + len(word) + 2
        elif _BINDS_TIGHTER.search(before):
            stop = _end(made, end)
            made = f"{made[:start]}(not {made[end:stop].lstrip()}){made[stop:]}"
        else:
            made = f"{made[:start]}not {made[end:].lstrip()}"
    whole = f"({' '.join(made.split())})"
    return whole[1:-1] if closing(whole) == len(whole) - 1 else "", words


def _awaits_a_value(before: str) -> bool:
    """Whether an operand stands next behind a text."""
    word = re.search(r"\w+$", before)
    if word:
        return word[0] in KEYWORDS - {"true", "false", "none"} or word[0] in ("in", "else", "if")
    return not before.endswith((")", "]", '"', "'"))


def _end(text: str, start: int) -> int:
    """Where the operand that begins at a place ends: a name with its calls and indices."""
    match = _OPERAND.match(text, start)
    end = match.end() if match else start
    while text[end : end + 1] in ("(", "[") and (close := closing(text, end)) is not None:
        end = close + 1
    return end
