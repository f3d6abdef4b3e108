"""Advice fitted to the values that it is about: axes that are missing, axes that are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.habits.remedy import Written
from gradc.elaborate.mistaken import call_behind
from gradc.ir.node import Value


def indexed(text: str, scope: Scope) -> str:
    """`take_along_axis(z, t, axis=1)`, where the labels need another axis."""
    called = re.fullmatch(r"take_along_axis\((\w+), (\w+), axis=(-?\d+)\)", text)
    if called is None:
        return text
    array, labels = (_rank(scope, name) for name in called.groups()[:2])
    if array != 2 or labels != 1 or called[3] not in ("1", "-1"):
        return text
    return f"take_along_axis({called[1]}, {called[2]}[:, newaxis], axis={called[3]})"


def batched(text: str, scope: Scope) -> str:
    """`ravel(x)` of a batch of images: their axis is kept."""
    called = re.fullmatch(r"ravel\((.*)\)", text)
    found = _batch(called[1], scope) if called else None
    return text if found is None or called is None else f"reshape({called[1]}, [{found}, -1])"


def _batch(text: str, scope: Scope) -> str | None:
    """The free dimension that comes first in the first value of a formula, where more follow."""
    for name in re.findall(r"[A-Za-z_]\w*", text):
        value = scope.values.get(name)
        if isinstance(value, Value):
            first = str(value.type.shape[0]) if value.type.rank > 2 else ""
            return first if first.isidentifier() else None
    return None


def _rank(scope: Scope, name: str) -> int | None:
    value = scope.values.get(name)
    return value.type.rank if isinstance(value, Value) else None


def opened(context: Context, arguments: Sequence[Written], scope: Scope) -> list[Written]:
    """The arguments, with the call that made it for a name: `softmax(z)` for `p`."""
    return [Written(a.keyword, call_behind(context, a.text, scope) or a.text) for a in arguments]


def last_number(base: str, scope: Scope) -> str:
    """The float without axes that was bound last, of which a derivative may be meant."""
    found = [
        n
        for n, v in scope.values.items()
        if isinstance(v, Value) and v.type.is_float and not v.type.rank and n != base
    ]
    return found[-1] if found else ""
