"""Steps timed in turn, round after round, so that a machine that slows down slows them all.

What is counted is the time that the process computes. On a core of its own that is the time that
passes; on a machine with other guests it is what would have passed.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.work import Step

_SLOT = 0.004  # seconds of a step in a round, at least


@dataclass(frozen=True)
class Ratio:
    """The median time of one over that of another, and where half of the rounds lie."""

    median: float
    low: float
    high: float


def timed(steps: Mapping[str, Step], seconds: float, fewest: int = 3) -> dict[str, list[float]]:
    """The seconds that each step takes, round by round."""
    calls = {name: _calls(step) for name, step in steps.items()}
    taken: dict[str, list[float]] = {name: [] for name in steps}
    names = list(steps)
    end = time.perf_counter() + seconds
    while len(taken[names[0]]) < fewest or time.perf_counter() < end:
        for name in names:
            taken[name].append(_slot(steps[name], calls[name]) / calls[name])
        names.append(names.pop(0))  # none always follows the same
    return taken


def _calls(step: Step) -> int:
    calls = 1
    while (seconds := _slot(step, calls)) < _SLOT:
        calls = max(2 * calls, min(100 * calls, int(calls * _SLOT / max(seconds, 1e-7))))
    return calls


def _slot(step: Step, calls: int) -> float:
    turns = range(calls)
    gc.disable()
    try:
        start = time.process_time()
        for _ in turns:
            step()
        return time.process_time() - start
    finally:
        gc.enable()


def ratio(first: list[float], second: list[float]) -> Ratio:
    """The first over the second."""
    low, _, high = quantiles([a / b for a, b in zip(first, second, strict=True)], n=4)
    return Ratio(median(first) / median(second), low, high)
