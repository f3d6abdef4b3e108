"""The texts of an extension: a graph in C, and the module of Python's around it."""

from __future__ import annotations

from pathlib import Path

from gradc.also import DERIVATIVES
from gradc.compiler import Compilation, Options, compile_source
from gradc.records import dataclass, replace
from gradc.source import Source
from gradc.targets.c.extension.view import Python, extension_text
from gradc.targets.numpy.doors import Doors
from gradc.targets.offered import target_of

_READABLE = 1  # the highest level whose doors look at arguments as everybody's do


@dataclass(frozen=True, slots=True)
class Extension:
    """A graph in C, and the names of its files with their texts."""

    compilation: Compilation
    files: dict[str, str]

    @property
    def sources(self) -> list[str]:
        """The files that a compiler is given."""
        return [name for name in self.files if name.endswith(".c")]


def extension_of(source: Source, options: Options, called: str) -> Extension:
    """The texts for a source; the module is called so. Raises DiagnosticError."""
    options = replace(options, called=called)
    derivatives = tuple([name for name in options.also if name in DERIVATIVES])
    compilation = compile_source(
        source, replace(options, also=derivatives), target=target_of("c", options.blas)
    )
    plain = replace(options, level=min(options.level, _READABLE), max_memory=None)
    doors = compile_source(source, plain, target=Doors(options.spelled()))
    name = Path(source.name).name
    text = extension_text(compilation.plan, Python(doors.text, doors.plan), called, name)
    files = {f"{called}{suffix}": str(found) for suffix, found in compilation.files.items()}
    return Extension(compilation, {**files, f"{called}_module.c": text})
