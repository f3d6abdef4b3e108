"""Unshared scans: what their bodies see of parameters, of which each step has its own."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.elaborate.bindings import Instance
from gradc.ir.loop import sliced_type
from gradc.ir.node import Value
from gradc.ir.sizes import Size
from gradc.records import dataclass, field


@dataclass(slots=True, eq=False)
class Unshared:
    """An unshared scan whose body is being elaborated: each parameter is walked along axis 0."""

    count: Size
    slices: dict[str, tuple[Value, Value]] = field(default_factory=dict)  # path -> (whole, slice)
    members: dict[str, tuple[dict[str, Value | Instance], str]] = field(default_factory=dict)


def slice_of(
    scans: Sequence[Unshared], name: str, members: dict[str, Value | Instance], whole: Value
) -> Value:
    """What the body of unshared scans sees of a parameter: one slice for each of them."""
    value = whole
    for scan in scans:
        found = scan.slices.get(whole.name)
        if found is None:
            kind = sliced_type(value.type, 0)
            found = (value, Value(f"{value.name}_t", kind))
            scan.slices[whole.name] = found
        scan.members.setdefault(whole.name, (members, name))
        value = found[1]
    return value


def seen_as(scans: Sequence[Unshared], parameter: Value) -> Value:
    """What the body being elaborated sees of a parameter."""
    for scan in scans:
        if parameter.name in scan.slices:
            parameter = scan.slices[parameter.name][1]
    return parameter


def forget_slices(scans: Sequence[Unshared], parameter: Value) -> None:
    """Undoes what was noted of a parameter that is not used."""
    for scan in scans:
        scan.slices.pop(parameter.name, None)
        scan.members.pop(parameter.name, None)


def unshared_shape(scans: Sequence[Unshared], shape: tuple[Size, ...]) -> tuple[Size, ...]:
    """The shape of a parameter with the axes of the unshared scans around it."""
    return (*(s.count for s in scans), *shape)
