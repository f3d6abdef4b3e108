"""Regrouped: of three factors, those meet first that leave one product of matrices to the third.

`sum(w[:, :, newaxis] * einsum("bij,vj->bvi", T, x), axis=0)` adds up products that were never one:
with `w * x` made first, all that is summed is summed at once, and backwards `w * x` is there.
"""

from __future__ import annotations

from gradc.ir.cost import nominal
from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size
from gradc.passes.contract.contraction import (
    UNIT,
    Contraction,
    Factor,
    aligned,
    contracted,
    contraction_of,
    length,
)
from gradc.passes.contract.readers import Readers, readers_of
from gradc.passes.rewriter import Rewriter
from gradc.passes.simplify import Rewrites

_MORE = 2
"""How many times as many numbers what meets first may have as what met first before."""


def regrouped(graph: Graph) -> Rewrites:
    """What lets other factors meet."""
    work = _Regrouping(readers_of(graph))
    return dict.fromkeys(("sum", "einsum", "matmul"), work.regrouped)


class _Regrouping:
    def __init__(self, readers: Readers):
        self.readers = readers
        self.met: dict[frozenset[Value], tuple[Value, dict[Value, str], str]] = {}

    def regrouped(self, r: Rewriter, node: Apply) -> Value | None:
        """The contraction with its factors in another order, where that is better."""
        outer = contraction_of(node, r.producers.get)
        if outer is None or not outer.summed:
            return None
        for wide in outer.factors:
            inner = _inside(wide, outer, r)
            if inner is None or not self.readers.is_alone(wide.value):
                continue
            first = outer.other(wide)
            for second, third in (inner.factors, inner.factors[::-1]):
                made = self._met(r, first, second, third, outer, inner)
                if made is not None:
                    return contracted(r, made, third, outer.result)
        return None

    def _met(
        self,
        r: Rewriter,
        first: Factor,
        second: Factor,
        third: Factor,
        outer: Contraction,
        inner: Contraction,
    ) -> Factor | None:
        """The product of the first two, if the third is left to be one product of matrices."""
        if UNIT in first.letters + second.letters + third.letters:
            return None
        letters = "".join(dict.fromkeys(first.letters + second.letters))
        both = set(letters) & set(third.letters)
        others = set(letters) - both
        if not both or both & set(outer.result) or not others <= set(outer.result):
            return None
        key = frozenset((first.value, second.value))
        if key in self.met:
            value, spelled, order = self.met[key]
            renamed = dict(zip(spelled[first.value], first.letters, strict=True))
            renamed |= dict(zip(spelled[second.value], second.letters, strict=True))
            return Factor(value, "".join([renamed[c] for c in order]))
        sizes = outer.sizes() | inner.sizes()
        # What is added up at once anyway stays so.
        if not set(first.axes) & set(inner.result) & set(outer.result) or not inner.summed:
            return None
        if _count(letters, sizes) > _MORE * _count(inner.result, sizes):
            return None
        order = "".join(sorted(letters, key=lambda c: (c not in both, letters.index(c))))
        value = r.emit("multiply", (aligned(r, first, order), aligned(r, second, order)))
        if value.type.shape != tuple([sizes[c] for c in order]):
            return None
        self.met[key] = value, {first.value: first.letters, second.value: second.letters}, order
        return Factor(value, order)


def _inside(wide: Factor, outer: Contraction, r: Rewriter) -> Contraction | None:
    """What a factor is as a contraction itself, in the letters of the outer one."""
    inner = contraction_of(r.producers.get(wide.value), r.producers.get)
    if inner is None or len(wide.axes) < len(wide.letters):
        return None
    renamed = dict(zip(inner.result, wide.letters, strict=True))
    used = set(outer.left.letters + outer.right.letters)
    spare = (c for c in "zyxwvutsrqponmlkjihgfedcba" if c not in used)
    for c in inner.summed:
        renamed[c] = next(spare)
    unit = {c for f in inner.factors for c in f.letters} - set(renamed)
    if unit:
        return None
    left, right = [Factor(f.value, "".join([renamed[c] for c in f.letters])) for f in inner.factors]
    return Contraction(left, right, wide.letters)


def _count(letters: str, sizes: dict[str, Size]) -> int:
    return nominal(length(letters, sizes))
