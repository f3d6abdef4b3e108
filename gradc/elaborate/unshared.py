"""Unshared scans: what their bodies see of parameters and state, of which each step has its own."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import error, plural
from gradc.ir.graph import Initialiser
from gradc.ir.loop import ELEMENT, sliced_type
from gradc.ir.node import Value
from gradc.ir.sizes import Size
from gradc.ir.types import Type
from gradc.records import dataclass, field, replace
from gradc.source import Span


@dataclass(slots=True, eq=False)
class Unshared:
    """An unshared scan whose body is being elaborated: each parameter is walked along axis 0."""

    count: Size
    slices: dict[str, tuple[Value, Value]] = field(default_factory=dict)  # path -> (whole, slice)


def own(scans: Sequence[Unshared], kind: Type, start: Initialiser) -> tuple[Type, Initialiser]:
    """What is declared in unshared scans: an axis for each, whose slices start by themselves."""
    if not scans:
        return kind, start
    sizes = (*(s.count for s in scans), *kind.shape)
    return Type(kind.dtype, sizes), replace(start, slice_rank=kind.rank)


def slice_type(scan: Unshared, whole: Value, span: Span) -> Type:
    """The type of what a step of an unshared scan has of a value."""
    made = whole.type.shape[0]
    if made != scan.count:
        message = (
            f"this has a slice for each of {plural(made, 'step')}, and the scan has {scan.count}"
        )
        raise error("E0302", message, span)
    return sliced_type(whole.type, 0)


def slice_of(scans: Sequence[Unshared], whole: Value, axes: int, span: Span) -> Value:
    """What the body of unshared scans sees of a parameter whose first `axes` are of such scans.

    What was made outside of them is the same in all steps. A scan with another number of steps
    than there are slices is an error at `span`.
    """
    value = whole
    for scan in scans[:axes]:
        found = scan.slices.get(whole.name)
        if found is None:
            found = (value, Value(f"{value.name}{ELEMENT}", slice_type(scan, value, span)))
            scan.slices[whole.name] = found
        value = found[1]
    return value


def forget_slices(scans: Sequence[Unshared], parameter: Value) -> None:
    """Undoes what was noted of a parameter that is not used."""
    for scan in scans:
        scan.slices.pop(parameter.name, None)
