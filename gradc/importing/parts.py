"""What a graph is written of: bodies of statements, calls of layers, loops over blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from gradc.importing.foreign import Operand, Step, Tensor
from gradc.records import dataclass, field

Item: TypeAlias = "Step | Call | Repeat"
Path: TypeAlias = "tuple[str, ...]"


@dataclass(slots=True, eq=False)
class Call:
    """A call of a layer: one of `nn` by its name, or one of the graph's own.

    `told` are the arguments after the operands, by their names; those in front may go without.
    A layer of `nn` has its weights by their names in `members`, and the `step` that it was made of;
    one of the graph's own has the `body` of this instance.
    """

    layer: str | Kind
    path: Path
    operands: tuple[Operand, ...]
    told: dict[str, Operand]
    results: tuple[Tensor, ...]
    members: dict[str, Tensor]
    step: Step | None = None
    body: Body | None = None
    is_again: bool = False  # the instance is called once more


@dataclass(slots=True, eq=False)
class Repeat:
    """Equal blocks, each applied to what the one before gave: a scan, its parameters unshared."""

    calls: list[Call]
    carried: int  # the position of the operand that is handed on
    path: Path

    @property
    def results(self) -> tuple[Tensor, ...]:
        return self.calls[-1].results


@dataclass(slots=True, eq=False)
class Body:
    """Statements in order, with what they read from outside and what they give."""

    path: Path
    items: list[Item]
    inputs: list[Tensor]
    outputs: list[Tensor]
    own: list[Own] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Own:
    """A weight that is declared in a body, and the sizes that are stated."""

    tensor: Tensor
    sizes: tuple[Operand, ...]


@dataclass(slots=True, eq=False)
class Kind:
    """A layer of the graph: a body, and what is told to each instance."""

    name: str
    body: Body
    formals: list[Tensor]
    """The names of what is told, behind the inputs."""


def operands_of(item: Item) -> tuple[Operand, ...]:
    """All that an item is applied to or told."""
    match item:
        case Step():
            return (*item.operands, *item.attrs.values())
        case Call():
            return (*item.operands, *item.told.values())
        case Repeat():
            return item.calls[0].operands
    raise TypeError(item)


def tensors_of(operand: Operand) -> Iterator[Tensor]:
    """The tensors in an operand."""
    if isinstance(operand, Tensor):
        yield operand
    elif isinstance(operand, tuple):
        for inner in operand:
            yield from tensors_of(inner)


def read_by(item: Item) -> Iterator[Tensor]:
    """The tensors that an item reads; the weights of a layer are not among them."""
    for operand in operands_of(item):
        yield from tensors_of(operand)


def replaced(operand: Operand, by: Callable[[Operand], Operand]) -> Operand:
    """An operand with each leaf replaced."""
    if isinstance(operand, tuple):
        return tuple(replaced(inner, by) for inner in operand)
    if isinstance(operand, slice):
        return slice(by(operand.start), by(operand.stop), by(operand.step))
    return by(operand)


def owner(tensor: Tensor) -> Path:
    """The path of the module whose weight it is."""
    return tuple(tensor.name.split(".")[:-1])


def flat(items: list[Item]) -> Iterator[Step | Call]:
    """The items, with the calls of loops one by one."""
    for item in items:
        if isinstance(item, Repeat):
            yield from item.calls
        else:
            yield item


def held_by(call: Call) -> Iterator[Tensor]:
    """All weights of an instance, those of layers in it as well."""
    yield from call.members.values()
    if call.body is not None:
        yield from (own.tensor for own in call.body.own)
        for item in flat(call.body.items):
            if isinstance(item, Call) and not item.is_again:
                yield from held_by(item)
