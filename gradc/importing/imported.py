"""What comes of an import: a text and its weights, and how they are written."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.elaborate import elaborate
from gradc.importing.foreign import NoCounterpart, Unsupported
from gradc.importing.kept import kept
from gradc.importing.making import Making
from gradc.importing.raising import raised
from gradc.importing.sharing import placed
from gradc.importing.structure import structure
from gradc.importing.text import Arrays, text_of
from gradc.importing.tidied import tidied
from gradc.library.loader import standard_library
from gradc.records import dataclass
from gradc.source import Source
from gradc.syntax.parser import parse


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


def imported(making: Making, doc: str = "") -> Imported:
    """The graph of a model that was made. Raises DiagnosticError with all that is missing."""
    if making.missing:
        raise missing(making.missing)
    model = making.model(doc)
    if not model.outputs:
        raise missing([("the model", Unsupported("it has no outputs, and a graph needs one"))])
    tidied(model)
    raised(model)
    kept(model)
    placed(model)
    try:
        sheet = text_of(model, *structure(model))
    except Unsupported:  # a weight within a loop, where each block has its own, is read outside
        try:
            sheet = text_of(model, *structure(model, loops=False))
        except Unsupported as failure:
            raise missing([("the model", failure)]) from None
    _hold(sheet.text)
    return Imported(sheet.text, sheet.params, sheet.states)


def _hold(text: str) -> None:
    """Raises DiagnosticError where the text is no graph, with what is wrong with it."""
    try:
        elaborate(parse(Source("net.graph", text)), standard_library())
    except DiagnosticError as failure:
        said = failure.diagnostics[0]
        line = f" in `{' '.join(said.span.text.split())}`" if said.span is not None else ""
        helps = [*map(str, said.helps), "simplify this place of the model, and report it to gradc"]
        raise missing(
            [("the graph that comes of it", Unsupported(said.message + line, *helps))]
        ) from None


def missing(found: Sequence[tuple[str, Unsupported]]) -> DiagnosticError:
    """Everything that has no counterpart, each with its node; what is not there at all first."""
    ordered = sorted(found, key=lambda one: not isinstance(one[1], NoCounterpart))
    return DiagnosticError(
        Diagnostic("E0602", f"{where}: {failure.message}", None, helps=tuple(failure.helps))
        for where, failure in ordered
    )
