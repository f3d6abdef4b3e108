"""Memory and time of backpropagation through many steps, saved whole and in segments."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import numpy as np

from gradc.compiler import Options, compile_source
from gradc.source import Source

STEPS, WIDTH = 2500, 200
GRAPH = f"""
dim T
input x: [T, {WIDTH}]
param w: [{WIDTH}] = 0.9
scan h = zeros([{WIDTH}]) over x_t in x {{
    a = tanh(h * w + x_t)
    next h = sin(a) * cos(a)
}}
loss J = sum(h)
"""


def measured(options: Options) -> tuple[float, float, float]:
    """Megabytes saved, megabytes at the peak of both passes, seconds."""
    namespace: dict[str, Any] = {}
    exec(compile_source(Source("steps.graph", GRAPH), options).text, namespace)
    params, x = namespace["init_params"](), np.zeros((STEPS, WIDTH))
    start = time.perf_counter()
    namespace["value_and_grad"](params, x=x)
    seconds = time.perf_counter() - start
    tracemalloc.start()
    _, saved = namespace["forward"](params, x=x)
    kept = sum(a.nbytes for a in saved if isinstance(a, np.ndarray)) - x.nbytes
    namespace["backward"](saved)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return kept / 1e6, peak / 1e6, seconds


def main() -> None:
    """Prints a row for each way."""
    print(f"a scan of {STEPS:,} steps that carries {WIDTH} numbers")
    print(f"{'':>18}  {'saved':>9}  {'peak':>9}  {'time':>7}")
    for name, options in (("every step", Options()), ("segments of 50", Options(checkpoint=50))):
        kept, peak, seconds = measured(options)
        print(f"{name:>18}  {kept:6.2f} MB  {peak:6.2f} MB  {seconds:5.2f} s")


if __name__ == "__main__":
    main()
