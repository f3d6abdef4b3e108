"""What a formula beside the code asks for: it needs no dimension, no helper and no key."""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.node import Apply, Value
from gradc.targets.python.expression import Atom, Expr
from gradc.targets.python.special import is_python_number


class Aside:
    """A context of lowerings of which nothing becomes code."""

    is_fast = False

    def __init__(
        self,
        dimension: Callable[[str], str],
        constant: Callable[[Apply], Expr],
        *,
        is_plain: bool = False,
    ):
        self.is_plain = is_plain
        self._dimension, self._constant = dimension, constant

    def dimension(self, name: str) -> str:
        return self._dimension(name)

    def constant_array(self, node: Apply) -> Expr:
        return self._constant(node)

    def helper(self, name: str) -> None:
        pass

    def key(self) -> Expr:
        return Atom("rng")

    def is_number(self, value: Value) -> bool:
        return is_python_number(value.type)
