"""What a help says to write, written: somewhere around its place it mends the line."""

import re
from collections.abc import Iterator

import pytest

from gradc.source import Span
from tests.habits.cases import Case, cases
from tests.habits.test_habits import errors_of

_SAID = re.compile(r"(?:[^`]*: )?write `([^`…]+[^`…{])`(?:[;,:].*)?")
_IMPORTED = re.compile(r"`(from nn import \w+)` makes")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_TRIES = 150


def placed(text: str, span: Span, written: str) -> Iterator[str]:
    """The text with what is written in place of stretches of tokens of the line of `span`."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.index("\n", max(span.start, span.end - 1))
    yield text[: span.start] + written + text[span.end :]
    yield text[:start] + written + text[end:]
    tokens = [(start + m.start(), start + m.end()) for m in _TOKEN.finditer(text[start:end])]
    for low in reversed([low for low, _ in tokens if low <= span.start]):
        for high in [high for _, high in tokens if high >= span.end]:
            yield text[:low] + written + text[high:]


def complete(text: str) -> str:
    returns = re.search(r"^ *(?:loss|output) ", text, re.MULTILINE)
    return text if returns else f"{text}loss nothing = sum(w)\n"


def said(case: Case) -> tuple[str, Span, str, str] | None:
    """The text with the mistake, its place, what the help says to write, and what to import."""
    text = complete(case.wrong)
    found = errors_of(text)
    helps = found[0].helps if len(found) == 1 else ()
    match = _SAID.fullmatch(helps[0]) if helps else None
    place = found[0].span if match else None
    if match is None or place is None or found[0].code == "E0401":
        return None  # of a loss another part of its line is wrong
    imported = _IMPORTED.search(" ".join(helps))
    missing = imported[1] if imported and imported[1] not in text else ""
    return text, place, match[1], f"{missing}\n" if missing else ""


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_what_a_help_says_to_write_mends_the_line(case: Case) -> None:
    found = said(case)
    if found is None:
        return
    text, span, written, imported = found
    line = span.line + imported.count("\n")
    for _, changed in zip(range(_TRIES), placed(text, span, written), strict=False):
        places = [d.span for d in errors_of(imported + changed)]
        if all(place is None or place.line != line for place in places):
            return
    pytest.fail(f"`{written}` mends nothing in: {span.source.line_text(span.line)}")


def test_many_are_followed() -> None:
    assert sum(said(case) is not None for case in cases()) >= 400
