"""What a file says of itself, held before anything of it is read: else it is no model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from onnx import TensorProto, defs, numpy_helper

from gradc.amounts import about
from gradc.importing.foreign import first_line
from gradc.limits import MAX_WRITTEN_OUT

DAMAGED = "the file is damaged: export the model again"


class NoModel(Exception):
    """A file that is no ONNX model: the message says why, and the helps what could be done."""

    def __init__(self, message: str, *helps: str):
        self.message, self.helps = message, helps or (DAMAGED,)
        super().__init__(message)


def hold(model: Any) -> None:
    """Raises NoModel where the file contradicts itself, or would be written out without an end."""
    _operator_sets(model)
    _functions(model)
    for tensor in _tensors(model.graph, *model.functions):
        _tensor(tensor)
    for graph in (model.graph, *model.functions):
        names = _names(graph)
        _order(graph, frozenset(), set(names))


# --- versions -----------------------------------------------------------------------------------


def _operator_sets(model: Any) -> None:
    newest = defs.onnx_opset_version()
    declared = [o for m in (model, *model.functions) for o in m.opset_import]
    for opset in declared:
        if opset.domain in ("", "ai.onnx") and not 1 <= opset.version <= newest:
            message = f"there is no operator set {opset.version} of ONNX here"
            helps = [f"1 to {newest} are known"]
            if opset.version > newest:
                helps.append("`pip install -U onnx` may know more")
            raise NoModel(message, *helps)
    own = {o.domain for o in model.opset_import}
    if not own & {"", "ai.onnx"} and any(not n.domain for n in model.graph.node):
        message = "the file does not say of which operator set its operators are"
        raise NoModel(message, "`opset_import` of the model says it")


# --- functions ----------------------------------------------------------------------------------


def _functions(model: Any) -> None:
    """No function calls itself, and written out they are few enough nodes."""
    bodies = {(f.domain, f.name): f for f in model.functions}
    calls = {key: [_called(n) for n in _nodes(f) if _called(n) in bodies]
             for key, f in bodies.items()}  # fmt: skip
    sizes: dict[tuple[str, str], int] = {}
    try:
        for key in TopologicalSorter(calls).static_order():
            own = sum(1 for _ in _nodes(bodies[key]))
            sizes[key] = own + sum(sizes[c] for c in calls[key])
    except CycleError as failure:
        names = _chain([f"{domain}.{name}" for domain, name in failure.args[1]])
        message = f"functions of the model call each other without an end: {names}"
        raise NoModel(message, "a `Loop` repeats something") from None
    total = sum(sizes.get(_called(n), 0) for n in _nodes(model.graph))
    if total > MAX_WRITTEN_OUT:
        raise too_many()


def too_many() -> NoModel:
    """What is raised where loops or functions are too many nodes."""
    message = f"its loops and functions written out are more than {MAX_WRITTEN_OUT:,} nodes"
    return NoModel(message, "a `scan` of the language does it: write that part by hand")


def _called(node: Any) -> tuple[str, str]:
    return node.domain, node.op_type


# --- tensors ------------------------------------------------------------------------------------


def _graphs(node: Any) -> Iterator[Any]:
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _nodes(graph: Any) -> Iterator[Any]:
    """The nodes of a graph or function, and of graphs within."""
    for node in graph.node:
        yield node
        for inner in _graphs(node):
            yield from _nodes(inner)


def _tensors(*graphs: Any) -> Iterator[Any]:
    """What a graph holds, its constants included."""
    for graph in graphs:
        yield from getattr(graph, "initializer", ())
        for node in graph.node:
            for attribute in node.attribute:
                if attribute.HasField("t"):
                    yield attribute.t
                yield from attribute.tensors
            yield from _tensors(*_graphs(node))


_TYPED = ("float_data", "int32_data", "string_data", "int64_data", "double_data", "uint64_data")


def _tensor(tensor: Any) -> None:
    """The numbers that a tensor says it has are there."""
    name = f"`{tensor.name}`" if tensor.name else "a constant"
    dims = list(tensor.dims)
    if any(d < 0 for d in dims):
        raise NoModel(f"{name} is said to have the shape {dims}")
    element = element_name(tensor.data_type)
    if not element:
        raise NoModel(f"{name} has the element type {tensor.data_type}, which ONNX does not have")
    there = len(tensor.raw_data) + sum(len(getattr(tensor, field)) for field in _TYPED)
    message = f"{name} is said to be {element}{dims}"
    if math.prod(dims) > 8 * there:  # (the smallest elements are a bit or more)
        held = f"{about(len(tensor.raw_data))} are" if tensor.raw_data else f"{there} numbers are"
        raise NoModel(f"{message}, and {held} there")
    try:
        numpy_helper.to_array(tensor)
    except Exception as failure:  # whatever is in the file: its failures are of any class
        raise NoModel(f"{message}, and cannot be read: {first_line(failure)}") from None


def element_name(kind: int) -> str:
    """The name of an element type of ONNX; empty where there is none of this number."""
    if kind not in TensorProto.DataType.values() or kind == TensorProto.UNDEFINED:
        return ""
    name: str = TensorProto.DataType.Name(kind).lower()
    return name


# --- what makes what ----------------------------------------------------------------------------


def _names(graph: Any) -> Iterator[str]:
    """What is given to a graph or function, each name once. Raises NoModel."""
    if not hasattr(graph, "initializer"):  # a function
        yield from graph.input
        return
    seen: set[str] = set()
    for declared in graph.input:
        if declared.name in seen:
            raise NoModel(f"two inputs are called `{declared.name}`")
        seen.add(declared.name)
    held: set[str] = set()
    for name in (*(t.name for t in graph.initializer),
                 *(t.values.name for t in graph.sparse_initializer)):  # fmt: skip
        if name in held:
            raise NoModel(f"two initialisers are called `{name}`")
        held.add(name)
    yield from seen | held


def _order(graph: Any, around: frozenset[str], given: set[str]) -> None:
    """What each node reads is made, once and before."""
    makers: dict[str, Any] = {}
    for node in graph.node:
        for name in filter(None, node.output):
            if name in makers or name in given:
                first = f"by {said(makers[name])}" if name in makers else "given"
                message = f"`{name}` is made twice: {first}, and by {said(node)}"
                raise NoModel(message, "each value has a name of its own")
            makers[name] = node
    made = set(given)
    for node in graph.node:
        for name in dict.fromkeys(_read(node)):
            if name in made or name in around:
                continue
            if name not in makers:
                raise NoModel(f"{said(node)} reads `{name}`, which nothing makes")
            raise _too_early(node, name, makers)
        for inner in _graphs(node):
            _order(inner, around | made, set(_names(inner)))
        made.update(node.output)
    for output in graph.output:
        name = getattr(output, "name", output)
        if name not in made and name not in around:
            raise NoModel(f"nothing makes the output `{name}`")


def _read(node: Any) -> Iterator[str]:
    yield from filter(None, node.input)


def _too_early(node: Any, name: str, makers: dict[str, Any]) -> NoModel:
    """What is wrong where a node reads what is made behind it: they may need each other."""
    needs = {n: [i for i in (*maker.input, *_captured(maker)) if i in makers]
             for n, maker in makers.items()}  # fmt: skip
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as failure:
        names = _chain([f"`{n}`" for n in failure.args[1]])
        return NoModel(f"values of the model need each other: {names}")
    message = f"{said(node)} reads `{name}`, which {said(makers[name])} makes only behind it"
    return NoModel(message, "nodes come in the order in which they need each other")


def _captured(node: Any) -> Iterator[str]:
    """The names that the graphs of a node read, from wherever."""
    for graph in _graphs(node):
        for inner in graph.node:
            yield from _read(inner)
            yield from _captured(inner)


_SHOWN = 8
"""Names of a circle that are told."""


def _chain(names: list[str]) -> str:
    left = ["…", names[-1]] if len(names) > _SHOWN else []
    return " → ".join([*names[: _SHOWN - 1 if left else None], *left])


def said(node: Any) -> str:
    """A node as messages call it."""
    return node.name or f"{node.op_type} of `{next(iter(node.output), '')}`"
