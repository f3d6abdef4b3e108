"""How compile time grows: scalar graphs of 10,000 and 40,000 statements."""

from __future__ import annotations

import random
import time

from gradc.compiler import compile_source
from gradc.source import Source

STATEMENTS = (2_500, 10_000, 40_000)


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


def main() -> None:
    """Prints a row a size."""
    print("compiling scalar graphs")
    compile_source(Source("warm.graph", scalar_graph(10)))
    for statements in STATEMENTS:
        text = scalar_graph(statements)
        start = time.perf_counter()
        compile_source(Source("scalar.graph", text))
        seconds = time.perf_counter() - start
        each = seconds / statements * 1e6
        print(f"{statements:>6} statements  {seconds:6.2f} s  {each:6.0f} µs each")


if __name__ == "__main__":
    main()
