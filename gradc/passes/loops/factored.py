"""Factored: what waits is multiplied once, by what is known before.

`d * a + d * b` is `d * (a + b)`, and `d * a * b` is `d * (a * b)` where nothing else that steps
wait for needs `d * a`: with `a` and `b` known before, that is one product in each step.
"""

from __future__ import annotations

from functools import reduce

from gradc.ir.builder import Builder
from gradc.ir.library import Library
from gradc.ir.node import Apply, Node, Scan, Value, applies
from gradc.ir.origin import Origin
from gradc.passes.loops.levels import Levels, levels_of
from gradc.passes.loops.twins import is_wide
from gradc.passes.trim import live_nodes
from gradc.records import dataclass, field, replace


def factored(scan: Scan, library: Library) -> Scan:
    """The scan whose sums of products with the same factor are products with a sum."""
    work = _Factoring(scan, levels_of(scan), Builder(library, Origin(None, "")))
    for node in scan.nodes:
        if type(node) is not Apply or not work.multiplied(node):
            work.builder.nodes.append(node)
        work.makers[node.results[0]] = work.builder.nodes[-1]
    results = [r for r in scan.body.results if r is not None]
    return replace(scan, nodes=live_nodes(work.builder.nodes, results))


@dataclass(slots=True)
class _Factoring:
    scan: Scan
    levels: Levels
    builder: Builder
    makers: dict[Value, Node] = field(default_factory=dict)
    _readers: dict[Value, list[Node]] = field(default_factory=dict)
    _handed_on: dict[Value, int] = field(default_factory=dict)  # the level that needs it next

    def __post_init__(self) -> None:
        for node in self.scan.nodes:
            for value in node.operands:
                self._readers.setdefault(value, []).append(node)
        self._handed_on.update((s.following, at) for s, at in self.levels.slots.items())

    def multiplied(self, node: Apply) -> bool:
        """Makes a product with what is known in place of a node, if that is worth it."""
        known = self._known(node)
        return known is not None and self._multiply(node, *known)

    def _known(self, node: Apply) -> tuple[Value, list[list[Value]]] | None:
        """The one factor that waits, and the others of each product that is added up."""
        if is_wide(node.result) or self.levels.late[node] == self.levels.top:
            return None
        if node.name == "multiply":
            found = self._factors(node, node)
            return (found[0], [found[1]]) if found is not None and len(found[1]) > 1 else None
        if node.name != "add":
            return None
        one, other = [self._factors(self.makers.get(v)) for v in node.operands]
        if one is None or other is None or one[0] is not other[0]:
            return None
        return one[0], [one[1], other[1]]

    def _is_spared(self, value: Value, reader: Node) -> bool:
        """Whether nothing needs a value as soon as this reader does."""
        at = self.levels.late[reader]
        others = [self.levels.late[n] for n in self._readers[value] if n is not reader]
        return min([*others, self._handed_on.get(value, self.levels.top)]) > at

    def _factors(
        self, node: Node | None, reader: Node | None = None
    ) -> tuple[Value, list[Value]] | None:
        """Of a product: the factor that waits, and the others; such as no one but the reader needs
        as soon, where there is one."""
        if not applies(node, "multiply"):
            return None
        waits = [v for v in node.operands if self.levels.of(v) >= 0]
        known = [v for v in node.operands if self.levels.of(v) < 0]
        if len(waits) != 1 or waits[0].type != node.result.type:
            return None
        if reader is not None and not self._is_spared(waits[0], reader):
            return waits[0], known
        inner = self._factors(self.makers.get(waits[0]), reader and node)
        return (waits[0], known) if inner is None else (inner[0], [*inner[1], *known])

    def _multiply(self, node: Apply, waits: Value, known: list[list[Value]]) -> bool:
        """Makes such a product, if it is of the node's type."""
        builder = self.builder
        builder.origin, builder.adjoint_of, builder.span = node.origin, node.adjoint_of, node.span
        made = len(builder.nodes)
        products = [reduce(lambda a, b: self._emit("multiply", a, b), part) for part in known]
        whole = reduce(lambda a, b: self._emit("add", a, b), products)
        fits = self._emit("multiply", waits, whole).type == node.result.type
        last = builder.nodes.pop()
        if not fits:
            del builder.nodes[made:]
            return False
        builder.nodes.append(
            last.copied(last.operands, node.results, node.origin, node.adjoint_of, node.span)
        )
        return True

    def _emit(self, name: str, *operands: Value) -> Value:
        return self.builder.emit(self.builder.library.operation(name), operands)
