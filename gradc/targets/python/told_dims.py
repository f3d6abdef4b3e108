"""The dimensions that arrays tell a function which is handed them."""

from __future__ import annotations

from collections.abc import Iterable, Set

from gradc.ir.node import Value
from gradc.ir.sizes import alone
from gradc.targets.python.door import shape_lines
from gradc.targets.python.shared import Shared


def dims_told(values: Iterable[Value], needed: Set[str], shared: Shared) -> list[str]:
    """`B = x.shape[0]` for each dimension that is needed, of the first value that has it alone."""
    lines: list[str] = []
    have: set[str] = set()
    for value in values:
        found: dict[str, int] = {}
        for axis, size in enumerate(value.type.shape):
            name = alone(size)
            if name is not None and name in needed and name not in have:
                have.add(name)
                found[shared.dims[name]] = axis
        lines += shape_lines(found, shared.spelled[value], len(value.type.shape))
    return lines
