"""Dimensions that no size is alone, and that a size of one of them gives: `[2 * L]`, `[N - 1]`."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gradc.ir.sizes import Poly, Size, alone, dimensions_of
from gradc.ir.types import Type


def solvable(types: Iterable[Type]) -> frozenset[str]:
    """The dimensions that the compiler has to solve for, and can."""
    sizes = [size for kind in types for size in kind.shape]
    given = {alone(size) for size in sizes}
    return frozenset(n for size in sizes if (n := _solved(size)) is not None and n not in given)


def given_by(size: Size, solving: Collection[str]) -> str | None:
    """The dimension that a size gives: it is that, or is solved for it."""
    name = alone(size)
    if name is None and solving and (found := _solved(size)) in solving:
        return found
    return name


def solution(size: Size, found: str) -> str:
    """What the dimension is where the size is `found`, an expression that binds tightly."""
    factor, rest = parts(size)
    # Never a negative one: a size that is too small is refused, since it is another.
    larger = f"max({found} - {rest}, 0)" if rest else found
    shifted = f"{found} + {-rest}" if rest < 0 else larger
    if factor == 1:
        return shifted
    return f"({shifted}) // {factor}" if rest < 0 else f"{shifted} // {factor}"


def solved_for(size: Size, found: int) -> int:
    """The dimension where the size is `found`."""
    factor, rest = parts(size)
    return max(found - rest, 0) // factor


def is_exact(size: Size) -> bool:
    """Whether every number is such a size for some dimension, so that nothing is left to check."""
    factor, rest = parts(size)
    return factor == 1 and rest <= 0


def _solved(size: Size) -> str | None:
    """The dimension of a size that grows with it in equal steps."""
    names = dimensions_of(size)
    if not isinstance(size, Poly) or len(names) != 1:
        return None
    (name,) = names
    linear = all(monomial in ((), (name,)) for monomial, _ in size.terms)
    return name if linear and parts(size)[0] > 0 else None


def parts(size: Size) -> tuple[int, int]:
    """What the dimension is multiplied with, and what is added."""
    terms = size.terms if isinstance(size, Poly) else ()
    factor = sum(c for monomial, c in terms if monomial)
    return factor, sum(c for monomial, c in terms if not monomial)
