"""Rows: how long those are that NumPy goes over one by one, and whether it may copy them first.

Where an operand is stretched, as a column is along rows, an operation goes from row to row. NumPy
collects what it reads of rows that are shorter than its buffers, and these hold 8,192 numbers. For
rows of a few numbers that is fast; for long ones the copies take as long as the operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gradc.ir.cost import count_of, nominal
from gradc.ir.node import Apply, Node, Scan
from gradc.ir.sizes import Size, dimensions_of, minimum, substitute
from gradc.targets.numpy.spelling import spelling_of
from gradc.targets.python import attributes
from gradc.targets.python.expression import text

SCOPE = "np.errstate()"  # behind it, buffers are as large as before
_LONG = 512  # numbers of a row that is not worth a copy
_COMMENT = "rows of so many numbers are not copied into buffers first"


def long_rows(nodes: Iterable[Node], dims: Iterable[str]) -> tuple[Size, ...]:
    """The lengths of rows that are long, or may be; none where most are short, for which small
    buffers take a sixth longer, or may be, as those of windows in a convolution.

    `dims` are the dimensions that a function knows.
    """
    known = set(dims)
    long: dict[Size, int] = {}
    short = 0
    for node, loop in _in_loops(nodes):
        if isinstance(node, Apply) and _has_rows_of_its_own(node):
            return ()
        row = _row(node)
        if row is not None and loop is not None:
            row = _longest(row, loop)
        if row is None or not dimensions_of(row) <= known:
            continue
        work = nominal(count_of(node.results[0]))
        if isinstance(row, int) and row < _LONG:
            short += work
        else:
            long[row] = long.get(row, 0) + work
    return tuple(long) if sum(long.values()) > short else ()


def unbuffered(rows: Iterable[Size], dims: Mapping[str, str]) -> list[str]:
    """The statements at the start of a function with such rows."""
    free = [text(attributes.size(r, dims.__getitem__)) for r in rows if not isinstance(r, int)]
    call = f"np.setbufsize({_LONG})  # {_COMMENT}"
    if not free:
        return [f"    {call}"]
    shortest = free[0] if len(free) == 1 else f"min({', '.join(free)})"
    return [f"    if {shortest} >= {_LONG}:", f"        {call}"]


def _in_loops(nodes: Iterable[Node]) -> Iterator[tuple[Node, Scan | None]]:
    """The nodes, and those of loops, each with the loop over blocks that it stands in."""
    for node in nodes:
        if isinstance(node, Scan):
            loop = node if node.rows is not None else None
            yield from ((n, loop or inner) for n, inner in _in_loops(node.nodes))
        else:
            yield node, None


def _longest(row: Size, loop: Scan) -> Size:
    """The length of a row, where it may be of as many numbers as a block has elements: that is
    long where all elements together are, for a block is."""
    assert loop.rows is not None, "it goes in blocks"
    assert loop.block is not None, "it goes in blocks"
    (rows,) = dimensions_of(loop.rows)
    block = loop.block
    is_long = isinstance(block, int) and block >= _LONG
    return substitute(row, {rows: loop.count if is_long else minimum(loop.count, block)})


def _has_rows_of_its_own(node: Apply) -> bool:
    """Whether a function of the module goes over rows that are not known here."""
    own = bool(spelling_of(node.op).function)
    return own and not node.traits.elementwise and node.traits.view is None


def _row(node: Node) -> Size | None:
    """How many numbers lie side by side in all operands, or are one number in all of them; None
    where the whole result is one row."""
    if not node.traits.elementwise or len(node.results) != 1:
        return None
    shape = node.results[0].type.shape
    arrays = [v.type.shape for v in node.operands if v.type.shape]
    row: Size = 1
    before: list[bool] | None = None
    for place in range(1, len(shape) + 1):
        if shape[-place] == 1:
            continue
        stretched = [len(s) < place or s[-place] == 1 for s in arrays]
        if before is not None and stretched != before:
            return row
        before, row = stretched, row * shape[-place]
    return None
