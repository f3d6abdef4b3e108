"""Plants faults in derivative rules or in passes, one at a time, and says which no test notices.

`python -m tests.mutate rules` judges each mutant of a rule by the proofs that its operation has;
`python -m tests.mutate passes` runs a selection of the tests on each mutant of a pass, in a process
of its own. Exits 1 where a survivor is not explained in the table of its kind (`rules.txt`,
`passes.txt` beside this file), or the table is not true.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pool

from tests.mutate import proving, trial
from tests.mutate.passes import chosen, labels_in
from tests.mutate.rules import RuleMutant, rule_mutants
from tests.mutate.survivors import Verdict, explained, files, gone

Judged = Iterator[tuple[str, bool]]  # labels, and whether they are killed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutate", description=__doc__)
    parser.add_argument("kind", choices=["rules", "passes"])
    parser.add_argument("--operation", help="only the rules of this one")
    parser.add_argument("--under", default="", help="only passes in this file or folder")
    parser.add_argument("--sample", type=int, help="how many mutants; all where it is left out")
    parser.add_argument("--seed", type=int, default=0, help="by which they are chosen")
    parser.add_argument("--verbose", action="store_true", help="print each mutant as it is judged")
    given = parser.parse_args()
    started = time.monotonic()
    if given.kind == "rules":
        judged = _rules(sampled(rule_mutants(given.operation), given.sample, given.seed))
        labels = [m.label for m in rule_mutants()]
    else:
        judged = _passes(given.sample, given.seed, given.under)
        labels = labels_in(files())
    fates: dict[str, bool] = {}
    for label, is_killed in judged:
        fates[label] = is_killed
        if given.verbose:
            print("killed  " if is_killed else "survives", label, flush=True)
    verdict = verdict_of(given.kind, fates)
    for label in (stale := gone(given.kind, labels)):
        print(f"is in the table, and no mutant any more: {label}")
    print(f"{verdict.text()}; {time.monotonic() - started:.0f} s")
    return 0 if verdict.is_right and not stale else 1


def sampled(mutants: list[RuleMutant], count: int | None, seed: int) -> list[RuleMutant]:
    """Some of the mutants, in their order."""
    if count is None or count >= len(mutants):
        return mutants
    places = random.Random(seed).sample(range(len(mutants)), count)
    return [mutants[i] for i in sorted(places)]


def verdict_of(kind: str, fates: dict[str, bool]) -> Verdict:
    killed = frozenset(label for label, is_killed in fates.items() if is_killed)
    return Verdict(killed, frozenset(fates) - killed, explained(kind))


def _rules(mutants: list[RuleMutant]) -> Judged:
    """A process takes few operations: what it has compiled for each mutant goes with it."""
    groups: dict[str, list[RuleMutant]] = {}
    for mutant in mutants:
        groups.setdefault(mutant.operation, []).append(mutant)
    with Pool(os.cpu_count(), maxtasksperchild=8) as pool:
        for fates in pool.imap(_judged, groups.values()):
            yield from fates


def _judged(mutants: list[RuleMutant]) -> list[tuple[str, bool]]:
    return [(m.label, proving.is_killed(m)) for m in mutants]


def _passes(count: int | None, seed: int, under: str) -> Judged:
    mutants = chosen(count, seed, under)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        fates = threads.map(trial.is_killed, mutants)
        yield from zip((m.label for m in mutants), fates, strict=True)


if __name__ == "__main__":
    sys.exit(main())
