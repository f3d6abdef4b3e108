"""What goes out, and whether the arguments give all dimensions that it needs."""

from __future__ import annotations

from collections.abc import Iterator

from gradc.diagnostics import Diagnostic, DiagnosticError, error
from gradc.elaborate.bindings import Bound, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.losses import add_loss, refuse_list
from gradc.elaborate.names import lookup
from gradc.elaborate.operands import strong_value
from gradc.elaborate.order import bound_names
from gradc.ir.graph import Input, Output, Param
from gradc.ir.loop import all_nodes, sizes_named
from gradc.ir.node import Apply, Node
from gradc.ir.sizes import dimensions_of
from gradc.ir.solving import given_by, solvable
from gradc.syntax import tree


def mark(context: Context, statement: tree.Mark, scope: Scope) -> None:
    """`output p, q` or `loss J` over values defined elsewhere."""
    found = context.found
    for identifier in statement.names:
        name = identifier.name
        value = lookup(context, name, identifier.span, scope)
        known = any(o.name == name for _, o in found.outputs)
        loss = next((one for _, one in found.losses if one.name.name == name), None)
        if statement.role == "loss":
            refuse_list(identifier, value)
            if not known:
                add_output(context, identifier, value, statement)
            add_loss(context, identifier, statement)
        elif known and loss is not None and not loss.is_repeated:
            loss.is_repeated = True  # a loss is an output anyway; once may say so
        else:
            add_output(context, identifier, value, statement)


def add_output(
    context: Context,
    identifier: tree.Identifier,
    bound: Bound,
    statement: tree.Mark | tree.Assign,
) -> None:
    """A value that `forward` returns."""
    outputs = context.found.outputs
    if any(o.name == identifier.name for _, o in outputs):
        raise error("E0202", f"`{identifier.name}` is an output already", identifier.span)
    value = strong_value(context, bound, identifier.span)
    if value is not bound and not value.named:
        value.name = identifier.name
    doc = statement.doc if isinstance(statement, tree.Assign) else ""
    output = Output(identifier.name, value, identifier.span, doc)
    outputs.append((statement.span.start, output))


def check_free_dimensions(context: Context) -> None:
    """Each free dimension that is used must be given by the shape of some argument."""
    used: dict[str, Input | Param | Node] = {}
    arguments: list[tuple[int, Input | Param]] = [*context.found.inputs, *context.found.params]
    types = [a.value.type for _, a in arguments]
    solving = solvable(types)
    given = {given_by(size, solving) for kind in types for size in kind.shape}
    for _, argument in arguments:
        for size in argument.value.type.shape:
            for name in sorted(dimensions_of(size)):
                used.setdefault(name, argument)
    for node in all_nodes(context.builder.nodes):
        sizes = [size for r in node.results if r.type.shape for size in r.type.shape]
        if type(node) is not Apply or node.attrs:
            sizes += sizes_named(node)
        for size in sizes:
            for name in sorted(dimensions_of(size)):
                used.setdefault(name, node)
    for name, user in used.items():
        if name not in given:
            helps = (f"an input or parameter with `{name}` alone as a size binds it",)
            message = f"no argument gives the dimension `{name}`"
            found = Diagnostic("E0310", message, user.span, helps=helps)
            raise DiagnosticError([found if isinstance(user, Input) else user.shown(found)])


def nothing_returned(module: tree.Module) -> DiagnosticError:
    """What is wrong with a file without outputs, at the last value that it makes."""
    computed = [s for s in module.statements if isinstance(s, tree.Assign | tree.Scan)]
    names = [n.span for s in computed for n in bound_names(s)]
    last = names[-1].text if names else "p"
    helps = [
        f"`output {last}` or `loss J` says what `forward` returns",
        "a file of functions and layers alone is there to be imported",
    ]
    if collected := [n.name for s in module.statements for n in _collected(s)]:
        helps = [f"`output {', '.join(collected)}` outside the loop returns what it collects"]
    first = module.statements[0].span if module.statements else module.source.start
    place = names[-1] if names else first
    return error("E0211", "the file returns nothing", place, helps=helps)


def _collected(statement: tree.Statement) -> Iterator[tree.Identifier]:
    """The names that a scan collects."""
    for inner in statement.body if isinstance(statement, tree.Scan) else ():
        if isinstance(inner, tree.Mark):
            yield from inner.names
        elif isinstance(inner, tree.Assign) and inner.role == "output":
            yield from (t.name for t in inner.targets)
