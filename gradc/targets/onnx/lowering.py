"""Lowering: the nodes of a graph to operators, in their order."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.diagnostics import error
from gradc.ir.node import Apply, Node, Scan, Value
from gradc.ir.types import working_type
from gradc.passes.differentiate import RULE
from gradc.targets.onnx.clause import written
from gradc.targets.onnx.loops import scanned
from gradc.targets.onnx.model import Tensor
from gradc.targets.onnx.operations import RULES
from gradc.targets.onnx.writer import Unwritten, Writer

_SAME = frozenset({"stop_gradient", "checkpoint", "itself", "in_rows"})


def lower(writer: Writer, nodes: Iterable[Node]) -> None:
    """Writes nodes. Raises DiagnosticError where ONNX has nothing for one."""
    for node in nodes:
        writer.node, writer.prefix = node, path_of(node.results[0])
        if isinstance(node, Scan):
            found = scanned(writer, node, lambda body: lower(writer, body.nodes))
        else:
            assert isinstance(node, Apply), "calls are inlined"
            found = _applied(writer, node)
        for value, tensor in zip(node.results, found, strict=False):  # a number is no tensor
            writer.values[value] = tensor
            if tensor.kind is None and tensor not in writer.constants:
                tensor.kind, tensor.wish = value.type, path_of(value)
                tensor.is_users = value.named


def path_of(value: Value) -> str:
    """The name of a value with all its parts: what rules make goes by what it is of."""
    return value.name.replace(f".{RULE}.", ".")


def _applied(w: Writer, node: Apply) -> list[Tensor]:
    if node.traits.literal or (node.name == "astype" and node.operands[0] in w.numbers):
        _note_number(w, node)
        return []
    if node.traits.impure:
        return _drawn(w, node)
    if node.name in _SAME:
        return [w.operand(node.operands[0])]
    if (same := _times_one(w, node)) is not None:
        return [same]
    if node.name == "astype":
        return [w.cast(w.operand(node.operands[0]), node.result.type.dtype)]
    if "onnx" in node.op.spellings:
        return [_elementwise(w, node)]
    rule = RULES.get(node.name)
    if rule is None:
        raise unsupported(node)
    try:
        found = rule(w, node, *_operands(w, node))
    except Unwritten as failure:
        raise unsupported(node, f" {failure}") from None
    return found if isinstance(found, list) else [found]


def _elementwise(w: Writer, node: Apply) -> Tensor:
    """By the clause of the stanza; behind `integers` stands that of integers."""
    dtype = working_type([v.type for v in node.operands], node.result.type)
    floats, *others = node.op.spellings["onnx"]
    text = others[1] if others and dtype not in ("f32", "f64") else floats
    names = {
        formal.name: w.operand(value, None if formal.is_condition else dtype)
        for formal, value in zip(node.op.operands, node.operands, strict=True)
    }
    return written(w, text, names, dtype)


def _operands(w: Writer, node: Apply) -> list[Tensor]:
    """The operands; Python's numbers give way to the element type of the result."""
    positions = {v for f, v in zip(node.op.operands, node.operands, strict=False) if f.is_position}
    dtype = node.result.type.dtype
    return [
        w.operand(v, dtype if v.type.weak and v not in positions else None) for v in node.operands
    ]


def _note_number(w: Writer, node: Apply) -> None:
    """A number is written where it is used, in the element type that it has there."""
    if node.traits.literal:
        w.numbers[node.result] = node.attrs[0]
        return
    number, dtype = w.numbers[node.operands[0]], node.result.type.dtype
    if dtype == "bool":
        number = bool(number)
    elif not node.result.type.is_float and isinstance(number, float):
        number = int(number)
    w.numbers[node.result] = number


def _drawn(w: Writer, node: Apply) -> list[Tensor]:
    """Dropout keeps all where nothing is trained; no other number is drawn."""
    if not node.traits.in_training or w.differentiates:
        message = f"`{node.name}` draws numbers, which a model of ONNX does not"
        if node.traits.in_training:
            message = "dropout draws numbers, which a model of ONNX does not"
        helps = ["make what is drawn an input of the graph"]
        if node.traits.in_training:
            helps.insert(0, "without `--gradients` nothing is trained, and dropout changes nothing")
        raise error("E0502", message, node.origin.span or node.span, helps=helps)
    w.numbers[node.result] = 1
    w.ones.add(node.result)
    return []


def _times_one(w: Writer, node: Apply) -> Tensor | None:
    """The other factor of 1: what dropout multiplies with, and the cotangent of a loss."""
    if node.name != "multiply":
        return None
    for one, other in (node.operands, node.operands[::-1]):
        number, same = w.numbers.get(one), other.type is node.result.type
        if one in w.ones and number == 1 and same and other not in w.numbers:
            return w.operand(other)
    return None


def unsupported(node: Apply, called: str = "") -> Exception:
    """What is said of an operation that ONNX has no operators for, as it is called."""
    message = f"`{node.name}`{called} cannot be written in ONNX"
    helps = ["`--target numpy` writes all operations"]
    return error("E0502", message, node.origin.span or node.span, helps=helps)
