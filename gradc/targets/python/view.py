"""What the template sees of a module: lines and fields, nothing to compute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradc.records import dataclass, field_names, is_record


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a NamedTuple."""

    name: str
    kind: str
    comment: str


@dataclass(frozen=True, slots=True)
class ClassView:
    """A NamedTuple."""

    name: str
    fields: tuple[Field, ...]
    decorator: str = ""


@dataclass(frozen=True, slots=True)
class FunctionView:
    """A function: the arguments of its `def`, what it returns, its docstring, its body."""

    signature: str
    returns: str
    doc: str
    lines: tuple[str, ...]
    name: str
    decorator: str = ""


@dataclass(frozen=True, slots=True)
class ModuleView:
    """A whole module. Lists of lines are indented as they are to be printed."""

    doc: tuple[str, ...]
    imports: tuple[str, ...]
    constants: tuple[str, ...]
    types: tuple[str, ...]  # of parameters, gradients and state
    named: tuple[ClassView, ...]
    classes: tuple[str, ...]  # the texts of others
    functions: tuple[FunctionView, ...]
    helpers: tuple[str, ...]
    graph: tuple[str, ...]


def texts_of(view: Any) -> Iterator[str]:
    """Every text that a view, or a list of what is in one, holds."""
    if isinstance(view, str):
        yield view
    elif is_record(view):
        for name in field_names(view):
            yield from texts_of(getattr(view, name))
    elif isinstance(view, tuple | list):
        for part in view:
            yield from texts_of(part)
