"""A call, while it is elaborated: who made a mistake that is known is told what to write."""

from __future__ import annotations

from gradc.diagnostics import DiagnosticError
from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.records import replace
from gradc.syntax import tree


class Advised:
    """While a call is elaborated: says what to write, where its arguments are wrong in a way that
    is known.
    """

    __slots__ = ("call", "context", "name", "scope")

    def __init__(self, context: Context, name: str, call: tree.Call, scope: Scope):
        self.context, self.name, self.call, self.scope = context, name, call, scope

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, failure: BaseException | None, trace: object) -> None:
        if not isinstance(failure, DiagnosticError) or self.scope.module.trusted:
            return
        first, *others = failure.diagnostics
        from gradc.elaborate.habits.arguments import with_advice

        better = with_advice(self.context, self.name, self.call, self.scope, first)
        if first.code in ("E0305", "E0306"):
            from gradc.elaborate.exchanged import exchanged

            told = exchanged(self.context, self.call, self.scope, first)
            better = replace(first, helps=(told,)) if told is not None else better
        if better is not None:
            raise DiagnosticError([better, *others]) from None
