"""Polynomials: `(x**3 * c + x) * k` is `(x**2 * (c * k) + k) * x`, in as few passes as that takes.

All polynomials of one array, a function and its slope for example, share its square.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from gradc.ir.builder import Builder
from gradc.ir.library import Library
from gradc.ir.node import Apply, Node, Value, applies, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.program import Routine
from gradc.records import dataclass, field, replace

Coefficients: TypeAlias = Mapping[int, float]
"""Those that are not 0, by the power that they belong to."""

_HIGHEST = 12  # power
_POWERS = range(2, _HIGHEST + 1)
_LARGEST = 1e30  # coefficient; one over that is the smallest
_START, _ARRAY = "start", "array"  # what is multiplied with: the square, or else the array; it


@dataclass(slots=True, eq=False)
class _Family:
    """The polynomials of one array, by the nodes that make them."""

    base: Value
    members: dict[Value, Coefficients] = field(default_factory=dict)
    outer: list[Value] = field(default_factory=list)  # those that something else reads


def with_polynomials(routine: Routine, library: Library) -> tuple[Routine, dict[Value, Value]]:
    """The routine with the shortest form of each, and what stands for values now."""
    chosen = {f.base: f for f in _families(routine) if _is_worth(f)}
    home = {v: f for f in chosen.values() for v in f.members}
    if not home:
        return routine, {}
    builder = Builder(library, Origin(None, ""))
    squares: dict[Value, Value] = {}
    moved: dict[Value, Value] = {}
    for node in routine.nodes:
        value = node.results[0] if node.results else None
        family = home.get(value) if value is not None else None
        if family is None or value is None:
            builder.nodes.append(renamed_operands(node, moved) if moved else node)
        elif value in family.outer:
            builder.origin, builder.adjoint_of, builder.span = (
                node.origin, node.adjoint_of, node.span,
            )  # fmt: skip
            made = _made(builder, family, moved.get(family.base, family.base), value, squares)
            made.name, made.named, made.nameless = value.name, value.named, value.nameless
            moved[value] = made
    results = tuple([moved.get(v, v) for v in routine.results])
    return replace(routine, nodes=tuple(builder.nodes), results=results), moved


# --- finding them ---


def _families(routine: Routine) -> list[_Family]:
    numbers: dict[Value, float] = {}
    found: dict[Value, _Family] = {}
    home: dict[Value, _Family] = {}
    for node in routine.nodes:
        if applies(node, "constant") and type(node.attrs[0]) in (int, float):
            numbers[node.result] = float(node.attrs[0])
            continue
        known = _polynomial(node, numbers, home)
        if known is not None:
            base, coefficients = known
            home[node.results[0]] = family = found.setdefault(base, _Family(base))
            family.members[node.results[0]] = coefficients
    handed = set(routine.results)
    for node in routine.nodes:
        own = home.get(node.results[0]) if node.results else None
        handed.update([v for v in node.operands if home.get(v) is not own])
    for family in found.values():
        family.outer = [v for v in family.members if v in handed]
    return list(found.values())


def _polynomial(
    node: Node, numbers: Mapping[Value, float], home: Mapping[Value, _Family]
) -> tuple[Value, Coefficients] | None:
    """The array that a node makes a polynomial of, and which, or None."""
    if type(node) is not Apply or node.name not in _COMBINED:
        return None
    kind = node.result.type
    arrays = [v for v in node.operands if v not in numbers]
    if not kind.shape or not kind.is_float or any(v.type != kind for v in arrays):
        return None
    if node.name == "power" and numbers.get(node.operands[1]) not in _POWERS:
        return None
    family = next((home[v] for v in arrays if v in home), None)
    if not arrays:
        return None
    base = arrays[0] if family is None else family.base
    parts: list[Coefficients] = []
    for value in node.operands:
        if value in numbers:
            parts.append({0: numbers[value]} if numbers[value] else {})
        elif value is base:
            parts.append({1: 1.0})
        elif home.get(value) is family and family is not None:
            parts.append(family.members[value])
        else:
            return None
    made = _COMBINED[node.name](*parts)
    is_tame = all(1 / _LARGEST < abs(c) < _LARGEST for c in made.values())
    return (base, made) if is_tame and 0 < max(made, default=0) <= _HIGHEST else None


def _sum(one: Coefficients, other: Coefficients) -> Coefficients:
    made = {n: one.get(n, 0.0) + other.get(n, 0.0) for n in {*one, *other}}
    return {n: c for n, c in made.items() if c}


def _product(one: Coefficients, other: Coefficients) -> Coefficients:
    made: dict[int, float] = {}
    for n, a in one.items():
        for m, b in other.items():
            made[n + m] = made.get(n + m, 0.0) + a * b
    return {n: c for n, c in made.items() if c}


def _power(one: Coefficients, exponent: Coefficients) -> Coefficients:
    made = one
    for _ in range(int(exponent[0]) - 1):
        made = _product(made, one)
    return made


def _negative(one: Coefficients) -> Coefficients:
    return {n: -c for n, c in one.items()}


_COMBINED: Mapping[str, Callable[..., Coefficients]] = {
    "add": _sum,
    "subtract": lambda one, other: _sum(one, _negative(other)),
    "negative": _negative,
    "multiply": _product,
    "power": _power,
}


# --- writing them ---


def _is_worth(family: _Family) -> bool:
    """Whether it takes fewer passes, and nothing that has a name goes."""
    forms = [_form(family.members[v]) for v in family.outer]
    passes = sum([len(steps) for _, steps in forms]) + any([squared for squared, _ in forms])
    inner = [v for v in family.members if v not in family.outer]
    return passes < len(family.members) and not any([v.named for v in inner])


def _form(coefficients: Coefficients) -> tuple[bool, Sequence[tuple[str, float | str]]]:
    """Whether it starts from the square, and the steps from there."""
    parities = {n % 2 for n in coefficients}
    highest = max(coefficients)
    squared = len(parities) == 1 and highest > 1
    step = 2 if squared else 1
    steps: list[tuple[str, float | str]] = []
    if coefficients[highest] != 1:
        steps.append(("multiply", coefficients[highest]))
    for n in range(highest - step, -1, -step):
        if n in coefficients:
            steps.append(("add", coefficients[n]))
        if n >= step:
            steps.append(("multiply", _START))
    if squared and parities == {1}:
        steps.append(("multiply", _ARRAY))
    return squared, steps


def _made(
    builder: Builder, family: _Family, base: Value, value: Value, squares: dict[Value, Value]
) -> Value:
    """A polynomial, step by step."""
    squared, steps = _form(family.members[value])
    start = base
    if squared:
        if family.base not in squares:
            operands = (base, builder.constant(2, "2"))
            power = builder.library.operation("power")
            squares[family.base] = builder.emit(power, operands, (), f"{base.name}.square")
        start = squares[family.base]
    made, arrays = start, {_START: start, _ARRAY: base}
    for name, number in steps:
        other = arrays[number] if isinstance(number, str) else builder.constant(number)
        made = builder.emit(builder.library.operation(name), (made, other), (), value.name)
    return made
