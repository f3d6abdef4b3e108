"""Calls of several results, used as if they had one: which there are, and how one is taken."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import DiagnosticError, Help, Replacement, error, plural
from gradc.elaborate.bindings import Function
from gradc.elaborate.context import Context
from gradc.ir.operation import Operation
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree

_CALL = pattern(r"(?s)(\w+)\(.*\)")


def one_expected(context: Context, count: int, span: Span) -> DiagnosticError:
    """What is wrong with `sum(topk(x, 2))`: a call of so many results where one value stands."""
    calling = context.builder.origin.calling
    place = span if calling is None else calling.given(span)
    text = " ".join(place.text.split())
    called = _CALL.fullmatch(text)
    message = f"{plural(count, 'result')} stand where one value is expected"
    if called is None:
        return error("E0305", message, span, helps=["`[0]` behind the call takes the first"])
    message = f"`{called[1]}` has {plural(count, 'result')}, and one value is expected here"
    names = ", ".join(results_of(context, called[1], count))
    helps = [f"write `{text}[0]` for the first; each has a name by `{names} = {called[1]}(…)`"]
    return error("E0305", message, span, helps=helps)


def results_of(context: Context, name: str, count: int) -> list[str]:
    """What the results of a function, a layer or an operation are called where it is defined."""
    layers = context.library.layer_module("nn")
    known = context.module.functions.get(name) or context.library.find_callable(name, trusted=False)
    found: Sequence[str] = ()
    match known or (layers and layers.functions.get(name)):
        case Operation() as op:
            found = op.result_names
        case Function() as function if isinstance(
            last := function.definition.body[-1], tree.Return
        ):
            found = [v.name if isinstance(v, tree.Name) else "" for v in last.values]
    letters = (letter for letter in "abcdefgh" if letter not in found)
    found = found if len(found) == count == len({*found}) or "" in found else [""] * count
    return [name or next(letters) for name in found]


def twice(call: tree.Expr) -> list[Help]:
    """`grad(u, x, x)` for one name: the second derivative."""
    if not isinstance(call, tree.Call) or call.callee.span.text != "grad" or len(call.args) < 3:
        return []
    of, *by = (a.value.span.text for a in call.args)
    if len(set(by)) > 1:
        return []
    text = of
    for _ in by:
        text = f"grad({text}, {by[0]})"
    place = Span(call.span.source, call.span.start, call.span.end)
    return [Help(f"a derivative of a derivative: write `{text}`", [Replacement(place, text)])]


def for_one_target(statement: tree.Assign, count: int) -> str:
    """`next h = LSTMCell(x, h, c)`: as many names as there are results.

    Those of the arguments that go on, where the target is the first of them.
    """
    call, target = statement.value, statement.targets[0].name.name.removeprefix("next ")
    given = (
        [a.value.name for a in call.args if isinstance(a.value, tree.Name)]
        if isinstance(call, tree.Call)
        else []
    )
    last, source = given[-count:], statement.span.source
    fits = last[:1] == [target] and len(set(last)) == count
    if fits and statement.targets[0].name.name != target:  # what the loop does not carry is no next
        text = source.text
        fits = all(pattern(rf"\bscan [^={{]*\b{n}\b[^={{]*=").search(text) for n in last)
    names = last if fits else [target, *"_" * (count - 1)]
    listed = ", ".join(names)
    place = statement.targets[0].span
    edits = [Replacement(Span(source, place.start, place.start + len(target)), listed)]
    word = f"{statement.role} " if statement.role else ""
    if statement.targets[0].name.name != target:  # a step of a loop, whose targets are renamed
        word = "next "
    for name in names[1:] if word == "next " else ():
        idle = pattern(rf"(?m)^[ \t]*next {name} = {name}[ \t]*\n").search(source.text)
        edits += [Replacement(Span(source, *idle.span()), "")] if idle else []
    text = " ".join(call.span.text.split())
    named = f" as {call.instance.name}" if isinstance(call, tree.Call) and call.instance else ""
    discards = "; `_` discards one" if "_" in names else ""
    return Help(f"write `{word}{listed} = {text.removesuffix(named)}{named}`{discards}", edits)
