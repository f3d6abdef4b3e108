"""Sizes of axes: integers, or polynomials over named dimensions in canonical form.

Equality is decided by form: `B*T` equals `T*B`, and two different dimensions are never equal.
What is no polynomial (`H // 2`, `max(B - 1, 0)`) is an atom: a dimension of its own, known by its
canonical form. Dimensions count elements, so they are taken to be at least 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from gradc.budget import Exhausted
from gradc.diagnostics import Diagnostic
from gradc.ir.supposed import supposed
from gradc.records import dataclass


@dataclass(frozen=True, slots=True)
class Atom:
    """`//`, `max` or `min` of two sizes, where it could not be worked out."""

    op: str
    left: Size
    right: Size


Factor: TypeAlias = "str | Atom"
Monomial: TypeAlias = tuple[Factor, ...]  # sorted; a square is a factor twice


class Poly:
    """A polynomial that is not constant: (monomial, coefficient) pairs in canonical order."""

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]):
        self.terms = terms
        self._hash = hash(terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Poly) and self.terms == other.terms

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Poly({self})"

    @property
    def is_polynomial(self) -> bool:
        """Whether it is made of dimensions alone, without atoms."""
        return all(isinstance(f, str) for monomial, _ in self.terms for f in monomial)

    def __str__(self) -> str:
        return size_text(self)

    def __add__(self, other: Size) -> Size:
        return _collect(_terms(self) + _terms(other))

    __radd__ = __add__

    def __sub__(self, other: Size) -> Size:
        return self + -1 * other

    def __rsub__(self, other: Size) -> Size:
        return -1 * self + other

    def __neg__(self) -> Size:
        return -1 * self

    def __mul__(self, other: Size) -> Size:
        return _collect(
            (tuple(sorted(m + n, key=_factor_key)), c * d)
            for m, c in _terms(self)
            for n, d in _terms(other)
        )

    __rmul__ = __mul__

    def __floordiv__(self, other: Size) -> Size:
        return floor_divide(self, other)

    def __rfloordiv__(self, other: Size) -> Size:
        return floor_divide(other, self)


Size: TypeAlias = int | Poly


def dimension(name: str) -> Poly:
    """The size that a dimension stands for."""
    return Poly((((name,), 1),))


def _terms(size: Size) -> tuple[tuple[Monomial, int], ...]:
    if isinstance(size, Poly):
        return size.terms
    return (((), size),) if size else ()


def _factor_key(factor: Factor) -> tuple[int, str]:
    return (0, factor) if isinstance(factor, str) else (1, _atom_text(factor, str))


def _monomial_key(monomial: Monomial) -> tuple[int, list[tuple[int, str]]]:
    return (-len(monomial), [_factor_key(f) for f in monomial])


def _collect(terms: Iterable[tuple[Monomial, int]]) -> Size:
    sums: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        sums[monomial] = sums.get(monomial, 0) + coefficient
    kept = [(m, c) for m, c in sums.items() if c]
    if not kept:
        return 0
    if len(kept) == 1 and not kept[0][0]:
        return kept[0][1]
    if len(kept) > _MAX_TERMS:
        message = f"a size has more than {_MAX_TERMS} terms"
        raise Exhausted(Diagnostic("E0206", message, None))
    kept.sort(key=lambda term: _monomial_key(term[0]))
    return Poly(tuple(kept))


_MAX_TERMS = 500  # products of sums grow without end


def _atom(op: str, left: Size, right: Size) -> Size:
    return Poly((((Atom(op, left, right),), 1),))


def floor_divide(left: Size, right: Size) -> Size:
    """`left // right`; whole multiples are divided exactly, the rest becomes an atom.

    Raises ZeroDivisionError where `right` is the integer 0.
    """
    if isinstance(left, int) and isinstance(right, int):
        return left // right
    if right == 1:
        return left
    if right == 0:
        raise ZeroDivisionError
    divisor = _terms(right)
    if len(divisor) > 1:
        return 1 if left == right else _atom("//", left, right)
    (factors, number) = divisor[0]
    quotient: Size = 0
    rest: Size = 0
    for monomial, coefficient in _terms(left):
        remaining = _without(monomial, factors)
        if remaining is not None and coefficient % number == 0:
            quotient = quotient + _collect([(remaining, coefficient // number)])
        else:
            rest = rest + _collect([(monomial, coefficient)])
    if rest == 0:
        return quotient
    if isinstance(rest, int) and isinstance(right, int):
        return quotient + rest // right
    return quotient + _atom("//", rest, right)


def _without(monomial: Monomial, factors: Monomial) -> Monomial | None:
    remaining = list(monomial)
    for factor in factors:
        if factor not in remaining:
            return None
        remaining.remove(factor)
    return tuple(remaining)


def divides(divisor: Size, size: Size) -> bool:
    """Whether `divisor` is known, by form, to divide `size`."""
    if divisor == 0:
        return size == 0
    return floor_divide(size, divisor) * divisor == size


def never_negative(size: Size) -> bool:
    """Whether `size` is at least 0, by its form or by what is supposed."""
    known = (s for s in supposed() if isinstance(s, Poly))
    rests = (size - _times(s, size) * s for s in known)
    return never_negative_by_form(size) or any(map(never_negative_by_form, rests))


def _times(known: Poly, size: Size) -> int:
    """How often a size that is known fits into another, by its first term."""
    monomial, coefficient = known.terms[0]
    return max(dict(_terms(size)).get(monomial, 0) // coefficient, 0)


def never_negative_by_form(size: Size) -> bool:
    """Whether `size` is at least 0 by its form alone."""
    return _is_remainder(size) or all(
        coefficient >= 0 and all(isinstance(f, str) or _atom_never_negative(f) for f in monomial)
        for monomial, coefficient in _terms(size)
    )


def _is_remainder(size: Size) -> bool:
    """Whether a size is `n - k * (n // k)`, which is `n % k`."""
    for monomial, coefficient in _terms(size):
        if len(monomial) == 1 and isinstance(atom := monomial[0], Atom) and atom.op == "//":
            whole = size - coefficient * _collect([(monomial, 1)])
            if isinstance(atom.right, int) and coefficient == -atom.right and whole == atom.left:
                return True
    return False


def _atom_never_negative(atom: Atom) -> bool:
    left, right = never_negative_by_form(atom.left), never_negative_by_form(atom.right)
    return (left or right) if atom.op == "max" else (left and right)


def maximum(left: Size, right: Size) -> Size:
    if isinstance(left, int) and isinstance(right, int):
        return max(left, right)
    if never_negative(left - right):
        return left
    if never_negative(right - left):
        return right
    return _atom("max", left, right)


def minimum(left: Size, right: Size) -> Size:
    if isinstance(left, int) and isinstance(right, int):
        return min(left, right)
    if never_negative(left - right):
        return right
    if never_negative(right - left):
        return left
    return _atom("min", left, right)


def product(sizes: Iterable[Size]) -> Size:
    """The number of elements of a shape."""
    return math.prod(sizes, start=1)


def dimensions_of(size: Size) -> set[str]:
    """The names of the dimensions that a size is made of."""
    names: set[str] = set()
    pending = [size]
    while pending:
        for monomial, _ in _terms(pending.pop()):
            for factor in monomial:
                if isinstance(factor, str):
                    names.add(factor)
                else:
                    pending += (factor.left, factor.right)
    return names


def alone(size: Size) -> str | None:
    """The dimension that a size is, where it is nothing else."""
    if isinstance(size, int):
        return None
    names = dimensions_of(size)
    if len(names) == 1 and size == dimension(name := next(iter(names))):
        return name
    return None


def substitute(size: Size, values: Mapping[str, Size]) -> Size:
    """The size with dimensions replaced; those that `values` does not hold stay."""
    if isinstance(size, int):
        return size
    total: Size = 0
    for monomial, coefficient in size.terms:
        term: Size = coefficient
        for factor in monomial:
            if isinstance(factor, str):
                term = term * values.get(factor, dimension(factor))
            else:
                left, right = substitute(factor.left, values), substitute(factor.right, values)
                term = term * _OPERATIONS[factor.op](left, right)
        total = total + term
    return total


_OPERATIONS: dict[str, Callable[[Size, Size], Size]] = {
    "//": floor_divide,
    "max": maximum,
    "min": minimum,
}


class UnknownSize(Exception):
    """A size that no dimension given settles."""

    def __init__(self, size: Size):
        self.size = size
        super().__init__(str(size))


def known(size: Size, dims: Mapping[str, int]) -> int:
    """The number of a size where dimensions are known. Raises UnknownSize."""
    if isinstance(size, int):
        return size
    found = substitute(size, dict(dims))
    if isinstance(found, Poly):
        raise UnknownSize(found)
    return found


def _atom_text(atom: Atom, spell: Callable[[str], str]) -> str:
    left, right = size_text(atom.left, spell), size_text(atom.right, spell)
    if atom.op != "//":
        return f"{atom.op}({left}, {right})"
    if isinstance(atom.left, Poly) and not left.replace("_", "a").isalnum():
        left = f"({left})"
    if isinstance(atom.right, Poly) and not right.replace("_", "a").isalnum():
        right = f"({right})"
    return f"{left}//{right}"


def size_text(size: Size, spell: Callable[[str], str] = str) -> str:
    """The size as a Python expression; `spell` renames its dimensions.

    It begins with a term that is added, as one writes it: `N - K + 1`.
    """
    if isinstance(size, int):
        return str(size)
    text = ""
    first = next((t for t in size.terms if t[1] > 0), size.terms[0])
    for monomial, coefficient in (first, *(t for t in size.terms if t is not first)):
        factors = [f if isinstance(f, str) else _atom_text(f, spell) for f in monomial]
        factors = [
            spell(f) if isinstance(f, str) else text
            for f, text in zip(monomial, factors, strict=True)
        ]
        if len(monomial) > 1 or abs(coefficient) != 1:
            factors = [f"({t})" if "//" in t and not t.endswith(")") else t for t in factors]
        body = "*".join(factors)
        number = abs(coefficient)
        if not body:
            body = str(number)
        elif number != 1:
            body = f"{number}*{body}"
        if not text:
            text = f"-{body}" if coefficient < 0 else body
        else:
            text += f" - {body}" if coefficient < 0 else f" + {body}"
    return text


def shape_text(shape: Iterable[Size]) -> str:
    return "[" + ", ".join(size_text(s) for s in shape) + "]"
