"""An ONNX graph walked node by node: what is known is worked out, the rest is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from gradc.diagnostics import DiagnosticError
from gradc.importing.foreign import (
    WRITTEN,
    NoCounterpart,
    SizeOf,
    Tensor,
    Unsupported,
    first_line,
)
from gradc.importing.making import Making
from gradc.importing.onnx.bound import Bound, Known
from gradc.importing.onnx.claims import NoModel, said
from gradc.importing.onnx.function_bodies import body_of
from gradc.importing.onnx.learned import Learned
from gradc.importing.onnx.module_names import hint, modules_of
from gradc.importing.onnx.one_node import Node
from gradc.importing.onnx.room import Room
from gradc.importing.onnx.sayings import OPERATORS
from gradc.importing.onnx.settled import settle
from gradc.ir.sizes import Poly

SMALL = 16
"""Elements that a `Constant` has at most where it is a constant, and no weight."""

NARROW = {TensorProto.INT8, TensorProto.INT16, TensorProto.UINT8, TensorProto.UINT16,
          TensorProto.UINT32, TensorProto.UINT64}  # fmt: skip
"""Element types that are held as wider ones."""

WRAPPING = {"Add", "Sub", "Mul", "Neg", "Abs", "Pow", "Sum", "Mean", "Div", "Mod", "MatMul", "Gemm",
            "ReduceSum", "ReduceProd", "ReduceMean", "ReduceSumSquare", "ReduceL1", "CumSum",
            "CumProd", "Einsum", "BitShift"}  # fmt: skip
"""Operators whose results may leave the range of small integers."""

Progress = Callable[[int, int], None]
"""Is told how many nodes have been said, and of how many."""


class Stop(Exception):
    """A value that others need could not be made: what stands behind it is not looked at."""


class Walk:
    """One graph being walked, or one within it, which sees the names around it."""

    def __init__(
        self,
        making: Making,
        learned: Learned,
        versions: dict[str, int],
        kinds: dict[str, int],
        room: Room,
        around: Walk | None = None,
        progress: Progress | None = None,
    ):
        self.making, self.learned, self.versions, self.kinds = making, learned, versions, kinds
        self.room, self.around = room, around
        self.progress = progress
        self.values: dict[str, Bound] = {}
        self.batch: Poly | None = around.batch if around else None
        self.places: dict[Poly, SizeOf] = around.places if around else {}

    def find(self, name: str) -> Bound:
        """What a name stands for. Raises Stop where that could not be made."""
        if not name:
            return None
        walk: Walk | None = self
        while walk is not None:
            if name in walk.values:
                return walk.values[name]
            walk = walk.around
        raise Stop(name)

    def hold(self, graph: Any) -> None:
        """Binds the initialisers of a graph."""
        uses: dict[str, int] = {}
        for node in graph.node:
            for name in node.input if node.op_type != "Identity" else ():
                uses[name] = uses.get(name, 0) + 1
        for tensor in graph.initializer:
            data = numpy_helper.to_array(tensor)
            known = Known(data, tensor.name, data.dtype.kind == "f" and data.size > 1)
            # (What several nodes use is one parameter, so it is not changed for one of them.)
            shared = known.learned and uses.get(tensor.name, 0) > 1 and data.ndim > 1
            self.values[tensor.name] = self.learned.tensor(known) if shared else known
        for sparse in graph.sparse_initializer:
            failure = Unsupported("an array that is held sparsely", "hold all of its elements")
            self.making.cannot(sparse.values.name, failure)

    def run(self, graph: Any) -> None:
        """Says the nodes of a graph, which come in order."""
        total = len(graph.node)
        for done, proto in enumerate(graph.node):
            if self.progress:
                self.progress(done, total)
            try:
                self.say(proto)
            except Stop:
                continue  # what it needs has been told of

    def say(self, proto: Any) -> None:
        """Says one node, and binds its outputs."""
        try:
            inputs = tuple(self.find(name) for name in proto.input)
        except Stop:
            if not self._is_there(proto):
                self._note(proto, _no_counterpart(proto))
            raise
        version = self.versions.get(proto.domain or "", 1)
        self.room.node()
        try:
            outputs = self._outputs(proto, version, inputs)
        except (Stop, NoModel, DiagnosticError):
            raise
        except Unsupported as failure:
            self._note(proto, failure)
            raise Stop from None
        except Exception as failure:
            # The node is not what the operator set says, or is used in a way that is not foreseen:
            # it is told as what has no counterpart.
            why = f"{proto.op_type} cannot be read: {first_line(failure)}"
            self._note(proto, Unsupported(why, f"`{_named(proto)}` of ONNX says what it takes"))
            raise Stop from None
        for name, bound in zip(proto.output, outputs, strict=False):
            if name:
                self.values[name] = bound
                if isinstance(bound, Tensor) and not bound.name and bound.role == "made":
                    bound.name = hint(name)

    def _is_there(self, proto: Any) -> bool:
        """Whether there is a counterpart of the operator, whatever it is applied to."""
        if _named(proto) in OPERATORS or proto.op_type in ("Constant", "Shape", "Size"):
            return True
        try:
            return body_of(proto, self.versions.get(proto.domain or "", 1), ()) is not None
        except Exception:  # its body depends on what it is applied to
            return True

    def _note(self, proto: Any, failure: Unsupported) -> None:
        self.making.cannot(said(proto), failure)

    def _outputs(self, proto: Any, version: int, inputs: Sequence[Bound]) -> tuple[Bound, ...]:
        if proto.op_type == "Constant" and not proto.domain:
            return (_constant(proto),)
        settled = settle(proto, version, inputs, self.room) if not proto.domain else None
        if settled is not None:
            return settled
        frames = modules_of(proto)
        self.learned.frames = frames
        saying = OPERATORS.get(_named(proto))
        if saying is None:
            return self._called(proto, version, inputs)
        if _named(proto) in WRAPPING and any(self._kind(n) in NARROW for n in proto.input):
            raise Unsupported(
                f"{proto.op_type} of small integers, which wrap around",
                "a Cast before it to int32 or to a float would do",
            )
        node = Node(
            proto.op_type, version, proto.name, tuple(inputs), tuple(proto.output),
            attributes_of(proto), self.making, self.learned, self.places, self.batch,
            tuple(proto.input), self._within,
        )  # fmt: skip
        with self.making.at(proto.name or next(iter(proto.output), ""), frames):
            made = saying(node)
        return made if isinstance(made, tuple) else (made,)

    def _kind(self, name: str) -> int:
        """The element type that ONNX infers for a value of this graph, 0 where it does not."""
        return self.kinds.get(name, 0)

    def _called(self, proto: Any, version: int, inputs: Sequence[Bound]) -> tuple[Bound, ...]:
        """The outputs of an operator that ONNX defines by others."""
        body = body_of(proto, version, inputs)
        if body is None:
            raise _no_counterpart(proto)
        versions = {o.domain: o.version for o in body.opset_import} or self.versions
        inner = Walk(self.making, self.learned, versions, {}, self.room)
        inner.places, inner.batch = self.places, self.batch
        given = [*inputs, *[None] * (len(body.input) - len(inputs))]
        inner.values = dict(zip(body.input, given, strict=True))
        before = len(self.making.missing)
        with self.room.within():
            inner.run(body)
        if len(self.making.missing) > before:
            raise Stop
        pairs = zip(body.output, proto.output, strict=False)
        return tuple(inner.find(name) if wanted else None for name, wanted in pairs)

    def _within(self, graph: Any, inputs: Sequence[Bound]) -> tuple[Bound, ...]:
        """The outputs of a graph that is an attribute of a node."""
        inner = Walk(self.making, self.learned, self.versions, self.kinds, self.room, self)
        inner.hold(graph)
        for declared, bound in zip(graph.input, inputs, strict=False):
            inner.values[declared.name] = bound
        before = len(self.making.missing)
        with self.room.within():
            inner.run(graph)
        if len(self.making.missing) > before:
            raise Stop
        return tuple(inner.find(o.name) for o in graph.output)


_INSTEAD = {
    "Random": "draw outside, and give what is drawn as an input",
    "Multinomial": "draw outside, and give what is drawn as an input",
    "Bernoulli": "draw outside, and give what is drawn as an input",
    "NonZero": "`Where` keeps the shape",
    "Unique": "do it outside: as many elements come out as differ",
    "String": "do it outside, and give numbers",
    "Bitwise": "arithmetic of int64 does it, or do it outside",
    "QLinear": "export the model with QuantizeLinear and DequantizeLinear around floats",
    "ConvInteger": "export the model with QuantizeLinear and DequantizeLinear around floats",
}
"""What could be done instead of operators whose names begin so."""


def _no_counterpart(proto: Any) -> NoCounterpart:
    if proto.domain:
        helps = f"export the model without operators of {proto.domain}"
    else:
        helps = next((h for n, h in _INSTEAD.items() if proto.op_type.startswith(n)), WRITTEN)
    return NoCounterpart(f"there is no counterpart of {_named(proto)}", helps)


def _named(proto: Any) -> str:
    """The operator, with its domain where that is not ONNX's own."""
    return f"{proto.domain}.{proto.op_type}" if proto.domain else proto.op_type


def attributes_of(proto: Any) -> dict[str, Any]:
    """The attributes of a node, as numbers, texts, lists and graphs."""
    found = {}
    for attribute in proto.attribute:
        value = helper.get_attribute_value(attribute)
        if isinstance(value, bytes):
            value = value.decode()
        elif isinstance(value, list) and value and isinstance(value[0], bytes):
            value = [v.decode() for v in value]
        found[attribute.name] = value
    return found


def _constant(proto: Any) -> Known:
    """What a `Constant` holds: many floats are weights, as some converters write them."""
    attributes = attributes_of(proto)
    ((kind, value),) = attributes.items()
    if kind == "value":
        data = numpy_helper.to_array(value)
    elif kind.startswith("value_string") or kind == "sparse_value":
        raise Unsupported(f"a constant that is a {kind.removeprefix('value_')}")
    else:
        data = np.asarray(value, np.float32 if "float" in kind else np.int64)
    name = next(iter(proto.output), "")
    return Known(data, name, data.dtype.kind == "f" and data.size > SMALL)
