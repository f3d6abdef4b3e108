"""A file of another system as a graph: which front reads it, and what is wrong where none can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gradc.diagnostics import error
from gradc.importing.foreign import Unsupported
from gradc.importing.imported import Imported, imported
from gradc.importing.making import Making

EXTRAS = {".onnx": "onnx", ".pt2": "torch"}
"""The extra that reads files of each ending."""


def import_file(
    path: Path,
    settings: Mapping[str, Any],
    batch: str = "",
    loss: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """The graph of a file and its weights.

    `settings` are inputs that are constants, `batch` names the first axis of all inputs as a free
    dimension, `loss` is one of the first output. Raises DiagnosticError with all that is wrong,
    ModuleNotFoundError where the package that reads such files is missing, OSError.
    """
    suffix = path.suffix.lower()
    if suffix not in EXTRAS:
        helps = [f"what is read ends in {' or '.join(f'`{end}`' for end in EXTRAS)}"]
        raise error("E0601", f"{path.name} has the ending of no model", None, helps=helps)
    with path.open("rb"):
        pass  # what cannot be read is told as of any file
    read = _onnx if suffix == ".onnx" else _program
    making = read(path, settings, batch, progress)
    if loss:
        add_loss(making, loss)
    return imported(making, path.stem)


def _onnx(
    path: Path,
    settings: Mapping[str, Any],
    batch: str,
    progress: Callable[[int, int], None] | None,
) -> Making:
    from gradc.importing.onnx.claims import NoModel  # noqa: PLC0415  an extra
    from gradc.importing.onnx.onnx_file import read_onnx  # noqa: PLC0415

    try:
        return read_onnx(path, settings, batch or None, progress)
    except NoModel as failure:
        raise error("E0601", failure.message, None, helps=list(failure.helps)) from None


def _program(
    path: Path,
    settings: Mapping[str, Any],
    batch: str,
    progress: Callable[[int, int], None] | None,
) -> Making:
    from gradc.importing.torch.saved import read_program  # noqa: PLC0415  an extra

    return read_program(path, settings, batch, progress)


def add_loss(making: Making, name: str) -> None:
    """A loss of the first output, taken as logits, and its input. Raises DiagnosticError."""
    logits = next(iter(making.outputs().values()), None)
    if making.missing:
        return  # of which all is told
    if logits is None or not logits.rank or not logits.type.is_float:
        said = "there is none" if logits is None else f"it is {logits.type}"
        raise error("E0603", f"`--loss` takes the first output as logits, and {said}", None)
    label = making.input("label", "i64", logits.shape[:-1])
    try:
        making.loss("J", making.apply(name, logits, label))
    except Unsupported as failure:
        raise error("E0603", f"`--loss {name}`: {failure.message}", None) from None
