"""How cotangents come into `backward`."""

from __future__ import annotations

from gradc.ir.graph import Graph, Output
from gradc.targets.python import attributes
from gradc.targets.python.door import array_call, scalar_call
from gradc.targets.python.expression import Atom, Call, Items, text
from gradc.targets.python.shared import Shared
from gradc.targets.python.statements import statement


def admit_seed(graph: Graph, seed: Output, shared: Shared) -> list[str]:
    """The statements that let a cotangent in; where there is no loss, one left out is zero."""
    name, kind, variable = f"d{seed.name}", seed.value.type, shared.spelled[seed.value]
    if not kind.shape:
        given = variable if graph.loss else f"0.0 if {variable} is None else {variable}"
        return statement(f"{variable} = ", scalar_call(name, given, kind))
    sizes = [attributes.size(s, shared.dims.__getitem__) for s in kind.shape]
    zeros = Call(Atom("np.zeros"), [Items(sizes), attributes.dtype(kind.dtype)])
    checked = array_call(name, variable, kind, [text(size) for size in sizes])
    return [
        f"    if {variable} is None:",
        *statement(f"{variable} = ", zeros, indent=8),
        *statement(f"{variable} = ", checked),
    ]
