"""How cotangents come into `backward`."""

from __future__ import annotations

from gradc.ir.graph import Graph, Output
from gradc.targets.python import attributes
from gradc.targets.python.door import (
    Argument,
    array_call,
    float_lines,
    number_lines,
    scalar_call,
)
from gradc.targets.python.expression import Atom, Call, Items, text
from gradc.targets.python.fields import Kind
from gradc.targets.python.identifiers import identifier
from gradc.targets.python.shared import Shared
from gradc.targets.python.statements import statement

_DOC = 90  # the longest docstring


def admit_seed(
    graph: Graph, seed: Output, shared: Shared, numpy: str, *, is_plain: bool = False
) -> list[str]:
    """The statements that let a cotangent in; where there is no loss, one left out is zero.

    `numpy` is what the module calls it.
    """
    name, kind, variable = f"d{seed.name}", seed.value.type, shared.spelled[seed.value]
    if not kind.shape:
        if is_plain and graph.loss:
            return float_lines(name, variable, variable)
        if seed.value in shared.floats:
            return number_lines(Argument(name, variable, variable, kind))
        given = variable if graph.loss else f"0.0 if {variable} is None else {variable}"
        return statement(f"{variable} = ", scalar_call(name, given, kind))
    sizes = [attributes.size(s, shared.dims.__getitem__) for s in kind.shape]
    zeros = Call(Atom(f"{numpy}.zeros"), [Items(sizes), attributes.dtype(kind.dtype)])
    checked = array_call(name, variable, kind, [text(size) for size in sizes])
    return [
        f"    if {variable} is None:",
        *statement(f"{variable} = ", zeros, indent=8),
        *statement(f"{variable} = ", checked),
    ]


def of_backward(
    graph: Graph, shared: Shared, gradients: str, accepted: Kind, *, has_workspace: bool = False
) -> tuple[str, str]:
    """The arguments of `backward`, and its docstring.

    `gradients` is the type of its result, `accepted` says what an argument of a type may be.
    """
    loss = graph.loss
    names = [shared.spelled[s.value] for s in graph.seeds]
    if loss:
        keywords = f"{names[0]}: {accepted(graph.seeds[0].value.type)} = 1.0"
        what = "each parameter"
        if graph.wrt != tuple(p.name for p in graph.params):
            what = ", ".join(graph.wrt)
        spelled = identifier(loss)
        doc = f"The gradient of {spelled} with respect to {what}, times d{spelled}."
        if len(doc) > _DOC:
            doc = f"The gradient of {spelled}: what `{gradients}` names."
    else:
        kinds = [accepted(s.value.type) for s in graph.seeds]
        pairs = zip(names, kinds, strict=True)
        keywords = ", ".join(f"{n}: {kind} | None = None" for n, kind in pairs)
        doc = "The gradients, given the cotangents of the outputs; those left out are zero."
    if has_workspace:
        keywords += f"{', ' * bool(keywords)}workspace: Workspace | None = None"
    return "saved: Saved" + (f", *, {keywords}" if keywords else ""), doc
