"""What stands for the values of an ONNX graph: tensors of the model, and what is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np

from gradc.importing.foreign import Tensor
from gradc.ir.sizes import Poly, dimensions_of
from gradc.records import dataclass

Array: TypeAlias = "np.ndarray[Any, Any]"
Sizes: TypeAlias = "tuple[int | Poly, ...]"


@dataclass(slots=True, eq=False)
class Known:
    """An array whose numbers are in the file, or follow from it.

    Sizes that are free are polynomials, in an array of objects. What is `learned` becomes a
    parameter where it is used; `name` is that of the initialiser that it is made of.
    """

    data: Array
    name: str = ""
    learned: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.data.shape)


Bound: TypeAlias = "Tensor | Known | tuple[Bound, ...] | None"
"""A value, a sequence of them, or nothing, where an input is left out."""


def sizes_of(data: Array) -> Sizes:
    """The numbers of an array of integers, some of which may be free sizes."""
    return tuple([n if isinstance(n, Poly) else int(n) for n in data.reshape(-1).tolist()])


def array_of(sizes: Any) -> Array:
    """Integers, or objects where one of them is a free size."""
    array = np.array(sizes, dtype=object)
    return array if has_free(array) else array.astype(np.int64)


def settings_of(sizes: Iterable[Any]) -> tuple[str, ...]:
    """What to do where free sizes would have to be known: a help, or none."""
    free = sorted({d for s in sizes if isinstance(s, Poly) for d in dimensions_of(s)})
    return (f"fix it: `{' '.join(f'--set {d}=…' for d in free)}`",) if free else ()


def has_free(data: Array) -> bool:
    """Whether some number is a free size."""
    return data.dtype == object and any(isinstance(n, Poly) for n in data.reshape(-1).tolist())
