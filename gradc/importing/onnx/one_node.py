"""A node of an ONNX graph, as the functions that say it see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradc.importing.foreign import Operand, SizeOf, Step, Tensor, Unsupported
from gradc.importing.making import MAX_FOLDED, Making
from gradc.importing.onnx.bound import Array, Bound, Known, Sizes, has_free, settings_of, sizes_of
from gradc.importing.onnx.learned import Learned
from gradc.ir.sizes import Poly, dimensions_of
from gradc.records import dataclass


@dataclass(slots=True, eq=False)
class Node:
    """One node: what it is applied to, and how gradc's operations are applied for it.

    `version` is that of the operator set of the file; `inputs` are in the order of the operator,
    None where one is left out; `outputs` are names, empty where nothing reads them.
    """

    op: str
    version: int
    name: str
    inputs: tuple[Bound, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    making: Making
    learned: Learned
    places: dict[Poly, SizeOf]
    """Where sizes can be read that are no polynomial of the free ones."""
    batch: Poly | None
    """The free size that the first axis of the inputs has been given."""
    input_names: tuple[str, ...] = ()
    run: Callable[[Any, Sequence[Bound]], tuple[Bound, ...]] | None = None
    """Runs a graph that is an attribute, on the values of its inputs."""

    # --- attributes and inputs ---

    def attr(self, name: str, default: Any = None) -> Any:
        """An attribute, or what it is where it is left out."""
        return self.attributes.get(name, default)

    def has(self, i: int) -> bool:
        """Whether there is an input at this position."""
        return i < len(self.inputs) and self.inputs[i] is not None

    def wants(self, i: int) -> bool:
        """Whether something reads the output at this position."""
        return i < len(self.outputs) and bool(self.outputs[i])

    def bound(self, i: int) -> Bound:
        """An input as it is."""
        if not self.has(i):
            raise Unsupported(f"input {i} of {self.op} is missing")
        return self.inputs[i]

    def tensor(self, i: int, word: str = "") -> Tensor:
        """An input as a tensor; `word` is what it is to the node, where it is a weight."""
        return self.as_tensor(self.bound(i), word)

    def optional(self, i: int, word: str = "") -> Tensor | None:
        """An input as a tensor, if there is one."""
        return self.tensor(i, word) if self.has(i) else None

    def tensors(self) -> list[Tensor]:
        """All inputs as tensors."""
        return [self.tensor(i) for i in range(len(self.inputs)) if self.has(i)]

    def shape(self, i: int) -> Sizes:
        """The sizes of an input."""
        bound = self.bound(i)
        assert isinstance(bound, Tensor | Known)
        return bound.shape

    def rank(self, i: int) -> int:
        """The number of axes of an input."""
        return len(self.shape(i))

    def axis(self, i: int, default: int = 0, name: str = "axis") -> int:
        """An axis of an input, which may count from the end, as one from the beginning."""
        axis, rank = int(self.attr(name, default)), self.rank(i)
        return axis + rank if axis < 0 else axis

    def is_known(self, i: int) -> bool:
        """Whether an input is left out, or its numbers are in the file."""
        return not self.has(i) or isinstance(self.inputs[i], Known)

    def known(self, i: int) -> Array:
        """The numbers of an input, which may be free sizes. Raises Unsupported."""
        bound = self.bound(i)
        if isinstance(bound, Known):
            return bound.data
        if isinstance(bound, Tensor) and bound.is_known and bound.data is not None:
            return bound.data
        name = self.input_names[i] if i < len(self.input_names) else f"input {i}"
        given = isinstance(bound, Tensor) and bound.role == "input"
        raise Unsupported(
            f"`{name}` of {self.op} is not known here",
            f"settle it: `--set {name}=…`"
            if given
            else "it has to follow from sizes and constants",
        )

    def numbers(self, i: int) -> Array:
        """As `known`, but without free sizes."""
        data = self.known(i)
        if has_free(data):
            raise self.refuse_free("by a size that is free", *data.reshape(-1).tolist())
        return data

    def sizes(self, i: int) -> Sizes:
        """The integers of an input."""
        return sizes_of(self.known(i))

    def ints(self, i: int) -> list[int]:
        """The integers of an input, none of them free."""
        return [int(n) for n in self.numbers(i).reshape(-1).tolist()]

    def given_ints(self, name: str, i: int) -> list[int] | None:
        """What older versions have as an attribute, and newer ones as an input."""
        if self.has(i):
            return self.ints(i)
        value = self.attr(name)
        return None if value is None else list(np.atleast_1d(value).tolist())

    def number(self, i: int, name: str, default: float | None = None) -> Any:
        """The same for one number."""
        if self.has(i):
            return self.numbers(i).reshape(-1)[0].item()
        return self.attr(name, default)

    # --- what is made ---

    def as_tensor(self, bound: Bound, word: str = "") -> Tensor:
        """A value as a tensor: a weight as a parameter, a constant as what is known."""
        if isinstance(bound, Tensor):
            return bound
        if isinstance(bound, Known):
            return self.learned.tensor(bound, word)
        raise Unsupported(f"{self.op} of a sequence")

    def apply(self, op: str, *operands: Operand | Known, **attrs: Operand) -> Tensor:
        """The first result of an operation of gradc's."""
        return self.apply_all(op, *operands, **attrs)[0]

    def apply_all(
        self, op: str, *operands: Operand | Known, **attrs: Operand
    ) -> tuple[Tensor, ...]:
        """All its results."""
        told: dict[str, Any] = {name: self._sized(plain(value)) for name, value in attrs.items()}
        given = [self._sized(self.operand(o)) for o in operands]
        try:
            results = self.making.apply_all(op, *given, **told)
        except Unsupported as failure:
            raise _open(op, [*given, *told.values()], failure) from None
        for x in results:
            for axis, size in enumerate(x.shape):
                if isinstance(size, Poly) and not size.is_polynomial:
                    self.places.setdefault(size, SizeOf(x, axis))
        return results

    def _sized(self, operand: Operand) -> Operand:
        """Sizes that are no polynomial of the free ones are read where there are such."""
        if isinstance(operand, tuple):
            return tuple(map(self._sized, operand))
        if isinstance(operand, slice):
            return slice(*map(self._sized, (operand.start, operand.stop, operand.step)))
        return self.places.get(operand, operand) if isinstance(operand, Poly) else operand

    def index(self, x: Tensor, *entries: Operand) -> Tensor:
        """What brackets give: integers, slices, None for a new axis, the text `...`."""
        return self.apply("index", x, entries=tuple(entries))

    def operand(self, operand: Operand | Known) -> Operand:
        """What a step is applied to: an array of the file as its tensor, a free size as itself."""
        if isinstance(operand, Known):
            data = operand.data
            if data.size == 1 and isinstance(free := data.reshape(-1)[0], Poly) and not data.ndim:
                return free
            return self.learned.tensor(operand)
        return operand

    def hold_small(self, count: float, most: int = MAX_FOLDED) -> None:
        """An array of so many elements is about to be worked out. Raises Unsupported."""
        if count > most:
            message = f"needs {count:,.0f} numbers, more than are worked out"
            raise self.refuse(message, "a size that it is made of is probably wrong")

    def refuse(self, message: str, *helps: str) -> Unsupported:
        """What is raised where there is no counterpart."""
        return Unsupported(f"{self.op} {message}", *helps)

    def refuse_free(self, message: str, *sizes: Any) -> Unsupported:
        """The same where free sizes would have to be known: the help names them."""
        return self.refuse(message, *settings_of(sizes))

    # --- weights, which are laid out otherwise where they are in the file ---

    def swapped(self, bound: Bound, word: str) -> Tensor:
        """A matrix with its axes exchanged: at once, where it is a weight."""
        if isinstance(bound, Known):
            known = Known(np.ascontiguousarray(bound.data.T), bound.name, bound.learned)
            return self.learned.tensor(known, word)
        x = self.as_tensor(bound)
        return self.apply("transpose", x)


_LONG = 160
"""Letters of a message that is told as it is."""


def _open(op: str, operands: Sequence[Operand], failure: Unsupported) -> Unsupported:
    """Why an operation does not fit, in short, where free sizes are what leaves it open."""
    step = Step("", tuple(operands), {})
    sizes = [s for t in step.tensors() for s in t.shape if isinstance(s, Poly)]
    derived = [s for s in sizes if not s.is_polynomial]
    words = set(re.findall(r"\w+", failure.message))
    named = derived or [s for s in sizes if words & dimensions_of(s)]
    if not named:
        return failure
    message = failure.message
    if derived and len(message) > _LONG:
        names = " and ".join(sorted(set().union(*map(dimensions_of, derived))))
        message = f"whether the sizes of `{op}` fit depends on {names}"
    return Unsupported(message, *failure.helps, *settings_of(named))


def plain(value: Operand) -> Operand:
    """A number that is known, as that."""
    if isinstance(value, Tensor) and value.is_known and not value.rank and value.data is not None:
        number: bool | int | float = value.data.item()
        return number
    return value
