"""What spellings make of known numbers, against NumPy; elementary functions, against mpmath."""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numpy as np
import pytest

from gradc.elaborate import literals
from gradc.ir import elementary
from gradc.ir.operation import Formal, Operation
from gradc.ir.types import DTYPES, Type, TypeMismatch
from gradc.library.loader import standard_library
from gradc.targets.numpy.known.evaluate import evaluate
from gradc.targets.numpy.run import function_of

LIBRARY = standard_library()
# What may differ from NumPy beyond rounding, and why.
APART = {
    "power": "NumPy, as the language, has no negative powers of integers; (-inf)**0.5 is nan",
    "logaddexp": "NumPy loses digits where the sum is near 0",
    "max_or_least": "NumPy refuses -inf where integers stand",
    "einsum": "NumPy adds bools up as bools where others follow, and goes by BLAS",
}
SHAPES = [(), (), (3,), (2, 3), (2, 2), (1, 3), (2, 1, 3), (9,), (20, 2), (3, 40)]


def evaluated() -> list[str]:
    """The operations that are worked out at compile time where all operands are known."""
    operations = [LIBRARY.operation(name) for name in LIBRARY.names("op")]
    folds = [op for op in operations if op.evaluate is not None and op.operands]
    return [op.name for op in folds if not any(f.kind == "entries" for f in op.formals)]


class Draw:
    """Calls of an operation, drawn at random."""

    def __init__(self, op: Operation):
        self.op = op
        self.rng = random.Random(op.name)

    def calls(self, count: int) -> Iterator[tuple[list[Any], list[str], tuple[Any, ...]]]:
        """Operands, their element types and attributes, where the result is known."""
        for _ in range(count):
            shapes = self._shapes()
            types = [Type(self.rng.choice(["bool", "i64", "f64", "f64"]), s, True) for s in shapes]
            attrs = tuple(self._attribute(f, types[0]) for f in self.op.attributes)
            try:
                typing = self.op.type_rule(tuple(types), attrs)
            except (TypeMismatch, IndexError):
                continue  # axes that there are not
            if typing.results[0].weak:
                canonical = typing.attrs or {}
                given = zip(self.op.attributes, attrs, strict=True)
                attrs = tuple(canonical.get(f.name, a) for f, a in given)
                casts = [*typing.casts, *[None] * len(types)]
                dtypes = [c or t.dtype for c, t in zip(casts, types, strict=False)]
                yield [self._data(t.shape, t.dtype) for t in types], dtypes, attrs

    def _shapes(self) -> list[tuple[int, ...]]:
        if self.op.operands[-1].is_list:
            return [(2, 2), (2, 2)]
        if self.op.name == "matmul":
            return self.rng.choice([[(3,), (3,)], [(2, 3), (3,)], [(4, 2, 3), (3, 2)]])
        base = self.rng.choice(SHAPES)
        others = [base, (), base[1:], tuple(self.rng.choice([1, s]) for s in base)]
        return [base, *[self.rng.choice(others) for _ in self.op.operands[1:]]]

    def _data(self, shape: tuple[int, ...], dtype: str) -> Any:
        if shape:
            return tuple(self._data(shape[1:], dtype) for _ in range(shape[0]))
        rng = self.rng
        if dtype == "bool":
            return rng.random() < 0.5
        if dtype == "i64":
            return rng.randint(*rng.choice([(-5, 5), (-5, 5), (-(2**62), 2**62)]))
        scaled = rng.uniform(-1, 1) * 2.0 ** rng.randint(-60, 60)
        edge = rng.choice([math.inf, -math.inf, math.nan, 1e300, 1e-300, -0.0, 0.0])
        whole = float(rng.randint(-4, 4))
        return rng.choice([rng.uniform(-3, 3), rng.uniform(-1, 1), whole, scaled, edge])

    def _attribute(self, formal: Formal, x: Type) -> Any:
        rng, rank = self.rng, x.rank
        axis = rng.randint(-max(rank, 1), max(rank, 1) - 1)
        match formal.kind:
            case "flag":
                return rng.random() < 0.5
            case "axis":
                return rng.choice([formal.default, axis])
            case "axes":
                some = tuple(sorted(rng.sample(range(rank), rng.randint(0, rank))))
                return rng.choice([None, axis, some])
            case "int":
                return rng.randint(-3, 3)
            case "ints":
                return tuple(rng.sample(range(rank), rank))
            case "size":
                return rng.randint(1, 3)
            case "pairs":
                return tuple((rng.randint(0, 2), rng.randint(0, 2)) for _ in range(rank))
            case "number":
                return rng.choice([0, 1.5, 2])
            case "string":
                return rng.choice(["ij,jk->ik", "ab,ab->", "ab,ba->a", "aa,ab->b", "ab,bc"])
            case "sizes":
                if formal.name == "reps":
                    return tuple(rng.randint(1, 2) for _ in range(max(rank, 1)))
                stretched = tuple(3 if s == 1 else s for s in x.shape)
                return rng.choice([x.shape[::-1], (2, *x.shape), stretched, (-1,)])
        return formal.default


def attribute_value(kind: str, attr: Any) -> Any:
    """An attribute as NumPy takes it."""
    if kind == "dtype" and attr is not None:
        return np.dtype(DTYPES[attr]).type
    if kind == "entries":
        return tuple(slice(*e) if isinstance(e, tuple) else e for e in attr)
    return attr


def by_numpy(op: Operation, operands: list[Any], dtypes: list[str], attrs: tuple[Any, ...]) -> Any:
    arrays: list[Any] = [
        np.asarray(x, DTYPES[d])[()] for x, d in zip(operands, dtypes, strict=True)
    ]
    if op.operands[-1].is_list:
        arrays = [arrays]
    values = [attribute_value(f.kind, a) for f, a in zip(op.attributes, attrs, strict=True)]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(function_of(op)(*arrays, *values))


@pytest.mark.parametrize("name", [n for n in evaluated() if n not in APART])
def test_known_numbers_come_out_as_in_numpy(name: str) -> None:
    op = LIBRARY.operation(name)
    for operands, dtypes, attrs in Draw(op).calls(60):
        if name == "pad_constant" and not attrs[0]:
            continue  # NumPy does not pad scalars
        wanted = by_numpy(op, operands, dtypes, attrs)
        known = evaluate(op, operands, dtypes, attrs)
        if known is None:
            continue  # its spelling says what only the module works out
        found = np.asarray(known)
        assert found.shape == wanted.shape, (operands, attrs)
        assert found.dtype == wanted.dtype or not found.size, (operands, attrs)
        np.testing.assert_allclose(found, wanted, rtol=4e-15, atol=0)


def test_no_operation_of_known_numbers_is_left_out() -> None:
    """Whatever can be known is worked out, but for what NumPy's own algorithms are needed for."""
    left = {
        name
        for name in evaluated()
        for operands, dtypes, attrs in Draw(LIBRARY.operation(name)).calls(20)
        if evaluate(LIBRARY.operation(name), operands, dtypes, attrs) is None
    }
    # These are made only when all that is known has been worked out.
    assert left == {"in_rows", "vecdot"}


def value(name: str, *operands: Any, dtype: str = "f64", attrs: tuple[Any, ...] = ()) -> Any:
    return evaluate(LIBRARY.operation(name), operands, [dtype] * len(operands), attrs)


def test_a_number_that_keeps_its_spelling_is_one() -> None:
    spelled = literals.spelled(0.001, "1e-3")
    padded = value("pad_constant", (1.0, 2.0), attrs=(((1, 0),), spelled))
    assert padded == (0.001, 1.0, 2.0)
    assert type(padded[0]) is float


def test_where_numpy_stands_apart() -> None:
    assert value("power", -math.inf, 0.5) == math.inf
    assert value("power", (2, 3), (10, 41), dtype="i64") == (2**10, 3**41 - 2**65)
    assert value("logaddexp", -1.0, -0.4798718870204399) == -0.013346558147489350
    assert value("max_or_least", (3, 5), dtype="i64", attrs=(None,)) == (5,)
    square = ((True, False), (True, False))
    assert value("einsum", square, square, dtype="i64", attrs=("ab,cd->bd",)) == ((4, 0), (0, 0))
    dots = ("...a,...a->...",)
    assert value("einsum", square, square, dtype="i64", attrs=dots) == value(
        "einsum", square, square, dtype="i64", attrs=("ba,ba->b",)
    )


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": mpmath.exp, "exp2": lambda x: mpmath.mpf(2) ** x, "expm1": mpmath.expm1,
    "log": mpmath.log, "log2": lambda x: mpmath.log(x) / mpmath.log(2), "log10": mpmath.log10,
    "log1p": lambda x: mpmath.log(1 + x), "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "arctan": mpmath.atan,
    "arcsin": mpmath.asin, "arccos": mpmath.acos, "sinh": mpmath.sinh, "cosh": mpmath.cosh,
    "tanh": mpmath.tanh, "arcsinh": mpmath.asinh, "arccosh": mpmath.acosh,
    "arctanh": mpmath.atanh,
}  # fmt: skip


def floats(rng: random.Random, count: int) -> Iterator[float]:
    """Floats of all sizes, whole ones, and those near 1 and near quarters of a turn."""
    for _ in range(count):
        yield rng.choice(
            [
                rng.uniform(-3, 3),
                rng.uniform(-1, 1) * 2.0 ** rng.randint(-1070, 1020),
                rng.uniform(-1, 1) * 2.0 ** rng.randint(-60, 8),
                float(rng.randint(-9, 9)),
                1 + rng.uniform(-1, 1) * 2.0 ** rng.randint(-52, 0),
                math.pi * rng.randint(1, 9) / 2,
            ]
        )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_elementary_function_is_rounded_correctly(name: str) -> None:
    function = getattr(elementary, name)
    with mpmath.workprec(2500):
        for x in floats(random.Random(name), 60):
            found = function(x)
            if math.isnan(found) or (abs(x) > 800 and name in ("exp", "exp2", "expm1")):
                continue
            if abs(x) > 800 and name in ("sinh", "cosh", "tanh"):
                continue
            wanted = FUNCTIONS[name](mpmath.mpf(x))
            assert found == mpmath.libmp.to_float(wanted._mpf_, rnd="n"), x


def test_powers_are_rounded_correctly() -> None:
    rng = random.Random(3)
    with mpmath.workprec(400):
        for _ in range(300):
            x, y = rng.choice([rng.uniform(0, 4), float(rng.randint(1, 9))]), rng.gauss(0, 40)
            y = rng.choice([y, float(round(y)), 0.5, 1.5])
            wanted = mpmath.mpf(x) ** mpmath.mpf(y)
            assert elementary.power(x, y) == mpmath.libmp.to_float(wanted._mpf_, rnd="n"), (x, y)


EDGES = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("name", ["power", "arctan2", "hypot", "logaddexp"])
def test_edges_of_two_operands_are_those_of_numpy(name: str) -> None:
    with np.errstate(all="ignore"):
        for x in EDGES:
            for y in EDGES:
                found, wanted = getattr(elementary, name)(x, y), getattr(np, name)(x, y)
                if name == "power" and (abs(x) == math.inf or x == 0) and y == 0.5:
                    continue  # NumPy takes the square root, which is nan or -0.0 there
                np.testing.assert_allclose(found, wanted, rtol=1e-15, atol=1e-16)
                if name != "logaddexp":  # whose zeros have no sign that means something
                    assert math.copysign(1, found) == math.copysign(1, wanted) or found != found


@pytest.mark.parametrize("name", [*FUNCTIONS, "sqrt"])
def test_edges_of_one_operand_are_those_of_numpy(name: str) -> None:
    with np.errstate(all="ignore"):
        for x in [*EDGES, 1e300, -1e300, 5e-324, -5e-324]:
            found, wanted = getattr(elementary, name)(x), getattr(np, name)(x)
            np.testing.assert_allclose(found, wanted, rtol=1e-15, atol=0)
            assert math.copysign(1, found) == math.copysign(1, wanted) or found != found
