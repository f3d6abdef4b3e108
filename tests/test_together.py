"""What is tested together fails where one of it does, and is named."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.together import together

NUMBERS = range(1, 7)


def outcome(check: Callable[[int], None]) -> dict[str, str]:
    """What each group says: nothing where all is well."""
    tried: list[int] = []

    @together("number", NUMBERS, by=lambda n: "even" if n % 2 == 0 else "odd", ids=str)
    def test(number: int, other: str) -> None:
        assert other == "given"
        tried.append(number)
        check(number)

    (mark,) = test.pytestmark  # type: ignore[attr-defined]
    name, groups = mark.args
    told: dict[str, str] = {}
    function: Any = test
    for group in groups:
        try:
            function(**{name: group.values[0], "other": "given"})
        except pytest.fail.Exception as failure:
            told[group.id] = str(failure)
    assert sorted(tried) == list(NUMBERS)  # also behind one that fails
    return told


def test_nothing_is_said_where_all_is_well() -> None:
    assert outcome(lambda number: None) == {}


def test_each_that_fails_is_named() -> None:
    def check(number: int) -> None:
        if number in (2, 3, 6):
            raise ValueError(f"wrong: {number * 111}")

    told = outcome(check)
    assert told["odd"].splitlines()[0] == "1 of 3: 3"
    assert told["odd"].splitlines()[1:3] == ["--- 3", "3"]  # its name, and what it is
    assert told["odd"].splitlines()[-1] == "ValueError: wrong: 333"
    assert told["even"].splitlines()[0] == "2 of 3: 2, 6"
    assert 'raise ValueError(f"wrong: {number * 111}")' in told["even"]
    assert "ValueError: wrong: 222" in told["even"]
    assert "ValueError: wrong: 666" in told["even"]


def test_a_comparison_that_fails_says_what_was_compared() -> None:
    def check(number: int) -> None:
        assert number < 4, f"{number} is large"

    assert outcome(check)["even"].splitlines()[0] == "2 of 3: 4, 6"
    assert "AssertionError: 6 is large" in outcome(check)["even"]


@pytest.mark.parametrize("level", [0, 1])
@together("number", NUMBERS, by=lambda n: str(n // 4), ids=str)
def test_other_parameters_go_with_it(number: int, level: int) -> None:
    assert number in NUMBERS
    assert level in (0, 1)
