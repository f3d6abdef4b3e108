"""Rows: how a node runs over leading axes, so many elements of them at a time.

The first `depth` axes of what it goes over are cut into blocks; the others stay whole.
"""

from __future__ import annotations

from gradc.ir.cost import nominal
from gradc.ir.node import Apply, Node, Value
from gradc.ir.sizes import Size
from gradc.passes.contract.contraction import Contraction, axes_of, contraction_of, length
from gradc.records import dataclass

_FEW = 64  # products for each number of a wide row; with more of them a matrix is made at once
_WIDER = 4  # times as wide as a narrow row is a wide one
_WHOLE = (None, None, None)  # the slice of a whole axis
_SMALL = 32_768  # numbers that stay in cache beside a block


@dataclass(frozen=True, slots=True)
class Rows:
    """What a node makes of a block: the block's part of its result, or a summand of it."""

    lead: tuple[Size, ...]  # the axes that are cut
    walked: tuple[bool, ...]  # which operands are cut; the others are the same for every block
    sums: bool = False


def rows_of(node: Node, depth: int) -> Rows | None:
    """How a node runs over blocks of its first axes, or None where it cannot."""
    if type(node) is not Apply or node.traits.impure or len(node.results) != 1 or not node.operands:
        return None
    if node.traits.along and len(node.operands) == 1:
        return _along(node, depth)
    is_itself = node.traits.view == 0 and not node.attrs and len(node.operands) == 1
    if node.traits.elementwise or is_itself or node.name == "broadcast_to":
        return _elementwise(node, depth)
    if node.name == "reshape":
        return _reshaped(node, depth)
    if node.name in ("concatenate", "stack"):
        return _joined(node, depth)
    if node.name in ("index", "index_adjoint", "index_add"):
        return _sliced(node, depth)
    if node.name == "take":
        return _taken(node, depth)
    found = contraction_of(node, _no_one) if node.name in ("einsum", "matmul") else None
    return None if found is None else _contracted(found, depth)


def _no_one(value: Value) -> None:
    pass


def _elementwise(node: Apply, depth: int) -> Rows | None:
    shape = node.result.type.shape
    lead = shape[:depth]
    if len(shape) < depth:
        return None
    walked = []
    for operand in node.operands:
        own = operand.type.shape
        if len(own) == len(shape) and own[:depth] == lead:
            walked.append(True)
        elif len(own) <= len(shape) - depth or (depth == 1 and own[:1] == (1,)):
            walked.append(False)
        else:
            return None
    return Rows(lead, tuple(walked))


def _along(node: Apply, depth: int) -> Rows | None:
    """A reduction, or what goes on from element to element, along axes that it is told."""
    shape = node.operands[0].type.shape
    axes = axes_of(node, len(shape))
    if len(shape) < depth:
        return None
    if all([a >= depth for a in axes]):
        return Rows(shape[:depth], (True,))
    if node.traits.adds and set(range(depth)) <= set(axes):
        return Rows(shape[:depth], (True,), sums=True)
    return None


def _reshaped(node: Apply, depth: int) -> Rows | None:
    """One that leaves the axes alone that are cut."""
    before, after = node.operands[0].type.shape, node.result.type.shape
    if len(before) < depth or len(after) < depth or before[:depth] != after[:depth]:
        return None
    return Rows(after[:depth], (True,))


def _joined(node: Apply, depth: int) -> Rows | None:
    """Arrays side by side along an axis that is not cut."""
    shape = node.result.type.shape
    if node.attr("axis") % len(shape) < depth:
        return None
    return Rows(shape[:depth], (True,) * len(node.operands))


def _sliced(node: Apply, depth: int) -> Rows | None:
    """A part along axes that are not cut, where it is read or where it belongs."""
    shape = (node.result if node.name == "index_adjoint" else node.operands[0]).type.shape
    entries = node.attr("entries")
    if entries and entries[0] is ...:
        entries = (_WHOLE,) * (len(shape) - sum([e is not None for e in entries[1:]])) + entries[1:]
    if len(entries) <= depth or any(e != _WHOLE for e in entries[:depth]):
        return None
    return Rows(shape[:depth], (True,) * len(node.operands))


def _taken(node: Apply, depth: int) -> Rows | None:
    """Rows of an array, by positions of which each block has its own."""
    lead = node.operands[1].type.shape[:depth]
    if node.attr("axis") != 0 or len(lead) < depth:
        return None
    return Rows(lead, (False, True))


def _contracted(found: Contraction, depth: int) -> Rows | None:
    """A contraction of rows with what is the same for all, or over the rows of both."""
    sizes = found.sizes()
    for factor in found.factors:
        cut = factor.letters[:depth]
        if len(cut) < depth:
            continue
        walked = tuple([f.letters.startswith(cut) for f in found.factors])
        apart = [set(cut).isdisjoint(f.letters) for f in found.factors]
        sums = set(cut).isdisjoint(found.result)
        if not all(w or a for w, a in zip(walked, apart, strict=True)):
            continue
        if sums != all(walked) or not (sums or found.result.startswith(cut)):
            continue
        if _is_light(found, walked, cut, sizes):
            return Rows(tuple([sizes[c] for c in cut]), walked, sums)
    return None


def _is_light(
    found: Contraction, walked: tuple[bool, ...], cut: str, sizes: dict[str, Size]
) -> bool:
    """Whether memory is what it waits for: a wide row is made of a narrow one, or becomes one.

    What stays the same for all rows has to be small, so that it stays in cache.
    """
    letters = [f.letters for f, w in zip(found.factors, walked, strict=True) if w]
    still = [f.letters for f, w in zip(found.factors, walked, strict=True) if not w]
    (letters if found.result.startswith(cut) else still).append(found.result)
    kept = max([nominal(length(c, sizes)) for c in still])
    rows = sorted([nominal(length(c[len(cut) :], sizes)) for c in letters])
    every = "".join(dict.fromkeys(found.left.letters + found.right.letters))
    each = nominal(length("".join([c for c in every if c not in cut]), sizes))
    is_vector = each == rows[-1]
    return is_vector or (
        kept <= _SMALL and each <= _FEW * rows[-1] and _WIDER * rows[0] <= rows[-1]
    )


def shifted(node: Apply, lead: tuple[Size, ...], rows: Size) -> tuple[object, ...]:
    """The attributes of a node once its leading axes are one, of which there are `rows`."""
    if node.name == "einsum":
        return (_one_letter(node, len(lead)),)
    less = len(lead) - 1
    found = []
    for formal, value in zip(node.op.attributes, node.attrs, strict=True):
        if formal.name == "axis" and (node.traits.along or node.name in ("concatenate", "stack")):
            longest = node.result if node.name == "stack" else node.operands[0]
            found.append(_moved(value, longest, less, len(lead)))
        elif formal.kind == "entries":
            found.append(value if value[:1] == (...,) else value[less:])
        elif formal.kind == "sizes" and value == node.result.type.shape:
            found.append((rows, *value[len(lead) :]))
        else:
            found.append(value)
    return tuple(found)


def _one_letter(node: Apply, depth: int) -> str:
    """The subscripts once the leading axes are one."""
    found = contraction_of(node, _no_one)
    rows = None if found is None else _contracted(found, depth)
    assert found is not None, "it was asked before"
    assert rows is not None, "it was asked before"
    first = next(f for f, walked in zip(found.factors, rows.walked, strict=True) if walked)
    less = str.maketrans("", "", first.letters[1:depth])
    text: str = node.attr("subscripts")
    return text.translate(less)


def _moved(axis: object, operand: Value, less: int, depth: int) -> object:
    """An axis, or several, after the first `depth` have become one."""
    rank = operand.type.rank
    if axis is None:
        return None
    if isinstance(axis, tuple):
        return tuple(sorted({max(a % rank - less, 0) for a in axis}))
    assert isinstance(axis, int), "axes are numbers"
    return max(axis % rank - less, 0)
