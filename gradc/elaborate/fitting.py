"""What fits where sizes disagree: a declaration, or another order of a matrix product."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gradc.diagnostics import plural
from gradc.elaborate.called import in_library
from gradc.elaborate.found import Found
from gradc.elaborate.remade import sized_by_layer
from gradc.elaborate.turned import PLAIN, turned_round
from gradc.ir.graph import Input, Param
from gradc.ir.node import Node, Value, applies
from gradc.ir.sizes import Size, product
from gradc.syntax.habits.enclosed import unwrapped

_ORDINALS = ("first", "second", "third", "fourth")


def fitting(
    operands: Sequence[Value], texts: Sequence[str], nodes: Sequence[Node], found: Found
) -> list[str]:
    """Helps for `a @ b`: the declaration to change and its right size, and an order that fits."""
    a, b = operands
    if not a.type.is_float and b.type.is_float and PLAIN.fullmatch(texts[1]):
        return [f"integers that pick rows are an index: write `{texts[1]}[{texts[0]}]`"]
    inner = (-1, -2 if b.type.rank > 1 else -1)
    declared = _declarations(operands, inner, nodes, found)
    weights_first = declared[0] is not None and isinstance(declared[0][0], Param)
    orders = [*turned_round(a, b, texts, weights_first)]
    alike = a.type.shape == b.type.shape  # then both are declared as they should be
    if alike and orders:
        return orders
    if turned := _turned(a, inner[1], b, declared, found):
        return [turned]
    if reshaped := _reshaped(a, b.type.shape[inner[1]], nodes):
        return [reshaped]
    changed = list(_changed(operands, inner, declared, nodes, found))
    if b.type.rank > 2 and orders:
        return orders
    given = declared[1] is not None and isinstance(declared[1][0], Input)
    return [*orders, *changed] if weights_first or given else [*changed, *orders]


def _turned(
    a: Value,
    axis: int,
    b: Value,
    declared: Sequence[tuple[Input | Param, int] | None],
    found: Found,
) -> str | None:
    """An input that is declared with its axes the other way round: `[D, B]` instead of `[B, D]`."""
    at = declared[0]
    if at is None or not isinstance(at[0], Input) or at[0].value is not a or a.type.rank != 2:
        return None
    if a.type.shape[0] != b.type.shape[axis] or isinstance(a.type.shape[1], int):
        return None
    return _declared_as(at[0], a.type.shape[::-1], found)


def _reshaped(a: Value, size: Size, nodes: Sequence[Node]) -> str | None:
    """A batch whose rows were reshaped to another size than they have, which is the one wanted."""
    made = next((n for n in nodes if a in n.results), None)
    if made is None or not applies(made, "reshape") or a.type.rank != 2 or made.span is None:
        return None
    given = made.operands[0].type
    if given.rank < 2 or size != product(given.shape[1:]) or in_library(made.span):
        return None
    text = re.sub(r"[^\[,\s]+(?=\s*\](?:\s*\)|\s*,?\s*$))", str(size), made.span.text, count=1)
    return f"a row has {plural(size, 'element')}: `{text}` on line {made.span.line}"


def of_images(
    operands: Sequence[Value], helps: Sequence[str], nodes: Sequence[Node], found: Found
) -> Sequence[str]:
    """Helps for `conv2d(x, w)`: a kernel declared the other way round, a batch reshaped away.

    Else those of the rule, which says in which order the axes of a kernel fit.
    """
    x, w = operands[:2]
    declared = next((p for _, p in found.params if p.value is w and p.calling is None), None)
    if declared and helps and helps[0].endswith("axes=[1, 0, 2, 3])`"):
        first, second, *window = w.type.shape
        return [_declared_as(declared, (second, first, *window), found)]
    made = next((n for n in nodes if x in n.results), None)
    if x.type.rank == 3 and applies(made, "reshape") and made.span is not None:
        given, sizes_ = made.operands[0].type, x.type.shape
        text = made.span.text
        listed = re.search(r"\[[^\[\]]*\](?=\s*\)$)", text)
        if given.rank > 1 and product(given.shape[1:]) == product(sizes_) and listed:
            shape = ", ".join(_name(s, found) for s in (given.shape[0], *sizes_))
            told = f"{text[: listed.start()]}[{shape}]{text[listed.end() :]}"
            return [f"what line {made.span.line} makes has no batch: `{' '.join(told.split())}`"]
    return helps


def agreeing(
    operands: Sequence[Value], nodes: Sequence[Node], found: Found, in_body: bool = False
) -> list[str]:
    """Helps for two arrays that do not broadcast: the declaration to change and its size.

    In a body, it may be the call that gives another parameter than was meant.
    """
    a, b = (v.type.shape for v in operands)
    for axis, (m, n) in enumerate(zip(reversed(a), reversed(b), strict=False), 1):
        if m != n and 1 not in (m, n):
            axes = (-axis, -axis)
            declared = _declarations(operands, axes, nodes, found)
            if in_body and (others := _others(operands, axes, declared, found)):
                return others
            changed = list(_changed(operands, axes, declared, nodes, found))
            if changed or (changed := list(sized_by_layer(operands, axes, nodes, found))):
                return changed
            return declarations(operands, found)
    return []


def _declarations(
    operands: Sequence[Value], axes: Sequence[int], nodes: Sequence[Node], found: Found
) -> list[tuple[Input | Param, int] | None]:
    """The declarations that gave each operand its axis."""
    made = {r: n for n in nodes for r in n.results}
    return [
        _declared(v, axis % v.type.rank, made, found)
        for v, axis in zip(operands, axes, strict=True)
    ]


def _changed(
    operands: Sequence[Value],
    axes: Sequence[int],
    declared: Sequence[tuple[Input | Param, int] | None],
    nodes: Sequence[Node],
    found: Found,
) -> Iterator[str]:
    """The declaration to change: of a parameter before an input, of the second before the first.

    What both operands are made of is not to blame: with another size both have another one.
    """
    sizes = [v.type.shape[axis] for v, axis in zip(operands, axes, strict=True)]
    for wanted in (Param, Input):
        for position in (1, 0):
            if (at := declared[position]) is not None and isinstance(at[0], wanted):
                if _is_made_of(operands[1 - position], at[0].value, nodes):
                    continue
                yield _declaration(*at, sizes[1 - position], found)
                return


def _is_made_of(value: Value, part: Value, nodes: Sequence[Node]) -> bool:
    """Whether a value is computed from another one, or is it."""
    wanted = {value}
    for node in reversed(nodes):
        if not wanted.isdisjoint(node.results):
            wanted.update(node.operands)
    return part in wanted


def _others(
    operands: Sequence[Value],
    axes: Sequence[int],
    declared: Sequence[tuple[Input | Param, int] | None],
    found: Found,
) -> list[str]:
    """The only parameter that has the shape wanted, where a parameter is to blame."""
    for position in (1, 0):
        at = declared[position]
        if at is None or not isinstance(at[0], Param) or at[0].calling is not None:
            continue
        given, axis = at
        shape = given.value.type.shape
        size = operands[1 - position].type.shape[axes[1 - position]]
        wanted = (*shape[:axis], size, *shape[axis + 1 :])
        own = [p for _, p in found.params if p.calling is None]
        fits = [p.name for p in own if p.value.type.shape == wanted]
        if len(fits) == 1:
            sizes = ", ".join(_name(s, found) for s in wanted)
            return [f"{_place_of(given)}; `{fits[0]}`, which is `[{sizes}]`, fits"]
    return []


def _declaration(argument: Input | Param, axis: int, size: Size, found: Found) -> str:
    shape = argument.value.type.shape
    rank = len(shape)
    own = isinstance(argument, Param) and argument.calling is None
    if rank == 2 and size == shape[1 - axis] and own:
        return _declared_as(argument, shape[::-1], found)
    name = _name(size, found)
    shown = f"{name} = {size}" if name != str(size) and isinstance(size, int) else str(size)
    if isinstance(argument, Param) and not isinstance(size, int):
        return _place_of(argument)  # no size of a batch: another order is what fits
    return f"{_place_of(argument)}; its {_which(argument, axis)} should be {shown}"


def _which(argument: Input | Param, axis: int) -> str:
    is_counted = argument.value.type.rank > 1 and axis < len(_ORDINALS)
    return f"{_ORDINALS[axis]} size" if is_counted else "size"


def redeclared(operands: Sequence[Value], found: Found) -> list[str]:
    """The help for a parameter that has too few axes to broadcast, and a size of the other ones."""
    for position in (1, 0):
        value, other = operands[position].type, operands[1 - position].type
        at = next((p for _, p in found.params if p.value is operands[position]), None)
        wanted = other.shape[other.rank - value.rank :]
        if at is None or at.calling is not None or not 0 < value.rank < other.rank:
            continue
        if all(isinstance(size, int) for size in wanted):
            return [_declared_as(at, wanted, found)]
    return []


def _declared_as(argument: Input | Param, shape: Sequence[Size], found: Found) -> str:
    sizes = ", ".join(_name(s, found) for s in shape)
    return f"{_place_of(argument)}; declare it `{_element(argument.value)}[{sizes}]`"


def declared_as(value: Value, shape: Sequence[Size], found: Found) -> list[str]:
    """The help for a declared value that should have another shape."""
    declared = next((a for a in _arguments(found) if a.value is value), None)
    return [] if declared is None else [_declared_as(declared, shape, found)]


def _element(value: Value) -> str:
    """The element type that a declaration states, where that is not the usual one."""
    return "" if value.type.dtype == "f64" else value.type.dtype


def _name(size: Size, found: Found) -> str:
    """A size by the dimension that alone has it, or else as it is."""
    names = [d.name for d in found.dims if d.size == size]
    return names[0] if len(names) == 1 else str(size)


def declared_so(value: Value, axis: int, size: Size, found: Found) -> list[str]:
    """The help for a declared value of which an axis should have another size."""
    declared = next((a for a in _arguments(found) if a.value is value), None)
    return [] if declared is None else [_declaration(declared, axis, size, found)]


def of_classes(operands: Sequence[Value], nodes: Sequence[Node], found: Found) -> list[str]:
    """Helps for classes and scores of another count: what to declare, of a parameter first."""
    made = {r: n for n in nodes for r in n.results}
    at = [_declared(v, v.type.rank - 1, made, found, by_products=True) for v in operands]
    sizes = [v.type.shape[-1] for v in reversed(operands)]
    both = [(*a, n) for a, n in zip(at, sizes, strict=True) if a is not None]
    both.sort(key=lambda a: isinstance(a[0], Input))
    return [_declaration(*a, found) for a in both]


def as_integers(
    value: object, found: Found, nodes: Sequence[Node] = (), text: str = ""
) -> list[str]:
    """The helps for floats where integers are asked for: an input, or what is seen of one.

    `text` is how they are written, where that may be converted.
    """
    made = {r: n for n in nodes for r in n.results}
    while (node := made.get(value)) is not None and len(node.operands) == 1:  # type: ignore[call-overload]
        if node.traits.view is None and not node.traits.elementwise:
            break
        value = node.operands[0]
    given = next((i for _, i in found.inputs if i.value is value and i.span is not None), None)
    helps = []
    if given is not None:
        sizes = ", ".join(_name(s, found) for s in given.value.type.shape)
        helps = [f"{_place_of(given)}; declare it `i64[{sizes}]`"]
    return [*helps, *([f'convert them: `astype({unwrapped(text)}, "i64")`'] if text else [])]


def never_learned(found: Found) -> Iterator[str]:
    """The helps for parameters of integers, which have no gradient."""
    for _, param in found.params:
        if not param.value.type.is_float and param.calling is None:
            sizes = ", ".join(_name(s, found) for s in param.value.type.shape)
            place = _place_of(param)
            yield f"{place} and holds integers, which are not learned: make it `[{sizes}]`"


def declarations(blamed: Sequence[Value], found: Found) -> list[str]:
    """Helps that say where the blamed values were declared."""
    return [_place_of(a) for a in _arguments(found) if any(v is a.value for v in blamed)]


def _arguments(found: Found) -> Iterator[Input | Param]:
    """What was declared so far, at some place."""
    declared: list[tuple[int, Input | Param]] = [*found.inputs, *found.params]
    return (a for _, a in declared if a.span is not None)


def _place_of(argument: Input | Param) -> str:
    """Where an argument was declared: in the user's file, or by a layer called there."""
    place = argument.span if isinstance(argument, Input) else argument.place
    line = place.line if place is not None else 0
    if isinstance(argument, Param) and argument.calling is not None:
        return f"`{argument.name}` belongs to the layer called on line {line}"
    return f"`{argument.name}` is declared on line {line}"


def of_multiple(
    value: Value, axis: int, count: int, nodes: Sequence[Node], found: Found
) -> list[str]:
    """The help for an axis of which a parameter says the size, and that has equal pieces."""
    made = {r: n for n in nodes for r in n.results}
    declared = _declared(value, axis, made, found, by_products=True)
    size = value.type.shape[axis]
    if declared is None or not isinstance(declared[0], Param) or not isinstance(size, int):
        return []
    below = size // count * count
    fits = " or ".join(str(n) for n in (below, below + count) if n)
    stated = _place_of(declared[0])
    told = f"{stated}; its {_which(*declared)} should be {fits}"
    return [f"equal pieces need a multiple of {count}: {told}"]


def _declared(
    value: Value,
    axis: int,
    made: dict[Value, Node],
    found: Found,
    *,
    by_products: bool = False,
) -> tuple[Input | Param, int] | None:
    """The declaration that gave a value an axis, by elementwise steps and transposes, and where.

    `by_products` the last axis of a product of matrices comes from the second one, and what
    stretches beside an array of as many axes says nothing.
    """
    given = {a.value: a for a in _arguments(found)}
    while value not in given:
        node = made.get(value)
        if applies(node, "transpose"):
            axes = node.attr("axes") or tuple(range(value.type.rank))[::-1]
            axis = axes[axis]
            value = node.operands[0]
        elif node is not None and node.traits.elementwise:
            alike = [v for v in node.operands if v.type.shape == value.type.shape]
            others = [v for v in node.operands if v.type.rank and v not in alike]
            if len(alike) != 1 or (others and not by_products):
                return None
            value = alike[0]
        elif by_products and applies(node, "matmul") and axis == value.type.rank - 1:
            value = node.operands[1]
            if value.type.rank < 2:
                return None  # then it is an axis of the first one
            axis = value.type.rank - 1
        else:
            return None
    return given[value], axis
