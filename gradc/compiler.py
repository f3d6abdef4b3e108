"""The pipeline, from a source to the text of a module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.ir.graph import Graph
from gradc.ir.program import Program
from gradc.library.loader import standard_library
from gradc.source import Source


@dataclass(frozen=True, slots=True)
class Options:
    """What changes the result of a compilation."""

    level: int = 1
    wrt: tuple[str, ...] | None = None
    dims: Mapping[str, int] = field(default_factory=dict)
    root: Path | None = None  # the folder that imports are confined to; the file's own by default


@dataclass(frozen=True, slots=True)
class Compilation:
    """A compiled graph at its stages, and the warnings met on the way."""

    source: Source
    graph: Graph
    joint: Graph
    program: Program
    text: str
    warnings: tuple[Diagnostic, ...]
