"""N + P against N × P, with a clock: all derivatives backwards, and by a bump for each parameter.

The graph has 10,000 nodes and 100,000 parameters. One bump is timed, and all are reckoned up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from gradc.compiler import compile_source
from gradc.source import Source

NODES, WEIGHTS = 10_000, 10
GRAPH = f"""
dim T = {NODES - 1}
param W: [T, {WEIGHTS}] ~ normal(0.1)
param v: [{WEIGHTS}] = 1
scan a = 0.0 over w in W {{
    next a = tanh(a + sum(w))
}}
loss J = a * sum(v)
"""


def seconds(work: Callable[[], Any], times: int = 3) -> float:
    """The shortest of a few runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def main() -> None:
    """Prints a row for each way."""
    namespace: dict[str, Any] = {}
    exec(compile_source(Source("chain.graph", GRAPH)).text, namespace)
    params = namespace["init_params"](0)
    parameters = sum(array.size for array in params.values())
    forward = seconds(lambda: namespace["forward"](params))
    both = seconds(lambda: namespace["value_and_grad"](params))
    print(f"N = {NODES:,} nodes, P = {parameters:,} parameters")
    print(f"{'the value':>28}  {forward:10.3f} s")
    print(f"{'all derivatives, backwards':>28}  {both:10.3f} s  {both / forward:.1f} × the value")
    bumps = forward * (parameters + 1)
    print(f"{'all derivatives, by bumps':>28}  {bumps:10.0f} s  {bumps / both:,.0f} × as long")


if __name__ == "__main__":
    main()
