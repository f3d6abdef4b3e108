"""Making a model: a front applies gradc's operations and gets typed tensors back at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from gradc.amounts import about
from gradc.diagnostics import DiagnosticError
from gradc.importing.foreign import (
    Frame,
    Model,
    Operand,
    Step,
    Tensor,
    Unsupported,
    language_type,
    numpy_type,
)
from gradc.importing.recurrent import ATTENTION, LOOPS, layer_types
from gradc.importing.typer import Typer
from gradc.ir.sizes import Poly, dimension
from gradc.ir.types import Type
from gradc.limits import MAX_ARRAY

MAX_FOLDED = 1 << 22
"""Elements of an array that is worked out here rather than in the module."""

_ALL_FOLDED = 1 << 26
"""Elements of all of them."""


class Making:
    """A model that is being made. Fronts call `apply` with gradc's operations, in order."""

    def __init__(self) -> None:
        self._typer = Typer()
        self._dims: list[str] = []
        self._inputs: list[Tensor] = []
        self._loss = ""
        self._outputs: dict[str, Tensor] = {}
        self._steps: list[Step] = []
        self._frames: tuple[Frame, ...] = ()
        self._where = ""
        self._foldable = _ALL_FOLDED
        self.missing: list[tuple[str, Unsupported]] = []
        """What is unsupported: the foreign node, and why."""

    def dim(self, name: str) -> Poly:
        """A free dimension of this name, the same one each time."""
        size = dimension(name)
        assert isinstance(size, Poly)
        if name not in self._dims:
            self._dims.append(name)
            self._typer.declare(name, size)
        return size

    def input(self, name: str, dtype: str, shape: Sequence[int | Poly]) -> Tensor:
        """What the caller gives."""
        tensor = Tensor(name, Type(dtype, tuple(shape)), "input")
        self._inputs.append(tensor)
        return tensor

    def param(self, path: str, data: np.ndarray[Any, Any]) -> Tensor:
        """A weight that is learned, by its path: `layer1.0.conv1.W`."""
        return self._held(path, data, "param")

    def state(self, path: str, data: np.ndarray[Any, Any]) -> Tensor:
        """An array that is kept beside the weights, and is not learned."""
        return self._held(path, data, "state")

    def _held(self, path: str, data: np.ndarray[Any, Any], role: Any) -> Tensor:
        dtype = language_type(data.dtype)
        data = np.asarray(data, numpy_type(dtype), order="C")  # (`ascontiguousarray` adds an axis)
        return Tensor(path, Type(dtype, data.shape), role, data)

    def known(self, data: Any, name: str = "") -> Tensor:
        """A constant: an array or a number of NumPy's or Python's."""
        array = np.asarray(data)
        dtype = language_type(array.dtype)
        return Tensor(name, Type(dtype, array.shape), "known", array.astype(numpy_type(dtype)))

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The modules that steps are made in now, from the outermost."""
        return self._frames

    @contextmanager
    def at(self, where: str, frames: Sequence[Frame] = ()) -> Iterator[None]:
        """Steps made meanwhile are of this foreign node, in these modules."""
        outer = self._where, self._frames
        self._where, self._frames = where, tuple(frames)
        try:
            yield
        finally:
            self._where, self._frames = outer

    def apply(self, op: str, *operands: Operand, name: str = "", **attrs: Operand) -> Tensor:
        """The first result of an operation, or its value where all operands are known.

        `name` is what the source calls it. Raises Unsupported where the operands do not fit.
        """
        return self.apply_all(op, *operands, names=(name,) if name else (), **attrs)[0]

    def apply_all(
        self, op: str, *operands: Operand, names: Sequence[str] = (), **attrs: Operand
    ) -> tuple[Tensor, ...]:
        """All results of an operation."""
        step = Step(op, tuple(map(_plain, operands)), attrs, (), self._frames, self._where)
        if op in LOOPS or op == ATTENTION:
            types = layer_types(step)
        else:
            try:
                types, nodes = self._typer.types(step)
            except DiagnosticError as failure:
                raise Unsupported(failure.diagnostics[0].message) from None
            _hold_small(step, types)
            tensors, count = step.tensors(), _count(types)
            if all(t.is_known for t in tensors) and count <= min(MAX_FOLDED, self._foldable):
                folded = nodes()
                if folded is not None:
                    self._foldable -= int(count)
                    return tuple(
                        Tensor("", t, "known", np.asarray(a, numpy_type(t.dtype)))
                        for t, a in zip(types, folded, strict=True)
                    )
        called = [*names, *[""] * (len(types) - len(names))]
        step.results = tuple(
            Tensor(n, t, "made", None, step) for n, t in zip(called, types, strict=False)
        )
        self._steps.append(step)
        return step.results

    def outputs(self) -> dict[str, Tensor]:
        """The outputs so far, by their names."""
        return dict(self._outputs)

    def loss(self, name: str, tensor: Tensor) -> None:
        """What is differentiated: an output that is a loss."""
        self._outputs[name] = tensor
        self._loss = name

    def output(self, name: str, tensor: Tensor) -> None:
        """What `forward` returns."""
        self._outputs[name] = tensor

    def cannot(self, where: str, failure: Unsupported) -> None:
        """Notes what is unsupported; all of it is told at the end."""
        self.missing.append((where, failure))

    def model(self, doc: str = "") -> Model:
        """The finished model."""
        return Model(
            tuple(self._dims), tuple(self._inputs), self._steps, self._outputs, doc, self._loss
        )


def _plain(operand: Operand) -> Operand:
    """Known scalars are numbers of the language: weak, as they are in most systems."""
    if isinstance(operand, Tensor) and operand.is_known and not operand.rank:
        assert operand.data is not None
        number: bool | int | float = operand.data.item()
        return number
    return tuple(map(_plain, operand)) if isinstance(operand, tuple) else operand


def _hold_small(step: Step, types: Sequence[Type]) -> None:
    """No array is larger than any memory, which a size that is mistaken soon is."""
    for kind in types:
        sizes = [s for s in kind.shape if isinstance(s, int)]
        taken = math.prod(sizes) * numpy_type(kind.dtype).itemsize
        if taken > MAX_ARRAY:
            raise Unsupported(
                f"`{step.op}` makes {kind}, which is {about(taken)}",
                "a size that it is made of is probably wrong",
            )


def _count(types: Sequence[Type]) -> float:
    """Elements of arrays; infinitely many where a size is free."""
    total = 0.0
    for kind in types:
        sizes = [s if isinstance(s, int) else float("inf") for s in kind.shape]
        total += float(np.prod(sizes)) if sizes else 1.0
    return total
