"""Documentation: the blocks of `##` lines and what each of them documents."""

from __future__ import annotations

import re

from gradc.patterns import pattern
from gradc.records import dataclass

_BLOCK = pattern(r"^(?:[ \t]*\#\#(?:[ \t][^\n]*)?(?:\n|\Z))+", re.MULTILINE)
_LINE = pattern(r"^[ \t]*\#\#(?:[ \t]([^\n]*))?$", re.MULTILINE)
# What follows on a line of its own and takes no documentation.
_NEVER_DOCUMENTED = pattern(r"(?:dtype|import|from|wrt|vjp|scan|update|example)\b")


@dataclass(frozen=True, slots=True)
class Docs:
    """The documentation of the statement at each offset, and the one of the whole file."""

    by_offset: dict[int, str]
    module: str


def docs_of(text: str) -> Docs:
    """The documentation in a text.

    The first block documents the file where an empty line (or nothing) follows, where a statement
    follows that takes none, or where it opens a file whose first statement is a `dim`.
    """
    if "##" not in text:
        return Docs({}, "")
    by_offset: dict[int, str] = {}
    module = ""
    for number, block in enumerate(_BLOCK.finditer(text)):
        lines = [match[1] or "" for match in _LINE.finditer(block.group())]
        doc = "\n".join(line.rstrip() for line in lines).strip("\n")
        below = re.compile(r"[ \t]*").match(text, block.end())
        assert below
        start = below.end()
        if number == 0 and _documents_file(text, block.start(), start):
            module = doc
        else:
            by_offset[start] = doc
    return Docs(by_offset, module)


def _documents_file(text: str, block: int, below: int) -> bool:
    if below >= len(text) or text[below] == "\n" or _NEVER_DOCUMENTED.match(text, below):
        return True
    return not text[:block].strip() and re.match(r"dim\b", text[below:]) is not None
