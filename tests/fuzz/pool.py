"""What makers of operations draw from: the values so far, sizes, numbers, a way to add one."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradc.ir.sizes import Size, product, size_text, substitute
from tests.fuzz.names import Names
from tests.fuzz.program import DTYPES, FLOATS, Argument, Step, Value
from tests.fuzz.reference import NumpyReference

LARGEST = 1e4  # what grows beyond this is thrown away
_NEAR = 1e-3  # a value this near to a kink, but not on it, could fall on either side


class Pool:
    """The values of a graph under construction."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        self.arrays = np.random.default_rng(seed)
        self.names = Names(self.rng)
        self.reference = NumpyReference()
        self.values: list[Value] = []
        self.steps: list[Step] = []
        self.arguments: list[Argument] = []
        self.functions: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self.float = "f64"

    # --- choosing ---

    def pick(self, *conditions: Callable[[Value], bool]) -> Value | None:
        """A value that meets the conditions; late ones are likelier, so that graphs grow deep."""
        found = [v for v in self.values if all(c(v) for c in conditions)]
        if not found:
            return None
        if self.rng.random() < 0.5:
            found = found[-8:]
        return self.rng.choice(found)

    def some_float(self, *conditions: Callable[[Value], bool]) -> Value | None:
        return self.pick(lambda v: v.is_float, *conditions)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def axis(self, rank: int) -> int:
        return self.rng.randrange(-rank, rank)

    def axes(self, rank: int) -> tuple[Any, str]:
        """Axes for a reduction, and how they are written; None for all."""
        form = self.rng.random()
        if form < 0.3 or rank == 0:
            return None, ""
        if form < 0.7:
            axis = self.axis(rank)
            return axis, f", axis={axis}"
        count = self.rng.randint(1, rank)
        chosen = tuple(a - rank * self.chance(0.3) for a in self.rng.sample(range(rank), count))
        return chosen, f", axis={list(chosen)}"

    def size(self, size: Size) -> int:
        found = substitute(size, dict(self.sizes))
        assert isinstance(found, int)
        return found

    def shape(self, sizes: Sequence[Size]) -> tuple[int, ...]:
        return tuple(self.size(s) for s in sizes)

    def number(self) -> tuple[float, str]:
        """A number and its spelling."""
        text = self.rng.choice("2 3 0.5 1.5 .25 2. 1e-1 1 0 7 1_0 0.75 2.5E-1".split())
        value = float(text)
        return (int(text), text) if text.replace("_", "").isdigit() else (value, text)

    # --- adding ---

    def draw(
        self, dtype: str, shape: Sequence[Size], low: int = -2, high: int = 3
    ) -> tuple[Any, bool]:
        """Values of an argument, and whether they are exact: small halves, with ties and zeros."""
        sizes = self.shape(shape)
        if dtype == "bool":
            return self.arrays.random(sizes) < 0.5, True
        if dtype in ("i32", "i64"):
            return self.arrays.integers(low, high, sizes), True
        if self.chance(0.35):
            return self.arrays.integers(-4, 5, sizes) / 2, True
        drawn = self.arrays.normal(0, 1, sizes)
        if dtype == "f32":
            drawn = drawn.astype(np.float32).astype(np.float64)
        return drawn, False

    def argument(
        self,
        dtype: str,
        shape: Sequence[Size],
        *,
        is_param: bool,
        name: str = "",
        starting: str = "",
        array: Any = None,
    ) -> Value:
        exact = True
        if array is None:
            array, exact = self.draw(dtype, shape)
        value = Value(name or self.names.argument(), dtype, tuple(shape), np.asarray(array), exact)
        self.arguments.append(Argument(value, is_param, starting))
        self.values.append(value)
        return value

    def add(
        self,
        op: str,
        operands: Sequence[Value],
        text: str,
        reference: Callable[..., Any],
        *kinds: tuple[str, Sequence[Size]],
        exact: bool = False,
        name: str = "",
        **more: Any,
    ) -> Step | None:
        """A statement, if its values are of a reasonable size."""
        with np.errstate(all="ignore"):
            found = reference(self.reference, *(v.array for v in operands))
        found = found if len(kinds) > 1 else (found,)
        results = []
        exact = exact and all(v.exact for v in operands)
        for array, (dtype, shape) in zip(found, kinds, strict=True):
            array = np.asarray(array)
            assert array.shape == self.shape(shape), (op, text, array.shape, shape)
            kind = {"f": "f", "b": "b", "i": "i"}[array.dtype.kind]
            assert kind == DTYPES[dtype]().dtype.kind, (op, text, array.dtype, dtype)
            if array.dtype != np.bool_ and not (np.abs(array) < LARGEST).all():
                return None
            results.append(Value("", dtype, tuple(shape), array, exact and _dyadic(array)))
        if sum(r.array.size for r in results) > 400:
            return None
        for result in results:
            result.name = name or self.names.value()
        inline = self.chance(0.35) and not more.get("sharer") and not name
        step = Step(
            op,
            tuple(operands),
            text,
            reference,
            tuple(results),
            inline,
            typed=not inline and self.chance(0.15),
            **more,
        )
        self.steps.append(step)
        self.values += results
        return step

    def safe(self, gap: Any, *operands: Value) -> bool:
        """Whether no element is so near to a kink that rounding could decide its side.

        On the kink is fine where the operands are exact.
        """
        gap = np.abs(np.asarray(gap))
        near = gap < _NEAR
        if all(v.exact for v in operands):
            near &= gap > 0
        return not near.any()


def _dyadic(array: Any) -> bool:
    if array.dtype.kind != "f":
        return True
    scaled = array * 256
    return bool((np.abs(array) < 1024).all() and (scaled == np.round(scaled)).all())


def broadcast(*shapes: Sequence[Size]) -> tuple[Size, ...] | None:
    """The shape that shapes broadcast to, or None; only a literal 1 stretches."""
    rank = max(map(len, shapes))
    result: list[Size] = [1] * rank
    for shape in shapes:
        for axis, size in enumerate(shape, rank - len(shape)):
            if size == 1:
                continue
            if result[axis] not in (1, size):
                return None
            result[axis] = size
    return tuple(result)


def partner(pool: Pool, x: Value, *conditions: Callable[[Value], bool]) -> Value | None:
    """A value that broadcasts with another."""
    return pool.pick(lambda v: broadcast(x.shape, v.shape) is not None, *conditions)


def reduced(shape: Sequence[Size], axis: Any, keepdims: bool) -> tuple[Size, ...]:
    """The shape after a reduction."""
    rank = len(shape)
    axes = range(rank) if axis is None else [axis] if isinstance(axis, int) else axis
    gone = {a % rank for a in axes}
    if keepdims:
        return tuple(1 if a in gone else s for a, s in enumerate(shape))
    return tuple(s for a, s in enumerate(shape) if a not in gone)


def promoted(*dtypes: str) -> str:
    """NumPy's common element type of arrays."""
    return _SHORT[np.result_type(*(DTYPES[d] for d in dtypes)).name]


_SHORT = {np.dtype(t).name: d for d, t in DTYPES.items()}


def listed(sizes: Sequence[Size]) -> str:
    """A list of sizes as the language writes it."""
    return "[" + ", ".join(size_text(s) for s in sizes) + "]"


__all__ = [
    "DTYPES",
    "FLOATS",
    "Pool",
    "broadcast",
    "listed",
    "partner",
    "product",
    "promoted",
    "reduced",
]
