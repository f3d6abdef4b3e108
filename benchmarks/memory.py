"""The most memory that a call takes, gradients included and arguments not.

Each is measured in a process of its own, by the pages that the system counts: so JAX and torch,
whose allocators Python does not see, are held to the same measure. Buffers that calls use again
count as if this were the first call; what compiling took does not.
"""

from __future__ import annotations

import ctypes
import gc
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

_PROCESS = Path("/proc/self")
# What is freed goes back to the system, and large arrays come from it alone.
_ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
_LEAST = 1e6  # bytes; below, pages of Python itself are what is counted


def can_be_measured() -> bool:
    """Whether this system can be asked for the peak of a stretch of time."""
    return os.access(_PROCESS / "clear_refs", os.W_OK)


def peaks(work: str, place: int, names: Iterable[str]) -> dict[str, float]:
    """The bytes at the peak of each contender of a row; none where the first needs few."""
    found = {}
    for name in names:
        words = [sys.executable, "-m", "benchmarks.memory", work, str(place), name]
        env = {**os.environ, **_ALLOCATOR}
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, env=env)
        found[name] = float(done.stdout.split()[-1])
        if max(found.values()) < _LEAST:
            return {}
    return found


def peak(call: Callable[[], object]) -> int:
    """The bytes at the peak of a call, above what was there before."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    (_PROCESS / "clear_refs").write_text("5")  # the peak is what there is now
    before = _status("VmRSS")
    kept = call()
    most = _status("VmHWM")
    del kept
    return most - before


def _status(key: str) -> int:
    found = re.search(rf"^{key}:\s+(\d+) kB", (_PROCESS / "status").read_text(), re.MULTILINE)
    assert found
    return 1024 * int(found[1])


def main(work: str, place: str, name: str) -> None:
    """Prints the bytes of one contender at one row."""
    from benchmarks.contenders import PEERS, prepared, taken
    from benchmarks.work import Case, work_called

    found = work_called(work)
    case = Case.of(found, found.rows[int(place)])
    step = prepared(case, name)
    if name in PEERS:
        print(peak(step))
    else:
        del step  # with its buffers
        print(peak(lambda: taken(case, name)))


if __name__ == "__main__":
    from benchmarks import machine

    machine.pin()
    main(*sys.argv[1:])
