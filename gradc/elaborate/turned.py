"""Orders of a product of matrices that fit: the operands exchanged, or one of them transposed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradc.ir.node import Value
from gradc.patterns import pattern

PLAIN = pattern(r"[\w.]{1,30}")
"""Operands that are names."""


def turned_round(a: Value, b: Value, texts: Sequence[str], weights_first: bool) -> Iterator[str]:
    """What is said of `a @ b`, where another order of the operands, written so, fits."""
    found = [*_order(a, b, texts, weights_first), *_batches(a, b, texts)]
    yield from found or _turned_left(a, b, texts)


def _order(a: Value, b: Value, texts: Sequence[str], weights_first: bool) -> Iterator[str]:
    """The operands the other way round, or one of them transposed, where that fits."""
    left, right = texts
    rows_fit = a.type.rank == b.type.rank == 2 and a.type.shape[1] == b.type.shape[1]
    alike = a.type.shape == b.type.shape and not PLAIN.fullmatch(left)
    if rows_fit and right and (alike or not PLAIN.fullmatch(right)):
        yield _turned_right(left, right, "T")
    if not all(map(PLAIN.fullmatch, texts)):
        return
    if a.type.rank == 1 and b.type.rank == 2 and b.type.shape[1] == a.type.shape[0]:
        yield f"`{right} @ {left}` fits"
    if a.type.rank != 2 or b.type.rank not in (1, 2):
        return
    (rows, columns), (*_, last) = a.type.shape, b.type.shape
    if last == rows:
        yield f"`{right} @ {left}` fits"
    elif b.type.rank == 2 and last == columns:
        turned = [t.removesuffix(".T") if t.endswith(".T") else f"{t}.T" for t in texts]
        fits = f"{right} @ {turned[0]}" if weights_first else f"{left} @ {turned[1]}"
        yield f"`{fits}` fits"


def _batches(a: Value, b: Value, texts: Sequence[str]) -> Iterator[str]:
    """Batches of matrices, of which the second are transposed where that fits."""
    left, right = texts
    first, second = a.type.shape, b.type.shape
    if not right or len(first) < 3 or len(second) < 2:
        return
    outer = zip(reversed(first[:-2]), reversed(second[:-2]), strict=False)
    if first[-1] == second[-1] and all(m == n or 1 in (m, n) for m, n in outer):
        yield _turned_right(left, right, "mT" if len(second) > 2 else "T")


def _turned_left(a: Value, b: Value, texts: Sequence[str]) -> Iterator[str]:
    """The left operand transposed, where that alone fits: `r.T @ x` of [N, K] and [N, D]."""
    left, right = texts
    first, second = a.type.shape, b.type.shape
    is_vector = len(second) == 1 and len(first) == 2
    if len(first) < 2 or not left or not (is_vector or len(first) == len(second)):
        return
    if first[-2] != second[-1 if is_vector else -2]:
        return
    if all(m == n or 1 in (m, n) for m, n in zip(first[:-2], second[:-2], strict=True)):
        bare = left.removesuffix(".mT").removesuffix(".T")
        turned = bare if bare != left else f"{left}.{'T' if len(first) == 2 else 'mT'}"
        yield f"`{turned} @ {right}` fits" if right else f"`{turned}` fits"


def _turned_right(left: str, right: str, member: str) -> str:
    """What is said of a right operand that fits transposed; `left` is empty where it is long."""
    bare = right.removesuffix(".mT").removesuffix(".T")
    turned = bare if bare != right else f"{right}.{member}"
    return f"`{left} @ {turned}` fits" if left else f"`{turned}` fits"
