"""What a target is to the compiler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from gradc.ir.plan import Plan
from gradc.passes import target as passes
from gradc.records import dataclass

Content: TypeAlias = "str | bytes"
"""What a file holds: a text, but where its format is none."""


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

    def lower(self, plan: Plan, described: Described) -> Mapping[str, Content]:
        """What a plan becomes, by the suffixes of the files: `.py`. Raises Missing."""

    def inspect(self, files: Mapping[str, Any], plan: Plan) -> None:
        """A last look at the texts. Raises Refused where one holds what was not to be written."""


class Refused(Exception):
    """A text holds something that gradc does not emit: a bug of gradc."""


class Missing(Exception):
    """A package that the target is written with is not installed."""

    def __init__(self, package: str):
        self.package = package
        super().__init__(package)
