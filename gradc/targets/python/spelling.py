"""How a clause of a stanza spells an operation in Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from gradc.records import dataclass

_SWITCHES = ("out", "boxed")
_VALUED = ("ufunc", "operator", "function")


class SpellingError(Exception):
    """A clause says something that makes no sense: a bug of the library."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """A Python expression over operands and attributes, or statements.

    `ufunc` is its function where one exists (so `out=` does), `operator` its Python operator.
    """

    text: str = ""
    ufunc: str = ""
    operator: str = ""
    statements: tuple[str, ...] = ()
    function: str = ""  # a helper of the module, copied where it is used
    out: bool = False  # `text` is a call that takes `out=`
    boxed: bool = False  # NumPy gives an array of no axes where a scalar is meant

    @property
    def copies_first(self) -> bool:
        """Whether the first statement is `y = x.copy()`, and the rest changes that."""
        return re.fullmatch(r"\w+ = \w+\.copy\(\)", "".join(self.statements[:1])) is not None

    @property
    def takes_over(self) -> bool:
        """Whether the result can be written into the memory of an operand."""
        return bool(self.ufunc) or self.out or self.copies_first

    def expression(self, operands: Sequence[str]) -> str:
        """The spelling as one expression over names; empty where it is statements."""
        if self.text:
            return self.text
        if self.ufunc:
            return f"{self.ufunc}({', '.join(operands)})"
        return f" {self.operator} ".join(operands) if self.operator else ""


@cache
def read_spelling(items: tuple[str, ...]) -> Spelling:
    """The spelling that the words of a clause say. Raises SpellingError."""
    fields: dict[str, str | bool | tuple[str, ...]] = {}
    pending = list(items)
    while pending:
        word = pending.pop(0)
        if word in _SWITCHES:
            fields[word] = True
        elif word == "statements":
            fields[word], pending = tuple(pending), []
        elif word in _VALUED and pending:
            fields[word] = pending.pop(0)
        elif "text" in fields:
            raise SpellingError(f"`{fields['text']}` and `{word}`: one of them is no NumPy")
        else:
            fields["text"] = word
    if "statements" in fields and "text" in fields:
        raise SpellingError(f"`{fields['text']}` beside statements")
    return Spelling(**fields)  # type: ignore[arg-type]
