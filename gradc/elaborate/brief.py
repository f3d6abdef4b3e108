"""What an expression leaves out: declarations of its parameters, and the word `loss`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.names import is_known
from gradc.elaborate.order import bound_names, used_names
from gradc.ir.types import DTYPES
from gradc.records import replace
from gradc.source import Span
from gradc.syntax import tree


def completed(
    context: Context, statements: Sequence[tree.Statement], scope: Scope
) -> tuple[tree.Statement, ...]:
    """The statements of an expression as a file has them.

    What nothing declares is a scalar parameter, and the last statement is the loss where none says
    that it is.
    """
    declared = (
        tree.ParamDecl(span, tree.Identifier(span, name), None, None, None, is_implied=True)
        for name, span in _undeclared(context, statements, scope)
    )
    return (*declared, *_with_loss(statements))


def _undeclared(
    context: Context, statements: Sequence[tree.Statement], scope: Scope
) -> Iterator[tuple[str, Span]]:
    """The names that are read as numbers and that nothing binds, each at its first place."""
    told = {identifier.name for s in statements for identifier in bound_names(s)}
    told.add("training")
    for statement in statements:
        if isinstance(statement, tree.Assign | tree.Update):
            used = used_names(statement.value, _any)
        elif isinstance(statement, tree.Scan):
            used = used_names(statement, _any)
        else:
            continue
        for name, span in used:
            if name in told or name.startswith("next ") or _is_foreign(context, name, span):
                continue
            told.add(name)
            if not is_known(context, name, scope):
                yield name, span


def _is_foreign(context: Context, name: str, span: Span) -> bool:
    """Whether no number is meant: `np.exp`, `True`, `f64`."""
    if name in DTYPES or name in DTYPES.values():
        return True
    habits = context.library.habits
    if span.source.text.startswith(".", span.end):
        return bool(habits.exactly(f"{name}."))
    remedy = habits.constant(name)
    return remedy is not None and remedy.expression in ("true", "false", "none")


def _any(_: str) -> bool:
    """What is called is a function, be it known or not."""
    return True


def _with_loss(statements: Sequence[tree.Statement]) -> tuple[tree.Statement, ...]:
    if any(isinstance(s, tree.Assign | tree.Mark) and s.role == "loss" for s in statements):
        return tuple(statements)
    computing = (tree.Assign, tree.Scan, tree.Mark)
    last = next((s for s in reversed(statements) if isinstance(s, computing)), None)
    if isinstance(last, tree.Assign) and not last.role:
        return tuple(replace(last, role="loss") if s is last else s for s in statements)
    if isinstance(last, tree.Scan):
        return (*statements, tree.Mark(last.span, "loss", last.carried))
    return tuple(statements)
