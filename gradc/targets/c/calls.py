"""Operations that are done by a function of the source, by their names."""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.node import Apply
from gradc.targets.c.products import product_lines
from gradc.targets.c.reading import Reader
from gradc.targets.c.sorts import argsort_lines, sort_lines

CALLS: dict[str, Callable[[Reader, Apply], list[str] | None]] = {
    "matmul": product_lines,
    "sort": sort_lines,
    "argsort": argsort_lines,
}
"""None where it has to be a nest."""
