"""Where in a statement one is typing, told by the text before it: half a statement has no tree."""

from __future__ import annotations

import re

from gradc.records import dataclass
from gradc.syntax.characters import mask
from gradc.syntax.recovery import open_brackets

_PREFIX = re.compile(r"\w*\Z")
_PATH = re.compile(r"((?:\w+[ \t]*\.[ \t]*)*)\w*\Z")
_CALLEE = re.compile(r"((?:\w+\.)*\w+)[ \t]*\Z")
_IN_STRING = re.compile(r"(?:import|from)[ \t]+[\"']([^\"']*)\Z")
_IMPORTED = re.compile(r"\s*from[ \t]+(?:\"([^\"]*)\"|'([^']*)'|(\w+))[ \t]+import\b[^\n]*\Z")
_NAMES = re.compile(r"\s*(wrt|output|loss|update)\b[\s\w.,]*\Z|\s*loss\b.*\bwrt\b[\s\w.,]*\Z")
_STARTS = re.compile(r"\s*\w*\Z")
_KEYWORD_ARGUMENT = re.compile(r"(\w+)[ \t]*=(?!=)")
_BINDING_TYPE = re.compile(r"\s*(?:\w+[ \t]+)?\w+[ \t]*:[ \t]*\w*\Z|.*,[ \t]*\w+[ \t]*:[ \t]*\w*\Z")


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is being typed: what is called, which argument, and which have been given."""

    callee: str
    position: int  # of the argument, commas before it counted
    keyword: str  # of the argument, where it has one
    given: frozenset[str]  # the keywords before


@dataclass(frozen=True, slots=True)
class Typed:
    """What may stand where one types.

    `kind` is `nothing`, `file`, `imported`, `member`, `initialiser`, `type`, `size`, `name`,
    `statement` or `value`.
    """

    kind: str
    prefix: str = ""  # of the word that is being typed
    owner: str = ""  # before the dot, or the imported file
    call: Call | None = None  # around it


def typed_at(text: str, offset: int) -> Typed:
    """What is being typed at an offset."""
    before = text[:offset]
    line = before[before.rfind("\n") + 1 :]
    if (quoted := _IN_STRING.search(line)) is not None:
        return Typed("file", quoted[1])
    masked = mask(before)
    if _is_masked(before, masked):
        return Typed("nothing")
    found = _PREFIX.search(masked)
    prefix = found.group() if found else ""
    path = _PATH.search(masked)
    if path is not None and path[1]:
        return Typed("member", prefix, path[1].replace(" ", "").rstrip("."))
    if prefix[:1].isdigit():
        return Typed("nothing")
    if (source := _IMPORTED.match(line)) is not None:
        return Typed("imported", prefix, source[1] or source[2] or source[3])
    brackets = open_brackets(masked, offset)
    last = masked[brackets[-1]] if brackets else "{"
    return _in_brackets(masked, brackets, last, prefix)


def _in_brackets(masked: str, brackets: list[int], last: str, prefix: str) -> Typed:
    if last == "{":
        start = max(masked.rfind("\n"), masked.rfind("{"), masked.rfind("}")) + 1
        return _in_statement(masked[start:], prefix)
    opened = brackets[-1]
    if last == "[":
        is_type = re.search(r":[ \t]*\w*\Z", masked[:opened]) is not None
        return Typed("size" if is_type else "value", prefix, call=call_at(masked, brackets))
    header = re.match(r"\s*(?:fn|layer|vjp)\b", masked[masked.rfind("\n", 0, opened) + 1 :])
    if header is not None:
        is_type = re.search(r":[ \t]*\w*\Z", masked) is not None
        return Typed("type" if is_type else "nothing", prefix)
    return Typed("value", prefix, call=call_at(masked, brackets))


def _in_statement(line: str, prefix: str) -> Typed:
    """Outside brackets."""
    if _STARTS.match(line):
        return Typed("statement", prefix)
    if re.search(r"~[ \t]*\w*\Z", line):
        return Typed("initialiser", prefix)
    if _BINDING_TYPE.match(line):
        return Typed("type", prefix)
    if re.match(r"\s*dtype\b", line):
        return Typed("type", prefix)
    if _NAMES.match(line):
        return Typed("name", prefix)
    if re.match(r"\s*(?:dim|input|param|const|state|fn|layer|vjp|import|scan)[ \t]+\w*\Z", line):
        return Typed("nothing", prefix)
    if re.search(r"\bas[ \t]+\w*\Z", line):
        return Typed("nothing", prefix)
    return Typed("value", prefix)


def call_at(masked: str, brackets: list[int]) -> Call | None:
    """The innermost call whose bracket is open at the end of a text."""
    for opened in reversed(brackets):
        if masked[opened] == "{":
            return None
        if masked[opened] != "(":
            continue
        callee = _CALLEE.search(masked, 0, opened)
        if callee is None:
            continue
        arguments = _arguments(masked[opened + 1 :])
        keywords = [_KEYWORD_ARGUMENT.match(a.lstrip()) for a in arguments]
        own = keywords[-1]
        given = frozenset(k[1] for k in keywords[:-1] if k)
        return Call(callee[1], len(arguments) - 1, own[1] if own else "", given)
    return None


def _arguments(text: str) -> list[str]:
    """A text, cut at the commas outside brackets."""
    found, start, depth = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            found.append(text[start:i])
            start = i + 1
    return [*found, text[start:]]


def _is_masked(before: str, masked: str) -> bool:
    """Whether a text ends in a string or a comment."""
    line = masked.rfind("\n") + 1
    stripped = before[line:].rstrip()
    if not stripped:
        return False
    last = line + len(stripped) - 1
    if masked[last] != " ":
        return False
    # A string that is closed has ended, a comment goes on to the end of its line.
    return not (before[last] in "\"'" and _closes(before[line : last + 1]))


def _closes(text: str) -> bool:
    """Whether the last quote of a line is a closing one."""
    return mask(text + "x")[-1] == "x"
