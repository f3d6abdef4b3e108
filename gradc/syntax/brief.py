"""Expressions: graphs on the command line, where `;` separates statements as line breaks do."""

from __future__ import annotations

from gradc.patterns import pattern
from gradc.source import Source
from gradc.syntax.characters import mask

# The only `;` of the language itself stands in the head of a rule: `vjp f(x) -> y; dy {`.
_RULE = pattern(r"\s*vjp\b[^{]*->[^{;]*")


def as_in_a_file(source: Source) -> str:
    """The text of a source with a line for each statement, every offset as it was."""
    text = source.text
    if not source.is_expression:
        return text
    found = list(text)
    start = 0
    for offset, c in enumerate(mask(text)):
        if c == "\n":
            start = offset + 1
        elif c == ";" and not _RULE.fullmatch(text, start, offset):
            found[offset] = "\n"
            start = offset + 1
    return "".join(found)
