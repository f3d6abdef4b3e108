"""Contractions: sums of products over named axes, whatever operations they are made by.

`einsum("kij,nkj->nki", a, b)`, `a @ b` and `sum(a * b, axis=1)` are one kind of thing. A letter
stands for an axis; one that the result lacks is summed over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradc.ir.cost import count_of, nominal
from gradc.ir.node import Apply, Node, Value, applies
from gradc.ir.sizes import Size, product
from gradc.passes.rewriter import Rewriter
from gradc.records import dataclass, replace

LETTERS = "abcdefghijklmnopqrstuvwxyz"
UNIT = "."  # an axis of size 1 that stretches

Maker = Callable[[Value], Node | None]
"""The node that makes a value."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A value, and a letter for each of its axes."""

    value: Value
    letters: str

    @property
    def axes(self) -> str:
        """The letters of those axes that do not stretch."""
        return self.letters.replace(UNIT, "")

    def relettered(self, there: dict[str, str]) -> Factor:
        """The same under other letters."""
        return Factor(self.value, "".join([there.get(c, c) for c in self.letters]))


@dataclass(frozen=True, slots=True)
class Contraction:
    """Two factors, and the letters of the result."""

    left: Factor
    right: Factor
    result: str

    @property
    def factors(self) -> tuple[Factor, Factor]:
        return self.left, self.right

    @property
    def summed(self) -> str:
        """The letters that are summed over."""
        both = dict.fromkeys(self.left.axes + self.right.axes)
        return "".join([c for c in both if c not in self.result])

    def sizes(self) -> dict[str, Size]:
        """How long the axis of each letter is."""
        return {
            letter: size
            for factor in self.factors
            for letter, size in zip(factor.letters, factor.value.type.shape, strict=True)
            if letter != UNIT
        }

    def other(self, factor: Factor) -> Factor:
        """The factor that this one is multiplied with."""
        return self.right if factor is self.left else self.left

    def of(self, value: Value) -> Factor | None:
        """The factor that a value is, where only one is it."""
        found = [factor for factor in self.factors if factor.value is value]
        return found[0] if len(found) == 1 else None


def contraction_of(node: Node | None, maker: Maker) -> Contraction | None:
    """What a node is as a contraction of two factors of its own element type, or None."""
    if type(node) is not Apply or not node.result.type.is_float:
        return None
    if node.name == "sum" and not node.attr("keepdims"):
        inner = maker(node.operands[0])
        found = _multiplied(inner) if applies(inner, "multiply") else None
        if found is None:
            return None
        axes = axes_of(node, len(found.result))
        kept = "".join([c for i, c in enumerate(found.result) if i not in axes])
        found = replace(found, result=kept)
    elif node.name == "multiply":
        found = _multiplied(node)
    elif node.name == "einsum":
        found = _einsum(node)
    elif node.name == "matmul":
        found = _matmul(node)
    else:
        return None
    if found is None or any(f.value.type.dtype != node.result.type.dtype for f in found.factors):
        return None
    return Contraction(behind(found.left, maker), behind(found.right, maker), found.result)


def axes_of(node: Apply, rank: int) -> tuple[int, ...]:
    """The axes that its attribute names, none counted from the end."""
    axis = node.attr("axis")
    if axis is None:
        return tuple(range(rank))
    return tuple([a % rank for a in (axis if isinstance(axis, tuple) else (axis,))])


def spread_over(value: Value, letters: str, shape: Sequence[Size]) -> Factor:
    """A value as it stretches to a shape with these letters."""
    own = value.type.shape
    ends = list(zip(letters, shape, strict=True))[len(shape) - len(own) :]
    pairs = zip(ends, own, strict=True)
    return Factor(value, "".join([c if size == full else UNIT for (c, full), size in pairs]))


def _multiplied(node: Apply) -> Contraction | None:
    x, y = node.operands
    shape = node.result.type.shape
    if not shape or x.type.weak or y.type.weak or len(shape) > len(LETTERS):
        return None
    letters = LETTERS[: len(shape)]
    return Contraction(spread_over(x, letters, shape), spread_over(y, letters, shape), letters)


def _einsum(node: Apply) -> Contraction | None:
    if len(node.operands) != 2:
        return None
    left, _, result = node.attr("subscripts").partition("->")
    first, second = left.split(",")
    factors = Factor(node.operands[0], first), Factor(node.operands[1], second)
    sizes: dict[str, Size] = {}
    for factor in factors:
        if len(set(factor.letters)) < len(factor.letters):
            return None
        for letter, size in zip(factor.letters, factor.value.type.shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                return None
    return Contraction(*factors, result)


def _matmul(node: Apply) -> Contraction | None:
    a, b = node.operands
    if a.type.rank < 2 or b.type.rank != 2:
        return None
    rows = LETTERS[: a.type.rank - 1]
    return Contraction(Factor(a, rows + "y"), Factor(b, "yz"), rows + "z")


def behind(factor: Factor, maker: Maker) -> Factor:
    """What a factor is a view of: without transposes, and without axes of size 1."""
    while True:
        node, letters = maker(factor.value), factor.letters
        if applies(node, "transpose"):
            axes = node.attr("axes")
            before = "".join([letters[axes.index(i)] for i in range(len(axes))])
        elif applies(node, "reshape") or applies(node, "index"):
            kept = _unsqueezed(node, letters)
            if kept is None:
                return factor
            before = kept
        else:
            return factor
        factor = Factor(node.operands[0], before)


def _unsqueezed(node: Apply, letters: str) -> str | None:
    """The letters before axes of size 1 were put in, or None where that is not all."""
    before, after = node.operands[0].type.shape, node.result.type.shape
    if node.name == "index":
        entries = node.attr("entries")
        if any(e not in (None, ..., (None, None, None)) for e in entries):
            return None
    kept = [(c, size) for c, size in zip(letters, after, strict=True) if c != UNIT]
    if len(before) >= len(after) or tuple([size for _, size in kept]) != before:
        return None
    return "".join([c for c, _ in kept])


# --- making them ---


def contracted(r: Rewriter, left: Factor, right: Factor, result: str) -> Value:
    """The value of a contraction; what only one factor has and the result lacks is summed first."""
    left, right = _summed(r, left, right.axes + result), _summed(r, right, left.axes + result)
    made = Contraction(left, right, result)
    if made.summed:
        left, right = _squeezed(r, left), _squeezed(r, right)
        text = f"{left.letters},{right.letters}->{result}"
        return r.emit("einsum", (left.value, right.value), (text,))
    return r.emit("multiply", (aligned(r, left, result), aligned(r, right, result)))


def _summed(r: Rewriter, factor: Factor, needed: str) -> Factor:
    factor = _squeezed(r, factor)
    axes = tuple([i for i, c in enumerate(factor.letters) if c not in needed])
    if not axes:
        return factor
    kept = "".join([c for c in factor.letters if c in needed])
    axis = axes[0] if len(axes) == 1 else axes
    return Factor(r.emit("sum", (factor.value,), (axis if kept else None, False)), kept)


def _squeezed(r: Rewriter, factor: Factor) -> Factor:
    """Without the axes that stretch."""
    if UNIT not in factor.letters:
        return factor
    pairs = zip(factor.letters, factor.value.type.shape, strict=True)
    shape = tuple([size for c, size in pairs if c != UNIT])
    return Factor(r.emit("reshape", (factor.value,), (shape,)), factor.axes)


def aligned(r: Rewriter, factor: Factor, result: str) -> Value:
    """The value of a factor with its axes in the order of these letters, to be stretched."""
    factor = _squeezed(r, factor)
    order = sorted(range(len(factor.letters)), key=lambda i: result.index(factor.letters[i]))
    value = factor.value
    if order != list(range(len(order))):
        value = r.emit("transpose", (value,), (tuple(order),))
    letters = "".join([factor.letters[i] for i in order])
    if result.endswith(letters):
        return value
    sizes = dict(zip(letters, value.type.shape, strict=True))
    first = result.index(letters[0])
    shape = tuple([sizes.get(c, 1) for c in result[first:]])
    return r.emit("reshape", (value,), (shape,))


def is_wider(one: Value, other: Value) -> bool:
    """Whether a value has more numbers, symbolic sizes counted at a nominal one."""
    return nominal(count_of(one)) > nominal(count_of(other))


def length(letters: str, sizes: dict[str, Size]) -> Size:
    """How many places these axes have together."""
    return product([sizes[c] for c in letters])
