"""A quick look at lines that are statements: what it is sure of needs no syntax tree.

A long function is mostly lines like `h = np.tanh(z)`. Of those, each *shape* is looked at once,
which is the line with every variable and number made the same, and the variables are looked up.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from keyword import kwlist

from gradc.patterns import pattern
from gradc.targets.python.pieces import FIRST

_MARGIN = "    "
_COMMENT = r"#[^\r\n\0]*"
# Plain ASCII in one line, without texts and braces; comments may follow.
# The next line begins a statement as well, so this one is whole.
_LINE = pattern(
    rf"{_MARGIN}([A-Za-z_]\w*) (?:[-+*/%@&|]|//|\*\*)?= ([ !%&(-:<-\[\]^_a-z|~]+)"
    rf"(?:{_COMMENT})?\n(?: *(?:{_COMMENT})?\n)*+(?={_MARGIN}{FIRST}|\Z)",
    re.ASCII,
)
# What a class says of what it holds, and of nothing else.
_FIELDS = pattern(
    rf"(?:{_MARGIN}(?!(?:{'|'.join(kwlist)})\b)[A-Za-z_]\w*: Any *(?:{_COMMENT})?\n)*+", re.ASCII
)
# A name that is neither called, nor asked for anything, nor that of an argument.
_VARIABLE = pattern(r"(?<![\w.])([A-Za-z_]\w*)(?![\w.]|\s*\(|=(?!=))", re.ASCII)
_TOKEN = pattern(
    r"(?<![\w.])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(\s*\(|=(?!=))?|\.([A-Za-z_]\w*)(\s*\()?",
    re.ASCII,
)
_NAME = pattern(r"(?<![\w.])[A-Za-z_]\w*|(?<=\.)[A-Za-z_]\w*", re.ASCII)
_NUMBER = pattern(r"(?<![\w.])\d+(?:\.\d*)?(?:e[-+]?\d+)?(?![\w.])", re.ASCII)
_SIGNS = frozenset("+ - * / // % @ ** & |".split())
_KEYWORDS = frozenset(kwlist) - {"True", "False", "None"}
_UNSURE = pattern(r":=|[)\]\d]\s*\(|[(,\[]\s*\*|\s\.|\.\s")


class Glance:
    """Knows shapes that are well-formed, and which paths may be called or asked for.

    `may_call` and `may_name` answer for a path, which begins with a dot where no name does.
    """

    def __init__(self, may_call: Callable[[str], bool], may_name: Callable[[str], bool]):
        self._may_call, self._may_name = may_call, may_name
        self._shapes: dict[str, frozenset[str] | None] = {}

    def passed(self, text: str, place: int, bound: set[str]) -> int:
        """Goes on, from where a line of a function begins, over those that are sure to hold nothing
        strange; what they bind is bound then."""
        match = _LINE.match
        while (found := match(text, place)) is not None:
            target, value = found.groups()
            if target in _KEYWORDS or not self._is_fine(value, bound):
                break
            bound.add(target)
            place = found.end()
        return place

    def fields(self, text: str, place: int, bound: set[str]) -> int:
        """Goes on, from where a line of a class begins, over fields that may be anything."""
        found = _FIELDS.match(text, place)
        return found.end() if found is not None and "Any" in bound else place

    def _is_fine(self, value: str, bound: set[str]) -> bool:
        words = value.split()
        if _SIGNS.issuperset(words[1::2]) and len(words) % 2 and bound.issuperset(words[::2]):
            return True  # variables, with an operator between each two
        between = _VARIABLE.split(value)
        variables = between[1::2]
        between[1::2] = ["n"] * len(variables)
        shape = "".join(between)
        if shape not in self._shapes:
            shape = _NUMBER.sub("1", shape)
        if shape not in self._shapes:
            self._shapes[shape] = self._needed(shape)
        needed = self._shapes[shape]
        if needed is None or not bound.issuperset(variables) or not bound.issuperset(needed):
            return False
        return _KEYWORDS.isdisjoint(variables)

    def _needed(self, shape: str) -> frozenset[str] | None:
        """The names that a shape needs besides its variables; None where it may be strange."""
        if not _parses(_NAME.sub(_alike, shape)):
            return None
        needed: set[str] = set()
        for path, behind, attribute, called in _TOKEN.findall(shape):
            if not path:
                if not self._allowed(f".{attribute}", bool(called)):
                    return None
            elif behind != "=" and (behind or "." in path):
                if not self._allowed(path, bool(behind)):
                    return None
                needed.add(path.partition(".")[0])
        return frozenset(needed)

    def _allowed(self, path: str, called: bool) -> bool:
        return self._may_call(path) if called else self._may_name(path)


def _alike(name: re.Match[str]) -> str:
    return name[0] if name[0] in _KEYWORDS else "n"


def _parses(shape: str) -> bool:
    """Whether a shape is one expression; keywords and calls of what has no name are not sure."""
    if _UNSURE.search(shape) or not _KEYWORDS.isdisjoint(re.findall(r"\w+", shape)):
        return False
    try:
        ast.parse(shape, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
