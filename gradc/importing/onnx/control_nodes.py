"""ONNX operators that choose, repeat and collect: what can be settled is, the rest is `where`."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradc.importing.foreign import Tensor
from gradc.importing.onnx.bound import Bound, Known
from gradc.importing.onnx.one_node import Node
from gradc.importing.onnx.sayings import says

MAX_STEPS = 1000
"""Steps of a loop that is written out."""


@says("If")
def if_(n: Node) -> Bound:
    assert n.run is not None
    if n.is_known(0):
        taken = bool(n.numbers(0).reshape(-1)[0])
        return n.run(n.attr("then_branch" if taken else "else_branch"), ())
    condition = n.tensor(0)
    if condition.rank:
        condition = n.apply("reshape", condition, ())
    then, other = (n.run(n.attr(b), ()) for b in ("then_branch", "else_branch"))
    chosen = []
    for a, b in zip(then, other, strict=True):
        one, two = n.as_tensor(a), n.as_tensor(b)
        if one.type != two.type:
            raise n.refuse(
                f"whose branches give {one.type} and {two.type}",
                "settle what it depends on by --set",
            )
        chosen.append(n.apply("where", condition, one, two))
    return tuple(chosen)


@says("Loop")
def loop(n: Node) -> Bound:
    assert n.run is not None
    body = n.attr("body")
    limit = int(n.numbers(0).reshape(-1)[0]) if n.has(0) else MAX_STEPS + 1
    going: Bound = n.inputs[1] if n.has(1) else Known(np.array(True))
    carried = list(n.inputs[2:])
    count = len(carried)
    stacked: list[list[Bound]] = [[] for _ in body.output[1 + count :]]
    for step in range(limit):
        if not isinstance(going, Known):
            raise n.refuse("that stops when a value says so")
        if not bool(going.data.reshape(-1)[0]):
            break
        if step == MAX_STEPS:
            raise n.refuse(f"of more than {MAX_STEPS} steps", "write it by hand, as a `scan`")
        going, *made = n.run(body, (Known(np.array(step)), going, *carried))
        carried = made[:count]
        for stack, value in zip(stacked, made[count:], strict=True):
            stack.append(value)
    return (*carried, *[_stacked(n, values, 0) for values in stacked])


@says("Scan")
def scan(n: Node) -> Bound:
    assert n.run is not None
    body, walked = n.attr("body"), int(n.attr("num_scan_inputs"))
    if n.version < 9:
        raise n.refuse("of version 8")
    carried, sequences = (
        list(n.inputs[:-walked]),
        [n.tensor(i) for i in range(len(n.inputs))[-walked:]],
    )
    count = len(carried)
    axes = [
        a % s.rank
        for a, s in zip(n.attr("scan_input_axes") or [0] * walked, sequences, strict=True)
    ]
    back = n.attr("scan_input_directions") or [0] * walked
    steps = sequences[0].shape[axes[0]]
    if not isinstance(steps, int) or steps > MAX_STEPS:
        message = f"of {steps} steps: it is written out, if it has at most {MAX_STEPS}"
        raise n.refuse_free(message, steps)
    outputs = len(body.output) - count
    stacked: list[list[Bound]] = [[] for _ in range(outputs)]
    for step in range(steps):
        seen = [
            n.index(s, *[slice(None)] * a, steps - 1 - step if b else step)
            for s, a, b in zip(sequences, axes, back, strict=True)
        ]
        made = n.run(body, (*carried, *seen))
        carried = list(made[:count])
        for stack, value in zip(stacked, made[count:], strict=True):
            stack.append(value)
    turned = n.attr("scan_output_directions") or [0] * outputs
    places = n.attr("scan_output_axes") or [0] * outputs
    return (
        *carried,
        *[
            _stacked(n, s[::-1] if t else s, a)
            for s, t, a in zip(stacked, turned, places, strict=True)
        ],
    )


def _stacked(n: Node, values: list[Bound], axis: int) -> Bound:
    if values and all(isinstance(v, Known) for v in values):
        return Known(np.stack([v.data for v in values if isinstance(v, Known)], axis))
    if not values:
        raise n.refuse("that makes nothing")
    return n.apply(
        "stack", tuple(n.as_tensor(v) for v in values), **({"axis": axis} if axis else {})
    )


# --- sequences, whose lengths are known ---


@says("SequenceConstruct", "SequenceEmpty")
def construct(n: Node) -> Bound:
    return (tuple(n.inputs),)


@says("SequenceInsert")
def insert(n: Node) -> Bound:
    items = list(_items(n))
    at = int(n.numbers(2).item()) if n.has(2) else len(items)
    items.insert(at, n.inputs[1])
    return (tuple(items),)


@says("SequenceErase")
def erase(n: Node) -> Bound:
    items = list(_items(n))
    del items[int(n.numbers(1).item()) if n.has(1) else -1]
    return (tuple(items),)


@says("SequenceAt")
def sequence_at(n: Node) -> Bound:
    found: Bound = _items(n)[int(n.numbers(1).item())]
    return found


@says("SequenceLength")
def length(n: Node) -> Bound:
    return Known(np.array(len(_items(n))))


def _items(n: Node) -> tuple[Any, ...]:
    items = n.bound(0)
    assert isinstance(items, tuple)
    return items


@says("ConcatFromSequence")
def concat_sequence(n: Node) -> Bound:
    items = tuple(n.as_tensor(i) for i in _items(n))
    return n.apply(
        "stack" if n.attr("new_axis", 0) else "concatenate", items, axis=int(n.attr("axis"))
    )


@says("SplitToSequence")
def split_to_sequence(n: Node) -> Bound:
    x, axis = n.tensor(0), n.axis(0)
    size = x.shape[axis]
    if not isinstance(size, int):
        raise n.refuse_free("along an axis that is free", size)
    if n.has(1):
        lengths = n.ints(1)
        if n.numbers(1).ndim == 0:
            each = lengths[0]
            n.hold_small(size / max(each, 1))
            lengths = [min(each, size - i) for i in range(0, size, each)]
    else:
        n.hold_small(size)
        lengths = [1] * size
    places = np.cumsum(lengths)[:-1].tolist()
    parts: tuple[Tensor, ...] = (
        (x,) if not places else n.apply_all("split", x, tuple(places), axis=axis)
    )
    if not n.has(1) and not n.attr("keepdims", 1):
        parts = tuple(n.apply("squeeze", p, axis=axis) for p in parts)
    return (parts,)
