"""Direction: whether a Jacobian is made column by column or row by row."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.graph import Output
from gradc.ir.sizes import dimensions_of, product, substitute

_FREE = 1000
"""What a dimension counts as that is not fixed: it is larger than most that are."""


def is_forward(rows: Sequence[Output], columns: Sequence[Output]) -> bool:
    """Whether there are fewer elements to differentiate by than elements that are differentiated.

    Forward takes a product for each of the one, backward for each of the other.
    """
    return _elements(columns) < _elements(rows)


def _elements(values: Sequence[Output]) -> int:
    total = 0
    for output in values:
        size = product(output.value.type.shape)
        known = substitute(size, dict.fromkeys(dimensions_of(size), _FREE))
        total += known if isinstance(known, int) else _FREE
    return total
