"""What a help shows to write, written where it says: the mistake is gone."""

import re

from gradc.diagnostics import Help
from gradc.remedies.drafts import shown_by
from gradc.remedies.tries import edited
from tests.habits.cases import Case, by_table, cases
from tests.habits.test_habits import errors_of


def complete(text: str) -> str:
    returns = re.search(r"^ *(?:loss|output) ", text, re.MULTILINE)
    return text if returns else f"{text}loss nothing = sum(w)\n"


@by_table
def test_what_a_help_shows_to_write_mends_the_line(case: Case) -> None:
    text = complete(case.wrong)
    (found,) = errors_of(text)
    if found.code == "E0105":  # a character: no text is compiled
        return
    for help_ in found.helps:
        if isinstance(help_, Help):
            changed = edited(text, help_.replacements)
            again = [(d.code, d.message, d.span and d.span.line) for d in errors_of(changed)]
            place = found.span and found.span.line
            assert (found.code, found.message, place) not in again, changed
        else:
            shown = shown_by(help_)
            assert shown is None or shown.asks, help_


def test_many_are_followed() -> None:
    helps = [
        help_ for case in cases() for d in errors_of(complete(case.wrong)) for help_ in d.helps
    ]
    assert sum(isinstance(help_, Help) for help_ in helps) >= 750


def test_no_help_is_a_gap_alone() -> None:
    helps = [
        help_ for case in cases() for d in errors_of(complete(case.wrong)) for help_ in d.helps
    ]
    assert not [help_ for help_ in helps if re.search(r"write `\W*…\W*`", help_)]


def test_a_help_that_is_told_in_full_leaves_nothing_to_mend() -> None:
    count = 0
    for case in (c for c in cases() if c.name.startswith("written:")):
        text = complete(case.wrong)
        (found,) = errors_of(text)
        helps = [help_ for help_ in found.helps if isinstance(help_, Help)]
        left = [errors_of(edited(text, help_.replacements)) for help_ in helps]
        assert not helps or [] in left, (case.name, left)
        count += bool(helps)
    assert count >= 75
