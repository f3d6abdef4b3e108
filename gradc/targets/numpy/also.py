"""The functions that `--also` adds to a module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradc.ir.graph import Graph
from gradc.ir.program import Program
from gradc.ir.sizes import Size, dimensions_of, product, size_text
from gradc.ir.types import Type
from gradc.targets.numpy.declared import kind_of
from gradc.targets.python import attributes
from gradc.targets.python.door import array_call
from gradc.targets.python.expression import (
    Atom,
    Attribute,
    Call,
    Expr,
    Slice,
    Subscript,
    text,
)
from gradc.targets.python.fields import gradients_name
from gradc.targets.python.identifiers import string
from gradc.targets.python.layout import returned_by_name
from gradc.targets.python.statements import statement
from gradc.targets.python.view import FunctionView


def functions_of(
    also: Sequence[str], program: Program, dims: Mapping[str, str]
) -> list[FunctionView]:
    """The functions; `dims` says what dimensions are called."""
    graph = program.graph
    found: list[FunctionView] = []
    if "pack" in also and (graph.params or graph.gradients):
        found.append(_pack(program))
        if graph.params:
            found.append(_unpack(graph, dims))
    if "summary" in also:
        found.append(_summary(graph))
    return found


def _widest(graph: Graph) -> Type:
    """The element type of a vector that holds all parameters."""
    held = [*(p.value for p in graph.params), *(g.value for g in graph.gradients)]
    found = {value.type.dtype for value in held}
    if len(found) == 1:
        return Type(found.pop())
    return Type("f32") if found <= {"f32", "bool"} else Type("f64")


def _pack(program: Program) -> FunctionView:
    graph = program.graph
    dtype = text(attributes.dtype(_widest(graph).dtype))
    params = [p.name for p in graph.params]
    others = [p for p in program.parts if [g.name for g in p.graph.gradients] != params]
    types = [gradients_name(part) for part in others]
    if not others:
        lines = [f"    return {_params_packed('values', dtype)}"]
    elif len(others) > 1:
        lines = _told_apart(types, dtype, params)
    else:
        lines = _gradients_packed(types[0], dtype)
        if params:
            lines = [
                f"    names = {types[0]}.__annotations__",
                '    if not hasattr(values, "keys") or values.keys() != names.keys():',
                "        params: Any = values",
                f"        return {_params_packed('params', dtype)}",
                "    given: Any = values",
                f"    return {_named(dtype)}",
            ]
    accepted = " | ".join([*(["Params"] if params else []), *types])
    doc = "One vector of all parameters, or of their gradients, in the order of the graph."
    if not params:
        doc = "One vector of all gradients, in the order of the graph."
    return FunctionView(f"values: {accepted}", kind_of(_vector(graph)), doc, tuple(lines), "pack")


def _told_apart(types: Sequence[str], dtype: str, params: Sequence[str]) -> list[str]:
    """The body where there are gradients of several losses: their names say which they are."""
    told = types if params else types[:-1]
    annotations = ", ".join([f"{name}.__annotations__" for name in told])
    lines = [
        "    given: Any = values",
        f"    for names in ({annotations}{',' * (len(told) == 1)}):",
        '        if hasattr(given, "keys") and given.keys() == names.keys():',
        f"            return {_named(dtype)}",
    ]
    if params:
        return [*lines, f"    return {_params_packed('given', dtype)}"]
    return [*lines, *_gradients_packed(types[-1], dtype)[1:]]


def _params_packed(params: str, dtype: str) -> str:
    return f"np.concatenate([np.ravel(value) for value in _params({params})], dtype={dtype})"


def _gradients_packed(name: str, dtype: str) -> list[str]:
    return [
        "    given: Any = values",
        f"    names = {name}.__annotations__",
        f"    return {_named(dtype)}",
    ]


def _named(dtype: str) -> str:
    return f"np.concatenate([np.ravel(given[name]) for name in names], dtype={dtype})"


def _vector(graph: Graph) -> Type:
    return Type(_widest(graph).dtype, (1,))


def _unpack(graph: Graph, dims: Mapping[str, str]) -> FunctionView:
    wide = _widest(graph)
    sizes = [product(p.value.type.shape) for p in graph.params]
    total: Size = sum(sizes, start=0)
    vector = Type(wide.dtype, (total,))
    spelled = dims.__getitem__
    whole = text(attributes.size(total, spelled))
    lines = statement("vector = ", array_call("vector", "vector", vector, [whole]))
    start: Size = 0
    parts = []
    for param, size in zip(graph.params, sizes, strict=True):
        parts.append(_part(param.value.type, wide, start, size, dims))
        start = start + size
    lines += returned_by_name(graph.params, parts)
    free = {n for p in graph.params for s in p.value.type.shape for n in dimensions_of(s)}
    keywords = [f"{dims[d.name]}: int" for d in graph.dims if d.name in free]
    signature = ", ".join(["vector: npt.ArrayLike", *(["*", *keywords] if keywords else [])])
    doc = "The parameters that a vector holds, as views of it where it is of their type."
    return FunctionView(signature, "Params", doc, tuple(lines), "unpack")


def _part(kind: Type, wide: Type, start: Size, size: Size, dims: Mapping[str, str]) -> Expr:
    """One parameter as a part of the vector."""

    def spelled(n: Size) -> Expr:
        return attributes.size(n, dims.__getitem__)

    if not kind.shape:
        convert = Atom("float") if kind.dtype == "f64" else attributes.scalar_type(kind.dtype)
        return Call(convert, [Subscript(Atom("vector"), [spelled(start)])])
    first = None if start == 0 else spelled(start)
    part: Expr = Subscript(Atom("vector"), [Slice(first, spelled(start + size), None)])
    if len(kind.shape) > 1:
        part = Call(Attribute(part, "reshape"), [spelled(s) for s in kind.shape])
    if kind.dtype != wide.dtype:
        part = Call(Attribute(part, "astype"), [attributes.dtype(kind.dtype)])
    return part


def _summary(graph: Graph) -> FunctionView:
    """A table: instances, their parameters, shapes, element types and counts."""
    rows = [("instance", "parameter", "shape", "type", "count")]
    last = ""
    for param in graph.params:
        instance, _, name = param.name.rpartition(".")
        kind = param.value.type
        shape = f"[{', '.join(size_text(s) for s in kind.shape)}]"
        count = _count(product(kind.shape))
        rows.append((instance if instance != last else "", name, shape, kind.dtype, count))
        last = instance
    total: Size = sum((product(p.value.type.shape) for p in graph.params), start=0)
    rows.append(("total", "", "", "", _count(total)))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = ['    return "\\n".join([']
    for row in rows:
        cells = [c.ljust(w) for c, w in zip(row[:4], widths, strict=False)]
        lines.append(f"        {string('  '.join([*cells, row[4].rjust(widths[4])]))},")
    lines.append("    ])")
    doc = "A table of the parameters: instances, shapes, element types and counts."
    return FunctionView("", "str", doc, tuple(lines), "summary")


def _count(size: Size) -> str:
    return f"{size:,}" if isinstance(size, int) else size_text(size)
