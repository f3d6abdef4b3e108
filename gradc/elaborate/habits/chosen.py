"""Positions where something holds, as others compute them: `where(m)`, `nonzero(m)`, `find(m)`."""

from __future__ import annotations

from gradc.elaborate.bindings import Scope
from gradc.elaborate.habits.table import folded
from gradc.ir.node import Value
from gradc.patterns import pattern
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import operand_at_end, unwrapped

_FINDS = ("where", "nonzero", "argwhere", "flatnonzero", "find", "findall", "which")


def kept(call: tree.Call, scope: Scope) -> tuple[str, ...]:
    """What is said of a call that finds positions: the choice that keeps the size of an array."""
    callee = call.callee
    name = callee.name.name if isinstance(callee, tree.Member) else callee.span.text
    if folded(name) not in _FINDS or len(call.args) > 1 or any(a.keyword for a in call.args):
        return ()
    tested = call.args[0].value if call.args else None
    if tested is None and isinstance(callee, tree.Member):
        tested = callee.base
    if tested is None:
        return ()
    condition = " ".join(tested.span.text.split())
    known = scope.values.get(condition)
    if isinstance(known, Value) and known.type.dtype != "bool":
        condition += " != 0"
    base = _indexed(call)
    if callee.span.text == "where" and base == "…":
        return ()  # a choice, of which the values are forgotten
    told = "the positions where something holds have no size that is known"
    return (f"{told}; `where({unwrapped(condition)}, {base}, 0)` keeps the size",)


def _indexed(call: tree.Call) -> str:
    """What stands before the brackets in which the positions do; `…` where nothing does."""
    text, start = call.span.source.text, call.span.start
    before = text[:start].rstrip()
    if before.endswith("[") and (base := operand_at_end(before[:-1])):
        return unwrapped(base)
    bound = pattern(r"(?m)^[ \t]*(\w+)[ \t]*(?:,[ \t]*)?=[ \t]*\Z").search(text, 0, start)
    if bound is not None:
        used = pattern(rf"\[[ \t]*{bound[1]}(?:\[0\])?[ \t]*\]").search(text, call.span.end)
        if used is not None and (base := operand_at_end(text[: used.start()])):
            return unwrapped(base)
    return "…"
