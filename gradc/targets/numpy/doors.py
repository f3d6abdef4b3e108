"""What an extension leaves to Python: the module with doors in place of its functions.

What such a function returns, whatever it says of itself, is what it let in: parameters, inputs,
state, the mode, the generator, the free dimensions, and directions, in this order. Of those that go
backward it is the cotangents; they are handed the dimensions in place of what is saved.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.node import Node
from gradc.ir.plan import Plan
from gradc.ir.program import Offered
from gradc.ir.sizes import dimensions_of
from gradc.ir.solving import given_by
from gradc.patterns import pattern
from gradc.records import replace
from gradc.targets.assembly.backward import Backward
from gradc.targets.numpy.loops import RoutineLowering
from gradc.targets.numpy.module import Writer
from gradc.targets.numpy.offered import Derivatives
from gradc.targets.numpy.target import NumPy
from gradc.targets.python.door import Argument
from gradc.targets.python.layout import returned_together, taken_apart
from gradc.targets.python.seeds import admit_seed
from gradc.targets.python.surroundings import Surroundings, surroundings_of
from gradc.targets.python.view import Field, FunctionView, ModuleView, texts_of
from gradc.targets.render import render
from gradc.targets.target import Described

_HELPER = pattern(r"\b_\w+")


class Doors(NumPy):
    """Writes the module without what it computes."""

    def __init__(self, options: tuple[str, ...]):
        """`options` are those that the module is to name."""
        self.options = options

    def lower(self, plan: Plan, described: Described) -> dict[str, str]:
        described = replace(described, options=self.options)
        view = _view_of(_Writer(plan, described, self, every_seed=True))
        return {".py": render("python/module.py.jinja", view)}


class _Writer(Writer):
    def saved_fields(self) -> list[Field]:
        """What is saved is the extension's."""
        return []


def _view_of(writer: Writer) -> ModuleView:
    view = writer.view()
    view = replace(
        view,
        functions=tuple([_in_place(writer, function) for function in view.functions]),
        helpers=view.helpers[:1],  # those that look at arguments
    )
    named = {name for text in texts_of(view) for name in _HELPER.findall(text)}
    return replace(view, helpers=(*view.helpers, *writer.copied(named & writer.shared.helpers)))


def _in_place(writer: Writer, function: FunctionView) -> FunctionView:
    """What stands in place of a function; one that computes nothing stays what it is."""
    name, inputs = function.name, writer.entrance.inputs
    if name == "predict":
        fewer, around = writer.around_predict()
        return _door(writer, function, fewer, around, writer.blocks[name].nodes)
    for backward in writer.backwards:
        if name == backward.part.backward:
            return _backward(writer, function, backward)
    for offered in writer.program.offered:
        if name == offered.name:
            return _derivative(writer, function, offered)
    if name == "forward" or name in [part.at_once for part in writer.program.parts]:
        return _door(writer, function, inputs, writer.around, writer.placing)
    return function


def _door(
    writer: Writer,
    function: FunctionView,
    inputs: Sequence[Argument],
    around: Surroundings,
    nodes: Sequence[Node],
    directions: Sequence[str] = (),
    others: Sequence[str] = (),
) -> FunctionView:
    """Lets arguments in, and then by other lines the directions that these bind."""
    graph, shared = writer.graph, writer.shared
    given = {a.name for a in inputs} | {p.name for p in graph.params}
    sizes = [s for name, v in graph.arguments.items() if name in given for s in v.type.shape]
    bound = {given_by(size, graph.solving) for size in sizes}
    known = {d for size in sizes for d in dimensions_of(size)} & bound
    lines = writer.entrance.let_in(inputs, known, around, nodes)
    names = [shared.spelled[p.value] for p in graph.params]
    names += [a.variable for a in inputs]
    names += [shared.spelled[s.value] for s in graph.states] if around.state else []
    names += ["training"] if around.training else []
    names += ["rng"] if around.draws else []
    names += [shared.dims[d] if d in known else "0" for d in _free(writer)]
    return _returning(function, [*lines, *others], [*names, *directions])


def _derivative(writer: Writer, function: FunctionView, offered: Offered) -> FunctionView:
    derivatives = Derivatives(writer.plan, writer.routines, writer.shared, writer.entrance)
    known, block = derivatives.named(offered), writer.blocks[offered.name]
    around = surroundings_of(writer.graph, block, whole=bool(writer.graph.states))
    directions = [known[a.value] for a in offered.along]
    lines = derivatives.directions(offered, known)
    inputs = writer.entrance.inputs
    return _door(writer, function, inputs, around, block.nodes, directions, lines)


def _backward(
    writer: Writer, function: FunctionView, backward: Backward[RoutineLowering]
) -> FunctionView:
    shared, graph = writer.shared, backward.graph
    lines = taken_apart([shared.dims[d] for d in _free(writer)], "saved")
    for seed in graph.seeds:
        lines += admit_seed(graph, seed, shared, "np")
    return _returning(function, lines, [shared.spelled[seed.value] for seed in graph.seeds])


def _returning(function: FunctionView, lines: list[str], names: Sequence[str]) -> FunctionView:
    one = [f"    return ({names[0]},)"] if len(names) == 1 else []
    returned = one or returned_together([*names], "()")
    return replace(function, lines=(*lines, *returned), decorator="")


def _free(writer: Writer) -> list[str]:
    return [d.name for d in writer.graph.dims if d.size is None]
