"""Diagnostics as data: what is wrong, where, and what would help.

A message states, a help suggests. `report` turns them into text, JSON and the like.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from gradc.records import dataclass
from gradc.source import Span


@dataclass(frozen=True, slots=True)
class Label:
    """A secondary place, with a few words on what stands there."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What a call led into: `in f`, and the places in its body, the one at fault first.

    A body of gradc's own library has no places: it is none of the user's text.
    """

    text: str
    places: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Replacement:
    """A stretch of the user's text, and what is written there instead."""

    span: Span
    text: str


class Help(str):
    """A help that was tried: made all together, its replacements mend the mistake."""

    replacements: tuple[Replacement, ...]

    def __new__(cls, text: str, replacements: Iterable[Replacement]) -> Help:
        made = super().__new__(cls, text)
        made.replacements = tuple(replacements)
        return made


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `code` is `E0302`, `W901`…; `text` is what stands under the primary span.

    The primary span is in what the user wrote. Where it is a call that led into bodies, these are
    the `notes`, from the outermost to the one at fault.
    """

    code: str
    message: str
    span: Span | None
    text: str = ""
    labels: tuple[Label, ...] = ()
    helps: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.code.startswith("E")


class DiagnosticError(Exception):
    """Raised where a stage cannot go on; carries every diagnostic found so far."""

    def __init__(self, diagnostics: Iterable[Diagnostic], told_of: object = None):
        self.diagnostics = tuple(diagnostics)
        self.told_of = told_of  # the call around, of which they are told already
        super().__init__("; ".join(f"{d.code}: {d.message}" for d in self.diagnostics))


def error(
    code: str,
    message: str,
    span: Span | None,
    text: str = "",
    labels: Iterable[Label] = (),
    helps: Iterable[str] = (),
) -> DiagnosticError:
    """A `DiagnosticError` of one diagnostic, ready to be raised."""
    return DiagnosticError([Diagnostic(code, message, span, text, tuple(labels), tuple(helps))])


_CANDIDATES = 2_000  # each is compared letter by letter
_LONGEST = 100  # characters of a name that may be mistyped


def closest(name: str, candidates: Sequence[str], cutoff: float = 0.7) -> list[str]:
    """The candidate that a name is most like, if there is one; `cutoff` says how like."""
    from difflib import get_close_matches  # noqa: PLC0415  what is right needs none

    return get_close_matches(name, candidates, n=1, cutoff=cutoff)


def near_miss(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The help `did you mean …?` for a name that is not known, or nothing."""
    if len(name) > _LONGEST:
        return ()
    first = list(islice(candidates, _CANDIDATES))
    matches = closest(name, first)
    return (f"did you mean `{matches[0]}`?",) if matches else ()


_WORDS = {"avg": "mean", "average": "mean", "batchmean": "mean", "sum_over_batch_size": "mean",
          "total": "sum", "add": "sum", "no": "none", "null": "none", "false": "none"}  # fmt: skip


def meant_mode(word: str, words: Sequence[str]) -> list[str]:
    """The mode that a word of other systems, or a slip of the hand, means."""
    low = word.lower()
    near = [_WORDS[low]] if _WORDS.get(low) in words else closest(low, words, 0.6)
    return [f'write `"{near[0]}"`'] if near else []


def plural(count: object, one: str, many: str = "") -> str:
    """A count with its noun: `1 axis`, `2 axes`; the plural is `many`, or ends in an `s`."""
    return f"{count} {one if str(count) == '1' else many or one + 's'}"


def do(count: object) -> str:
    """The verb of so many: `1 element does not fill`, `2 elements do not`."""
    return "does" if str(count) == "1" else "do"
