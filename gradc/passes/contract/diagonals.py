"""Diagonals: `d * x + A @ x` is `(A + diag(d)) @ x`, and `sum(y * x)` the diagonal of `y @ x.T`.

Where the matrix is small, a pass over the vectors is saved for each of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Value, applies
from gradc.passes.contract.contraction import (
    Contraction,
    Factor,
    aligned,
    contraction_of,
    is_wider,
)
from gradc.passes.contract.readers import Readers, readers_of
from gradc.passes.rewriter import Rewriter
from gradc.passes.simplify import Rewrites


def diagonals(graph: Graph) -> Rewrites:
    """What puts diagonals into matrices, and takes them out."""
    readers = readers_of(graph)
    wholes = [
        (node, found)
        for node in readers.nodes
        if applies(node, "einsum") and (found := contraction_of(node, readers.makers.get))
    ]
    return {
        "add": lambda r, node: _put_in(r, node, readers),
        "sum": lambda r, node: _taken_out(r, node, wholes),
    }


def _put_in(r: Rewriter, node: Apply, readers: Readers) -> Apply | None:
    """`d * x + einsum("ij,nj->ni", a, x)` as one contraction."""
    for one, other in (node.operands, node.operands[::-1]):
        if not (one.type == other.type == node.result.type):
            return None
        if not (readers.is_alone(one) and readers.is_alone(other)):
            return None
        product = contraction_of(r.made_by(one, "multiply"), r.producers.get)
        matrix = contraction_of(r.made_by(other, "einsum"), r.producers.get)
        if product is None or matrix is None or len(matrix.summed) != 1:
            continue
        there = dict(zip(product.result, matrix.result, strict=True))
        left, right = (f.relettered(there) for f in product.factors)
        for vector, d in ((left, right), (right, left)):
            summed = _with_diagonal(r, matrix, vector, d)
            if summed is not None:
                return r.instead(node, "einsum", *summed)
    return None


def _with_diagonal(
    r: Rewriter, matrix: Contraction, vector: Factor, d: Factor
) -> tuple[tuple[Value, Value], tuple[str]] | None:
    """The operands and the text of a contraction to whose matrix `d` was added."""
    x = matrix.of(vector.value)
    if x is None:
        return None
    a, p = matrix.other(x), matrix.summed
    if p not in x.letters or p not in a.letters:
        return None
    q = vector.letters[x.letters.index(p)]
    sizes = matrix.sizes()
    if x.letters.replace(p, q) != vector.letters or q in x.letters or q not in a.letters:
        return None
    rest = "".join([c for c in a.letters if c not in (p, q)]) + q
    if sizes[p] != sizes[q] or not set(d.axes) <= set(rest) or not is_wider(x.value, a.value):
        return None
    shape = tuple([sizes[c] for c in rest])
    diagonal = r.emit("broadcast_to", (aligned(r, d, rest),), (shape,))
    axes = sorted((a.letters.index(p), a.letters.index(q)))
    placed = r.emit("diagonal_adjoint", (diagonal,), (a.value.type.shape, 0, *axes))
    total = Factor(r.emit("add", (a.value, placed)), a.letters)
    first, second = (total if f is a else f for f in matrix.factors)
    text = f"{first.letters},{second.letters}->{matrix.result}"
    return (first.value, second.value), (text,)


def _taken_out(
    r: Rewriter, node: Apply, wholes: Iterable[tuple[Apply, Contraction]]
) -> Value | None:
    """`sum(y * x, axis=0)` as the diagonal of `einsum("ni,nj->ij", y, x)`, where that is made."""
    if r.made_by(node.operands[0], "multiply") is None:
        return None
    found = contraction_of(node, r.producers.get)
    if found is None or found.left.value is found.right.value:
        return None
    for whole, matrix in wholes:
        axes = _diagonal_of(matrix, found)
        if axes is None:
            continue
        first, second, letters = axes
        made = r.emit("einsum", whole.operands, whole.attrs)
        diagonal = r.emit("diagonal", (made,), (0, first, second))
        return aligned(r, Factor(diagonal, letters), found.result)
    return None


def _diagonal_of(matrix: Contraction, vector: Contraction) -> tuple[int, int, str] | None:
    """The axes along which one contraction is the diagonal of another, and what is left then."""
    there: dict[str, str] = {}
    for factor in matrix.factors:
        own = vector.of(factor.value)
        if own is None or len(own.letters) != len(factor.letters):
            return None
        for before, after in zip(factor.letters, own.letters, strict=True):
            if there.setdefault(before, after) != after:
                return None
    letters = [there.get(c, "") for c in matrix.result]
    twice = [c for c in letters if letters.count(c) == 2]
    if len(twice) != 2 or twice[0] != twice[1]:
        return None
    if {there[c] for c in matrix.summed} != set(vector.summed) or set(letters) != set(
        vector.result
    ):
        return None
    q = twice[0]
    first = letters.index(q)
    second = letters.index(q, first + 1)
    return first, second, "".join([c for c in letters if c != q]) + q
