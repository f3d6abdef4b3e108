"""Mistakes in which other text stands where a name was: they are told, whatever they look like.

What helps are made of is searched for in the text, where formulas and signs stand as well as names.
"""

import random
import re

import pytest

from tests.habits.cases import Case, cases
from tests.habits.test_habits import errors_of
from tests.seldom import seldom

FORMS = [
    "({0}**2 + {0})", "{0}[0]", "f({0})", "{0}.T", "({0})", "-{0}", "{0} * {0}", "[{0}, {0}]",
    '"{0}"', "{0}**", "{0}(", "*{0}", "{0}\\", "{0}|2", "{0}?", "{0}[", "x.{0}", "{0}()",
]  # fmt: skip
PARTS = 30
_NEAR = 80  # characters before the line of the mistake


def changed(case: Case, rng: random.Random, forms: list[str]) -> str:
    """The text of a mistake with one of the names near it in a formula, or beside a sign."""
    text = case.wrong
    first = text.rfind("\n", 0, case.start) - _NEAR
    names = [m for m in re.finditer(r"[A-Za-z_]\w*", text) if m.start() >= first]
    name = rng.choice(names)
    return text[: name.start()] + rng.choice(forms).format(name[0]) + text[name.end() :]


@pytest.mark.parametrize("part", seldom(range(PARTS), lambda part: part > PARTS // 5))
def test_there_is_nothing_that_is_not_told(part: int) -> None:
    rng = random.Random(part)
    for case in cases()[part::PARTS]:
        for forms in (FORMS[:1], FORMS[:1], FORMS):
            errors_of(changed(case, rng, forms))
