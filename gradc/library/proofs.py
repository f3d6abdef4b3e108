"""By what each derivative is proven: `proofs.txt`, which the tests write and hold current."""

from __future__ import annotations

from functools import cache

from gradc import resources


@cache
def _table() -> dict[str, list[str]]:
    lines = resources.text("library/proofs.txt").splitlines()
    rows = (line.partition(": ") for line in lines)
    return {name: proofs.split(", ") for name, _, proofs in rows}


def proofs_of(name: str) -> list[str]:
    """The proofs of an operation's derivative, the most exact first."""
    return _table().get(name, [])
