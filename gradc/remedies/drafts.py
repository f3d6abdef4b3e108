"""What a help shows to write: the convention that helps are worded by.

What is to be written stands in backticks, behind `write`, `declare`, `call it` or `did you mean`,
or behind a colon. Further lines follow behind `and`, other choices behind `or`; `…` stands for what
the reader knows better, and is not tried. What else a help says holds without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradc.patterns import pattern
from gradc.records import dataclass
from gradc.syntax.keywords import KEYWORDS

_SHOWN = pattern(
    r"(?P<lead>\bwrite |\bdeclare (?:it )?|\bcalls? it |"
    r"\bdid you mean |\bis (?:written (?=`scan)|repeated by |declared by )|: )"
    r"`(?P<text>[^`]+)`"
    r"|^`(?P<fits>[^`]+)`"
    r"(?= (?:fits|has as many|makes the layer|is the product of|takes the larger)\b)"
)
_WORD = pattern(r"\w+")
_FREE = pattern(r'"[^"]*"|(?<![\w.])(?P<name>[^\W\d]\w*)(?!\w|\(|\s*=)')
_BOUND = pattern(
    r"\b(?:over|next|as|param|input|output|loss|dim|fn|layer) \w+|\w+(?= in )|"
    r"(?:^|\bscan |\bnext )\w+(?:, \w+)*(?= =)"
)
_WORDS = (
    *KEYWORDS,
    "inf",
    "nan",
    "pi",
    "e",
    "nn",
    "as",
    "axis",
    "in",
    "over",
    "times",
    "reverse",
    "training",
)
_NAME = pattern(r"[^\W\d]\w+")
_CHOICE = pattern(r",? or (?:write )?`([^`]+)`")
_LINE = pattern(r"(?:,| and|, and)(?: below it)? `([^`]+)`")
_OWN = 2  # names that stand for nothing are left out; more of them tell what is meant
_BELOW = pattern(r"; below it write `([^`]+)` for `([^`]+)`")
_CALLED = pattern(r", and `(\w+)\(…, ([\w, ]+)\)` for `\w+\(…\)`")
_HERE = pattern(r", and (?:write )?`(\w+)` here\b")
_IMPORT = pattern(r"`(from nn import \w+)` makes")
_SKETCHED = pattern(r",? where `|, and use `")
_SENTENCE = pattern(r"[;:] (?!below it)")


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to be written. `start` and `end` are its place in the help."""

    text: str
    start: int
    end: int
    below: tuple[str, str] | None = None  # a name, and what it is called further down
    called: tuple[str, str] | None = None  # a function, and what each call gives beside
    here: str = ""  # what stands at the mistake, where the text is a declaration


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a help shows to write: one of the drafts is enough."""

    help: str
    lead: str  # the words before it
    start: int
    end: int
    drafts: tuple[Draft, ...]

    @property
    def told(self) -> str:
        """What stands before it."""
        return self.help[: self.start]

    @property
    def asks(self) -> bool:
        """Whether it is a guess, said as one."""
        return self.lead.strip() in ("did you mean", "call it", "calls it")

    def with_only(self, kept: Draft, behind: str | None = None) -> str:
        """The help with one draft of several, and what is said behind them where it was last."""
        if behind is None:
            behind = self.help[self.end :] if kept is self.drafts[-1] else self.rest
        if kept is self.drafts[0]:
            return self.help[: kept.end] + behind
        return f"{self.help[: self.start]}{self.lead}{self.help[kept.start : kept.end]}{behind}"

    @property
    def rest(self) -> str:
        """A sentence behind what is shown, with the sign before it."""
        found = _SENTENCE.match(self.help, self.end)
        return "" if found is None else self.help[found.start() :]

    def sketched(self, text: str) -> str:
        """The help with `…` for what stands for nothing in a text; empty where all stands there."""
        draft = self.drafts[0]
        shown = self.help[draft.start : draft.end]
        known = {*_WORD.findall(text), *_WORDS}
        for stretch in (m[0] for m in _BOUND.finditer(draft.text)):
            known.update(_WORD.findall(stretch))

        def sketch(match: re.Match[str]) -> str:
            return "…" if match["name"] and match["name"] not in known else match[0]

        stretches = shown.split("`")  # what is written, and the words between
        first = shown[:1] == "`"
        free = dict.fromkeys(
            m["name"] for code in stretches[first::2] for m in _FREE.finditer(code) if m["name"]
        )
        own = [f"`{name}`" for name in free if name not in known]
        if len(own) > _OWN:
            return f"{self.help[: draft.end]} with {', '.join(own)} of your own{self.rest}"
        for i in range(first, len(stretches), 2):
            stretches[i] = _FREE.sub(sketch, stretches[i])
        filled = "`".join(stretches)
        if filled == shown or not _WORD.search(filled):
            return ""  # nothing, or nothing but a gap
        return f"{self.help[: draft.start]}{filled}{self.rest}"

    def without(self) -> str:
        """What the help says beside that; the empty text for nothing."""
        before = self.told.rstrip(" :,;")
        if self.lead.startswith("is "):  # what stands before is its subject
            before = pattern(r"(?:^|[;:,] )[^;:,]*$").sub("", before)
        behind = self.rest[2:]
        return "; ".join(part for part in (before, behind) if part)


def shown_by(text: str) -> Shown | None:
    """What a help shows to write, or None where it only tells."""
    for match in _SHOWN.finditer(text):
        end = match.end()
        if match["fits"]:
            draft = Draft(match["fits"], 0, end)
            return Shown(text, "", 0, end, (draft,))
        if text[: match.start()].endswith(("both lines ", "line out, and ", " so")):
            return None  # of two places; an example
        if _SKETCHED.match(text, end) or match["text"].endswith("{"):
            return None
        drafts = tuple(_drafts(text, match["text"], match.start("text") - 1, end))
        if any("…" in d.text for d in drafts):
            return None
        end = max(d.end for d in drafts)
        if match["lead"] == ": " and text[end : end + 1] not in ("", ";", ","):
            continue
        if match["lead"] == ": " and _NAME.fullmatch(match["text"]):
            continue  # a function, not a call of it
        return Shown(text, match["lead"], match.start(), end, drafts)
    return None


def _drafts(text: str, first: str, start: int, end: int) -> Iterator[Draft]:
    if (here := _HERE.match(text, end)) is not None:
        yield Draft(first, start, here.end(), here=here[1])
        return
    if (called := _CALLED.match(text, end)) is not None:
        yield Draft(first, start, called.end(), called=(called[1], called[2]))
        return
    lines = [first]
    while (line := _LINE.match(text, end)) is not None:
        lines.append(line[1])
        end = line.end()
    below = _BELOW.match(text, end)
    if below is not None:
        end = below.end()
    renamed = (below[2], below[1]) if below else None
    yield Draft("\n".join(lines), start, end, renamed)
    while (choice := _CHOICE.match(text, end)) is not None:
        yield Draft(choice[1], choice.start(1) - 1, choice.end(), renamed)
        end = choice.end()


def imports_of(helps: tuple[str, ...]) -> str:
    """The import that the other drafts of a diagnostic need, said in a help of its own."""
    found = _IMPORT.search(" ".join(helps))
    return "" if found is None else found[1]
