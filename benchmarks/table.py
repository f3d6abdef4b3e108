"""What was measured, as text: a line on the terminal, tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf

from benchmarks.contenders import CONTENDERS, HAND
from benchmarks.measure import Measured
from benchmarks.rounds import Ratio

_OTHERS = [name for name in CONTENDERS if name != HAND]
NONE = "–"
MET, MISSED = "met", "**missed**"
_BY_HAND = 1.2  # times the memory of NumPy by hand, at most


def heading() -> str:
    """The columns of `line`."""
    columns = "".join([f"{name:>14}" for name in _OTHERS])
    return f"{'over NumPy by hand':<24}{HAND:>12}{columns}"


def line(found: Measured) -> str:
    """A row: microseconds by hand, and how many times as long the others take."""
    hand = _median(found.taken[HAND]) * 1e6
    others = "".join([f"{_cell(found, name):>14}" for name in _OTHERS])
    return f"{found.row.name:<24}{f'{hand:,.4g} µs':>12}{others}"


def goals(found: Measured) -> Iterator[str]:
    """For each goal of a row, whether it is reached."""
    for name, (goal, got) in found.goals().items():
        yield f"    -O2 over {name}: {_spread(got)}, goal {goal:g}: {verdict(goal, got)}"
    for name, what in found.wrong.items():
        yield f"    {name} disagrees with NumPy by hand: {what}"


def verdict(goal: float, got: Ratio | None) -> str:
    """Whether a goal is met."""
    if got is None:
        return "not measured"
    return MET if float(f"{got.median:.3g}") <= goal else MISSED  # as it is shown


def times(rows: Sequence[Measured]) -> str:
    """All rows, over NumPy by hand."""
    head = ["work", f"{HAND}, µs", *_OTHERS]
    lines = [
        [f.row.name, f"{_median(f.taken[HAND]) * 1e6:,.4g}", *[_cell(f, n) for n in _OTHERS]]
        for f in rows
    ]
    return markdown(head, lines)


def goals_table(rows: Sequence[Measured]) -> str:
    """All goals, and how many of them are met."""
    found = [(f.row.name, n, goal, got) for f in rows for n, (goal, got) in f.goals().items()]
    verdicts = [verdict(goal, got) for _, _, goal, got in found]
    lines = [
        [row, n, _spread(got), f"{goal:g}", said]
        for (row, n, goal, got), said in zip(found, verdicts, strict=True)
    ]
    table = markdown(["work", "-O2 over", "measured", "goal", ""], lines)
    return f"{table}\n\n{verdicts.count(MET)} of {len(found)} goals are met."


def peaks_table(rows: Sequence[tuple[str, Mapping[str, float]]]) -> str:
    """The megabytes of each contender, and whether -O2 takes little enough."""
    lines, met = [], 0
    for row, found in rows:
        own, hand, jax = (found.get(n, inf) for n in ("-O2", HAND, "JAX"))
        small = own <= _BY_HAND * hand and own <= jax
        met += small
        cells = [f"{found[n] / 1e6:.1f}" if n in found else NONE for n in CONTENDERS]
        lines.append([row, *cells, MET if small else MISSED])
    table = markdown(["MB", *CONTENDERS, "goal"], lines)
    goal = f"at most {_BY_HAND:g} times NumPy by hand, and at most JAX"
    return f"{table}\n\nThe goal, {goal}, is met in {met} of {len(rows)} rows."


def markdown(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table; the first column is words, the others numbers."""
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join([f"| {' | '.join(cells)} |" for cells in [head, rule, *lines]])


def _cell(found: Measured, name: str) -> str:
    if name in found.wrong:
        return "disagrees"
    over = found.over(name, HAND)
    return NONE if over is None else f"{over.median:.3g}"


def _spread(over: Ratio | None) -> str:
    if over is None:
        return NONE
    return f"{over.median:.3g} ({over.low:.3g} to {over.high:.3g})"


def _median(seconds: Sequence[float]) -> float:
    return sorted(seconds)[len(seconds) // 2]
