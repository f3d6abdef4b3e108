"""Narrow: how nodes of a loop over blocks are made of columns, where rows have few numbers.

What is `[rows, k]` becomes `[k, rows]`; what has no such rows stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gradc.ir.builder import Builder
from gradc.ir.library import Library
from gradc.ir.node import Apply, Node, Scan, Value
from gradc.ir.origin import Origin
from gradc.ir.sizes import Size
from gradc.passes.contract.contraction import axes_of, contraction_of
from gradc.records import dataclass, field

_NARROW = 64  # numbers of a row; longer ones are never worth it
_GAIN = 5  # numbers of each row that can be turned in the time that a node gains
_ONE_BY_ONE = 5  # as many nodes count those that NumPy reduces row by row, as `max`
_WHOLE = (None, None, None)  # the slice of a whole axis
ACROSS = (1, 0)  # the axes of a transpose


@dataclass(slots=True, eq=False)
class Columns:
    """The body of a loop over blocks, turned; `run` says whether it can be and gains by it."""

    library: Library
    scan: Scan
    rows: Size
    builder: Builder = field(init=False)
    there: dict[Value, Value] = field(default_factory=dict)  # what stands for values as they lie
    columns: dict[Value, Value] = field(default_factory=dict)  # and for those that are turned
    across: dict[Value, Apply] = field(default_factory=dict)  # what turns values that come in rows
    gains: int = 0  # nodes that go along columns rather than along short rows
    costs: int = 0  # numbers of a row that are turned

    def __post_init__(self) -> None:
        self.builder = Builder(self.library, Origin(None, ""))

    def run(self) -> bool:
        values = [*self.scan.parameters, *[v for n in self.scan.nodes for v in n.results]]
        if not all(self._is_known(v) for v in values):
            return False
        for node in self.scan.nodes:
            stand_at(self.builder, node)
            if not isinstance(node, Apply) or not self._node(node):
                return False
        left = [s.value for s in self.scan.collected]
        self.costs += sum([_cost(v) for v in left if self.is_narrow(v)])
        return _GAIN * self.gains > self.costs

    def is_narrow(self, value: Value) -> bool:
        """Whether it has a row of few numbers for each element of the block."""
        shape = value.type.shape
        if len(shape) != 2 or shape[0] != self.rows or not isinstance(shape[1], int):
            return False
        return 1 <= shape[1] <= _NARROW

    def _is_known(self, value: Value) -> bool:
        shape = value.type.shape
        return self.rows not in shape or shape == (self.rows,) or self.is_narrow(value)

    def column(self, value: Value) -> Value:
        """A value with its columns first, where it is narrow; any other as it is."""
        if not self.is_narrow(value):
            return self.there.get(value, value)
        if value not in self.columns:
            made = self._emit("transpose", (self.there.get(value, value),), ACROSS)
            made.name = f"{value.name}_columns"
            turning = self.builder.nodes[-1]
            assert isinstance(turning, Apply), "it was just made"
            self.across[value] = turning
            self.columns[value] = made
            self.costs += _cost(value)
        return self.columns[value]

    def _node(self, node: Apply) -> bool:
        """Makes what a node makes, with columns for narrow rows; False where there is no way."""
        (result,) = node.results
        narrow = [v for v in (*node.operands, result) if self.is_narrow(v)]
        if not narrow or node.name == "take":
            self._keep(node, result)
            return True
        way = _way_of(node)
        made = None if way is None else way(self, node)
        if made is None:
            return False
        made.name, made.named, made.nameless = result.name, result.named, result.nameless
        (self.columns if self.is_narrow(result) else self.there)[result] = made
        return True

    def _keep(self, node: Apply, result: Value) -> None:
        operands = tuple([self.there.get(v, v) for v in node.operands])
        made = result.again()
        self.builder.nodes.append(
            node.copied(operands, (made,), node.origin, node.adjoint_of, node.span)
        )
        self.there[result] = made

    # --- the ways ---

    def _elementwise(self, node: Apply) -> Value:
        widths = {v.type.shape[-1] for v in node.operands if v.type.rank}
        self.gains += len(widths) > 1 or any(v.type.rank == 1 for v in node.operands)
        operands = [self._stretching(v) for v in node.operands]
        return self.builder.emit(node.op, operands, _with(node, shape=_turned(node)))

    def _stretching(self, value: Value) -> Value:
        """An operand that meets columns."""
        if value.type.rank == 1:
            return self._emit("reshape", (self.there.get(value, value),), (*value.type.shape, 1))
        if value.type.rank == 2 and not self.is_narrow(value):
            return self._emit("transpose", (self.there.get(value, value),), ACROSS)
        return self.column(value)

    def _along(self, node: Apply) -> Value | None:
        axes = axes_of(node, 2)
        axis = node.attr("axis")
        if axis is not None:
            turned = tuple(sorted([1 - a for a in axes]))
            axis = turned if isinstance(axis, tuple) else turned[0]
        if axes == (1,) and _width(node.operands[0]) > 1:
            self.gains += 1 if node.traits.adds else _ONE_BY_ONE
        attrs = _with(node, axis=axis)
        if not self.is_narrow(node.result):  # as `[1, k]`, of all rows
            attrs = _with(node, axis=axis, keepdims=False)
        made = self.builder.emit(node.op, [self.column(node.operands[0])], attrs)
        if made.type.rank < node.result.type.rank:
            return self._emit("reshape", (made,), node.result.type.shape)
        return made

    def _joined(self, node: Apply) -> Value | None:
        if node.attr("axis") % 2 != 1:
            return None
        self.gains += 1
        return self.builder.emit(
            node.op, [self.column(v) for v in node.operands], _with(node, axis=0)
        )

    def _reshaped(self, node: Apply) -> Value | None:
        """`[rows]` as `[rows, 1]`, or the other way round."""
        shape = node.result.type.shape
        if {node.operands[0].type.shape, shape} != {(self.rows,), (self.rows, 1)}:
            return None
        return self._emit("reshape", (self.column(node.operands[0]),), shape[::-1])

    def _sliced(self, node: Apply) -> Value | None:
        """Columns, where they are read or where they belong."""
        whole = node.result if node.name == "index_adjoint" else node.operands[0]
        if whole.type.rank != 2:
            return self._reshaped(node)
        entry = _column_of(node.attr("entries"))
        if entry is None:
            return None
        self.gains += _width(whole) > 1
        operands = [self.column(v) for v in node.operands]
        return self.builder.emit(
            node.op, operands, _with(node, entries=(entry,), shape=_turned(node))
        )

    def _contracted(self, node: Apply) -> Value | None:
        found = contraction_of(node, lambda value: None)
        if found is None:
            return None
        words = [f.letters[::-1] if self.is_narrow(f.value) else f.letters for f in found.factors]
        made = found.result[::-1] if self.is_narrow(node.result) else found.result
        operands = [self.column(f.value) for f in found.factors]
        return self._emit("einsum", operands, f"{','.join(words)}->{made}")

    def _emit(self, name: str, operands: Sequence[Value], *attrs: object) -> Value:
        return self.builder.emit(self.library.operation(name), tuple(operands), attrs)


Way = Callable[[Columns, Apply], Value | None]


def _way_of(node: Apply) -> Way | None:
    """How a node that meets narrow rows is made of columns."""
    if node.traits.along:
        return Columns._along
    is_itself = node.traits.view == 0 and not node.attrs
    if node.traits.elementwise or is_itself or node.name == "broadcast_to":
        return Columns._elementwise
    return _WAYS.get(node.name)


_WAYS: Mapping[str, Way] = {
    "reshape": Columns._reshaped,
    "concatenate": Columns._joined,
    "stack": Columns._joined,
    "index": Columns._sliced,
    "index_adjoint": Columns._sliced,
    "index_add": Columns._sliced,
    "einsum": Columns._contracted,
    "matmul": Columns._contracted,
}


def stand_at(builder: Builder, node: Node) -> None:
    """What is made from now on serves what a node serves."""
    builder.origin, builder.adjoint_of, builder.span = node.origin, node.adjoint_of, node.span


def _width(value: Value) -> int:
    width = value.type.shape[-1]
    assert isinstance(width, int), "it is narrow"
    return width


def _cost(value: Value) -> int:
    """How many numbers of each row have to be turned."""
    width = _width(value)
    return width if width > 1 else 0


def _turned(node: Apply) -> tuple[Size, ...]:
    """The shape of what a node makes, its columns first."""
    return node.result.type.shape[::-1]


def _with(node: Apply, **attrs: object) -> tuple[object, ...]:
    """The attributes of a node, those named replaced where it has them."""
    pairs = zip(node.op.attributes, node.attrs, strict=True)
    return tuple([attrs.get(formal.name, value) for formal, value in pairs])


def _column_of(entries: Sequence[object]) -> object:
    """What is taken of the second of two axes where the first stays whole, or None."""
    if len(entries) == 2 and entries[0] in (..., _WHOLE) and entries[1] not in (None, ...):
        return entries[1]
    return None
