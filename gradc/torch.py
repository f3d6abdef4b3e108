"""torch's modules as graphs: `convert(module, example_inputs)`. Needs the extra `torch`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

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
    program = torch.export.export(module, tuple(example_inputs), dynamic_shapes=dynamic_shapes)
    name = type(module).__name__
    try:
        return imported(making_of(program, {}, batch), name)
    except DiagnosticError as failure:
        raise graph_error(failure.diagnostics, name) from None
