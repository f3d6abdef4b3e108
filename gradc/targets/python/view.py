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
class FunctionView:
    """A function: the arguments of its `def`, what it returns, its docstring, its body."""

    signature: str
    returns: str
    doc: str
    lines: tuple[str, ...]
    name: str = ""  # where the template does not say it
    is_quiet: bool = False  # about numbers that go wrong where they are not chosen


@dataclass(frozen=True, slots=True)
class ModuleView:
    """A whole module. Lists of lines are indented as they are to be printed."""

    doc: tuple[str, ...]
    constants: tuple[str, ...]
    params_type: tuple[str, ...]
    gradients_type: tuple[str, ...]
    state_type: tuple[str, ...]
    outputs: tuple[Field, ...]
    prediction: tuple[Field, ...]
    saved: tuple[Field, ...]
    init_params: FunctionView | None
    forward: FunctionView
    backward: tuple[FunctionView, ...]  # of each loss
    value_and_grad: tuple[FunctionView, ...]
    predict: FunctionView | None
    also: tuple[FunctionView, ...]  # only where they are asked for
    admit_params: tuple[str, ...]
    admit_state: tuple[str, ...]
    narrows: bool  # some argument is of a narrower type than Python's floats
    needs_math: bool
    is_plain: bool  # it computes with Python's floats, and needs no NumPy
    has_scalars: bool  # some argument is a scalar
    has_singles: bool  # of type f32
    has_doubles: bool  # of type f64
    arrays: tuple[FunctionView, ...]  # what a workspace holds for each function
    workspace: str  # the class, where it is offered
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
