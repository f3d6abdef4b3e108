"""Going on after a mistake: which part of a text to blank out so that the rest can be parsed.

Blanking keeps every offset and every line break, and a block that was opened before the part
stays closable after it.
"""

from __future__ import annotations

import re

from gradc.patterns import pattern
from gradc.syntax.characters import mask
from gradc.syntax.keywords import KEYWORDS

_STRUCTURE = pattern(r"[()\[\]{}\n]")
_NEXT_LINE = pattern(r"\s*(?P<line>[^\n]*)")
_STATEMENT = pattern(rf"(?:{'|'.join(sorted(KEYWORDS))})\b|\w+\s*(?:[,:]|=(?!=))|[}}#]|$")
_OPENS_BLOCK = pattern(r"\s*(?:fn|layer|op|vjp|scan)\b")
_BLANKS = pattern(r"[ \t]*")
_BRANCH = pattern(r"[ \t]*(?:else|elif|except|finally|case)\b.*:[ \t]*(?:#.*)?$")
_FURTHER = pattern(r"[ \t]*(?:else|elseif|elif|case|otherwise)\b")
_ENDS_BLOCK = pattern(r"[ \t]*end\w*[ \t]*;?[ \t]*(?:#.*)?$")
_ELSE_BLOCK = pattern(r"\s*else\b[^\n{}]*\{")
_ELSE_LINE = pattern(r"\s*(?P<line>(?:else|elif|elseif)\b[^\n{}]*?(?P<opens>:?)[ \t]*)(?=\}|\n|$)")
_INK = pattern(r"[^\n]")


def open_brackets(text: str, end: int) -> list[int]:
    """The offsets of the brackets and braces that are open at `end`, outermost first."""
    stack: list[int] = []
    for match in _STRUCTURE.finditer(mask(text[:end])):
        c = match.group()
        if c in "([{":
            stack.append(match.start())
        elif c in ")]}" and stack:
            stack.pop()
    return stack


def closes(text: str, bracket: int) -> bool:
    """Whether a bracket has a partner before the next brace."""
    depth = 0
    for match in _STRUCTURE.finditer(mask(text[bracket:])):
        c = match.group()
        if c in "([":
            depth += 1
        elif c in ")]":
            depth -= 1
            if not depth:
                return True
        elif c in "{}":
            return False
    return False


def without(text: str, start: int, end: int) -> str:
    """The text with a stretch blanked out."""
    return text[:start] + _INK.sub(" ", text[start:end]) + text[end:]


def without_statement(text: str, place: int, stop: int | None = None) -> str:
    """The text without the statement at `place`, as far as `stop` where that is given.

    A block that the statement opens goes with it; a brace that closes an earlier block stays.
    """
    masked = mask(text)
    start = _statement_start(masked, place)
    end = stop if stop is not None else _statement_end(masked, start, place)
    opened = 0
    for match in re.finditer(r"[{}]", masked[start:end]):
        if match.group() == "{":
            opened += 1
        elif opened:
            opened -= 1
        else:
            brace = start + match.start()
            text = without(text, start, brace)
            start = brace + 1
    if opened and stop is None:
        end = _block_end(masked, end, opened)
    return without(text, start, end)


def without_header(text: str, place: int, stop: int) -> str:
    """The text without the statement at `place` as far as `stop`, where its bracket is unclosed.

    If it would have opened a block, the brace that closes the block goes too.
    """
    masked = mask(text)
    header = masked[_statement_start(masked, place) : stop]
    rest = without_statement(text, place, stop)
    if _OPENS_BLOCK.match(header) and "{" not in header:
        depth = 0
        for match in re.finditer(r"[{}]", masked[stop:]):
            depth += 1 if match.group() == "{" else -1
            if depth < 0:
                return without(rest, stop + match.start(), stop + match.end())
    return rest


def without_block(text: str, place: int) -> str:
    """The text without the block whose brace comes next after `place`."""
    start = text.index("{", place)
    return without(text, start, _block_end(mask(text), start + 1, 1))


def without_indented(text: str, place: int, depth: int) -> str:
    """The text without the lines below `place` which are indented deeper, as in Python.

    A further branch, `else:`, goes too, with the lines below it.
    """
    end = text.find("\n", place) + 1
    while 0 < end < len(text):
        stop = text.find("\n", end)
        stop = len(text) if stop < 0 else stop
        line = text[end:stop]
        if line.strip() and _indent(text, end) <= depth and not _BRANCH.match(line):
            break
        text = without(text, end, stop)
        end = stop + 1
    return text


def without_ended(text: str, place: int, depth: int) -> str:
    """The text without the lines below `place` as far as their `end`, where they are indented."""
    start = end = text.find("\n", place) + 1
    while 0 < end < len(text):
        stop = f"{text}\n".index("\n", end)
        line = text[end:stop]
        if _ENDS_BLOCK.match(line):
            return without(text, start, stop)
        if line.strip() and _indent(text, end) <= depth and not _FURTHER.match(line):
            break
        end = stop + 1
    return text


def _indent(text: str, start: int) -> int:
    line = _BLANKS.match(text, start)
    return line.end() - start if line else 0


def without_branches(text: str, place: int) -> str:
    """The text without what stands next after `place`: `else { … }`, or a line that begins so."""
    while match := _ELSE_BLOCK.match(text, place) or _ELSE_LINE.match(text, place):
        end = match.end()
        if text[end - 1] == "{":
            end = _block_end(mask(text), end, 1)
        elif match["opens"]:
            line = text.rfind("\n", 0, match.start("line")) + 1
            text = without_indented(text, line, _indent(text, line))
        text = without(text, match.start(), end)
        place = end
    return text


def without_lines(text: str, place: int, begins: re.Pattern[str]) -> str:
    """The text without the lines below `place` that begin so, as many as stand in a row."""
    start = text.find("\n", place) + 1
    while start and (match := begins.match(text, start)):
        end = text.find("\n", match.end())
        text = without(text, start, len(text) if end < 0 else end)
        start = end + 1
    return text


def without_continuation(text: str, place: int) -> str:
    """The text without the next line with something on it, unless that begins a statement."""
    match = _NEXT_LINE.match(text, place)
    if not match or _STATEMENT.match(match["line"]):
        return text
    return without_statement(text, match.start("line"))


def _statement_start(masked: str, place: int) -> int:
    """Just after the last line break outside brackets before `place`."""
    start = depth = 0
    for match in _STRUCTURE.finditer(masked, 0, place):
        c = match.group()
        if c in "([":
            depth += 1
        elif c in ")]":
            depth = max(0, depth - 1)
        elif c in "{}":
            depth = 0
        elif depth == 0:
            start = match.end()
    return start


def _statement_end(masked: str, start: int, place: int) -> int:
    """The first line break outside brackets after `place`.

    Where a brace or the end of the file comes first, a bracket lacks its partner: then the
    statement ends with the line.
    """
    depth = 0
    for match in _STRUCTURE.finditer(masked, start):
        c = match.group()
        if c in "([":
            depth += 1
        elif c in ")]":
            depth = max(0, depth - 1)
        elif c in "{}" and depth:
            break
        elif c == "\n" and depth == 0 and match.start() >= place:
            return match.start()
    end = masked.find("\n", place)
    return end if end >= 0 else len(masked)


def _block_end(masked: str, start: int, opened: int) -> int:
    for match in re.finditer(r"[{}]", masked[start:]):
        opened += 1 if match.group() == "{" else -1
        if not opened:
            return start + match.end()
    return start
