"""RESULTS.md: everything that is measured, with the machine that it was measured on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine, memory, table
from benchmarks.contenders import UNWRITTEN
from benchmarks.growth import all_growth
from benchmarks.measure import Measured

_PRINTING = ("compiling", "checkpoint", "steps", "drawing")
PAGE = Path(__file__).parent / "RESULTS.md"
_HEAD = """\
# Results

Written by `make bench`. Each work is a `.graph` text as a user writes it, NumPy as an expert writes
it, and the same in other systems; each is one file in `benchmarks/works`. All give the same value
and gradient to rounding before any is timed. They are timed in turn, round after round, on one core
with one thread. Medians are shown of the time that the process computes, and in brackets where half
of the rounds lie. Other guests of the machine disturb the microseconds: compare within a row. NumPy
by hand checks no arguments and has its buffers made beforehand; -O2 uses its workspace. A dash: not
written for this work, or not installed."""
_TIME = """\
Value and gradient, where a row says nothing else. The first column is NumPy by hand, in
microseconds; the others are times over it, so that 1 is as fast and 2 takes twice as long."""
_MEMORY = """\
The most that a call takes beyond its arguments, gradients and buffers included, in a process of its
own; rows below a megabyte are left out."""
_GROWTH = """\
What a unit costs as there are more of them. In the last line, a cost that grows by more than a
fifth is in bold."""
_REST = (
    "Compiling, long loops with and without checkpoints, pictures: as their own files print them."
)


def page(rows: Sequence[tuple[str, int, Measured]]) -> str:
    """The whole page: rows come with the names of their works and their places in them."""
    found = [measured for _, _, measured in rows]
    parts = [
        _HEAD,
        _machine(),
        f"## Goals\n\n{table.goals_table(found)}",
        f"## Time\n\n{_TIME}\n\n{table.times(found)}\n\n{_absences(found)}".rstrip(),
        f"## Memory\n\n{_MEMORY}\n\n{_memory(rows)}",
        "\n\n".join([f"## Growth\n\n{_GROWTH}", *all_growth()]),
        f"## The rest\n\n{_REST}\n\n```text\n{_printed()}```",
    ]
    return "\n\n".join(parts) + "\n"


def _machine() -> str:
    lines = [("processor", machine.processor()), ("cores", f"one of {machine.cores()}")]
    lines += [("BLAS of NumPy", machine.kernels()), *machine.versions().items()]
    lines += [("date", f"{datetime.now(UTC):%Y-%m-%d}")]
    return table.markdown(["machine", ""], lines)


def _absences(rows: Sequence[Measured]) -> str:
    """Why peers are missing, where it is not that nobody wrote them."""
    said: dict[str, list[str]] = {}
    for found in rows:
        for name, why in found.absent.items():
            if why != UNWRITTEN:
                said.setdefault(f"{name}: {why}", []).append(found.row.name)
        for name, what in found.wrong.items():
            said.setdefault(f"{name} disagrees by {what}", []).append(found.row.name)
    return "\n".join([f"- {why} ({'; '.join(names)})" for why, names in said.items()])


def _memory(rows: Sequence[tuple[str, int, Measured]]) -> str:
    if not memory.can_be_measured():
        return "This system cannot be asked for it."
    found = []
    for work, place, measured in rows:
        if measured.row.part == "value_and_grad":
            peaks = memory.peaks(work, place, measured.taken)
            found += [(measured.row.name, peaks)] if peaks else []
    return table.peaks_table(found)


def _printed() -> str:
    """Each in a process of its own, which has none of the memory that the works took."""
    calls = [[sys.executable, "-m", f"benchmarks.{name}"] for name in _PRINTING]
    done = [subprocess.run(c, check=True, stdout=subprocess.PIPE, text=True) for c in calls]
    return "\n".join([d.stdout.rstrip() + "\n" for d in done])
