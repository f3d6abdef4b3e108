"""Long runs: `python -m tests.fuzz --seeds 1000` prints each failure with its smallest graph."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.fuzz.generate import generate
from tests.fuzz.judge import judge
from tests.fuzz.shrink import shrink


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many graphs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--keep-going", action="store_true", help="do not shrink, count only")
    given = parser.parse_args()
    started, kinds, shown = time.monotonic(), Counter[str](), 0
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
            shown += 1
            print(f"--- seed {seed}: {failure.kind}: {failure.message}\n{small.text()}", flush=True)
    print(f"{given.seeds} graphs in {time.monotonic() - started:.0f} s, {kinds.total()} failures")
    for kind, count in kinds.most_common():
        print(f"{count:6}  {kind}")
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
