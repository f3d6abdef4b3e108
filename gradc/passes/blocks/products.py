"""Products: sums as products of matrices and vectors, which BLAS makes several times faster.

A sum of products is a dot product, a sum along rows or columns a product with ones. In a loop over
blocks each is of one block, so that what f32 loses in adding up is bounded by the block's length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from gradc.ir.builder import Builder
from gradc.ir.cost import nominal
from gradc.ir.library import Library
from gradc.ir.node import Apply, Captured, Node, Scan, Value, applies, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.program import Routine
from gradc.ir.sizes import Size, dimensions_of, substitute
from gradc.ir.sizes import product as size_of
from gradc.ir.types import BYTES
from gradc.passes.contract.contraction import axes_of
from gradc.passes.trim import drawn, live_nodes
from gradc.records import dataclass, field, replace

_LONG = 256  # bytes of a row whose products are added up faster than all are made first


def with_products(routine: Routine, library: Library) -> tuple[Routine, dict[Value, Value]]:
    """The routine with products for sums, in its loops too, and what stands for values now."""
    work = _Products(library, set(routine.results), None, None)
    work.run(routine.nodes)
    results = tuple([work.moved.get(v, v) for v in routine.results])
    made = work.builder.nodes
    nodes = live_nodes(made, [*results, *drawn(made)])
    return replace(routine, nodes=nodes, results=results), work.moved


@dataclass(slots=True)
class _Products:
    library: Library
    results: Collection[Value]
    outer: _Products | None  # of a loop over blocks: what stands around it
    scan: Scan | None  # that loop
    builder: Builder = field(init=False)
    moved: dict[Value, Value] = field(default_factory=dict)
    factors: dict[Value, tuple[Value, Value]] = field(default_factory=dict)  # of products
    twos: set[Value] = field(default_factory=set)
    number_ones: set[Value] = field(default_factory=set)
    ones: dict[tuple[Size, str], Value] = field(default_factory=dict)
    captured: list[Captured] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.builder = Builder(self.library, Origin(None, ""))

    def run(self, nodes: Iterable[Node]) -> None:
        nodes = tuple(nodes)
        reads = Counter(v for n in nodes for v in n.operands)
        for node in nodes:
            there = renamed_operands(node, self.moved) if self.moved else node
            builder = self.builder
            builder.origin, builder.adjoint_of, builder.span = (
                there.origin, there.adjoint_of, there.span,
            )  # fmt: skip
            if isinstance(there, Scan):
                builder.nodes.append(self._loop(there) if there.rows is not None else there)
                continue
            if applies(there, "sum") and there.operands[0].type.dtype in ("f32", "f64"):
                x = node.operands[0]
                product = self.factors.get(there.operands[0])
                total = self._sum(there, product, reads[x] == 1 and x not in self.results)
                if total is not None:
                    self._stands_for(total, node.results[0])
                    continue
            if applies(there, "guard") and there.result.type.shape:
                self._stands_for(self._emit("guard_in_doubt", there.operands), node.results[0])
                continue
            if applies(there, "broadcast_to") and self._is_ones(there):
                shape = there.result.type.shape
                ones = self._ones(size_of(shape), there.result)
                self._stands_for(self._reshaped(ones, shape), node.results[0])
                continue
            self._see(there)
            builder.nodes.append(there)

    def _see(self, node: Node) -> None:
        """Products and squares, whose sums look at what they are made of."""
        if applies(node, "constant") and node.attrs[0] == 2:
            self.twos.add(node.result)
        elif (applies(node, "constant") and node.attrs[0] == 1) or (
            applies(node, "astype") and node.operands[0] in self.number_ones
        ):
            self.number_ones.add(node.results[0])
        elif applies(node, "multiply"):
            self.factors[node.result] = (node.operands[0], node.operands[1])
        elif applies(node, "power") and node.operands[1] in self.twos:
            self.factors[node.result] = (node.operands[0], node.operands[0])

    def _is_ones(self, node: Apply) -> bool:
        """Whether it is as many ones as a block has elements, of which there are some already."""
        return (
            self.scan is not None
            and node.operands[0] in self.number_ones
            and node.result.type.dtype in ("f32", "f64")
            and size_of(node.result.type.shape) == self.scan.rows
        )

    def _stands_for(self, total: Value, old: Value) -> None:
        total.name, total.named, total.nameless = old.name, old.named, old.nameless
        self.moved[old] = total

    def _loop(self, scan: Scan) -> Scan:
        """A loop over blocks."""
        made = [r for r in scan.body.results if r is not None]
        work = _Products(self.library, set(made), self, scan)
        work.number_ones = {s.parameter for s in scan.captured if s.value in self.number_ones}
        work.run(scan.nodes)
        self.moved |= work.moved
        body = replace(
            scan.body,
            nodes=live_nodes(work.builder.nodes, [work.moved.get(v, v) for v in made]),
            results=tuple([work.moved.get(v, v) for v in made]),
        )
        return replace(scan.with_body(body), captured=(*scan.captured, *work.captured))

    def _sum(self, node: Apply, product: tuple[Value, Value] | None, alone: bool) -> Value | None:
        """What a sum is; of a product that is made anyway only the whole sum looks at factors."""
        (x,) = node.operands
        rank, axes = x.type.rank, set(axes_of(node, x.type.rank))
        same = product is not None and all(v.type == x.type for v in product)
        if len(axes) == rank and not node.attr("keepdims") and self.scan is not None:
            if product is not None and same:
                return self._multiplied(*[self._reshaped(v, (-1,)) for v in product])
            return self._multiplied(x, self._ones(x.type.shape[0], x)) if rank == 1 else None
        if rank < 2:
            return None
        found = None
        if axes == {rank - 1}:
            if product is not None and same and alone and _is_long(x):
                found = self._emit("vecdot", product)
            else:
                found = self._multiplied(x, self._ones(x.type.shape[-1], x))
        elif len(axes) < rank and axes == set(range(len(axes))):
            # Along rows, of which an array has those of all its leading axes.
            shape = x.type.shape
            rows, columns = size_of(shape[: len(axes)]), size_of(shape[len(axes) :])
            flat = self._reshaped(x, (rows, columns))
            found = self._multiplied(self._ones(rows, x), flat)
        return None if found is None else self._reshaped(found, node.result.type.shape)

    def _emit(self, name: str, operands: Iterable[Value], *attrs: object) -> Value:
        return self.builder.emit(self.library.operation(name), tuple(operands), attrs)

    def _multiplied(self, a: Value, b: Value) -> Value:
        return self._emit("matmul", (a, b))

    def _reshaped(self, x: Value, shape: tuple[Size, ...]) -> Value:
        if (shape == (-1,) and x.type.rank == 1) or x.type.shape == shape:
            return x
        return self._emit("reshape", (x,), shape)

    def _ones(self, size: Size, like: Value) -> Value:
        """So many ones; those of a loop over blocks are made before it."""
        key = (size, like.type.dtype)
        if key in self.ones:
            return self.ones[key]
        if self.outer is None or self.scan is None:
            # Of a known number there is one array for all calls.
            known = isinstance(size, int)
            kind = like.type.dtype
            made = (
                self._emit("array", (), 1.0, kind, (size,))
                if known
                else self._emit("ones", (), (size,), kind)
            )
            made.name, made.nameless = "ones", False
        else:
            # Of the longest block; what is left at the end has fewer rows.
            assert self.scan.rows is not None, "other loops are left alone"
            assert self.scan.block is not None, "it runs in blocks"
            (rows,) = dimensions_of(self.scan.rows)
            whole = self.outer._ones(substitute(size, {rows: self.scan.block}), like)
            made = whole.again()
            self.captured.append(Captured(made, whole))
            if rows in dimensions_of(size):
                made = self._emit("leading", (made,), size)
        self.ones[key] = made
        return made


def _is_long(x: Value) -> bool:
    """Whether rows are long enough for a call each."""
    return nominal(x.type.shape[-1]) * BYTES[x.type.dtype] >= _LONG
