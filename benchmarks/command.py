"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmarks import table
from benchmarks.measure import Measured, measured
from benchmarks.results import PAGE, page
from benchmarks.work import work_called
from benchmarks.works import NAMES


def main(words: Sequence[str]) -> int:
    """Prints a line a row as it is measured; 1 where gradients disagree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"one of: {', '.join(NAMES)}")
    parser.add_argument("--write", action="store_true", help=f"measure all, and write {PAGE.name}")
    given = parser.parse_args(words)
    names = given.works or NAMES
    if given.write and given.works:
        parser.error("--write is for all works")
    if unknown := [name for name in names if name not in NAMES]:
        parser.error(f"no work is called {unknown[0]}; there are {', '.join(NAMES)}")
    print(table.heading())
    rows: list[tuple[str, int, Measured]] = []
    for name in names:
        work = work_called(name)
        for place, row in enumerate(work.rows):
            found = measured(work, row)
            rows.append((name, place, found))
            print(table.line(found), *table.goals(found), sep="\n", flush=True)
    if given.write:
        PAGE.write_text(page(rows), encoding="utf-8")
    return int(any([found.wrong for _, _, found in rows]))
