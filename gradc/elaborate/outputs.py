"""What goes out: outputs, the loss, and what it is differentiated by."""

from __future__ import annotations

from gradc.diagnostics import Diagnostic, DiagnosticError, error, near_miss
from gradc.elaborate.bindings import Bound, Poison, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.found import in_order
from gradc.elaborate.habits.remedy import unwrapped, wrapped
from gradc.elaborate.names import is_known, lookup
from gradc.elaborate.operands import one_size, strong_value
from gradc.elaborate.order import subtrees
from gradc.ir.graph import Input, Output, Param
from gradc.ir.loop import all_nodes, sizes_named
from gradc.ir.node import Node
from gradc.ir.sizes import dimension, dimensions_of
from gradc.source import Span
from gradc.syntax import tree


def mark(context: Context, statement: tree.Mark, scope: Scope) -> None:
    """`output p, q` or `loss J` over values defined elsewhere."""
    found = context.found
    for identifier in statement.names:
        name = identifier.name
        value = lookup(context, name, identifier.span, scope)
        known = any(o.name == name for _, o in found.outputs)
        is_loss = found.loss is not None and found.loss.name == name
        if statement.role == "loss":
            if not known:
                add_output(context, identifier, value, statement)
            set_loss(context, identifier, None)
        elif known and is_loss and not found.repeated_loss:
            found.repeated_loss = True  # a loss is an output anyway; once may say so
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


_SIGNS = {"<": "{b} - {a}", "<=": "{b} - {a}", ">": "{a} - {b}", ">=": "{a} - {b}"}


def _without_derivative(expr: tree.Expr | None, name: str) -> list[str]:
    """What to write for a loss that is counted, not measured."""
    compared = [p for p in subtrees(expr) if isinstance(p, tree.Binary) and p.op in _SIGNS]
    helps = []
    if compared:
        a, b = (wrapped(part.span.text) for part in (compared[0].left, compared[0].right))
        step = {"0": unwrapped(a) if compared[0].op[0] == ">" else f"-{a}"}.get(b)
        step = step or _SIGNS[compared[0].op].format(a=a, b=b)
        text = compared[0].span.text
        helps = [f"`{text}` has no derivative, a smooth step has: `sigmoid({step})`"]
    made = "" if expr is None else f" = {' '.join(expr.span.text.split())}"
    return [*helps, f"what is only counted is an output: `output {name}{made}`"]


def set_loss(context: Context, identifier: tree.Identifier, expr: tree.Expr | None) -> None:
    """The scalar that is differentiated."""
    found = context.found
    if found.loss is not None:
        helps = [f"`{found.loss.name}` is one already"]
        raise error("E0401", "a graph has at most one loss", identifier.span, helps=helps)
    found.loss = identifier
    kind = next(o.value.type for _, o in found.outputs if o.name == identifier.name)
    if kind.shape:
        helps = ["`sum(…)` or `mean(…)` makes it one"]
        if (listed := _sizes_in(expr)) is not None:
            told = one_size(listed.span, kind.shape[-1] if isinstance(kind.shape[-1], int) else 1)
            helps = [f"`{listed.span.text}` is a list of sizes: {told}"]
        message = f"the loss is a scalar, `{identifier.name}` is {kind}"
        raise error("E0401", message, identifier.span, helps=helps)
    if not kind.is_float:
        message = f"the loss carries a derivative, so it is a float; this is {kind}"
        helps = _without_derivative(expr, identifier.name)
        raise error("E0401", message, identifier.span, helps=helps)


def _sizes_in(expr: tree.Expr | None) -> tree.Member | None:
    """The list of all sizes among the operands of a value: `sum(d) / x.shape`."""
    pending = [expr]
    while pending:
        match pending.pop():
            case tree.Binary(left=left, right=right):
                pending += [left, right]
            case tree.Unary(operand=operand):
                pending.append(operand)
            case tree.Member() as member if member.name.name == "shape":
                return member
    return None


_LISTED = 12  # names in a help


def gradient_names(
    context: Context, module: tree.Module, scope: Scope, wrt: tuple[str, ...] | None
) -> tuple[str, ...]:
    """What `backward` differentiates by: `--wrt`, the `wrt` statement, or all parameters."""
    found = context.found
    places: dict[str, Span | None] = {}
    option = "" if wrt is None else "`--wrt`: "
    if wrt is not None:
        returned = found.loss.span if found.loss else next((o.span for _, o in found.outputs), None)
        places = {n: returned for name in wrt for n in _meant(context, name)}
    else:
        declared = [s for s in module.statements if isinstance(s, tree.WrtDecl)]
        if not declared:
            return tuple(p.name for p in in_order(found.params) if p.value.type.is_float)
        for path in (p for s in declared for p in s.paths):
            for name in _meant(context, path.name):
                if name in places:
                    context.note(error("E0202", f"`wrt` names `{name}` twice", path.span))
                places.setdefault(name, path.span)
    known = {p.name: p.value for p in in_order(found.params)}
    known.update({i.name: i.value for _, i in found.inputs})
    for name, span in places.items():
        if name not in known:
            first = name.split(".")[0]
            if isinstance(scope.values.get(first, scope.module.constants.get(first)), Poison):
                continue
            message = f"nothing is called `{name}`"
            if is_known(context, name, scope):
                message = f"`{name}` is neither an input nor a parameter"
            helps = near_miss(name, known)
            if not helps and 0 < len(known) <= _LISTED:
                verb = "is" if len(known) == 1 else "are"
                helps = (f"there {verb} {', '.join(f'`{n}`' for n in known)}",)
            context.note(error("E0403", option + message, span, helps=helps))
        elif not known[name].type.is_float:
            message = f"`{name}` is {known[name].type}; it carries no derivative"
            floats = [f"`{n}`" for n, value in known.items() if value.type.is_float]
            helps = ()
            if 0 < len(floats) <= _LISTED and not option:
                listed = " or ".join(filter(None, (", ".join(floats[:-1]), floats[-1])))
                helps = (f"name what is a float, {listed}; without `wrt` it is every parameter",)
            context.note(error("E0403", option + message, span, helps=helps))
    return tuple(places)


def _meant(context: Context, name: str) -> list[str]:
    """What a name of `wrt` stands for: an instance for all its parameters, in their order."""
    params = in_order(context.found.params)
    owned = [p for p in params if p.name.startswith(f"{name}.")]
    return [p.name for p in owned if p.value.type.is_float] or [name]


def check_free_dimensions(context: Context) -> None:
    """Each free dimension that is used must be given by the shape of some argument."""
    alone: set[str] = set()
    used: dict[str, Input | Param | Node] = {}
    arguments: list[tuple[int, Input | Param]] = [*context.found.inputs, *context.found.params]
    for _, argument in arguments:
        for size in argument.value.type.shape:
            names = dimensions_of(size)
            if len(names) == 1 and size == dimension(next(iter(names))):
                alone |= names
            for name in names:
                used.setdefault(name, argument)
    for node in all_nodes(context.builder.nodes):
        made = [size for r in node.results for size in r.type.shape]
        for size in (*sizes_named(node), *made):
            for name in dimensions_of(size):
                used.setdefault(name, node)
    for name, user in used.items():
        if name not in alone:
            helps = (f"an input or parameter with `{name}` alone as a size binds it",)
            message = f"no argument gives the dimension `{name}`"
            found = Diagnostic("E0310", message, user.span, helps=helps)
            raise DiagnosticError([found if isinstance(user, Input) else user.shown(found)])
