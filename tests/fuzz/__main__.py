"""Long runs: `python -m tests.fuzz --seeds 1000` prints each failure with its smallest graph."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from tests.fuzz.generate import generate
from tests.fuzz.judge import Failure, judge
from tests.fuzz.shrink import shrink

P = TypeVar("P", bound=Any)


def main(
    prog: str,
    description: str | None,
    generate: Callable[[int], P],
    judge: Callable[[P], Failure | None],
    shrink: Callable[[P, Failure], tuple[P, Failure]],
) -> int:
    """Makes the programs of many seeds, and judges them."""
    parser = argparse.ArgumentParser(prog=f"python -m {prog}", description=description)
    parser.add_argument("--seeds", type=int, default=100, help="how many graphs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--keep-going", action="store_true", help="do not shrink, count only")
    given = parser.parse_args()
    started, kinds = time.monotonic(), Counter[str]()
    for seed in range(given.first, given.first + given.seeds):
        program = generate(seed)
        failure = judge(program)
        if failure is None:
            continue
        kinds[failure.kind] += 1
        if given.keep_going:
            print(f"seed {seed}: {failure.message}")
        elif kinds[failure.kind] == 1:
            small, failure = shrink(program, failure)
            print(f"--- seed {seed}: {failure.kind}: {failure.message}\n{small.text()}", flush=True)
    print(f"{given.seeds} graphs in {time.monotonic() - started:.0f} s, {kinds.total()} failures")
    for kind, count in kinds.most_common():
        print(f"{count:6}  {kind}")
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main("tests.fuzz", __doc__, generate, judge, shrink))
