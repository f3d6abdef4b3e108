"""Declarations of what goes in: dimensions, constants, inputs and parameters."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import Label, error
from gradc.elaborate.bindings import POISON, ModuleScope, Scope, describe
from gradc.elaborate.context import Context
from gradc.elaborate.held import held
from gradc.elaborate.initial import declared_type, initialiser, literal, note_sizes
from gradc.elaborate.literals import check_fits, could_fill, literal_shape
from gradc.elaborate.measures import check_declared, size
from gradc.elaborate.names import is_known
from gradc.elaborate.order import binders, bound_names, order_statements, used_names
from gradc.elaborate.patterns import shape
from gradc.elaborate.unshared import own
from gradc.ir.graph import Dim, Input, Param
from gradc.ir.node import Value
from gradc.ir.sizes import dimension
from gradc.ir.types import Type
from gradc.syntax import tree

_FREE = ("none", "any", "auto", "dynamic", "free", "unknown", "variable", "batch")
"""What other systems say of a size that each call decides."""
_DECLARED = (tree.InputDecl, tree.ParamDecl, tree.StateDecl)


def declare_constants(
    context: Context, statements: Sequence[tree.Statement], module: ModuleScope, *, main: bool
) -> None:
    """Dimensions and constants, each after what it needs. Errors are kept with the rest."""
    chosen: list[tree.DimDecl | tree.ConstDecl] = []
    for s in statements:
        if isinstance(s, tree.DimDecl):
            chosen += [tree.DimDecl(name.span, ((name, expr),), s.doc) for name, expr in s.items]
        elif isinstance(s, tree.ConstDecl):
            chosen.append(s)
    order = [bound_names(s)[0].name for s in chosen]
    scope = Scope(module)
    owner = binders(chosen, [])  # of a name that is bound twice, which is told elsewhere
    chosen = [s for i, s in enumerate(chosen) if owner[bound_names(s)[0].name] == i]
    positions, failure = order_statements(chosen, binders(chosen))
    if failure is not None:
        context.note(failure)
    stuck = set(range(len(chosen))) - set(positions)
    for position in positions:
        statement = chosen[position]
        with context.kept() as attempt:
            if isinstance(statement, tree.DimDecl):
                _declare_dimension(context, statement, scope, main)
            else:
                from gradc.elaborate.constants import constant

                value = constant(context, statement, scope)
                module.constants.setdefault(statement.name.name, value)
                if main and statement.name.name == "training":
                    _check_training(context, statement.name, statements)
        if attempt.failed:
            _poison(chosen[position], module)
    for position in stuck:
        _poison(chosen[position], module)
    if main:
        context.found.dims.sort(key=lambda d: order.index(d.name))
        stated = [s.type for s in statements if isinstance(s, _DECLARED)]
        module.constants.update((n, POISON) for n in check_declared(context, stated, scope))


def _poison(statement: tree.DimDecl | tree.ConstDecl, module: ModuleScope) -> None:
    for identifier in bound_names(statement):
        module.constants[identifier.name] = POISON


def _check_training(
    context: Context, name: tree.Identifier, statements: Sequence[tree.Statement]
) -> None:
    """W901 for `const training = true`, which no layer of the library reads."""
    if any(read == "training" for s in statements for read, _ in used_names(s)):
        return
    message = "nothing needs the constant `training`"
    helps = ["layers follow the caller: leave it out, and call `forward(…, training=True)`"]
    context.note(error("W901", message, name.span, helps=helps))


def _declare_dimension(context: Context, statement: tree.DimDecl, scope: Scope, main: bool) -> None:
    (identifier, expr), *_ = statement.items
    helps = [f"leave it out: `dim {identifier.name}`"]
    if expr is not None and expr.span.text == "-1":
        raise error("E0306", "a size cannot be negative: -1", expr.span, helps=helps)
    if isinstance(expr, tree.Name | tree.Keyword) and expr.span.text.lower() in _FREE:
        raise error("E0307", "a free dimension has no size", expr.span, helps=helps)
    if isinstance(expr, tree.String):
        message = "a size is an integer or made of dimensions"
        raise error("E0307", message, expr.span, describe(expr.value), helps=helps)
    name = identifier.name
    for used, span in used_names(expr):
        if used in context.values and not is_known(context, used, scope):
            message = f"nothing is called `{used}` here, where values of the file are not seen"
            helps = [f"leave it out: `dim {name}`; `{name}` in the shape of `{used}` is its size"]
            raise error("E0201", message, span, helps=helps)
    found = None if expr is None else size(context, expr, scope)
    if main and name in context.fixed:
        found = context.fixed[name]
    scope.module.constants.setdefault(name, dimension(name) if found is None else found)
    if main:
        context.found.dims.append(Dim(name, found, statement.doc))
    elif found is None:
        raise error(
            "E0213",
            f"the free dimension `{name}` has no meaning in an imported file",
            identifier.span,
            helps=["patterns of functions bind their own dimensions"],
        )


def _of_example(stated: tree.TypeExpr, shape: Sequence[int]) -> str:
    declared = f"{stated.dtype or ''}{list(shape) if shape else ''}"
    return f"declare `{declared or 'f64'}`, or give as many numbers as the shape has"


def declare_input(context: Context, statement: tree.InputDecl, scope: Scope) -> None:
    """A value that the caller gives, and an example of it."""
    stated = statement.type
    example = None
    sizes = shape(context, stated, scope) if stated and stated.sizes is not None else ()
    if statement.value is not None:
        example = literal(context, statement.value, None, scope, statement.name.name, "input")
        if stated is None or stated.sizes is None:
            sizes = literal_shape(example)
            note_sizes(context, statement)
        elif not could_fill(found := literal_shape(example), sizes):
            from gradc.elaborate.unfilled import rearranged

            told = rearranged(statement.value, found, sizes)
            raise error(
                "E0306",
                f"the example has shape {list(found)}",
                statement.value.span,
                labels=[Label(stated.span, "declared here")],
                helps=[told or _of_example(stated, found)],
            )
    dtype = (stated.dtype if stated else None) or context.dtype_in(scope)
    if example is not None and statement.value is not None:
        check_fits(dtype, example, statement.value.span)
    name = statement.name
    value = Value(name.name, Type(dtype, sizes), named=True)
    scope.values[name.name] = value
    declared = Input(name.name, value, name.span, example, statement.doc)
    context.found.inputs.append((statement.span.start, declared))


def declare_param(
    context: Context, statement: tree.ParamDecl, scope: Scope, path: str, place: int
) -> Value:
    """A parameter; in unshared scans it has a slice for each step."""
    kind, data = declared_type(context, statement, scope)
    start = initialiser(context, statement, kind, data, scope)
    kind, start = own(context.unshared, kind, start)
    value = Value(path, kind, named=True)
    context.found.steps[value] = len(context.unshared)
    span, calling = statement.name.span, context.builder.origin.calling
    declared = Param(path, value, start, span, statement.doc, calling, statement.is_implied)
    context.found.params.append((place, declared))
    return value


def run_param(context: Context, statement: tree.ParamDecl, scope: Scope) -> None:
    """A parameter of a layer: made by the instance's first call, found again by later ones."""
    instance = scope.instance
    assert instance is not None
    name = statement.name.name
    if name in instance.given:
        scope.values[name] = held(context, name, instance.given[name], scope)
        return
    if name not in instance.members:
        path = f"{instance.path}.{name}"
        instance.members[name] = declare_param(context, statement, scope, path, context.position)
    member = instance.members[name]
    if isinstance(member, Value):
        member = context.seen(member, statement.name.span)
    scope.values[name] = member
