"""What a comparison finds, as data."""

from __future__ import annotations

from gradc.ir.sizes import Size
from gradc.records import dataclass
from gradc.source import Span

KINDS = {
    "dtype": "element types",
    "dimension": "dimensions",
    "input": "inputs",
    "parameter": "parameters",
    "state": "states",
    "output": "outputs",
    "value": "values",
    "definition": "definitions",
    "gradient": "gradients",
    "saved": "saved",
}
"""What may change, in the order in which it is told, with the title of its paragraph."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is `new`, `gone`, `changed` or `renamed`, with its places in both files.

    It `follows` where its own statement is as it was, and something that it is made of is not.
    """

    kind: str
    name: str
    what: str
    message: str
    before: Span | None
    after: Span | None
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A cost before and after, each a formula in the dimensions; `FLOPs` `of forward`."""

    name: str
    unit: str
    old: Size
    new: Size


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that a change of a graph means; nothing where it means nothing."""

    changes: tuple[Change, ...]
    figures: tuple[Figure, ...]

    @property
    def is_empty(self) -> bool:
        return not self.changes and not self.figures
