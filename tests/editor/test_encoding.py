"""Positions are lines and code units, whatever a comment holds."""

import pytest

from gradc.editor.encoding import Lines

TEXT = "# 😀 漢字 é\nx = α\r\n\ry"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("utf-8", (0, 13)), ("utf-16", (0, 7)), ("utf-32", (0, 6))],
)
def test_units_before_a_place_are_counted(encoding: str, expected: tuple[int, int]) -> None:
    lines = Lines(TEXT, encoding)
    assert lines.place(TEXT.index(" é")) == expected
    assert lines.offset(*expected) == TEXT.index(" é")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_there_and_back(encoding: str) -> None:
    lines = Lines(TEXT, encoding)
    for offset in range(len(TEXT) + 1):
        if TEXT[offset - 1 : offset + 1] != "\r\n":  # between the two is no place of its own
            assert lines.offset(*lines.place(offset)) == offset


def test_lines_end_as_editors_end_them() -> None:
    lines = Lines(TEXT)
    assert lines.place(TEXT.index("y")) == (3, 0)


def test_places_beyond_the_end_are_the_end() -> None:
    lines = Lines("ab\ncd")
    assert lines.offset(0, 99) == 2
    assert lines.offset(9, 0) == 5
    assert lines.place(99) == (1, 2)
    assert Lines("é\n").offset(0, 99) == 1


def test_a_place_within_a_character_is_a_place_behind_it() -> None:
    assert Lines("😀x").offset(0, 1) == 1
