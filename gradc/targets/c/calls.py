"""Operations that are done by functions of the source, by their names."""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.node import Apply
from gradc.targets.c.calling import Calling
from gradc.targets.c.decompositions import DECOMPOSITIONS
from gradc.targets.c.images import input_lines, output_lines, weight_lines
from gradc.targets.c.products import einsum_lines, matmul_lines
from gradc.targets.c.sorts import ORDERED

CALLS: dict[str, Callable[[Calling, Apply], list[str] | None]] = {
    "matmul": lambda calling, node: matmul_lines(calling.reader, node, calling),
    "einsum": lambda calling, node: einsum_lines(calling.reader, node, calling),
    "conv2d_output": lambda calling, node: output_lines(calling.reader, node, calling),
    "conv2d_input": lambda calling, node: input_lines(calling.reader, node, calling),
    "conv2d_weight": lambda calling, node: weight_lines(calling.reader, node, calling),
    **ORDERED,
    **DECOMPOSITIONS,
}
"""None where it has to be a nest."""
