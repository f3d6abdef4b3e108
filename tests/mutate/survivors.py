"""Mutants that no test can notice, or need not, each with the reason: `rules.txt`, `passes.txt`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@cache
def explained(kind: str) -> Mapping[str, str]:
    """The reason for each survivor, by its label. A reason stands above those that it is for."""
    reasons: dict[str, str] = {}
    reason: list[str] = []
    above = True
    for line in (Path(__file__).parent / f"{kind}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            reason = [*reason, line[2:]] if above else [line[2:]]
            above = True
        elif line:
            assert line not in reasons, f"{kind}.txt has twice: {line}"
            reasons[line] = " ".join(reason)
            above = False
    return reasons


def files() -> set[str]:
    """Those that `passes.txt` knows mutants of."""
    return {label.partition(" ")[0] for label in explained("passes")}


@dataclass(frozen=True)
class Verdict:
    """What came of some mutants, held against the table."""

    killed: frozenset[str]
    survived: frozenset[str]
    table: Mapping[str, str]

    @property
    def unexplained(self) -> list[str]:
        return sorted(self.survived - self.table.keys())

    @property
    def noticed(self) -> list[str]:
        """What the table calls a survivor, and a test has noticed."""
        return sorted(self.killed & self.table.keys())

    @property
    def is_right(self) -> bool:
        return not self.unexplained and not self.noticed

    def text(self) -> str:
        lines = [f"survives, and no reason is known: {label}" for label in self.unexplained]
        lines += [f"is killed, though it is in the table: {label}" for label in self.noticed]
        judged, equal = len(self.killed | self.survived), len(self.survived & self.table.keys())
        lines.append(
            f"{judged} mutants: {len(self.killed)} killed, {equal} explained,"
            f" {len(self.unexplained)} unexplained"
        )
        return "\n".join(lines)


def gone(kind: str, labels: Iterable[str]) -> list[str]:
    """What the table knows and is no mutant any more."""
    return sorted(explained(kind).keys() - set(labels))
