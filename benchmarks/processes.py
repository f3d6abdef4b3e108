"""What two processes save: a step that one makes alone, and one of which each makes its share.

    mpiexec -n 2 python -m benchmarks.processes

The gradients of the shares are added by one Allreduce of their `pack`, as in `examples/allreduce`.
Each process has one core and one thread; both ways are timed in turn, by the clock.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

_ONE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(_ONE, "1"))  # before NumPy is there

import numpy as np  # noqa: E402
from mpi4py import MPI  # noqa: E402

from benchmarks.works import mlp  # noqa: E402
from gradc.compiler import Options, compile_source  # noqa: E402
from gradc.source import Source  # noqa: E402

BATCHES = (64, 256, 1024, 4096)
ROUNDS = 31


def main() -> None:
    """Rank 0 prints a row for each batch."""
    world = MPI.COMM_WORLD
    module: dict[str, Any] = {"__name__": "digits"}
    options = Options(level=2, also=("pack",))
    exec(compile_source(Source("digits.graph", mlp.GRAPH), options).text, module)
    if world.rank == 0:
        print(f"{'batch':>6} {'one process':>14} {f'{world.size} processes':>14} {'ratio':>6}")
    for batch in BATCHES:
        alone, shared = compared(module, batch, world)
        if world.rank == 0:
            print(f"{batch:6} {alone:11,.0f} µs {shared:11,.0f} µs {shared / alone:6.2f}")


def compared(module: dict[str, Any], batch: int, world: Any) -> tuple[float, float]:
    """The medians of both ways in microseconds, as rank 0 sees them."""
    params, inputs = mlp.data(np.random.default_rng(0), batch)
    params = {name: x.astype(np.float32) for name, x in params.items()}
    inputs = {"x": inputs["x"].astype(np.float32), "label": inputs["label"]}
    mine = {name: x[world.rank :: world.size].copy() for name, x in inputs.items()}
    weight = len(mine["label"]) / batch
    total = np.empty_like(module["pack"](params))
    spaces = module["Workspace"](), module["Workspace"]()

    def whole() -> None:
        if world.rank == 0:
            found = module["value_and_grad"](params, workspace=spaces[0], **inputs)
            module["pack"](found[1])

    def share() -> None:
        found = module["value_and_grad"](params, workspace=spaces[1], **mine)
        world.Allreduce(weight * module["pack"](found[1]), total)

    times = [(_seconds(whole, world), _seconds(share, world)) for _ in range(ROUNDS)]
    alone, shared = zip(*times, strict=True)
    return 1e6 * median(alone), 1e6 * median(shared)


def _seconds(step: Callable[[], None], world: Any) -> float:
    """By the clock, begun together by all processes."""
    world.Barrier()
    start = perf_counter()
    step()
    return perf_counter() - start


if __name__ == "__main__":
    main()
