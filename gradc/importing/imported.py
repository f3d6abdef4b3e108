"""What comes of an import: a text and its weights, and how they are written."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np

from gradc.importing.foreign import Model
from gradc.importing.structure import structure
from gradc.importing.text import Arrays, text_of
from gradc.records import dataclass


@dataclass(slots=True, eq=False)
class Imported:
    """A graph made of a foreign model.

    `text` is the graph, laid out; `params` its weights by the names of its parameters, `states`
    the arrays that it keeps beside them.
    """

    text: str
    params: Arrays
    states: Arrays

    def weights(self) -> bytes:
        """The weights and states as the bytes of an `.npz` file: the same for the same arrays."""
        stream = io.BytesIO()
        np.savez(stream, **{**self.params, **self.states})  # type: ignore[arg-type]
        return stream.getvalue()

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes the graph, and its weights beside it: `net.graph` and `net.npz`.

        Raises OSError where a file cannot be written.
        """
        graph = Path(path)
        graph.with_suffix(".npz").write_bytes(self.weights())
        graph.write_text(self.text, encoding="utf-8")


def imported(model: Model) -> Imported:
    """The graph of a model, with its layers."""
    body, kinds = structure(model)
    sheet = text_of(model, body, kinds)
    return Imported(sheet.text, sheet.params, sheet.states)
