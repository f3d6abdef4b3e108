"""Equal blocks in a row, each applied to what the one before gave, as a loop."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.importing.foreign import Tensor
from gradc.importing.parts import Body, Call, Item, Kind, Path, Repeat, read_by


def repeated(body: Body) -> list[Item]:
    """The items of a body, with runs of equal calls as loops."""
    found: list[Item] = []
    items = body.items
    readers: dict[Tensor, int] = {}
    for item in items:
        for tensor in set(read_by(item)):
            readers[tensor] = readers.get(tensor, 0) + 1
    for tensor in body.outputs:
        readers[tensor] = readers.get(tensor, 0) + 1
    again = {item.path for item in items if isinstance(item, Call) and item.is_again}
    start = 0
    while start < len(items):
        run, carried = _run(items[start:], readers, again)
        if len(run) > 1:
            found.append(Repeat(run, carried, _path(run)))
        else:
            found.append(items[start])
        start += max(1, len(run))
    return found


def _path(run: Sequence[Call]) -> tuple[str, ...]:
    """The path of what holds the blocks; that of the first where they have no place in common."""
    above = {call.path[:-1] for call in run}
    return above.pop() if len(above) == 1 and run[0].path[-1].isdigit() else run[0].path


def _run(
    items: Sequence[Item], readers: dict[Tensor, int], again: set[Path]
) -> tuple[list[Call], int]:
    """The blocks at the start of the items, and the position of what they hand on.

    None of them is `again`: the blocks of a loop have no names to be called by.
    """
    first = items[0]
    if not isinstance(first, Call) or not _may_repeat(first) or first.path in again:
        return [], 0
    run, carried = [first], -1
    for item in items[1:]:
        last = run[-1]
        if not isinstance(item, Call) or item.layer is not first.layer or item.path in again:
            break
        (given,) = last.results
        differ = [
            i for i, (a, b) in enumerate(zip(last.operands, item.operands, strict=True)) if a != b
        ]
        if len(differ) != 1 or item.operands[differ[0]] is not given:
            break
        if item.told != first.told or readers.get(given) != 1 or carried not in (-1, differ[0]):
            break
        before = first.operands[differ[0]]
        if not isinstance(before, Tensor) or before.type != given.type:
            break
        if item.results[0].type != given.type:
            break
        carried = differ[0]
        run.append(item)
    return run, carried


def _may_repeat(call: Call) -> bool:
    return (
        isinstance(call.layer, Kind)
        and len(call.results) == 1
        and not _keeps_state(call.layer.body)
    )


def _keeps_state(body: Body) -> bool:
    """Whether a body has state, which a loop whose parameters are unshared cannot have."""
    if any(own.tensor.role == "state" for own in body.own):
        return True
    for item in body.items:
        for call in item.calls if isinstance(item, Repeat) else [item]:
            if not isinstance(call, Call):
                continue
            if any(t.role == "state" for t in call.members.values()):
                return True
            if isinstance(call.layer, Kind) and _keeps_state(call.layer.body):
                return True
    return False
