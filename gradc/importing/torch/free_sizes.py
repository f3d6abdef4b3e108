"""The sizes of a program that are free, as dimensions of a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.export import ExportedProgram

from gradc.diagnostics import error
from gradc.importing.foreign import Unsupported
from gradc.ir.sizes import Poly, Size, dimension

_NAMES = ("N", "T", "L", "M", "K", "S")
"""What free sizes are called, in the order in which inputs have them."""


class Symbols:
    """Names for the symbols of a program: `N` for the first axis of the first input, if free."""

    def __init__(self, program: ExportedProgram, batch: str):
        self._names: dict[str, str] = {}
        self._fixed: int | None = None
        self._batch = batch
        names = iter(n for n in _NAMES if n != batch)
        shapes = [v.shape for v in _inputs(program)]
        for shape in shapes:
            for place, size in enumerate(shape):
                symbol = _symbol(size)
                if symbol is None or symbol in self._names:
                    continue
                if batch and not place and batch not in self._names.values():
                    self._names[symbol] = batch
                    continue
                self._names[symbol] = next(names, f"D{len(self._names)}")
        for symbol in _within(shapes):  # what stands alone nowhere: an axis may be twice another
            if symbol not in self._names:
                self._names[symbol] = next(names, f"D{len(self._names)}")
        if batch and batch not in self._names.values():
            firsts = {s[0] for s in shapes if len(s)}
            if len(firsts) != 1:
                helps = ["leave `--batch` out"]
                raise error("E0603", "the inputs have no first size in common", None, helps=helps)
            (self._fixed,) = firsts

    @property
    def batch(self) -> tuple[int, Poly] | None:
        """The first size of all inputs, and the free dimension that it becomes."""
        if self._fixed is None:
            return None
        free = dimension(self._batch)
        assert isinstance(free, Poly)
        return self._fixed, free

    def names(self) -> list[str]:
        """The free dimensions."""
        return ([self._batch] if self._fixed is not None else []) + list(self._names.values())

    def shape(self, shape: Sequence[Any]) -> tuple[Size, ...]:
        """The shape of an input."""
        sizes = [self.size(s) for s in shape]
        if self._fixed is not None and sizes:
            sizes[0] = dimension(self._batch)
        return tuple(sizes)

    def size(self, size: Any) -> Size:
        """A size of the program: an integer, or a polynomial of symbols. Raises Unsupported."""
        if isinstance(size, int):
            return size
        return self._of(size.node.expr)

    def _of(self, expr: Any) -> Size:
        if expr.is_Integer:
            return int(expr)
        if expr.is_Symbol and expr.name in self._names:
            return dimension(self._names[expr.name])
        found: Size
        if expr.is_Add:
            found = 0
            for part in expr.args:
                found = found + self._of(part)
            return found
        if expr.is_Mul:
            found = 1
            for part in expr.args:
                found = found * self._of(part)
            return found
        if expr.is_Pow and expr.exp.is_Integer and expr.exp > 0:
            found = 1
            for _ in range(int(expr.exp)):
                found = found * self._of(expr.base)
            return found
        helps = "export the model with an axis of its own for each size"
        raise Unsupported(f"the size {expr} is no polynomial", helps)


def _inputs(program: ExportedProgram) -> list[torch.Tensor]:
    given = set(program.graph_signature.user_inputs)
    nodes = [n for n in program.graph.nodes if n.op == "placeholder" and n.name in given]
    return [n.meta["val"] for n in nodes if isinstance(n.meta.get("val"), torch.Tensor)]


def _within(shapes: Sequence[torch.Size]) -> list[str]:
    """The symbols that sizes are made of, in their order."""
    made = [s.node.expr for shape in shapes for s in shape if not isinstance(s, int)]
    return [name for expr in made for name in sorted(f.name for f in expr.free_symbols)]


def _symbol(size: Any) -> str | None:
    if isinstance(size, int):
        return None
    expr = size.node.expr
    return expr.name if expr.is_Symbol else None
