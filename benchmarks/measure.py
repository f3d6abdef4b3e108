"""A row, measured: who takes part, whether they agree, and how long each takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.agree import disagreements
from benchmarks.contenders import CONTENDERS, HAND, prepared
from benchmarks.rounds import Ratio, ratio, timed
from benchmarks.work import Absent, Case, Row, Step, Work

SECONDS = 2.0  # of the rounds of a row, at least


@dataclass(frozen=True)
class Measured:
    """A row with the seconds of each contender, round by round, and why others have none."""

    row: Row
    taken: Mapping[str, Sequence[float]]
    absent: Mapping[str, str]
    wrong: Mapping[str, str]

    def over(self, first: str, second: str) -> Ratio | None:
        """How long the first takes over the second, where both took part."""
        if first not in self.taken or second not in self.taken:
            return None
        return ratio(self.taken[first], self.taken[second])

    def goals(self) -> dict[str, tuple[float, Ratio | None]]:
        """Against whom, what -O2 should reach, and what it does."""
        return {name: (goal, self.over("-O2", name)) for name, goal in self.row.goals.items()}


def measured(work: Work, row: Row, seconds: float = SECONDS) -> Measured:
    """All contenders of a row, in turn; those that disagree with the one by hand are not timed."""
    case = Case.of(work, row)
    steps: dict[str, Step] = {}
    absent, wrong = {}, {}
    for name in CONTENDERS:
        try:
            steps[name] = prepared(case, name)
        except Absent as why:
            absent[name] = str(why)
    expected = steps[HAND]()
    for name in [n for n in steps if n != HAND]:
        if differing := disagreements(case, steps[name](), expected):
            wrong[name] = ", ".join(differing)
            del steps[name]
    return Measured(row, timed(steps, seconds), absent, wrong)
