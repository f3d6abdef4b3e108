"""What the forms of sizes rule out, where every dimension is at least 1."""

from __future__ import annotations

import math

from gradc.ir.sizes import (
    Size,
    dimension,
    dimensions_of,
    never_negative_by_form,
    substitute,
)


def always_positive(size: Size) -> bool:
    """Whether `size` is at least 1 by its form alone, where every dimension is at least 1."""
    shifted = substitute(size, {d: dimension(d) + 1 for d in dimensions_of(size)})
    return never_negative_by_form(shifted - 1)


def never_zero(size: Size) -> bool:
    """Whether `size` is not 0 by its form alone, where every dimension is at least 1."""
    if isinstance(size, int):
        return size != 0
    whole = math.gcd(*(c for monomial, c in size.terms if monomial))
    return never_divisible(size, whole) or always_positive(size) or always_positive(-size)


def never_divisible(size: Size, divisor: int) -> bool:
    """Whether a number does not divide `size`, whatever the dimensions are."""
    if divisor == 0:
        return never_zero(size)
    if isinstance(size, int):
        return size % divisor != 0
    constant = sum(c for monomial, c in size.terms if not monomial)
    rest = [c for monomial, c in size.terms if monomial and c % divisor]
    return constant % divisor != 0 and not rest
