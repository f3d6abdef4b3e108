"""Kinds: bodies that are equal up to numbers are one layer, which is told the numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from gradc.importing.foreign import Operand, SizeOf, Step, Tensor
from gradc.importing.parts import Body, Call, Item, Kind, Own, replaced
from gradc.ir.types import Type
from gradc.records import dataclass, field

Visit: TypeAlias = Callable[[Any, str], Operand]
"""What stands for a number, which has this name where it stands."""


@dataclass(slots=True, eq=False)
class _Family:
    """The calls of a kind."""

    kind: Kind
    calls: list[Call] = field(default_factory=list)


class Kinds:
    """The layers of a graph, by what stands in them."""

    def __init__(self) -> None:
        self._families: dict[Any, _Family] = {}

    def all(self) -> list[Kind]:
        """The kinds, those that others use first."""
        return [f.kind for f in self._families.values()]

    def calls(self) -> Iterator[Call]:
        """All calls of the layers."""
        for family in self._families.values():
            yield from family.calls

    def call(self, name: str, body: Body) -> Call:
        """A call of the layer with this body."""
        family = self._families.setdefault((name, _form(body)), _Family(Kind(name, body, [])))
        call = Call(
            family.kind, body.path, tuple(body.inputs), {}, tuple(body.outputs), {}, None, body
        )
        family.calls.append(call)
        return call

    def settle(self) -> None:
        """Decides what each kind is told: the numbers in which its instances differ.

        An inner kind comes before one around it, which may have to hand its numbers on.
        """
        for family in self._families.values():
            _settle(family)


def _settle(family: _Family) -> None:
    bodies = [call.body for call in family.calls if call.body is not None]
    columns = list(zip(*(_numbers(body) for body in bodies), strict=True))
    names = _names_of(bodies[0])
    formals: dict[tuple[Any, ...], Tensor] = {}
    stand: list[Operand] = []
    for values, name in zip(columns, names, strict=True):
        if len({(type(v), v) for v in values}) == 1:
            stand.append(values[0])
        elif (size := _as_size(values, bodies)) is not None:
            stand.append(size)
        else:
            if values not in formals:
                taken = {t.name for t in formals.values()}
                formals[values] = Tensor(free(name or "n", taken), Type("i64"), "input")
            stand.append(formals[values])
    waiting = iter(stand)
    body = _visited(bodies[0], lambda number, name: next(waiting))
    family.kind.body, family.kind.formals = body, list(formals.values())
    for position, call in enumerate(family.calls):
        call.told = {t.name: values[position] for values, t in formals.items()}


_TIMES = (1, 3, 4)
"""Queries, keys and values together, and the width within a block: what layers are made of."""


def free(name: str, taken: set[str]) -> str:
    """A name like this one that is not taken."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name}{number}", number + 1
    return found


def _as_size(values: tuple[Any, ...], bodies: list[Body]) -> SizeOf | None:
    """The size of an axis of an input, or some times that, which all these numbers are."""
    if any(type(v) is not int for v in values):
        return None
    for position, tensor in enumerate(bodies[0].inputs):
        for axis in range(tensor.rank):
            sizes = [_size(b.inputs[position], axis) for b in bodies]
            for times in _TIMES:
                if tuple(times * size for size in sizes) == values:
                    last = axis == tensor.rank - 1
                    return SizeOf(tensor, axis - tensor.rank if last else axis, times)
    return None


def _size(tensor: Tensor, axis: int) -> int:
    """A size that is known, or else one that no number is."""
    size = tensor.shape[axis] if axis < tensor.rank else -1
    return size if isinstance(size, int) else -1


def _numbers(body: Body) -> tuple[Any, ...]:
    found: list[Any] = []
    _visited(body, lambda number, name: found.append(number))
    return tuple(found)


def _names_of(body: Body) -> list[str]:
    found: list[str] = []
    _visited(body, lambda number, name: found.append(name))
    return found


def _visited(body: Body, visit: Visit) -> Body:
    """The body with each number replaced, in order."""
    own = [Own(o.tensor, _operand(o.sizes, visit, "size")) for o in body.own]
    items = [_item(item, visit) for item in body.items]
    return Body(body.path, items, body.inputs, body.outputs, own)


def _item(item: Item, visit: Visit) -> Item:
    if isinstance(item, Step):
        operands = _operand(item.operands, visit, "")
        attrs = {n: _operand(a, visit, n) for n, a in item.attrs.items()}
        return Step(item.op, operands, attrs, item.results, item.frames, item.where)
    assert isinstance(item, Call)
    operands = _operand(item.operands, visit, "")
    told = {n: _operand(a, visit, n) for n, a in item.told.items()}
    return Call(
        item.layer, item.path, operands, told, item.results, item.members, item.step, item.body,
        item.is_again,
    )  # fmt: skip


def _operand(operand: Any, visit: Visit, name: str) -> Any:
    return replaced(
        operand,
        lambda leaf: visit(leaf, name) if type(leaf) in (int, float) else leaf,
    )


def _form(body: Body) -> Any:
    """What is left of a body without its numbers: equal for bodies of one kind."""
    number: dict[Any, int] = {}

    def leaf(operand: Operand) -> Any:
        if isinstance(operand, Tensor):
            if operand.is_known and operand.data is not None:
                return ("known", operand.dtype, operand.data.shape, operand.data.tobytes())
            return ("tensor", number.setdefault(operand, len(number)))
        if isinstance(operand, SizeOf):
            return ("size", number.setdefault(operand.tensor, len(number)), operand.axis)
        return "number" if type(operand) in (int, float) else operand

    def form(operand: Any) -> Any:
        if isinstance(operand, tuple):
            return tuple(map(form, operand))
        if isinstance(operand, slice):
            return ("slice", leaf(operand.start), leaf(operand.stop), leaf(operand.step))
        return leaf(operand)

    for tensor in body.inputs:
        leaf(tensor)
    parts: list[Any] = []
    for item in body.items:
        assert isinstance(item, Step | Call)
        if isinstance(item, Step):
            head: Any = item.op
            told = item.attrs
        else:
            layer = item.layer
            first = number.setdefault(item.path, len(number)) if item.is_again else None
            number.setdefault(item.path, len(number))
            head, told = (layer if isinstance(layer, str) else id(layer), first), item.told
        operands = form(item.operands)
        pairs = tuple((n, form(a)) for n, a in told.items())
        parts.append((head, operands, pairs, tuple(leaf(t) for t in item.results)))
    own = tuple((o.tensor.role, leaf(o.tensor), len(o.sizes)) for o in body.own)
    return (tuple(parts), own, tuple(leaf(t) for t in body.outputs))
