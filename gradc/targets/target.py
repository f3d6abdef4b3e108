"""What a target is to the compiler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gradc.ir.plan import Plan
from gradc.passes import target as passes
from gradc.records import dataclass


@dataclass(frozen=True, slots=True)
class Described:
    """What the program does not know: where it comes from and how it was made."""

    version: str
    source: str  # the name of the file, `-` for standard input
    sha256: str
    options: tuple[str, ...]
    also: tuple[str, ...] = ()  # functions that the module offers only where they are asked for
    called: str = "net"  # the stem of the files


class Target(passes.Target, Protocol):
    """A language that programs are written in. It answers what the planner asks, too."""

    @property
    def clause(self) -> str:
        """The word by which stanzas speak to it."""

    def lower(self, plan: Plan, described: Described) -> dict[str, str]:
        """The texts that a plan becomes, by the suffixes of their files: `.py`."""

    def inspect(self, files: Mapping[str, str], plan: Plan) -> None:
        """A last look at the texts. Raises Refused where one holds what was not to be written."""


class Refused(Exception):
    """A text holds something that gradc does not emit: a bug of gradc."""
