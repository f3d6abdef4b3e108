"""Scaled: what is multiplied in each step is multiplied where it comes from, outside the loop.

`(h @ U + x @ W + b) * s` is `h @ (U * s) + x @ (W * s) + b * s` for a row `s`.
"""

from __future__ import annotations

from collections.abc import Collection

from gradc.ir.builder import Builder, join_names
from gradc.ir.node import Apply, Node, Scan, Value
from gradc.passes.loops.twins import changing_values, waiting_values
from gradc.records import dataclass, field


@dataclass(slots=True)
class Scaling:
    """What multiplies values of a body by a row, or by a number."""

    scan: Scan
    builder: Builder
    _makers: dict[Value, Node] = field(default_factory=dict)
    _users: dict[Value, list[Node | None]] = field(default_factory=dict)
    _waiting: set[Value] = field(default_factory=set)
    _changing: set[Value] = field(default_factory=set)

    def __post_init__(self) -> None:
        for node in self.scan.nodes:
            self._makers.update(dict.fromkeys(node.results, node))
            for value in node.operands:
                self._users.setdefault(value, []).append(node)
        for result in self.scan.body.results:
            if result is not None:
                self._users.setdefault(result, []).append(None)
        self._waiting = waiting_values(self.scan)
        self._changing = changing_values(self.scan)

    def scaled(self, value: Value, scale: Value, slices: Collection[Value]) -> Value:
        """The product of a value and a scale.

        Where nothing but these slices of it was read, and each once, the factors of products take
        that on, if they are the same for all steps.
        """
        users = self._users.get(value, ())
        alone = all(node is not None and node.results[0] in slices for node in users)
        alone = alone and all(len(self._users[v]) == 1 for v in slices)
        if users and alone and self._takes(value, scale):
            return self._taken(value, scale)
        return self._times(value, scale)

    def _takes(self, value: Value, scale: Value) -> bool:
        """Whether no step has to multiply by the scale."""
        if value not in self._waiting:
            return True
        parts = self._parts(value, scale)
        return parts is not None and all(
            v not in self._waiting or (len(self._users[v]) == 1 and self._takes(v, scale))
            for v in parts
        )

    def _taken(self, value: Value, scale: Value) -> Value:
        parts = self._parts(value, scale)
        alone = value in self._waiting or len(self._users[value]) == 1
        if parts is None or not alone:
            return self._times(value, scale)
        node = self._makers[value]
        operands = [self._taken(v, scale) if v in parts else v for v in node.operands]
        return self._emit(node.name, *operands)

    def _parts(self, value: Value, scale: Value) -> tuple[Value, ...] | None:
        """What takes on what a value is scaled by: the operands of a sum, the factor of a product
        that is the same for all steps."""
        node = self._makers.get(value)
        if type(node) is not Apply or value not in self._changing:
            return None
        if node.name == "matmul":
            parts = node.operands[1:]
            if parts[0].type.rank != 2 or parts[0] in self._changing:
                return None
        elif node.name == "add":
            parts = node.operands
        elif node.name == "multiply":
            parts = tuple([v for v in node.operands if v not in self._changing])[:1]
        else:
            return None
        fits = [not scale.type.rank or v.type.shape[-1:] == scale.type.shape for v in parts]
        typed = [v.type.dtype == value.type.dtype and not v.type.weak for v in parts]
        return parts if parts and all(fits) and all(typed) else None

    def _times(self, value: Value, scale: Value) -> Value:
        made = self._emit("multiply", value, scale)
        made.name = join_names(value.name, "scaled")
        return made

    def _emit(self, name: str, *operands: Value) -> Value:
        return self.builder.emit(self.builder.library.operation(name), operands)
