"""Long runs: `python -m tests.calls --count 20000` prints each failure with its smallest call.

With `--places`, calls with every kind of argument in every place go before the random ones.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.calls.generate import generate, single_places
from tests.calls.judge import judge
from tests.calls.shrink import shrink


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.calls", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many random calls")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument(
        "--places", action="store_true", help="every kind of argument in every place as well"
    )
    given = parser.parse_args()
    started, kinds, judged = time.monotonic(), Counter[str](), 0
    places = [p.call() for p in single_places()] if given.places else []
    seeds = range(given.first, given.first + given.count)
    for call in (*places, *map(generate, seeds)):
        judged += 1
        failure = judge(call)
        if failure is None:
            continue
        kinds[failure.kind] += 1
        if kinds[failure.kind] == 1:
            small, failure = shrink(call, failure)
            print(f"--- {failure.kind}: {failure.message}\n{small.text()}", flush=True)
    print(f"{judged} calls in {time.monotonic() - started:.0f} s, {kinds.total()} failures")
    for kind, count in kinds.most_common():
        print(f"{count:6}  {kind}")
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
