"""torch's modules as graphs: `convert(module, example_inputs)`. Needs the extra `torch`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.export import ExportedProgram

from gradc.diagnostics import DiagnosticError
from gradc.importing.imported import Imported, imported
from gradc.importing.torch.exported import making_of
from gradc.python.errors import graph_error

__all__ = ["Imported", "convert"]


def convert(
    module: torch.nn.Module,
    example_inputs: Sequence[Any],
    *,
    batch: str = "",
    dynamic_shapes: Mapping[str, Any] | Sequence[Any] | None = None,
) -> Imported:
    """The graph of a module, and its weights.

    The module is exported as it is: after `.eval()` dropout is gone and batch norm reads its
    statistics; in training mode the graph draws and moves them where the caller says `training`.
    `dynamic_shapes` are those of `torch.export.export`; `batch` names the first axis of all inputs
    as a free dimension. Raises GraphError with all that has no counterpart.
    """
    name, inputs = type(module).__name__, tuple(example_inputs)
    program = torch.export.export(module, inputs, dynamic_shapes=dynamic_shapes)
    try:
        return imported(making_of(program, {}, batch), name)
    except DiagnosticError as failure:
        freed = _freed(module, inputs) if batch and dynamic_shapes is None else None
        if freed is None:
            raise graph_error(failure.diagnostics, name) from None
    try:
        return imported(making_of(freed, {}, batch), name)
    except DiagnosticError as failure:
        raise graph_error(failure.diagnostics, name) from None


def _freed(module: torch.nn.Module, inputs: tuple[Any, ...]) -> ExportedProgram | None:
    """The program with the first axis of all inputs free, where torch can tell it.

    A module that writes the size of its batch out has it as a number in a program of fixed sizes.
    """
    if not all(isinstance(x, torch.Tensor) and x.dim() for x in inputs):
        return None
    # torch takes an axis of size 1 for one that is always of size 1.
    several = tuple(torch.cat([x, x]) if x.shape[0] == 1 else x for x in inputs)
    axis = torch.export.Dim("batch", min=2)
    try:
        return torch.export.export(module, several, dynamic_shapes=tuple({0: axis} for _ in inputs))
    except Exception:  # whatever stands against it is of any class
        return None
