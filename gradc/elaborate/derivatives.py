"""Derivatives as values: `grad(y, x)` and `jvp(y, x, v)`.

They are worked out where they stand, from the nodes that make `y`: those of the body, and of what
stands around it. What comes out is nodes of the statement, like any other.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import DiagnosticError, Help, Replacement, error, plural
from gradc.elaborate.bindings import Bound, Scope, describe
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.habits import otherwise
from gradc.elaborate.members import MEMBERS
from gradc.elaborate.names import DERIVATIVES, is_function
from gradc.elaborate.operands import strong_value
from gradc.ir.derived import Asked, Derivatives, Derived
from gradc.ir.loop import needed_for
from gradc.ir.node import Value
from gradc.ir.origin import Origin
from gradc.ir.sizes import Poly, Size
from gradc.source import Span
from gradc.syntax import tree

GRAD, JVP = DERIVATIVES


def evaluate_derivative(context: Context, name: str, expr: tree.Call, scope: Scope) -> Bound:
    """`grad(y, x, …)`, or `jvp(y, x, v)`."""
    if len(expr.args) < 2 or expr.args[1].keyword or isinstance(expr.args[1].value, tree.Number):
        from gradc.elaborate.habits.transformed import transformed

        if (failure := transformed(context, expr, scope)) is not None:
            raise failure
    for argument in expr.args:
        if argument.keyword is not None:
            raise _named(context, name, expr, argument.keyword.span, scope)
    given = [a.value for a in expr.args]
    if given and (failure := _of_function(context, expr, given[0], scope)) is not None:
        raise failure
    if name == GRAD:
        if len(given) < 2:
            if given:
                evaluate(context, given[0], scope)  # which may be told already
            message = "`grad` needs a value, and names to differentiate it by"
            raise error("E0206", message, expr.span, helps=[otherwise.by_learned(context, expr)])
        return _gradient(context, expr, given[0], given[1:], scope)
    if len(given) != 3:
        message = "`jvp` needs a value, a name and a direction"
        helps = [otherwise.along_twice(expr) or otherwise.USAGE[name]]
        raise error("E0206", message, expr.span, helps=helps)
    of, by, along = given
    return _tangent(context, expr, of, by, along, scope)


def _of_function(
    context: Context, expr: tree.Call, of: tree.Expr, scope: Scope
) -> DiagnosticError | None:
    """`grad(f, x)`, `jvp(f, x, v)`, where `f` is a function: of a value of it, as it is written."""
    if not isinstance(of, tree.Name) or of.name in scope.values:
        return None
    if not is_function(context, of.name, scope.module):
        return None
    from gradc.syntax.habits.vjps import of_function

    source = expr.span.source
    told = of_function(source.text, source, expr.span.start)
    message = f"`{of.name}` is a function, not a value"
    return None if told is None else error("E0203", message, of.span, helps=[told])


def _named(
    context: Context, name: str, expr: tree.Call, place: Span, scope: Scope
) -> DiagnosticError:
    """`grad(E, x, create_graph=True)`: what is written instead of arguments with names."""
    from gradc.elaborate.habits.autograd import derivative
    from gradc.elaborate.habits.rewriting import written

    text, told = derivative(name, written(context, expr, scope))
    behind = f": {told}" if told else ""
    whole = Span(expr.span.source, expr.span.start, expr.span.end)
    help_ = Help(f"write `{text}`{behind}", [Replacement(whole, text)])
    helps = [help_ if text else told or otherwise.USAGE[name]]
    return error("E0206", f"the arguments of `{name}` have no names", place, helps=helps)


def _is_scalar(context: Context, expr: tree.Expr, scope: Scope) -> bool:
    """Whether a name is that of one number, which is made of others."""
    if not isinstance(expr, tree.Name):
        return False
    value = scope.values.get(expr.name)
    made = {r for n in context.reachable() for r in n.results}
    return isinstance(value, Value) and value in made and not value.type.rank


def _gradient(
    context: Context, expr: tree.Call, of: tree.Expr, by: Sequence[tree.Expr], scope: Scope
) -> Bound:
    y = _differentiable(context, evaluate(context, of, scope), of)
    if y.type.shape:
        names = ", ".join(e.span.text for e in by)
        helps = [f"write `grad(sum({of.span.text}), {names})`"]
        if _is_name(of) and len(by) == 1 and _is_scalar(context, by[0], scope):
            helps = [f"what is differentiated stands first: `grad({names}, {of.span.text})`"]
        message = "`grad` is of a scalar, this is an array"
        raise error("E0404", message, of.span, str(y.type), helps=helps)
    roots = [_root(context, e, of, scope) for e in by]
    name = _called(of, y)
    context.found.differentiated[name] = None
    asked = _asked(context, y, roots)
    derived = _deriver(context).gradient(asked, name)
    flat = _kink(context, asked)
    _append(context, derived, expr)
    if flat and None not in derived.results:
        message = f"the second derivative of `{flat}` is 0, and counts as that here"
        context.note(error("W912", message, expr.span, helps=[_SMOOTH]))
    results = [
        _zero(context, root, expr, e, y, root, scope, flat) if found is None else found
        for root, found, e in zip(roots, derived.results, by, strict=True)
    ]
    return results[0] if len(results) == 1 else tuple(results)


def _tangent(
    context: Context, expr: tree.Call, of: tree.Expr, by: tree.Expr, along: tree.Expr, scope: Scope
) -> Bound:
    y = _differentiable(context, evaluate(context, of, scope), of)
    names: Sequence[tree.Expr] = (by,)
    ways: Sequence[tree.Expr] = (along,)
    if isinstance(by, tree.ListExpr):  # otherwise a list is the direction itself
        names, ways = by.items, along.items if isinstance(along, tree.ListExpr) else ways
    if len(names) != len(ways):
        message = f"{plural(len(names), 'name')} cannot move along {plural(len(ways), 'direction')}"
        raise error("E0206", message, along.span, helps=[otherwise.USAGE[JVP]])
    roots = [_root(context, e, of, scope) for e in names]
    directions = [
        _direction(context, e, r, scope, name)
        for e, r, name in zip(ways, roots, names, strict=True)
    ]
    derived = _deriver(context).tangent(_asked(context, y, roots), directions)
    _append(context, derived, expr)
    (found,) = derived.results
    return _zero(context, y, expr, by, y, roots[0], scope) if found is None else found


def _differentiable(context: Context, bound: Bound, expr: tree.Expr) -> Value:
    """What is differentiated, or by what: a value of floats."""
    value = strong_value(context, bound, expr.span)
    if not value.type.is_float:
        message = f"`{expr.span.text}` is {value.type}; it carries no derivative"
        from gradc.elaborate.integers import as_floats

        helps = as_floats(context, value)
        raise error("E0405", message, expr.span, str(value.type), helps=helps)
    return value


def _root(context: Context, expr: tree.Expr, of: tree.Expr, scope: Scope) -> Value:
    """The value of a name, by which `of` is differentiated."""
    if not _is_name(expr):
        message = "derivatives are by values that have names"
        helps = [f"give it one: `h = {expr.span.text}`, and use `h` where it is meant"]
        if isinstance(expr, tree.String):
            helps = [f"names stand without quotation marks: `{expr.value}`"]
        if isinstance(expr, tree.ListExpr):
            message, helps = "`grad` takes no list", [otherwise.side_by_side(expr)]
        if isinstance(expr, tree.Index) and _is_name(expr.base):
            helps = [otherwise.of_a_part(expr, of)]
        if counted := otherwise.counted(expr, of, scope):
            helps = [counted]
        raise error("E0406", message, expr.span, helps=helps)
    bound = evaluate(context, expr, scope)
    if isinstance(bound, bool | int | Poly):
        message = f"`{expr.span.text}` is {describe(bound)}; it carries no derivative"
        raise error("E0405", message, expr.span)
    if not isinstance(bound, Value) or (isinstance(expr, tree.Name) and _is_constant(expr, scope)):
        message = f"`{expr.span.text}` is a constant, by which nothing is differentiated"
        helps = [f"`param {expr.span.text}` or `input {expr.span.text}` is a value of a call"]
        raise error("E0406", message, expr.span, helps=helps)
    return _differentiable(context, bound, expr)


def _is_name(expr: tree.Expr) -> bool:
    """Whether it is `x`, or a parameter `hidden.W`."""
    while isinstance(expr, tree.Member) and expr.name.name not in MEMBERS:
        expr = expr.base
    return isinstance(expr, tree.Name)


def _is_constant(expr: tree.Name, scope: Scope) -> bool:
    return expr.name not in scope.values


def _direction(
    context: Context, expr: tree.Expr, root: Value, scope: Scope, by: tree.Expr
) -> Value:
    value = strong_value(context, evaluate(context, expr, scope), expr.span)
    if value.type.shape != root.type.shape:
        message = f"a direction has the shape of what it moves: {root.type}"
        helps = _fitting_direction(context, expr, value, root.type.shape, by)
        raise error("E0302", message, expr.span, str(value.type), helps=helps)
    if value.type.dtype != root.type.dtype:
        value = context.emit("astype", [value], (root.type.dtype,))
    return value


def _fitting_direction(
    context: Context, expr: tree.Expr, value: Value, shape: Sequence[Size], by: tree.Expr
) -> Sequence[str]:
    """How a direction gets the shape of `by`: where it is declared, or made."""
    from gradc.elaborate.fitting import declared_so
    from gradc.elaborate.habits.starts import resized

    if isinstance(expr, tree.Number):
        ones, number = f"ones_like({by.span.text})", expr.span.text
        return [f"write `{ones if float(expr.value) == 1 else f'{number} * {ones}'}`"]
    if isinstance(expr, tree.ListExpr) and (repeated := otherwise.repeated(expr, shape, by)):
        return [repeated]
    if isinstance(expr, tree.Call) and expr.callee.span.text not in ("zeros", "ones", "full"):
        return ()  # which lists no sizes
    other = [i for i, (m, n) in enumerate(zip(value.type.shape, shape, strict=False)) if m != n]
    told: Sequence[str] = ()
    if value.type.rank == len(shape) and len(other) == 1:
        told = declared_so(value, other[0], shape[other[0]], context.found)
    return told or resized(context, expr, value, shape)


def _deriver(context: Context) -> Derivatives:
    assert context.derivatives is not None, "the library asks for no derivatives"
    return context.derivatives


def _asked(context: Context, of: Value, by: Sequence[Value]) -> Asked:
    found = context.found
    found.asked += [of, *by]
    params = [p for _, p in (*found.params, *found.states)]
    inputs = [i for _, i in found.inputs]
    return Asked(context.reachable(), of, by, params, inputs, context.budget)


def _called(expr: tree.Expr, value: Value) -> str:
    """What derivatives of a value are called after: for `sum(u)` it is `u`, as on paper."""
    while isinstance(expr, tree.Call) and expr.args:
        expr = expr.args[0].value
    if isinstance(expr, tree.Name):
        return expr.name
    return value.name.rpartition(".")[2]


def _append(context: Context, derived: Derived, expr: tree.Call) -> None:
    """Makes the nodes part of the statement that is being run."""
    builder, outer = context.builder, context.builder.origin
    for other in derived.loops:
        context.exchange(other)
    for node in derived.nodes:
        told = node.origin.within or (node.origin.span.text if node.origin.span else "")
        within = f"derivative of {' '.join(told.split())}" if told else outer.within
        origin = Origin(outer.span, node.origin.prefix, outer.titles, within, outer.calling, True)
        source = node.adjoint_of
        for value in node.results:
            value.named = False
            if source is not None and source.traits.kink and source.name != "where":
                context.found.kinked[value] = source
        builder.nodes.append(node.copied(node.operands, node.results, origin, None, expr.span))
    builder.checks.extend(derived.checks)


def _kink(context: Context, asked: Asked) -> str:
    """What makes the value a derivative of something with a kink, which depends on the names.

    It is straight on both sides, so a further derivative of it is 0 wherever there is one.
    """
    kinked = context.found.kinked
    if not kinked:
        return ""
    for node in needed_for(asked.nodes, [asked.of]):
        source = next((kinked[r] for r in node.results if r in kinked), None)
        if source is not None:
            behind = needed_for(asked.nodes, source.operands)
            if not {*source.operands, *(v for n in behind for v in n.operands)}.isdisjoint(
                asked.by
            ):
                return source.name
    return ""


_SMOOTH = "a smooth one, such as `tanh`, `softplus` or `gelu`, has a second derivative"


def _zero(
    context: Context,
    like: Value,
    expr: tree.Call,
    by: tree.Expr,
    y: Value,
    root: Value,
    scope: Scope,
    flat: str = "",
) -> Value:
    """Zeros, and a warning: nothing leads from `root` to `y`, which `by` is the name of."""
    of = expr.args[0].value.span.text
    message = f"`{of}` does not depend on `{by.span.text}`: the derivative is zero"
    helps: list[str] = []
    if flat:
        message = f"the derivative is zero: `{flat}` is straight on both sides of its kink"
        helps = [_SMOOTH]
    elif (turned := _direction_first(context, expr, y, scope)) is not None:
        helps = [turned]
    elif len(expr.args) < 4 and root is not y and _reaches(context, y, root):
        helps = [otherwise.exchanged(expr, root)]
    elif (fixed := otherwise.within(context, expr, by)) is not None:
        helps = [fixed]
    elif (copied := otherwise.copied(by)) and _reaches(context, scope.values.get(copied), y):
        exact = Span(by.span.source, by.span.start, by.span.end)
        told = f"`{by.span.text}` is another name for `{copied}`, which `{of}` is made of"
        helps = [Help(f"{told}: write `{copied}`", [Replacement(exact, copied)])]
    context.note(error("W908", message, by.span, helps=helps))
    return context.emit("zeros", (), (like.type.shape, like.type.dtype))


def _reaches(context: Context, value: object, root: Value) -> bool:
    """Whether `root` is made of a value."""
    return any(value in n.operands for n in needed_for(context.reachable(), [root]))


def _direction_first(context: Context, expr: tree.Call, y: Value, scope: Scope) -> Help | None:
    """`jvp(y, v, x)`, whose value depends on what stands as the direction."""
    if len(expr.args) != 3 or expr.callee.span.text != JVP:
        return None
    of, by, along = (a.value for a in expr.args)
    value = scope.values.get(along.name) if isinstance(along, tree.Name) else None
    if not isinstance(value, Value) or not _reaches(context, value, y):
        return None
    text = f"{JVP}({of.span.text}, {along.span.text}, {by.span.text})"
    told = f"the direction stands last: write `{text}`"
    return Help(told, [Replacement(Span(expr.span.source, expr.span.start, expr.span.end), text)])
