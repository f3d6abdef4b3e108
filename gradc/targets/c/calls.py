"""Operations that are done by functions of the source, by their names."""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.node import Apply
from gradc.targets.c.calling import Calling
from gradc.targets.c.decompositions import DECOMPOSITIONS
from gradc.targets.c.products import einsum_lines, matmul_lines
from gradc.targets.c.sorts import ORDERED

CALLS: dict[str, Callable[[Calling, Apply], list[str] | None]] = {
    "matmul": lambda calling, node: matmul_lines(calling.reader, node, calling.scratch),
    "einsum": lambda calling, node: einsum_lines(calling.reader, node, calling.scratch),
    **ORDERED,
    **DECOMPOSITIONS,
}
"""None where it has to be a nest."""
