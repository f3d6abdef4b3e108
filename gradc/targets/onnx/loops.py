"""Scans as `Scan`: what is carried, what is walked along, and what is stacked."""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.node import Fragment, Scan, Value, Walked
from gradc.targets.onnx.model import Body, Tensor
from gradc.targets.onnx.writer import Writer


def scanned(w: Writer, scan: Scan, lower: Callable[[Fragment], None]) -> list[Tensor]:
    """The results of a scan, whose body is lowered by `lower`.

    What all steps see stands around the body, which reads it there.
    """
    if scan.count == 0:
        return _empty(w, scan)
    prefix, body = w.prefix, Body(w.prefix)
    for seen in scan.captured:
        if seen.value in w.numbers:
            w.numbers[seen.parameter] = w.numbers[seen.value]
        else:
            w.values[seen.parameter] = w.values[seen.value]
    for slot in scan.carried:
        assert slot.states is None, "only programs keep states"
        _parameter(w, body, slot.parameter)
    initial = [w.operand(slot.initial, slot.parameter.type.dtype) for slot in scan.carried]
    wholes = [_sequence(w, scan, slot) for slot in scan.walked]
    axes = [slot.axis for slot in scan.walked]
    for along in scan.walked:
        _parameter(w, body, along.parameter)
    if not scan.walked:  # something has to say how often
        wholes, axes = [w.counted(0, scan.count)], [0]
        body.inputs.append(Tensor("i64", f"{prefix}.step"))
    with w.inside(body):
        lower(scan.body)
        w.node, w.prefix = scan, prefix
        following = [w.operand(slot.following, slot.parameter.type.dtype) for slot in scan.carried]
        made = [w.operand(slot.value, slot.stack.type.dtype) for slot in scan.collected]
        body.outputs = [w.op("Identity", x) for x in (*following, *made)]
    out_axes = [slot.axis for slot in scan.collected]
    direction = int(scan.reverse)
    directions = [direction] * len(out_axes)
    stacked = (
        {"scan_output_axes": out_axes, "scan_output_directions": directions} if out_axes else {}
    )
    return w.ops(
        "Scan", [*initial, *wholes], [x.dtype for x in body.outputs], {"body": body},
        num_scan_inputs=len(wholes), scan_input_axes=axes,
        scan_input_directions=[direction] * len(wholes), **stacked,
    )  # fmt: skip


def _empty(w: Writer, scan: Scan) -> list[Tensor]:
    """What a scan without a step gives: runtimes refuse to walk along nothing."""
    found = [w.operand(slot.initial, slot.result.type.dtype) for slot in scan.carried]
    kinds = [slot.stack.type for slot in scan.collected]
    return found + [w.filled(0, kind.shape, kind.dtype) for kind in kinds]


def _parameter(w: Writer, body: Body, value: Value) -> None:
    tensor = Tensor(value.type.dtype, value.name, kind=value.type)
    body.inputs.append(tensor)
    w.values[value] = tensor


def _sequence(w: Writer, scan: Scan, slot: Walked) -> Tensor:
    """What is walked along, from where to where steps go."""
    whole = w.operand(slot.whole)
    if slot.start == 0 and slot.whole.type.shape[slot.axis] == scan.count:
        return whole
    return w.sliced(whole, slot.axis, slot.start, scan.count + slot.start)
