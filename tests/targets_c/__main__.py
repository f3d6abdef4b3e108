"""Long runs: `python -m tests.targets_c --seeds 1000` prints each program that C gets wrong."""

import argparse
import sys
import time
from collections import Counter

from tests.targets_c.programs import judged

CHUNK = 50


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.targets_c", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many programs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--flags", default="-O0", help="what the compiler is told besides")
    given = parser.parse_args()
    started, kinds = time.monotonic(), Counter[str]()
    seeds = range(given.first, given.first + given.seeds)
    for start in range(0, len(seeds), CHUNK):
        for seed, message in judged(seeds[start : start + CHUNK], *given.flags.split()):
            kinds[message.partition(":")[0]] += 1
            print(f"seed {seed}: {message}", flush=True)
    took = time.monotonic() - started
    print(f"{given.seeds} programs in {took:.0f} s, {kinds.total()} failures")
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
