"""A stand-in for NumPy in the page, for the few numbers of a picture or a worksheet.

NumPy compiled for a browser is 3 MB and comes from one server alone. What a lesson asks of it is
little: the functions that gradc works out at compile time anyway, and arrays around them. Here are
those arrays. What is missing raises Missing, and the page says so.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any

from gradc.targets.numpy.known.array import Array, highest, known, spread
from gradc.targets.numpy.known.evaluate import FUNCTIONS

inf, nan, pi, e, newaxis = math.inf, math.nan, math.pi, math.e, None
_NAMES = {"bool": "bool", "i64": "int64", "f64": "float64"}


class Missing(AttributeError):
    """What only NumPy itself has."""


class dtype:
    """An element type; called, it converts."""

    def __init__(self, name: Any):
        self.name = name.name if isinstance(name, dtype) else _NAMES.get(name, name)
        self.kind = self.name[0]

    @property
    def type(self) -> dtype:
        return self

    def __call__(self, value: Any = 0) -> ndarray:
        return asarray(value, self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dtype) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)


float64, int64, int32, bool_, float32 = map(dtype, ["float64", "int64", "int32", "bool", "float32"])
inexact = "inexact"


class generic:
    """A number of NumPy's own; here a number is an array without axes."""


class ndarray:
    """Known numbers, as NumPy has them."""

    def __init__(self, array: Array):
        self.array = array

    @property
    def dtype(self) -> dtype:
        return dtype(self.array.kind)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def ndim(self) -> int:
        return self.array.rank

    @property
    def size(self) -> int:
        return len(self.array.items)

    @property
    def T(self) -> ndarray:
        return ndarray(FUNCTIONS["transpose"](self.array, tuple(range(self.ndim))[::-1]))

    def astype(self, kind: Any) -> ndarray:
        return asarray(self, kind)

    def ravel(self) -> ndarray:
        return ndarray(Array(self.array.kind, (self.size,), self.array.items))

    def tolist(self) -> Any:
        return _listed(self.array.nested())

    def copy(self) -> ndarray:
        return ndarray(self.array)

    def item(self) -> Any:
        (number,) = self.array.items
        return number

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    __index__ = __int__

    def __bool__(self) -> bool:
        return bool(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[ndarray]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, entries: Any) -> ndarray:
        sizes, places = self._chosen(entries)
        items = [self.array.items[place] for place in places]
        return ndarray(Array(self.array.kind, sizes, items))

    def __setitem__(self, entries: Any, value: Any) -> None:
        sizes, places = self._chosen(entries)
        items = list(self.array.items)
        for place, item in zip(
            places, spread(asarray(value, self.dtype).array, sizes), strict=True
        ):
            items[place] = item
        self.array = Array(self.array.kind, self.shape, items)

    def _chosen(self, entries: Any) -> tuple[tuple[int, ...], list[int]]:
        """What basic indexing chooses: its shape, and where its elements stand."""
        entries = entries if isinstance(entries, tuple) else (entries,)
        used = sum(entry is not None and entry is not ... for entry in entries)
        if ... not in [entry if entry is ... else 0 for entry in entries]:
            entries = (*entries, ...)
        axes = iter(range(self.ndim))
        chosen: list[Sequence[int]] = []
        shape: list[int] = []
        for entry in entries:
            if entry is None:
                shape.append(1)
                continue
            for _ in range(self.ndim - used if entry is ... else 1):
                places = range(self.shape[next(axes)])
                if isinstance(entry, slice) or entry is ...:
                    places = places if entry is ... else places[entry]
                    shape.append(len(places))
                    chosen.append(places)
                else:
                    chosen.append([places[int(entry)]])
        steps = [math.prod(self.shape[axis + 1 :]) for axis in range(self.ndim)]
        places = [sum(map(operator.mul, index, steps)) for index in product(*chosen)]
        return tuple(shape), places

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in FUNCTIONS:
            raise AttributeError(name)
        return lambda *words, **more: _called(name, (self, *words), more)


def _operator(name: str, reflected: bool = False) -> Callable[[ndarray, Any], ndarray]:
    if reflected:
        return lambda x, y: _called(name, (y, x), {})
    return lambda x, y: _called(name, (x, y), {})


for _sign, _name in {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "pow": "power",
    "floordiv": "floor_divide", "mod": "remainder", "matmul": "matmul", "and": "logical_and",
    "or": "logical_or",
}.items():  # fmt: skip
    setattr(ndarray, f"__{_sign}__", _operator(_name))
    setattr(ndarray, f"__r{_sign}__", _operator(_name, reflected=True))
for _sign, _name in {
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal",
    "ne": "not_equal",
}.items():  # fmt: skip
    setattr(ndarray, f"__{_sign}__", _operator(_name))
ndarray.__hash__ = object.__hash__  # type: ignore[assignment]
ndarray.__neg__ = lambda x: _called("negative", (x,), {})  # type: ignore[attr-defined]
ndarray.__abs__ = lambda x: _called("abs", (x,), {})  # type: ignore[attr-defined]


def _listed(data: Any) -> Any:
    return [_listed(item) for item in data] if isinstance(data, tuple) else data


def _called(name: str, words: Sequence[Any], more: dict[str, Any]) -> Any:
    """A function that gradc knows, of arrays and of what stands beside them."""
    first, *rest = words
    given = [_inner(first) if isinstance(first, str) else asarray(first).array]
    return ndarray(FUNCTIONS[name](*given, *map(_inner, rest), **more))


def _inner(x: Any) -> Any:
    return x.array if isinstance(x, ndarray) else x


def __getattr__(name: str) -> Callable[..., Any]:
    if name not in FUNCTIONS:
        raise Missing(f"NumPy's `{name}`")
    return lambda *words, **more: _called(name, words, more)


def asarray(data: Any, kind: Any = None) -> ndarray:
    """Numbers, nested lists of them, or an array, as an array."""
    if isinstance(data, ndarray):
        array = data.array
    else:
        shape: list[int] = []
        items = [data]
        while items and isinstance(items[0], list | tuple | ndarray) and shape_of(items[0]):
            shape.append(len(items[0]))
            items = [element for item in items for element in item]
        numbers = [known(_inner(item)) for item in items]
        high = highest(numbers) if numbers else "f64"
        array = Array(high, tuple(shape), [n.cast(high).items[0] for n in numbers])
    if kind is not None:
        names = {"b": "bool", "i": "i64", "f": "f64"}
        array = array.cast(names[dtype(kind).kind])
    return ndarray(array)


def shape_of(x: Any) -> Any:
    return x.shape if isinstance(x, ndarray) else (1,)


array = asarray


def shape(x: Any) -> tuple[int, ...]:
    return asarray(x).shape


def size(x: Any) -> int:
    return asarray(x).size


def ndim(x: Any) -> int:
    return asarray(x).ndim


def ravel(x: Any) -> ndarray:
    return asarray(x).ravel()


def ndindex(*sizes: Any) -> Iterator[tuple[int, ...]]:
    """All places of a shape."""
    return product(*map(range, sizes[0] if sizes and isinstance(sizes[0], tuple) else sizes))


def zeros(sizes: Any, kind: Any = "float64") -> ndarray:
    sizes = (sizes,) if isinstance(sizes, int) else tuple(sizes)
    return asarray(ndarray(Array("i64", sizes, [0] * math.prod(sizes))), kind)


def ones(sizes: Any, kind: Any = "float64") -> ndarray:
    return asarray(zeros(sizes) + 1, kind)


def issubdtype(kind: dtype, of: str) -> bool:
    return kind.kind == "f"


def allclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    a, b = asarray(a), asarray(b)
    near = (abs(a - b) <= atol + rtol * abs(b)) | (a == b)
    return bool((near | ((a != a) & (b != b)) if equal_nan else near).all())


@contextmanager
def errstate(**_: str) -> Iterator[None]:
    """Nothing warns here."""
    yield


def max(x: Any, initial: float | None = None, where: Any = True) -> ndarray:  # noqa: A001
    """The largest element of those that count."""
    low = -math.inf if initial is None else initial
    return ndarray(FUNCTIONS["max"](FUNCTIONS["where"](_inner(where), asarray(x).array, low)))


def full(sizes: Any, value: Any, kind: Any = None) -> ndarray:
    return asarray(zeros(sizes) + value, kind or asarray(value).dtype)


def zeros_like(x: Any) -> ndarray:
    return zeros(shape(x), asarray(x).dtype)


def ones_like(x: Any) -> ndarray:
    return ones(shape(x), asarray(x).dtype)


def expand_dims(x: Any, axis: int | tuple[int, ...]) -> ndarray:
    axes = (axis,) if isinstance(axis, int) else axis
    rank = ndim(x) + len(axes)
    new = {a % rank for a in axes}
    return asarray(x)[tuple(None if a in new else slice(None) for a in range(rank))]


class random:
    """Random numbers are NumPy's own; they are not drawn here."""

    Generator = object

    @staticmethod
    def default_rng(_: Any = None) -> random:
        return random()

    def __getattr__(self, name: str) -> Any:
        raise Missing("NumPy's random numbers")
