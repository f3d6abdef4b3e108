"""How long a word of memory takes from one core to another.

Cores of one chip that share a cache hand it over in some 30 ns, others take several times as long.
What small works gain from a second core depends on that, and a virtual machine may be moved from
one kind to the other at any time.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from gradc.building.cc import find_compiler

_TEXT = """\
#include <omp.h>

/* Seconds for one way of so many there and back; -1 where there is no second thread. */
double handover(int times) {
    int turn = 0, threads = 1;
    const double start = omp_get_wtime();
    #pragma omp parallel num_threads(2) shared(turn, threads)
    {
        const int mine = omp_get_thread_num();
        #pragma omp single
        threads = omp_get_num_threads();
        for (int i = 0; threads == 2 && i < times; i++) {
            while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != mine) {}
            __atomic_store_n(&turn, 1 - mine, __ATOMIC_RELEASE);
        }
    }
    return threads == 2 ? (omp_get_wtime() - start) / (2.0 * times) : -1;
}
"""
_TIMES, _ROUNDS = 500, 40


def handover() -> float:
    """Seconds from core to core, at best: a round in which a thread has to wait for its core says
    nothing. Raises BuildError where there is no compiler, and OSError where there is one thread."""
    found = [_timed()(_TIMES) for _ in range(_ROUNDS)]
    if min(found) < 0:
        raise OSError("there is no second thread to hand anything over to")
    return min(found)


@cache
def _timed() -> Callable[[int], float]:
    compiler = find_compiler(openmp=True)
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "handover.c"), Path(folder, "handover.so")
        source.write_text(_TEXT, encoding="utf-8")
        words = [*compiler.words, *compiler.flags, "-fvisibility=default", "-shared"]
        subprocess.run([*words, str(source), "-o", str(made)], check=True)
        function = ctypes.CDLL(str(made)).handover
    function.restype, function.argtypes = ctypes.c_double, [ctypes.c_int]
    timed: Callable[[int], float] = function
    return timed
