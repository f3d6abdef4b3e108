"""The weights of a body by their names in the text: `layers.attn.Wqkv`, stacked in loops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from gradc.importing.foreign import Step, Tensor
from gradc.importing.nn_layers import cell_members
from gradc.importing.parts import Body, Call, Kind, Repeat, flat
from gradc.importing.recurrent import LOOPS

Held: TypeAlias = "Tensor | list[Held]"
"""A weight, or those of the blocks of a loop, which are one parameter."""


def members(body: Body, actual: Body, written: Any, layers: Any) -> Iterator[tuple[str, Held]]:
    """Each weight of `actual`, an instance of the kind of `body`, by its name.

    `written` has the names of the body, `layers` the text of each kind.
    """
    for own, there in zip(body.own, actual.own, strict=True):
        yield written.names[own.tensor], there.tensor
    waiting = flat(actual.items)
    for item in body.items:
        if isinstance(item, Repeat):
            calls = [next(waiting) for _ in item.calls]
            found = [list(_of_call(call, layers)) for call in calls]
            for same in zip(*found, strict=True):
                yield f"{written.names[item]}.{same[0][0]}", [held for _, held in same]
            continue
        there_item = next(waiting)
        if isinstance(item, Call) and not item.is_again:
            for name, held in _of_call(there_item, layers):
                yield f"{written.names[item]}.{name}", held
        elif isinstance(item, Step) and item.op in LOOPS:
            assert isinstance(there_item, Step)
            for name, held in (cell_members(there_item) or {}).items():
                yield f"{written.names[item]}.{name}", held


def _of_call(call: Any, layers: Any) -> Iterator[tuple[str, Held]]:
    yield from call.members.items()
    if isinstance(call.layer, Kind):
        assert call.body is not None
        yield from members(call.layer.body, call.body, layers.written[call.layer], layers)


def array(held: Held) -> np.ndarray[Any, Any]:
    """The numbers of a weight."""
    if isinstance(held, list):
        return np.stack([array(inner) for inner in held])
    assert held.data is not None
    return held.data


def is_table(held: Held) -> bool:
    """Whether it is a constant, which is not learned either."""
    return is_table(held[0]) if isinstance(held, list) else held.role == "table"


def tensors_in(held: Held) -> Iterator[Tensor]:
    """The weights of the source that are in one of a graph."""
    if isinstance(held, Tensor):
        yield held
    else:
        for inner in held:
            yield from tensors_in(inner)


def is_state(held: Held) -> bool:
    """Whether it is kept, not learned."""
    return is_state(held[0]) if isinstance(held, list) else held.role == "state"
