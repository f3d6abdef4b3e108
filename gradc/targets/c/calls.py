"""Operations that are done by functions of the source, by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gradc.ir.node import Apply
from gradc.targets.c.products import Scratch, einsum_lines, matmul_lines
from gradc.targets.c.reading import Reader
from gradc.targets.c.sorts import argsort_lines, sort_lines

Called: TypeAlias = Callable[[Reader, Apply, Scratch], "list[str] | None"]

CALLS: dict[str, Called] = {
    "matmul": matmul_lines,
    "einsum": einsum_lines,
    "sort": lambda reader, node, scratch: sort_lines(reader, node),
    "argsort": lambda reader, node, scratch: argsort_lines(reader, node),
}
"""None where it has to be a nest."""
