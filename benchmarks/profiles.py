"""What -O2 spends its time on where it misses a goal: `python -m benchmarks.profiles`.

For each row that takes longer than its goal allows, a table of the calls of NumPy's, and how long
the functions and products among them take alone. `--write` puts all of that into PROFILES.md.
"""

from __future__ import annotations

from benchmarks import machine

if __name__ == "__main__":
    machine.pin()  # NumPy reads how many threads it may use when it is loaded

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.clocked import FUNCTIONS, PRODUCTS, PYTHON, Share, is_helper, shares
from benchmarks.contenders import prepared
from benchmarks.measure import Measured
from benchmarks.rounds import timed
from benchmarks.table import MISSED, markdown, verdict
from benchmarks.work import Absent, Case, Row, Work, compiled, work_called
from benchmarks.works import NAMES

PAGE = Path(__file__).parent / "PROFILES.md"
_OWN = "-O2"
_SECONDS = 4.0  # of a row
_SMALL = 0.01  # of the time: what takes less is put together
_HEAD = """\
# Profiles

Written by `python -m benchmarks.profiles --write`: for each row of [RESULTS.md](RESULTS.md) in
which -O2 misses a goal, what its time goes to. A clock stands behind each statement of the emitted
function, and what the clock adds is taken off again. *Functions* are those of single numbers, the
module's own such as `_sigmoid` among them, *products* those of matrices and vectors, sums included;
then come the other passes over arrays, and what Python takes for names, slices and numbers.

Functions and products have to be called in any NumPy that computes this, so what they take alone
is a floor. To that each pass adds: NumPy reads its operands from the cache and writes the result
there, where a compiler has all passes in one loop, and what is between them in registers. Where all
calls of NumPy's together take longer than the other does, Python is not what is in the way."""


def profiled(work: Work, row: Row, seconds: float = _SECONDS) -> str:
    """The section of a row; empty where it misses no goal."""
    case = Case.of(work, row)
    steps = {}
    for name in (_OWN, *row.goals):
        try:
            steps[name] = prepared(case, name)
        except Absent:
            continue
    found = Measured(row, timed(steps, seconds), {}, {})
    missed = [n for n, (goal, got) in found.goals().items() if verdict(goal, got) == MISSED]
    if not missed:
        return ""
    spent = shares_of(case)
    whole = sum(s.seconds for s in spent)
    lines, floors = [], []
    for name in missed:
        goal, got = found.goals()[name]
        assert got is not None, "it was timed"
        other = whole / got.median
        lines.append(
            f"-O2 over {name}: {got.median:.2f}, goal {goal:g}. It takes {_micro(whole)} µs, "
            f"{name} {_micro(other)} µs."
        )
        computed = sum(s.seconds for s in spent if _kind(s) in ("functions", "products"))
        passes = sum(s.seconds for s in spent if s.name != PYTHON)
        floors.append(
            f"Functions and products alone are {computed / other:.2f} of {name}'s time, "
            f"all calls of NumPy's {passes / other:.2f}."
        )
    return "\n\n".join([f"## {row.name}", *lines, _table(spent), *floors])


def shares_of(case: Case) -> list[Share]:
    """What the statements of the part that is timed take."""
    net = compiled(case.work, case.row, 2)
    given: dict[str, Any] = {"params": case.params, **case.inputs}
    if case.row.part == "backward":
        given = {"saved": net.module.forward(**given)[1]}
    return shares(net.source, case.row.part, given)


def _table(spent: Sequence[Share]) -> str:
    whole = sum(s.seconds for s in spent)
    lines = []
    for kind in ("functions", "products", "passes", PYTHON):
        shown = [s for s in spent if _kind(s) == kind]
        large = [s for s in shown if s.seconds >= _SMALL * whole]
        small = [s for s in shown if s.seconds < _SMALL * whole]
        if small:
            calls, seconds = sum(s.calls for s in small), sum(s.seconds for s in small)
            large.append(Share("others", calls, seconds))
        for share in large:
            words = "" if kind == PYTHON else f": `{share.name}`".replace("`others`", "others")
            lines.append(
                [
                    f"{kind}{words}",
                    f"{share.calls:,}",
                    _micro(share.seconds),
                    f"{100 * share.seconds / whole:.0f} %",
                ]
            )
    return markdown(["what", "statements", "µs", "share"], lines)


def _kind(share: Share) -> str:
    if share.name in FUNCTIONS or is_helper(share.name):
        return "functions"
    if share.name in PRODUCTS:
        return "products"
    return PYTHON if share.name == PYTHON else "passes"


def _micro(seconds: float) -> str:
    return f"{seconds * 1e6:,.4g}"


def sections(names: Sequence[str]) -> Iterator[str]:
    """The sections of works, one a row that misses a goal."""
    for name in names:
        work = work_called(name)
        for row in work.rows:
            if found := profiled(work, row):
                yield found


def main(words: Sequence[str]) -> int:
    """Prints the sections of the works named, or of all."""
    names = [n for n in NAMES if n in words] or NAMES
    parts = [_HEAD]
    for section in sections(names):
        parts.append(section)
        print(f"\n{section}", flush=True)
    if "--write" in words:
        PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
