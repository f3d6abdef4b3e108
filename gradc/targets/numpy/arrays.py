"""The arrays that a workspace holds for a function: how many of them, and what they are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gradc.ir.loop import longest
from gradc.ir.node import Value
from gradc.ir.sizes import Size, dimensions_of
from gradc.passes.plan.workspace import Workspace
from gradc.records import dataclass
from gradc.targets.python import attributes
from gradc.targets.python.expression import Atom, Call, Expr, Items
from gradc.targets.python.layout import taken_apart
from gradc.targets.python.statements import statement
from gradc.targets.python.view import FunctionView


@dataclass(frozen=True, slots=True)
class Held:
    """The arrays of a function."""

    workspace: Workspace

    @property
    def values(self) -> tuple[Value, ...]:
        """What is written into each array first."""
        return (*self.workspace.within, *self.workspace.returned)

    def __contains__(self, value: Value) -> bool:
        return value in self.values

    def shape(self, value: Value) -> tuple[Size, ...]:
        """The shape of the array that is held for a value."""
        return longest(value.type, self.workspace.blocks.get(value))

    def dims(self) -> set[str]:
        """The dimensions that say how large the arrays are."""
        return {n for v in self.values for size in self.shape(v) for n in dimensions_of(size)}


_FEW = 3  # arrays, all of them the caller's: sooner made than asked for
NOTHING_HELD = Held(Workspace())


def taken(
    held: Held, routine: str, names: Mapping[Value, str], dims: Mapping[str, str]
) -> list[str]:
    """The statements with which a function takes its arrays."""
    if not held.values:
        return []
    called = [names[v] for v in held.values]
    sizes = "".join(f", {dims[n]}" for n in dims if n in held.dims())
    asked = taken_apart(called, f"workspace.arrays(np.empty, _arrays_of_{routine}{sizes})")
    if held.workspace.within or len(called) > _FEW:
        return ["    workspace = workspace or Workspace()", *asked]
    lines = []
    for value, name in zip(held.values, called, strict=True):
        kind = _kind(held.shape(value), value, dims.__getitem__)
        lines += statement(f"{name} = ", Call(Atom("np.empty"), kind.items))
    is_kept = "    if workspace is not None and workspace.reuse:"
    return [*lines, is_kept, *[f"    {line}" for line in asked]]


def arrays_of(
    held: Held, routine: str, names: Mapping[Value, str], dims: Mapping[str, str]
) -> FunctionView | None:
    """The function that says what arrays another one needs."""
    workspace = held.workspace
    if not held.values:
        return None

    def kind(value: Value, indent: int) -> list[str]:
        called = names[value]
        shape_and_type = _kind(held.shape(value), value, dims.__getitem__)
        return statement("", shape_and_type, called, indent, tail=",")

    lines: list[str] = []
    alone = [(v,) for v in workspace.returned]
    for word, places in (("within", workspace.places), ("returned", alone)):
        has_type = places and all(len(p) == 1 for p in places)
        lines.append(f"    {word}{'' if has_type else ': list[Any]'} = [{'' if places else ']'}")
        for place in places:
            if len(place) == 1:
                lines += kind(place[0], 8)
            else:
                lines.append("        [  # one after the other, in the same memory")
                lines += [line for value in place for line in kind(value, 12)]
                lines.append("        ],")
        lines += ["    ]"] if places else []
    lines.append("    return within, returned")
    signature = ", ".join([f"{dims[n]}: int" for n in dims if n in held.dims()])
    doc = f"Shapes and element types of the arrays of `{routine}`, and of those that it returns."
    returns = "tuple[list[Any], list[Any]]"
    return FunctionView(signature, returns, doc, tuple(lines), f"_arrays_of_{routine}")


def _kind(shape: tuple[Size, ...], value: Value, spell: Callable[[str], str]) -> Items:
    """Shape and element type, as `np.empty` takes them."""
    sizes: list[Expr] = [attributes.size(s, spell) for s in shape]
    shape_of = sizes[0] if len(sizes) == 1 else Items(sizes)
    return Items([shape_of, attributes.dtype(value.type.dtype)])
