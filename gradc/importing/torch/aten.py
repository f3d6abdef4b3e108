"""How operations of ATen are said in gradc's: a table that the files of this room fill."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from gradc.importing.foreign import Operand, Tensor, Unsupported
from gradc.importing.making import Making
from gradc.ir.sizes import Poly, Size


class TorchMaking(Making):
    """A model that is made of torch's operations."""

    def __init__(self, batch: tuple[int, Poly] | None = None):
        """`batch` is a size of the program and the free dimension that it becomes."""
        super().__init__()
        self._batch = batch
        self._turned: set[Tensor] = set()
        self._own: dict[str, Tensor] = {}

    def own_param(self, path: str, data: np.ndarray[Any, Any]) -> Tensor:
        """A weight that is made of the program's, the same one each time."""
        found = self._own.get(path)
        if found is None:
            found = self._own[path] = self.param(path, data)
        return found

    def turned_param(self, path: str, data: np.ndarray[Any, Any]) -> Tensor:
        """A weight that all its readers transpose: it is kept as they read it."""
        tensor = self.param(path, data.T)
        self._turned.add(tensor)
        return tensor

    def turned(self, weight: Tensor) -> Tensor:
        """A weight [out, in] of torch's as [in, out]."""
        return weight if weight in self._turned else self.apply("transpose", weight)

    def batched(self, shape: Sequence[Size]) -> tuple[Size, ...]:
        """A shape to stretch something to: its first size is the batch, if it is as large."""
        if self._batch is not None and shape and shape[0] == self._batch[0] > 1:
            return (self._batch[1], *shape[1:])
        return tuple(shape)

    def rebatched(self, x: Tensor, shape: Sequence[Size]) -> list[Size]:
        """A shape of `x` written out, in which the size of the batch is the free dimension."""
        sizes = list(shape)
        if self._batch is None or -1 in sizes:
            return sizes
        fixed, free = self._batch
        for place, size in enumerate(sizes):
            if isinstance(size, int) and size and size % fixed == 0:
                tried = [*sizes[:place], free * (size // fixed), *sizes[place + 1 :]]
                if product(tried) == product(x.shape):
                    return tried
        return sizes


def product(sizes: Sequence[Size]) -> Size:
    """The number of elements of a shape."""
    found: Size = 1
    for size in sizes:
        found = found * size
    return found


NEUTRAL = frozenset(
    """layout device pin_memory memory_format non_blocking copy implicit sparse sparse_grad stable
    sorted half_to_float cudnn_enable cudnn_enabled compute_mode path training""".split()
)
"""Arguments of torch that change no value: where arrays lie, and which of equal ways is taken."""


class Arguments(dict[str, Any]):
    """The arguments of a node by the names of its schema, defaults included.

    It knows which were asked for, so that none is passed over in silence.
    """

    def __init__(self, name: str, values: Mapping[str, Any], usual: Mapping[str, Any]):
        """`usual` are the defaults."""
        super().__init__(values)
        self.name = name
        self._usual = usual
        self._asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self._asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The argument, if the schema has one of the name."""
        self._asked.add(name)
        return super().get(name, default)

    def all_are_used(self) -> None:
        """Raises Unsupported for an argument that was not asked for and says something."""
        for name, value in self.items():
            told = name not in self._asked and name not in NEUTRAL and value is not None
            if told and value != self._usual[name]:
                said = "an array" if isinstance(value, Tensor) else value
                raise Unsupported(f"`{self.name}` with `{name}={said}`")

    def tensor(self, name: str) -> Tensor:
        """An argument that is an array. Raises Unsupported."""
        value = self[name]
        if not isinstance(value, Tensor):
            raise Unsupported(f"`{name}` is no array")
        return value

    def sizes(self, name: str) -> tuple[int | Poly, ...]:
        """An argument that is a list of integers or sizes."""
        value = self[name]
        return tuple(value) if isinstance(value, list | tuple) else (value,)


Handler: TypeAlias = Callable[[TorchMaking, Arguments], Any]
"""What makes the results of a node: a tensor, several, or a size."""

TABLE: dict[str, Handler] = {}
"""The handlers by the names of ATen, without their overloads."""


def says(*names: str) -> Callable[[Handler], Handler]:
    """Enters a handler for operations of ATen."""

    def enter(handler: Handler) -> Handler:
        for name in names:
            TABLE[name] = handler
        return handler

    return enter


def told(**attrs: tuple[Operand, Operand]) -> dict[str, Any]:
    """The attributes that are not what they are by default, each given with that."""
    return {name: value for name, (value, usual) in attrs.items() if value != usual}


def shared(values: object) -> Any:
    """A number that all elements of a list are, or else the list."""
    if isinstance(values, list | tuple):
        items = tuple(values)
        return items[0] if len(set(items)) == 1 else items
    return values


def axes_of(axes: Any, rank: int) -> Any:
    """Axes as a person writes them: the last ones from the end, one of them alone."""
    if axes is None or (isinstance(axes, list | tuple) and not axes):
        return None
    if isinstance(axes, int):
        return near_end(axes, rank)
    return shared([near_end(a, rank) for a in axes]) if len(axes) == 1 else tuple(
        near_end(a, rank) for a in axes
    )  # fmt: skip


def near_end(axis: int, rank: int) -> int:
    """An axis of an array: -1 for the last of several, else counted from the front."""
    axis = axis % rank if rank else axis
    return -1 if axis == rank - 1 and rank > 1 else axis


def whole(number: Any) -> Any:
    """A number that is an integer, as one."""
    return int(number) if float(number).is_integer() else number
