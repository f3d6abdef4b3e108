"""The works of the benchmarks: their graphs compile, and give what NumPy by hand gives."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import works
from benchmarks.agree import disagreements, named
from benchmarks.contenders import HAND, LEVELS, prepared
from benchmarks.work import Absent, Case, Row, Work, work_called
from gradc.source import Source
from gradc.syntax.formatter import format_text
from tests.seldom import seldom

_MOST = 40  # of any size: more than a block of rows, and quick


def _small(row: Row) -> Row:
    sizes, dims = (
        {name: min(size, _MOST) for name, size in given.items()} for given in (row.sizes, row.dims)
    )
    return replace(row, sizes=sizes, dims=dims)


ROWS = [
    pytest.param(work, _small(row), id=row.name)
    for work in map(work_called, works.NAMES)
    for row in work.rows
]


def test_every_file_is_a_work_of_the_table() -> None:
    files = {p.stem for p in Path(works.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == set(works.NAMES)


@pytest.mark.parametrize(("work", "row"), ROWS)
def test_every_level_gives_what_numpy_by_hand_gives(work: Work, row: Row) -> None:
    case = Case.of(work, row)
    expected = prepared(case, HAND)()
    for level in LEVELS:
        assert disagreements(case, prepared(case, level)(), expected) == [], level


@pytest.mark.parametrize("name", seldom(works.NAMES, lambda name: works.NAMES.index(name) % 4 > 0))
def test_c_gives_what_numpy_by_hand_gives(name: str) -> None:
    work = work_called(name)
    case = Case.of(work, _small(work.rows[0]))
    try:
        step = prepared(case, "C")
    except Absent as why:
        pytest.skip(str(why))
    assert disagreements(case, step(), prepared(case, HAND)()) == []


@pytest.mark.parametrize(("work", "row"), ROWS)
def test_steps_by_hand_may_be_taken_again(work: Work, row: Row) -> None:
    case = Case.of(work, row)
    step = prepared(case, HAND)
    first = {name: value.copy() for name, value in named(case, step()).items()}
    again = named(case, step())
    assert all([np.array_equal(first[name], again[name]) for name in first])


@pytest.mark.parametrize(("work", "row"), ROWS)
def test_graphs_are_laid_out_as_fmt_does(work: Work, row: Row) -> None:
    text = row.graph or work.graph
    assert format_text(Source("work.graph", text)) == text
