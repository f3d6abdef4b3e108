"""The derivatives that `--also` adds: what their functions take, and what they fill in."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import error
from gradc.ir.node import Value
from gradc.ir.program import Offered
from gradc.records import dataclass
from gradc.targets.c.identifiers import suffix
from gradc.targets.c.interface import Interface, Struct, fields

_PARTS = ("values", "rows", "columns")
"""What a matrix of few entries consists of."""


@dataclass(frozen=True, slots=True)
class Derivative:
    """A derivative as a function."""

    offered: Offered
    along: Struct  # the directions; without fields for a matrix
    filled: Struct
    declares: bool  # the struct that is filled is its own

    @property
    def declared(self) -> list[Struct]:
        """The structs that are its own."""
        own = [self.along] if self.offered.kind == "jvp" else []
        return own + ([self.filled] if self.declares else [])


def derivative_of(interface: Interface, offered: Offered, results: Sequence[Value]) -> Derivative:
    """The structs of a derivative with such results; a direction is a struct of gradients."""
    loss = offered.name.removeprefix(offered.kind).removeprefix("_")
    behind = suffix(loss) if loss else ""
    along = [(a.name, a.value, "") for a in offered.along]
    if offered.kind == "jvp":
        taken = interface.struct("tangents", along)
        return Derivative(offered, taken, interface.outputs.of(results), declares=False)
    gradients = f"{interface.stem}_gradients{behind}"
    if offered.kind == "hvp":
        taken = Struct(gradients, "direction", fields(along))
        named = [(r.name, v, "") for r, v in zip(offered.results, results, strict=True)]
        filled = Struct(gradients, "gradients", fields(named), filled=True)
        return Derivative(offered, taken, filled, declares=False)
    matrix = Struct(
        f"{interface.stem}_{offered.kind}_blocks{behind}",
        offered.kind,
        fields(zip(_block_names(offered), results, [""] * len(results), strict=True)),
        filled=True,
    )
    return Derivative(offered, interface.struct("direction", ()), matrix, declares=True)


def _block_names(offered: Offered) -> list[str]:
    """What the blocks of a matrix are called: `y_by_w`."""
    blocks = [f"{row}_by_{column}" for row in offered.rows for column in offered.by]
    if len(offered.results) == len(blocks):
        return blocks
    return [f"{block}_{part}" for block in blocks for part in _PARTS]


def refuse(also: tuple[str, ...]) -> None:
    """Refuses what only a module in Python has. Raises DiagnosticError."""
    for name in also:
        if name in ("pack", "summary"):
            message = f"`{name}` is of modules in Python"
            raise error("E0506", message, None, helps=[f"leave `{name}` out of `--also`"])
