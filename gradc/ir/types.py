"""Types of values: an element type and a shape, promoted and broadcast as NumPy 2 does."""

from __future__ import annotations

import math
from collections.abc import Iterable

from gradc.ir.certain import always_positive, never_divisible, never_zero
from gradc.ir.sizes import Size, dimensions_of, shape_text
from gradc.records import dataclass, field
from gradc.source import Span

DTYPES = {"f32": "float32", "f64": "float64", "i32": "int32", "i64": "int64", "bool": "bool"}
"""The element types of the language, and their names in full."""

BYTES = {"f32": 4, "f64": 8, "i32": 4, "i64": 8, "bool": 1}
"""How many an element takes."""

FLOATS = frozenset({"f32", "f64"})
_RANK = {"bool": 0, "i32": 1, "i64": 2, "f32": 3, "f64": 4}


_TYPES: dict[tuple[str, tuple[Size, ...], bool], Type] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Type:
    """`f32[B, 10]`. A weak type is a Python number's: it gives way to any other of its kind.

    There is one object for each type, so that to compare two of them is to compare two addresses.
    """

    dtype: str
    shape: tuple[Size, ...] = ()
    weak: bool = False

    def __new__(cls, dtype: str, shape: tuple[Size, ...] = (), weak: bool = False) -> Type:
        key = (dtype, shape, weak)
        found = _TYPES.get(key)
        return _TYPES.setdefault(key, object.__new__(cls)) if found is None else found

    def __reduce__(self) -> tuple[type[Type], tuple[str, tuple[Size, ...], bool]]:
        return Type, (self.dtype, self.shape, self.weak)

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def is_float(self) -> bool:
        return self.dtype in FLOATS

    def __str__(self) -> str:
        return self.dtype + (shape_text(self.shape) if self.shape else "")


@dataclass(frozen=True, slots=True)
class Check:
    """What only sizes at run time can settle; `text` says what is wrong where it fails.

    `relation` is `divides` (left divides right), `at_most`, `equal` or, while training alone,
    `differs`.
    """

    relation: str
    left: Size
    right: Size
    text: str
    span: Span | None = field(default=None, compare=False)

    @property
    def is_impossible(self) -> bool:
        """Whether no dimensions of at least 1 fulfil it."""
        if self.relation == "equal":
            return never_zero(self.left - self.right)
        if self.relation == "divides":
            return isinstance(self.left, int) and never_divisible(self.right, self.left)
        return always_positive(self.left - self.right)

    @property
    def dimensions(self) -> set[str]:
        """The dimensions that it is about."""
        return dimensions_of(self.left) | dimensions_of(self.right)


@dataclass(frozen=True, slots=True)
class Checked:
    """A size, and what has to hold where it is used."""

    size: Size
    checks: tuple[Check, ...]


def no_axis(axis: object, rank: int) -> str:
    """What is said of an axis that an array of so many has not."""
    return f"there is no axis {axis} in an array of {rank} ax{'is' if rank == 1 else 'es'}"


class TypeMismatch(Exception):
    """Why operands do not fit an operation.

    `operands` are the positions of those to blame, `attribute` the argument of compile time that
    they meet or that is to blame alone; diagnostics point at them. `helps` say what to do, with
    `{0}` for what the user wrote for an operand.
    """

    def __init__(
        self,
        message: str,
        operands: Iterable[int] = (),
        code: str = "E0302",
        helps: Iterable[str] = (),
        attribute: str = "",
    ):
        self.message, self.operands, self.code = message, tuple(operands), code
        self.helps, self.attribute = tuple(helps), attribute
        super().__init__(message)


def is_too_large(kind: Type) -> bool:
    """Whether 64 bits cannot count the bytes of such an array; axes of unknown size count as 1."""
    count = math.prod(s for s in kind.shape if isinstance(s, int) and s > 0)
    return count * BYTES[kind.dtype] >= 2**63


def promote(types: Iterable[Type]) -> tuple[str, bool]:
    """The common element type, and whether it is weak (all of them are).

    A weak number takes the element type of what it meets, unless its kind is higher: an integer
    array times a Python float is f64.
    """
    types = list(types)
    strong = [t.dtype for t in types if not t.weak]
    weak = [t.dtype for t in types if t.weak]
    if not strong:
        return max(weak, key=_RANK.__getitem__), True
    dtype = _promote_strong(strong)
    for other in weak:
        if other in FLOATS and dtype not in FLOATS:
            dtype = "f64"
        elif other == "i64" and dtype == "bool":
            dtype = "i64"
    return dtype, False


def _promote_strong(dtypes: list[str]) -> str:
    highest = max(dtypes, key=_RANK.__getitem__)
    # f32 cannot hold 32-bit integers, so NumPy goes to f64.
    if highest == "f32" and any(d in ("i32", "i64") for d in dtypes):
        return "f64"
    return highest


def working_type(operands: Iterable[Type], result: Type) -> str:
    """The element type that work on elements is done in: the result's, or what is compared."""
    return result.dtype if result.dtype != "bool" else promote(operands)[0]


def broadcast(shapes: Iterable[tuple[Size, ...]]) -> tuple[Size, ...]:
    """NumPy's broadcast shape; only a literal 1 stretches. Raises TypeMismatch naming operands."""
    shapes = list(shapes)
    rank = max(map(len, shapes))
    result: list[Size] = [1] * rank
    owner = [0] * rank
    for position, shape in enumerate(shapes):
        offset = rank - len(shape)
        for axis, size in enumerate(shape, offset):
            if size == 1 or size == result[axis]:
                continue
            if result[axis] != 1:
                raise TypeMismatch(
                    f"{shape_text(shapes[owner[axis]])} and {shape_text(shape)} do not broadcast:"
                    f" {result[axis]} is not {size}",
                    (owner[axis], position),
                )
            result[axis], owner[axis] = size, position
    return tuple(result)
