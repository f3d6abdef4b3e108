"""The long runs: `python -m tests.long` makes them all and writes their figures into the docs.

Each is a command of its own; `--part 0.01` makes a hundredth of each. Figures are kept whether they
are good or not, and only those of whole runs.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "how-it-is-tested.md"
_TABLE = re.compile(r"(<!-- figures -->\n).*?(<!-- end -->\n)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Run:
    """A command, and how many of what it makes."""

    words: str
    count: int
    what: str

    def command(self, part: float = 1) -> str:
        return f"{self.words} {max(round(self.count * part), 1)}"


RUNS = (
    Run("python -m tests.fuzz --first 100000 --seeds", 8000, "random graphs, at three levels"),
    Run("python -m tests.loops --first 100000 --seeds", 12000, "random loops, at three levels"),
    Run("python -m tests.targets_c --first 100000 --seeds", 5000, "random graphs and loops, in C"),
    Run("python -m tests.calls --count", 20000, "calls with all kinds of arguments"),
    Run("python -m tests.mutated --count", 100000, "mutated files"),
    Run("python -m tests.hostile --count", 200, "hostile files"),
    Run("python -m tests.mutate passes --sample", 60, "mutants of passes"),
    Run("python -m tests.mutate rules --sample", 100000, "mutants of rules, all that there are"),
)


def figures(run: Run, part: float) -> tuple[Run, int, str]:
    """How a run ended, and the last line that it printed."""
    words = run.command(part).split()
    done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or [""]
    said = next((line for line in lines if re.match(r"\d[\d_,]* ", line)), lines[-1])
    print(f"{run.command(part)}\n    exit {done.returncode}: {said}", flush=True)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", flush=True)
    return run, done.returncode, said


def rows(found: list[tuple[Run, int, str]]) -> Iterator[str]:
    yield "| command | of what | figures |\n|---|---|---|\n"
    for run, _, said in found:
        told = re.sub(r" in [\d.]+ s", "", said).replace("|", "\\|")
        yield f"| `{run.command()}` | {run.what} | {told} |\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.long", description=__doc__)
    parser.add_argument("--part", type=float, default=1, help="of each run (default: all of it)")
    parser.add_argument("--only", default="", help="runs whose command has this word in it")
    given = parser.parse_args()
    chosen = [run for run in RUNS if given.only in run.words]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda run: figures(run, given.part), chosen))
    if given.part == 1 and not given.only:
        text = PAGE.read_text(encoding="utf-8")
        table = "".join(rows(found))
        PAGE.write_text(_TABLE.sub(lambda m: f"{m[1]}{table}{m[2]}", text), encoding="utf-8")
    return int(any(code for _, code, _ in found))


if __name__ == "__main__":
    sys.exit(main())
