"""The tables of this folder: what people write out of habit, and what it becomes.

A case is a block of lines, laid out as a patch: `-` is written by mistake, `+` is what the help
leads to, two blanks are both. Its head says the code and what the helps hold: the words in
backticks, each, or else all of the rest. `«»` are around the place. A prelude declares what the
cases use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.together import together

FOLDER = Path(__file__).parent

PRELUDE = """\
dim B
input x: [B, 3]
input y: [B]
input ids: i64[B]
param w: [3] = [1, 2, 3]
param W: [3, 4] = 1
param b = 1
"""


@dataclass(frozen=True)
class Case:
    """A habit. `start` and `end` are its place in `wrong`."""

    name: str
    code: str
    said: tuple[str, ...]
    shown: bool  # what is said is text of a graph
    wrong: str
    start: int
    end: int
    right: str


_CASE = re.compile(r"^! (\w+) (.*)\n((?:[-+ ].*\n|[-+]\n)+)", re.MULTILINE)


@cache
def cases() -> list[Case]:
    """Every case of every table."""
    return list(_cases())


def _cases() -> Iterator[Case]:
    for path in sorted(FOLDER.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        for match in _CASE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield _case(f"{path.stem}:{line}", *match.groups())


def _case(name: str, code: str, said: str, body: str) -> Case:
    lines = body.splitlines()
    marked = PRELUDE + _side(lines, " -")
    start, end = marked.index("«"), marked.index("»") - 1
    wrong = marked.replace("«", "", 1).replace("»", "", 1)
    shown = re.findall(r"`([^`]+)`", said)
    right = PRELUDE + _side(lines, " +")
    if not re.search(r"^ *(?:loss|output) ", right, re.MULTILINE):
        right += "loss nothing = sum(w)\n"
    helps = tuple(shown) or (said,)
    return Case(name, code, helps, bool(shown), wrong, start, end, right)


def _side(lines: list[str], signs: str) -> str:
    return "".join(line[2:] + "\n" for line in lines if line[:1] in signs and line[2:])


def _lines(case: Case) -> str:
    """The hundred lines of a table that a case is in."""
    table, _, line = case.name.partition(":")
    return f"{table}:{int(line) // 100}.."


by_table = together("case", cases(), by=_lines, ids=lambda case: case.name)
"""Gives a test the cases of a table, a hundred lines at a time."""
