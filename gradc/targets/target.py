"""What a target is to the compiler."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Described:
    """What the program does not know: where it comes from and how it was made."""

    version: str
    source: str  # the name of the file, `-` for standard input
    sha256: str
    options: tuple[str, ...]
