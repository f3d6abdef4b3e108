"""A pattern is compiled where it is first used, and then is as any other."""

import re

import pytest

from gradc.patterns import pattern


def test_it_does_what_a_compiled_one_does() -> None:
    found = pattern(r"(?P<n>a+)b", re.IGNORECASE)
    match = found.search("xAAb")
    assert match is not None
    assert match["n"] == "AA"
    assert found.sub("c", "aab ab") == "c c"
    assert found.pattern == r"(?P<n>a+)b"
    assert found.match is found.match


def test_what_no_one_uses_is_not_compiled() -> None:
    wrong = pattern("(")
    with pytest.raises(re.error):
        wrong.match("")
