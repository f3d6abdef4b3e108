"""A quick look at statements of one line each: what it is sure of needs no syntax tree.

A long function is mostly lines like `h = np.tanh(z)`. Of those, each *shape* is parsed once, which
is the line with every name and number made the same, and the names are looked up one by one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from keyword import kwlist

_MARGIN = "    "
_COMMENT = r"#[^\r\n\0]*"
# Plain ASCII in one line, without texts, braces and colons that bind; comments may follow.
_LINE = re.compile(
    rf"{_MARGIN}([A-Za-z_]\w*) (?:[-+*/%@&|]|//|\*\*)?= ((?:(?!:=)[ !%&(-:<-\[\]^_a-z|~])+?)"
    rf"(?:  {_COMMENT})?\n(?: *(?:{_COMMENT})?\n)*",
    re.ASCII,
)
_TOKEN = re.compile(
    r"(?<![\w.])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(\s*\(|=(?!=))?|\.([A-Za-z_]\w*)(\s*\()?",
    re.ASCII,
)
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*|(?<=\.)[A-Za-z_]\w*", re.ASCII)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d*)?(?:e[-+]?\d+)?(?![\w.])", re.ASCII)
_KEYWORDS = frozenset(kwlist) - {"True", "False", "None"}
_UNSURE = re.compile(r"[)\]\d]\s*\(|[(,\[]\s*\*|\s\.|\.\s")


class Glance:
    """Knows shapes that are well-formed, and which paths may be called or asked for.

    `may_call` and `may_name` answer for a path, which begins with a dot where no name does.
    """

    def __init__(self, may_call: Callable[[str], bool], may_name: Callable[[str], bool]):
        self._may_call, self._may_name = may_call, may_name
        self._shapes: dict[str, bool] = {}
        self._called: dict[str, bool] = {}
        self._named: dict[str, bool] = {}

    def is_fine(self, line: str, bound: set[str]) -> bool:
        """Whether a line is sure to hold nothing strange; what it binds is bound then."""
        found = _LINE.fullmatch(line)
        if found is None:
            return False
        target, value = found.groups()
        if target in _KEYWORDS or not self._is_well_formed(value):
            return False
        for path, behind, attribute, called in _TOKEN.findall(value):
            if not path:
                if not self._allowed(f".{attribute}", bool(called)):
                    return False
            elif behind == "=":
                continue
            elif "." in path:
                if path[: path.index(".")] not in bound or not self._allowed(path, bool(behind)):
                    return False
            elif path not in bound or (behind and not self._allowed(path, called=True)):
                return False
        bound.add(target)
        return True

    def _allowed(self, path: str, called: bool) -> bool:
        known, ask = (self._called, self._may_call) if called else (self._named, self._may_name)
        answer = known.get(path)
        if answer is None:
            answer = known[path] = ask(path)
        return answer

    def _is_well_formed(self, value: str) -> bool:
        shape = _NUMBER.sub("1", _NAME.sub(_alike, value))
        answer = self._shapes.get(shape)
        if answer is None:
            answer = self._shapes[shape] = _parses(shape)
        return answer


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
