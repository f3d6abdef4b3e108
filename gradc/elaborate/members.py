"""Members: `x.T`, `x.mT`, `x.shape`, parameters of instances, names of imported files."""

from __future__ import annotations

import re

from gradc.diagnostics import error, near_miss
from gradc.elaborate.apply import apply_named
from gradc.elaborate.bindings import Bound, Instance, ModuleScope, Scope, is_number
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.names import is_prefixed, opened
from gradc.elaborate.operands import as_value
from gradc.ir.node import Value
from gradc.ir.sizes import Size
from gradc.syntax import tree

MEMBERS = ("T", "mT", "shape")
"""What every value has after a dot."""
RECEIVERS = ("self", "cls", "this")
"""What methods of other languages call the object that they are of."""


def evaluate_member(context: Context, expr: tree.Member, scope: Scope) -> Bound:
    if is_prefixed(context, expr, scope):
        from gradc.elaborate.habits.callees import prefixed

        raise prefixed(context, expr, scope)
    return _member(context, expr, member_base(context, expr, scope), scope)


def member_base(context: Context, expr: tree.Member, scope: Scope) -> Bound | ModuleScope:
    """The base of a member: here a name may mean an instance or an imported file."""
    base = expr.base
    if isinstance(base, tree.Name):
        bound = scope.values.get(base.name)
        if base.name not in scope.values and base.name in scope.module.modules:
            return scope.module.modules[base.name]
        if isinstance(bound, Instance):
            return bound
    elif isinstance(base, tree.Member) and base.name.name not in MEMBERS:
        inner = member_base(context, base, scope)
        if isinstance(inner, Instance) and base.name.name in inner.members:
            return inner.members[base.name.name]
        return _member(context, base, inner, scope)
    return evaluate(context, base, scope)


def _member(context: Context, expr: tree.Member, base: Bound | ModuleScope, scope: Scope) -> Bound:
    """What stands after the dot, of a base that is evaluated."""
    name, owner = expr.name.name, None
    if isinstance(base, ModuleScope):
        if name in base.constants:
            return opened(context, base.constants[name], name)
        raise error(
            "E0201",
            f"`{base.name}` has no value `{name}`",
            expr.name.span,
            helps=near_miss(name, base.constants),
        )
    if isinstance(base, Instance):
        if name in base.members:
            member = base.members[name]
            return context.seen(member, expr.name.span) if isinstance(member, Value) else member
        if not (isinstance(base.value, Value) and name in MEMBERS):
            raise error(
                "E0201",
                f"`{base.path}` has no parameter `{name}`",
                expr.name.span,
                helps=own_parameters(base) or near_miss(name, base.members),
            )
        owner, base = base, base.value
    if name == "shape":
        return _shape(context, base, expr)
    if name in MEMBERS:
        return _transposed(context, base, expr, owner)
    for maker in _owners(scope, base):
        if name in maker.members:
            raise error(
                "E0201",
                f"a value has no `.{name}`",
                expr.span,
                helps=[f"the parameters are those of `{maker.path}`: write `{maker.path}.{name}`"],
            )
    rank = base.type.rank if isinstance(base, Value) else None
    from gradc.elaborate.habits.pairs import paired
    from gradc.elaborate.habits.rewriting import attribute

    call = expr.base
    text = " ".join(call.span.text.split())
    if isinstance(call, tree.Call) and (helps := list(paired(context, call, text))):
        raise error("E0201", f"a value has no `.{name}`", expr.span, helps=helps)
    advice = attribute(context, expr, rank, scope)
    apart = re.search(r"\s\.|\.\s", expr.span.text) is not None
    if (advice is None or apart) and isinstance(scope.values.get(name), Value):
        products = (
            f"`{expr.base.span.text} * {name}`, and of matrices `{expr.base.span.text} @ {name}`"
        )
        helps = [f"a product is {products}"]
        raise error("E0201", f"a value has no `.{name}`", expr.name.span, helps=helps)
    raise error(
        "E0201",
        f"a value has no `.{name}`",
        expr.span if advice and advice.text else expr.name.span,
        helps=advice.helps(expr.span) if advice else ["values have `.T`, `.mT` and `.shape`"],
    )


def _owners(scope: Scope, value: Bound) -> list[Instance]:
    """The instances whose call made a value that another name stands for: `h = … as enc`."""
    instances = [b for b in scope.values.values() if isinstance(b, Instance)]
    return [i for i in instances if isinstance(value, Value) and i.made is value]


_MANY = 9  # parameters that are more than a line says


def own_parameters(base: Instance) -> list[str]:
    """The help that says which parameters an instance has."""
    shown = [f"`{base.path}.{member}`" for member in base.members]
    if len(shown) >= _MANY:
        return []
    are = "its parameter is" if len(shown) == 1 else "its parameters are"
    *first, last = shown or [""]
    listed = f"{', '.join(first)} and {last}" if first else last
    return [f"{are} {listed}"] if shown else []


def _transposed(context: Context, base: Bound, expr: tree.Member, owner: Instance | None) -> Bound:
    name = expr.name.name
    value = as_value(context, base, expr.base.span)
    rank = value.type.rank
    if (name == "T" and rank != 2) or rank < 2:
        need = "rank 2" if name == "T" else "at least two axes"
        message = f"`.{name}` needs {need}, this is {value.type}"
        if owner is not None and (tied := _table_of(owner, expr)):
            raise error("E0303", message, expr.span, helps=tied)
        raise error(
            "E0303",
            message,
            expr.span,
            helps=[
                f"write `{expr.base.span.text}`: an array of one axis is its own transpose"
                if rank == 1
                else f"write `{expr.base.span.text}.mT`, which transposes the last two axes"
                if rank
                else f"write `{expr.base.span.text}`: one number has no axes"
            ],
        )
    axes = (*range(rank - 2), rank - 1, rank - 2)
    return apply_named(context, "transpose", [value], [expr.base.span], expr.span, axes=axes)


def _table_of(base: Instance, expr: tree.Member) -> list[str]:
    """`emb.T` of what an embedding gave: its table is meant, whose rows the scores are of."""
    tables = [n for n, m in base.members.items() if isinstance(m, Value) and m.type.rank == 2]
    if len(tables) != 1 or len(base.members) != 1:
        return []
    text = f"{base.path}.{tables[0]}.{expr.name.name}"
    return [f"write `{text}`, which is of its parameter; `{base.path}.mT` is of what it gives"]


def _shape(context: Context, base: Bound, expr: tree.Member) -> tuple[Size, ...]:
    if isinstance(base, Value):
        return base.type.shape
    if is_number(base):
        return ()
    return as_value(context, base, expr.base.span).type.shape
