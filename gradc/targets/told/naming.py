"""Naming: what the variables of a function are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gradc.ir.graph import Value
from gradc.passes.plan.variables import Variable


def named(
    variables: Iterable[Variable], known: Mapping[Value, str], claim: Callable[[str], str]
) -> dict[Value, str]:
    """The name of each value. Those in `known` have one, and lend it to their variable.

    `claim` makes an identifier of a name that is not taken yet. The user's names come first.
    """
    names: dict[Value, str] = {}
    pending: list[tuple[Variable, str]] = []
    for variable in variables:
        given = next((known[v] for v in variable.values if v in known), None)
        if given is None:
            pending.append((variable, _wish(variable)))
        else:
            names.update(dict.fromkeys(variable.values, given))
    for users in (True, False):
        for variable, wish in pending:
            if any(v.named for v in variable.values) == users:
                names.update(dict.fromkeys(variable.values, claim(wish)))
    return names


def _wish(variable: Variable) -> str:
    """What it would like to be called: as the user has it, or after what it becomes."""
    for value in variable.values:
        if value.named:
            return value.name
    return variable.values[-1].name
