"""Operations as nests of loops: what they run over, and what is done at each position."""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.node import Apply
from gradc.targets.c.elements import has_element
from gradc.targets.c.nests import contractions, convolution, reductions, running, scatters
from gradc.targets.c.nests.nest import Nest, Pointwise

NestRule = Callable[[Apply], Nest]

_RULES: dict[str, NestRule] = {
    **contractions.RULES,
    **convolution.RULES,
    **reductions.RULES,
    **running.RULES,
    **scatters.RULES,
}


def nest_of(node: Apply) -> Nest | None:
    """The nest that makes a node's result; None where none does."""
    rule = _RULES.get(node.name)
    if rule is not None:
        return rule(node)
    return Pointwise(node.result.type.shape) if has_element(node.op) else None
