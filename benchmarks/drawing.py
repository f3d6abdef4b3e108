"""How long a picture takes: compiling, running, laying out, writing."""

from __future__ import annotations

import time

from benchmarks.compiling import scalar_graph
from gradc.lessons.draw.compose import Look, picture_of
from gradc.lessons.draw.svg import svg
from gradc.lessons.run.subject import Subject
from gradc.source import Source

STATEMENTS = (300, 2_000)


def main() -> None:
    """Prints a row a size."""
    print("drawing scalar graphs as svg")
    measured(10)  # loads the library
    for statements in STATEMENTS:
        compiled, ran, drawn, size = measured(statements)
        total = compiled + ran + drawn
        print(
            f"{statements:>6} boxes  {total:5.2f} s: compiled {compiled:.2f}, run {ran:.2f},"
            f" drawn {drawn:.2f}; {size / 1e6:.2f} MB"
        )


def measured(statements: int) -> tuple[float, float, float, int]:
    """The seconds to compile, to run and to draw, and the size of the picture."""
    text = scalar_graph(statements)
    start = time.perf_counter()
    subject = Subject.of(Source("scalar.graph", text))
    compiled = time.perf_counter()
    run = subject.run(subject.arguments())
    ran = time.perf_counter()
    document = svg(picture_of(subject.graph, "scalar.graph", run, Look()))
    end = time.perf_counter()
    return compiled - start, ran - compiled, end - ran, len(document)


if __name__ == "__main__":
    main()
