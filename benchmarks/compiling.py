"""What compiling costs: a start, a statement, memory, and how these grow with the graph.

`python -m benchmarks.compiling stages` prints what each stage takes of a statement, in microseconds
and in calls of functions: of these there are as many on each machine, however busy it is.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from cProfile import Profile
from pathlib import Path
from pstats import Stats
from typing import Any
from unittest import mock

STATEMENTS = (1_000, 10_000, 100_000)
_STARTS = 11
_MOST = 10_000  # statements that are compiled more than once, for a median
_IN_STAGES = 3_000  # statements
_STAGES = (
    "mask", "parse", "elaborate", "warn", "stabilise", "simplify", "differentiate", "inline",
    "partition", "plan", "verify_plan",
)  # fmt: skip
_SMALL = """\
dim B
input x: [B, 3]
input t: [B]
param w: [3]
param b = 0.0
y = tanh(x @ w + b)
loss J = mean((y - t)**2)
"""


def scalar_graph(statements: int) -> str:
    """A graph of scalar statements, each of one to four operations on recent values."""
    drawn = random.Random(0)
    lines = ["input x = 1.5", "param w = 0.3", "param u = 0.7"]
    names = ["x", "w", "u"]
    forms = ("{a} + 0.1 * {b}", "{a} * {b}", "tanh({a})", "{a} - {b}", "0.5 * {a} * {b} + sin({b})")
    for i in range(statements):
        a, b = drawn.choice(names[-20:]), drawn.choice(names[-20:])
        lines.append(f"v{i} = {drawn.choice(forms).format(a=a, b=b)}")
        names.append(f"v{i}")
    return "\n".join([*lines, f"loss J = {names[-1]}"])


def seconds_of(words: Sequence[str]) -> float:
    """How long a process takes that may keep what Python compiles, as an installed one does."""
    keeping = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env=keeping)
    return time.perf_counter() - start


def measure(statements: int) -> None:
    """Prints the seconds that compiling takes, and the peak of this process in megabytes."""
    import resource

    from gradc.compiler import Options, compile_source
    from gradc.limits import Limits
    from gradc.source import Source

    compile_source(Source("warm.graph", scalar_graph(10)))
    text, options = scalar_graph(statements), Options(limits=Limits(nodes=100 * statements))
    taken = []
    for _ in range(5 if statements <= _MOST else 1):
        start = time.perf_counter()
        compile_source(Source("scalar.graph", text), options)
        taken.append(time.perf_counter() - start)
        if len(taken) == 1:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kilo = 1024 if sys.platform != "darwin" else 1024**2
    print(statistics.median(taken), peak / kilo)


def stages(statements: int) -> None:
    """Prints what a statement takes of each stage."""
    from gradc import compiler
    from gradc.compiler import DEFAULT, Options, compile_source
    from gradc.limits import Limits
    from gradc.source import Source

    text, options = scalar_graph(statements), Options(limits=Limits(nodes=100 * statements))
    places: list[tuple[Any, str]] = [(compiler, name) for name in _STAGES]
    places += [(type(DEFAULT), "lower"), (type(DEFAULT), "inspect")]
    found = Counter[str]()
    profiles = defaultdict[str, Profile](Profile)

    def timed(name: str, stage: Callable[..., Any], *given: Any, **named: Any) -> Any:
        start = time.process_time()
        try:
            return stage(*given, **named)
        finally:
            found[name] += time.process_time() - start

    def counted(name: str, stage: Callable[..., Any], *given: Any, **named: Any) -> Any:
        return profiles[name].runcall(stage, *given, **named)

    def run(watch: Callable[..., Any]) -> None:
        with ExitStack() as patches:
            for owner, name in places:
                watched = _watched(watch, name, getattr(owner, name))
                patches.enter_context(mock.patch.object(owner, name, watched))
            compile_source(Source("scalar.graph", text), options)

    compile_source(Source("warm.graph", text), options)
    run(timed)
    run(counted)
    calls = {name: Stats(profile).total_calls for name, profile in profiles.items()}  # type: ignore[attr-defined]
    print("stage           µs  calls")
    for _, name in places:
        print(f"{name:<13} {found[name] / statements * 1e6:4.0f}  {calls[name] / statements:5.0f}")
    total = sum(found.values()) / statements * 1e6
    print(f"{'all':<13} {total:4.0f}  {sum(calls.values()) / statements:5.0f}")


def _watched(watch: Callable[..., Any], name: str, stage: Callable[..., Any]) -> Callable[..., Any]:
    def watched(*given: Any, **named: Any) -> Any:
        return watch(name, stage, *given, **named)

    return watched


def main() -> None:
    """Prints the start, and a row a size, each measured in a process of its own."""
    print("compiling")
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "small.graph"
        graph.write_text(_SMALL)
        module = str(graph.with_suffix(".py"))
        call = [sys.executable, "-m", "gradc", "compile", str(graph), "-o", module]
        python = [sys.executable, "-c", "pass"]
        seconds_of(call)
        pairs = [(seconds_of(call), seconds_of(python)) for _ in range(_STARTS)]
    beyond, own = (statistics.median(t) * 1e3 for t in zip(*pairs, strict=True))
    print(f"a small graph  {beyond - own:4.0f} ms beyond Python's own {own:.0f} ms")
    for statements in STATEMENTS:
        words = [sys.executable, "-m", "benchmarks.compiling", str(statements)]
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
        seconds, peak = map(float, done.stdout.split())
        each = seconds / statements * 1e6
        print(f"{statements:>7} statements  {seconds:6.2f} s  {each:4.0f} µs each  {peak:5.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:] == ["stages"]:
        stages(_IN_STAGES)
    elif len(sys.argv) > 1:
        measure(int(sys.argv[1]))
    else:
        main()
