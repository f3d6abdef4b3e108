"""Two functions timed in turn, so that a machine that slows down slows both."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from statistics import median


def ratio(
    first: Callable[[], object], second: Callable[[], object], *, pairs: int, calls: int
) -> float:
    """The median over pairs of the time of `first` by that of `second`."""
    ratios = []
    for pair in range(pairs):
        order = (first, second) if pair % 2 == 0 else (second, first)
        seconds = {f: _timed(f, calls) for f in order}
        ratios.append(seconds[first] / seconds[second])
    return median(ratios)


def _timed(function: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return time.perf_counter() - start


def peak_bytes(function: Callable[[], object]) -> int:
    """The most memory in use during a call, above what was in use before."""
    function()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    kept = function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del kept
    return peak - before
