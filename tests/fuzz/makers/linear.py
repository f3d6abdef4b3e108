"""Products of matrices and vectors."""

from __future__ import annotations

from tests.fuzz.pool import Pool, broadcast, promoted


def matmul(pool: Pool) -> None:
    """Vectors, matrices, stacks of them, broadcast."""
    x = pool.some_float(lambda v: v.shape != ())
    if x is None:
        return

    def fits(v):
        if v.shape == () or v.shape[-2 if len(v.shape) > 1 else 0] != x.shape[-1]:
            return False
        return broadcast(x.shape[:-2], v.shape[:-2]) is not None

    y = pool.some_float(fits)
    if y is None:
        wanted = pool.rng.choice([(x.shape[-1],), (x.shape[-1], pool.rng.randint(1, 4))])
        if len(pool.arguments) > 14:
            return
        y = pool.argument(x.dtype, wanted, is_param=True)
    left, right = x.shape, y.shape
    shape = [*broadcast(left[:-2], right[:-2])]
    shape += left[-2:-1] if len(left) > 1 else []
    shape += right[-1:] if len(right) > 1 else []
    text = pool.rng.choice(["$0 @ $1", "matmul($0, $1)"])
    dtype = promoted(x.dtype, y.dtype)
    pool.add(
        "matmul", [x, y], text, lambda r, a, b: r.real(a) @ r.real(b), (dtype, shape), exact=True
    )


_SUMS = [
    ("ij,jk->ik", 2, 2),
    ("ij,j->i", 2, 1),
    ("i,j->ij", 1, 1),
    ("bij,bjk->bik", 3, 3),
    ("ij,ij->", 2, 2),
    ("ij,kj->ki", 2, 2),
    ("i,i->i", 1, 1),
    ("ij,ij->j", 2, 2),
]


def einsum(pool: Pool) -> None:
    text, first, second = pool.rng.choice(_SUMS)
    letters, _, result = text.partition("->")
    left, right = letters.split(",")
    x = pool.some_float(lambda v: len(v.shape) == first)
    if x is None:
        return
    sizes = dict(zip(left, x.shape, strict=True))

    def fits(v):
        return len(v.shape) == second and all(
            sizes.get(c, s) == s for c, s in zip(right, v.shape, strict=True)
        )

    y = pool.some_float(fits)
    if y is None:
        return
    sizes |= dict(zip(right, y.shape, strict=True))
    pool.add(
        "einsum",
        [x, y],
        f'einsum("{text}", $0, $1)',
        lambda r, a, b: r.einsum(text, r.real(a), r.real(b)),
        (promoted(x.dtype, y.dtype), [sizes[c] for c in result]),
    )


def outer(pool: Pool) -> None:
    x = pool.some_float(lambda v: len(v.shape) == 1)
    y = pool.some_float(lambda v: len(v.shape) == 1)
    if x is None or y is None:
        return
    pool.add(
        "outer",
        [x, y],
        "outer($0, $1)",
        lambda r, a, b: a[:, None] * b[None, :],
        (promoted(x.dtype, y.dtype), [*x.shape, *y.shape]),
        exact=True,
    )


def linear(pool: Pool) -> None:
    x = pool.some_float(lambda v: v.shape != ())
    w = (
        None
        if x is None
        else pool.some_float(lambda v: len(v.shape) == 2 and v.shape[0] == x.shape[-1])
    )
    if w is None:
        return
    dtype = promoted(x.dtype, w.dtype)
    pool.add(
        "linear",
        [x, w],
        "linear($0, $1)",
        lambda r, a, b: r.real(a) @ r.real(b),
        (dtype, [*x.shape[:-1], w.shape[1]]),
    )


MAKERS = [(6, matmul), (1.5, einsum), (1, outer), (1, linear)]
