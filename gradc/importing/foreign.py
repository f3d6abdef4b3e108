"""A foreign program as data: tensors, and the steps in gradc's operations that make them."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np

from gradc.ir.sizes import Poly
from gradc.ir.types import DTYPES, Type
from gradc.records import dataclass, field

Role: TypeAlias = 'Literal["input", "param", "state", "table", "known", "made"]'
"""What a tensor is: given at each call, learned, kept, a constant, or made by a step.

A table is a constant that stands among the parameters, as it is too many numbers for a text.
"""

WEIGHTS: tuple[Role, ...] = ("param", "state", "table")
"""What is held beside the text."""

Operand: TypeAlias = (
    "Tensor | bool | int | float | str | Poly | SizeOf | tuple[Operand, ...] | slice | None"
)
"""What a step is applied to, or told: a tuple is a list of the language."""


class Unsupported(Exception):
    """A foreign node that has no counterpart: what is wrong, and what could be done."""

    def __init__(self, message: str, *helps: str):
        self.message, self.helps = message, helps
        super().__init__(message)


WRITTEN = "write it in the model of operations that there are: `gradc ops`"
"""What could be done about an operation that is not there, where nothing nearer is known."""


class NoCounterpart(Unsupported):
    """An operation that is not there at all, whatever it is applied to."""


def first_line(failure: Exception) -> str:
    """What a failure of another package says, in short."""
    return str(failure).strip().split("\n")[0].rstrip(".") or type(failure).__name__


@dataclass(frozen=True, slots=True)
class Frame:
    """One call of a module around a step: its path from the root, its class, which call it is.

    `kind` is empty where the source does not say it. A path of names ends in that of the module.
    """

    path: tuple[str, ...]  # ("layer1", "0", "conv1")
    kind: str = ""  # "BasicBlock"
    call: int = 0


@dataclass(slots=True, eq=False)
class Tensor:
    """A value of the foreign program. `data` is there for weights, states and what is known."""

    name: str
    type: Type
    role: Role = "made"
    data: np.ndarray[Any, Any] | None = field(default=None, repr=False)
    maker: Step | None = field(default=None, repr=False)

    @property
    def shape(self) -> tuple[int | Poly, ...]:
        return self.type.shape

    @property
    def dtype(self) -> str:
        return self.type.dtype

    @property
    def rank(self) -> int:
        return len(self.type.shape)

    @property
    def is_known(self) -> bool:
        """Whether its numbers are fixed: they may be folded, and written into the text."""
        return self.role == "known"


@dataclass(frozen=True, slots=True)
class SizeOf:
    """The size of an axis of a tensor, or some times that: `x.shape[1]`, `4 * x.shape[1]`."""

    tensor: Tensor
    axis: int
    times: int = 1


@dataclass(slots=True, eq=False)
class Step:
    """An operation applied to operands and attributes.

    `op` is a function of the language or one of an operator (`add`, `matmul`); `index`, whose
    attribute `entries` is what stands in the brackets; or a loop (`recurrent.py`).
    `where` names the foreign node, for who has to be told of it.
    """

    op: str
    operands: tuple[Operand, ...]
    attrs: dict[str, Operand]
    results: tuple[Tensor, ...] = ()
    frames: tuple[Frame, ...] = ()
    where: str = ""

    @property
    def result(self) -> Tensor:
        return self.results[0]

    def tensors(self) -> list[Tensor]:
        """The tensors that it reads, in order."""
        found: list[Tensor] = []
        _gather((*self.operands, *self.attrs.values()), found)
        return found


def _gather(operands: tuple[Operand, ...], found: list[Tensor]) -> None:
    for operand in operands:
        if isinstance(operand, Tensor | SizeOf):
            found.append(operand.tensor if isinstance(operand, SizeOf) else operand)
        elif isinstance(operand, tuple):
            _gather(operand, found)


@dataclass(slots=True, eq=False)
class Model:
    """A whole program. `dims` are free, `outputs` have names."""

    dims: tuple[str, ...]
    inputs: tuple[Tensor, ...]
    steps: list[Step]
    outputs: dict[str, Tensor]
    doc: str = ""
    loss: str = ""  # the output that is one


def numpy_type(dtype: str) -> np.dtype[Any]:
    """NumPy's element type of one of the language."""
    return np.dtype(DTYPES[dtype])


def language_type(dtype: np.dtype[Any]) -> str:
    """The element type of the language for one of NumPy's. Raises Unsupported."""
    for short, name in DTYPES.items():
        if np.dtype(name) == dtype:
            return short
    widened = {"int8": "i32", "int16": "i32", "uint8": "i32", "uint16": "i32", "uint32": "i64",
               "uint64": "i64", "float16": "f32", "bfloat16": "f32"}  # fmt: skip
    if dtype.name in widened:
        return widened[dtype.name]
    raise Unsupported(f"there are no {dtype.name} values", "elements are f32, f64, i32, i64, bool")
