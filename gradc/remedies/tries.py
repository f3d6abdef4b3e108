"""Try: diagnostics to diagnostics whose helps are true.

What a help shows to write is written into the text, which is then read again. It is said where that
mends the mistake, and holds where it goes; else the help says what is left of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.patterns import pattern
from gradc.records import dataclass, replace
from gradc.remedies.drafts import Draft, Shown, imports_of, shown_by
from gradc.remedies.placement import before_all, further, places
from gradc.source import Source

Errors: TypeAlias = Callable[[Source], Sequence[Diagnostic] | None]
"""The errors of a text as far as its types; None where that costs too much."""

_PLACES = 12  # of a draft
_TRIES = 100  # of all helps together
_CHARACTERS = 300_000  # read in all tries
_DIAGNOSTICS = 6  # whose helps are tried: who reads them starts with the first
_RETURNS = pattern(r"\b(?:loss|output)\b")
_FURTHER = pattern(
    r"are not seen$|^values have no methods|^names stand without a prefix|^`nn` has nothing called"
)
_NOTHING_RETURNED = "E0211"
_WORD = pattern(r"\w+")
_NO_FILE = "E0216"  # one that is to be written yet
_SIGNS = ("E0107", "E0108", "E0110")  # that mean nothing, whatever stands before them
_OF_CALLS = ("E0203", "E0206", "E0208", "E0210")
_ELSEWHERE = ("E0202", "E0204", "E0208")  # what a replacement may cause at another line


def tried(source: Source, found: Iterable[Diagnostic], errors: Errors) -> tuple[Diagnostic, ...]:
    """The diagnostics with helps that were tried."""
    diagnostics = tuple(found)
    shown = [i for i, d in enumerate(diagnostics) if d.is_error and any(map(shown_by, d.helps))]
    if not shown:
        return diagnostics
    before = errors(source)
    if before is None:
        return diagnostics
    left = [min(_TRIES, _CHARACTERS // (len(source.text) + 1))]
    keys = {_key(d) for d in before}
    made = list(diagnostics)
    for i in shown[:_DIAGNOSTICS]:
        if _key(made[i]) in keys:
            trial = _Trial(source, made[i], before, errors, left)
            made[i] = replace(made[i], helps=tuple(trial.helps()))
    return tuple(d for d in made if not any(_mends(first, d) for first in made))


def _mends(first: Diagnostic, later: Diagnostic) -> bool:
    """Whether a help of one mistake writes anew what another one is about."""
    place, other = first.span, later.span
    if first is later or place is None or other is None or not later.is_error:
        return False
    return any(
        r.span.start <= other.start and other.end <= r.span.end and r.span.start >= place.end
        for help_ in first.helps
        if isinstance(help_, Help)
        for r in help_.replacements
    )


def _key(d: Diagnostic) -> tuple[str, str, int]:
    return d.code, d.message, -1 if d.span is None else d.span.start


@dataclass(slots=True)
class _Trial:
    """The helps of one diagnostic, tried. `left` is how many texts may be read yet."""

    source: Source
    diagnostic: Diagnostic
    before: Sequence[Diagnostic]
    errors: Errors
    left: list[int]
    missing: str = ""  # the import that the last text lacked
    hidden: str = ""  # what else is wrong with a line that the mistake kept from being seen

    def helps(self) -> Iterator[str]:
        """The helps, as far as they are true."""
        for text in self.diagnostic.helps:
            shown = shown_by(text)
            if isinstance(text, Help):
                yield from self._held(text, shown)
            elif shown is None:
                yield text
            else:
                yield from self._kept(shown)

    def _held(self, help_: Help, shown: Shown | None) -> Iterator[str]:
        """A help that knows itself where what it shows goes."""
        if any(r.span.source.text != self.source.text for r in help_.replacements):
            yield str(help_)
            return
        self.left[0] -= 1
        if self._after(help_.replacements) is not None:
            yield help_
        elif self.hidden and shown is not None and not shown.rest:
            yield Help(f"{help_}; then {self.hidden}", help_.replacements)
        elif shown is not None and shown.asks:
            yield str(help_)
        elif shown is not None and (rest := shown.without()):
            yield rest

    def _kept(self, shown: Shown) -> Iterator[str]:
        mends, hidden = [], ""
        sketched = "…" in shown.told  # a sketch stands before it, and holds without it
        for draft in shown.drafts:
            edits = self._mending(draft, shown.told)
            if edits and not (sketched and _orphans(edits)):
                mends.append((draft, edits))
            elif self.hidden and not hidden:
                hidden = f"{shown.with_only(draft, '')}; then {self.hidden}"
        if len(mends) == len(shown.drafts):
            yield Help(shown.help, mends[0][1])
        elif mends:
            draft, edits = mends[0]
            yield Help(shown.with_only(draft), edits)
        elif self.left[0] <= 0 or shown.asks or imports_of((shown.help,)):
            yield shown.help
        elif sketched:
            yield shown.without()
        elif hidden:
            yield hidden
        elif sketch := shown.sketched(self.source.text):
            yield sketch
        elif (rest := shown.without()) and (others := shown_by(rest)):
            yield from self._kept(others)
        elif rest:
            yield rest

    def _mending(self, draft: Draft, told: str) -> tuple[Replacement, ...]:
        """The edits that write a draft so that the mistake is gone; none where nothing does."""
        second: tuple[Replacement, ...] = ()
        self.hidden = ""
        hidden = ""
        imported = imports_of(self.diagnostic.helps)
        for first in islice(places(draft, told, self.diagnostic, self.source), _PLACES):
            if self.left[0] <= 0:
                break
            self.left[0] -= 1
            edits = (first, *further(draft, first, self.diagnostic))
            if imported and imported != draft.text:
                edits = (self._import(imported), *edits)
            new = self._after(edits)
            if new is None and self.missing and not imported:
                edits = (self._import(self.missing), *edits)
                new = self._after(edits)
            if new == 0:
                return edits
            hidden = hidden or self.hidden
            if new is not None:
                second = second or edits
        self.hidden = hidden
        return second

    def _may_cause(self, found: Diagnostic) -> bool:
        """Whether an error at another line may come of the edits."""
        return found.code in _ELSEWHERE and not _is_unseen(self.diagnostic, found)

    def _import(self, statement: str) -> Replacement:
        return Replacement(before_all(self.source), f"{statement}\n")

    def _after(self, edits: Sequence[Replacement]) -> int | None:
        """How many errors are new with edits made, or None where those do not mend the mistake."""
        text = replace(self.source, text=edited(self.source.text, edits))
        after = self.errors(text)
        if after is None:
            return None
        mistake = self.diagnostic
        known = Counter((d.code, d.message) for d in self.before)
        known[mistake.code, mistake.message] -= 1
        new, written, hidden = 0, list(_written(edits)), ""
        self.hidden = ""
        self.missing = next((i for d in after if (i := imports_of(d.helps))), "")
        lines = {line for stretch in written for line in _lines(text, *stretch)}
        for d in after:
            key, place = (d.code, d.message), d.span
            at_edit = place is None or (
                place.source.name == text.name
                and not lines.isdisjoint(_lines(text, place.start, place.end))
            )
            if d.code == _NOTHING_RETURNED:
                if any(_RETURNS.search(e.span.text) and not _RETURNS.search(e.text) for e in edits):
                    return None
            elif key == (mistake.code, mistake.message) and _is_same(mistake, d, edits, written):
                return None
            elif known[key] > 0:
                known[key] -= 1
            elif key != (mistake.code, mistake.message) and (
                at_edit or self._may_cause(d) or _is_lost(d, edits)
            ):
                if d.code == _NO_FILE and any(".graph" in e.text for e in edits):
                    continue
                if not at_edit or not _was_hidden(mistake, d, written):
                    return None
                hidden = hidden or d.message
            else:
                new += 1
        self.hidden = hidden
        return None if hidden else new


def _is_unseen(mistake: Diagnostic, found: Diagnostic) -> bool:
    """Whether an error is of what is called or said, which no one asks where syntax is wrong."""
    return mistake.code.startswith("E01") and found.code in _OF_CALLS


def _is_lost(found: Diagnostic, edits: Sequence[Replacement]) -> bool:
    """Whether a name stands for nothing any more, since edits took what bound it."""
    name = pattern(r"nothing is called `(\w+)`").match(found.message)
    return name is not None and any(
        name[1] in _WORD.findall(e.span.text) and name[1] not in _WORD.findall(e.text)
        for e in edits
    )


def _orphans(edits: Sequence[Replacement]) -> bool:
    """Whether edits take a brace, and leave the one that closes it."""
    taken = sum(e.span.text.count("{") - e.span.text.count("}") for e in edits)
    return taken > sum(e.text.count("{") - e.text.count("}") for e in edits)


def _was_hidden(mistake: Diagnostic, found: Diagnostic, written: Sequence[tuple[int, int]]) -> bool:
    """Whether an error is of the same line, which could not be read, and not of what was written.

    It is one of types, of what a body sees, or of another thing that is foreign.
    """
    place = found.span
    at_it = place is not None and (place.start, place.end) in written
    if at_it and found.code in ("E0305", "E0307"):
        return False  # what was written is no argument there
    further = found.code[:3] in ("E03", "E04") or _FURTHER.search(found.message) is not None
    further = further or _is_unseen(mistake, found) or _is_told_later(mistake, found)
    if found.code in _SIGNS and place is not None:  # a reader stops at the first of a line
        further = further or all(end <= place.start for _, end in written)
    return mistake.code[:3] in ("E01", "E02") and further


def _is_told_later(mistake: Diagnostic, found: Diagnostic) -> bool:
    """Whether a function that is not known stands in the line already, beside a wrong argument."""
    if mistake.code != "E0206" or found.code != "E0203" or not (mistake.span and found.span):
        return False
    name = found.span.text
    return name != mistake.span.text and name in mistake.span.lines.text


def _is_same(
    mistake: Diagnostic,
    found: Diagnostic,
    edits: Sequence[Replacement],
    written: Sequence[tuple[int, int]],
) -> bool:
    """Whether an error of the same words is the mistake again, in what was written or beside it."""
    if found.span is None or mistake.span is None:
        return True
    if any(start < found.span.end and found.span.start < end for start, end in written):
        return True
    before = [e for e in edits if e.span.end <= mistake.span.start]
    shift = sum(len(e.text) - len(e.span.text) for e in before)
    return found.span.start == mistake.span.start + shift


def _lines(source: Source, start: int, end: int) -> range:
    return range(source.line_of(start), source.line_of(max(end - 1, start)) + 1)


def _written(edits: Sequence[Replacement]) -> Iterator[tuple[int, int]]:
    """The stretches of the text that edits write, where they are then."""
    shift = 0
    for edit in sorted(edits, key=lambda e: e.span.start):
        start = edit.span.start + shift
        text = edit.text.removesuffix("\n")
        yield start, start + len(text)
        shift += len(edit.text) - len(edit.span.text)


def edited(text: str, edits: Iterable[Replacement]) -> str:
    """A text with edits made, which do not overlap."""
    for edit in sorted(edits, key=lambda e: e.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text
