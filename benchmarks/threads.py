"""Large works in C on two cores, over the same extension on one: `python -m benchmarks.threads`.

The extension is built with `--openmp`. Both ways take turns, in one process, by the clock on the
wall, so both cores have to be idle otherwise. Before and behind each row a word is handed from core
to core, and the longer of the two times is told: where cores are far from each other, small works
gain little.
"""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.agree import disagreements
from benchmarks.handover import handover
from benchmarks.in_c import extension
from benchmarks.machine import cores, processor
from benchmarks.rounds import Ratio, ratio
from benchmarks.work import Case, Row, Step, Work, work_called

LARGE = {
    "chain": ("chain, f32", "chain, f64"),
    "gelu": ("GELU",),
    "softmax": ("softmax",),
    "layer_norm": ("layer norm",),
    "mlp": ("MLP, batch 256",),
    "transformer": ("transformer block",),
    "conv": ("conv net, batch 32",),
}
GOAL = 0.6
_SECONDS = 4.0  # of a row


def threads_setter() -> Callable[[int], None]:
    """What says how many threads a loop may have, of the library that is loaded already."""
    for name in ("libgomp.so.1", "libomp.so", "libomp.so.5", "libomp.dylib"):
        try:
            found: Callable[[int], None] = ctypes.CDLL(name).omp_set_num_threads
        except (OSError, AttributeError):
            continue
        return found
    raise OSError("there is no library of OpenMP's that could be asked for threads")


def compared(work: Work, row: Row, seconds: float = _SECONDS) -> tuple[float, Ratio, list[str]]:
    """Seconds on one core, two cores over one, and what differs between them by more than
    rounding."""
    case, module = Case.of(work, row), extension(work, row, openmp=True)
    use = threads_setter()

    def step() -> Any:
        return module.value_and_grad(case.params, **case.inputs)

    results, taken = {}, dict[int, list[float]]({1: [], 2: []})
    for count in (1, 2):
        use(count)
        results[count] = step()
    end = time.perf_counter() + seconds
    while len(taken[1]) < 3 or time.perf_counter() < end:
        for count in (1, 2) if len(taken[1]) % 2 else (2, 1):
            use(count)
            taken[count].append(_slot(step))
    two_over_one = ratio(taken[2], taken[1])
    return min(taken[1]), two_over_one, disagreements(case, results[1], results[2])


def _slot(step: Step) -> float:
    """The time of a call, after one that wakes the threads."""
    step()
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def main(words: Sequence[str]) -> int:
    """Prints a table as RESULTS.md has them; 1 where gradients disagree."""
    names = [name for name in LARGE if not words or name in words]
    print(f"{processor()}, {cores()} cores. Two over one, in one run; the goal is {GOAL:g}.\n")
    columns = "µs on one core | two over one | half of the rounds | ns from core to core"
    print(f"| work in C | {columns} | goal |")
    print("| --- | --: | --: | --: | --: | --- |")
    wrong = 0
    for name in names:
        work = work_called(name)
        for row in [row for row in work.rows if row.name in LARGE[name]]:
            before = handover()
            one, found, different = compared(work, row)
            far = max(before, handover()) * 1e9
            wrong += len(different)
            met = "met" if found.median <= GOAL else "**missed**"
            rounds = f"{found.low:.2f} to {found.high:.2f}"
            cells = f"{one * 1e6:,.0f} | {found.median:.2f} | {rounds} | {far:.0f}"
            print(f"| {row.name} | {cells} | {met} |", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
