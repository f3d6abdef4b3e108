"""Programs that `torch.export.save` wrote to a file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from gradc.diagnostics import error
from gradc.importing.torch.aten import TorchMaking
from gradc.importing.torch.exported import making_of


def read_program(
    path: Path,
    settings: Mapping[str, Any],
    batch: str,
    progress: Callable[[int, int], None] | None,
) -> TorchMaking:
    """The model in a file. Raises DiagnosticError where it holds none."""
    loader = logging.getLogger("torch.export")
    level = loader.level
    try:
        loader.setLevel(logging.CRITICAL)  # it prints the traceback of what is caught here
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.export.load(path)
    except Exception as failure:  # whatever is in the file: the loader's failures are of any class
        said = str(failure).strip().partition("\n")[0]
        message = f"{path.name} is no program of `torch.export`: {said}"
        helps = ["`torch.export.save(torch.export.export(model, inputs), path)` writes one"]
        raise error("E0601", message, None, helps=helps) from None
    finally:
        loader.setLevel(level)
    return making_of(program, settings, batch, progress)
