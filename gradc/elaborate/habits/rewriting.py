"""Expressions in the manner of other systems, rewritten as they are said here.

All of it looks at what is written and at what names stand for; nothing is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.elaborate.bindings import PREDEFINED, Function, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.habits.autograd import GRADIENTS, derivative
from gradc.elaborate.habits.fitted import batched, indexed, last_number, opened
from gradc.elaborate.habits.layers import activated, activations_of, in_a_row
from gradc.elaborate.habits.methods import is_method
from gradc.elaborate.habits.own import (
    call_of,
    callable_of,
    like,
    of_the_file,
    own_call,
    required_of,
)
from gradc.elaborate.habits.remedy import Remedy, Written, about, in_place, is_whole
from gradc.elaborate.names import DERIVATIVES, is_known, is_prefixed
from gradc.ir.node import Value
from gradc.records import dataclass
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import unwrapped, wrapped
from gradc.syntax.habits.names import fresh


@dataclass(frozen=True, slots=True)
class Advice:
    """What is written instead, or a sentence about it; at least one of them."""

    text: str = ""
    sentence: str = ""
    of_layer: bool = False  # its call has a name: that of the statement, or one behind `as`

    def helps(self, span: Span) -> tuple[str, ...]:
        """What is said where `span` is what is replaced."""
        text = self.text
        if self.of_layer and not is_whole(span):
            text = f"{text} as hidden"
        written = (f"write `{in_place(text, span)}`",) if text else ()
        return (*written, *((self.sentence,) if self.sentence else ()))


def advice_for(context: Context, expr: tree.Expr, scope: Scope) -> Advice | None:
    """What to write instead of an expression, where all of it is in a foreign manner."""
    if isinstance(expr, tree.Call):
        return _of_call(context, expr, scope)
    if isinstance(expr, tree.Member):
        return _of_member(context, expr, scope)
    if isinstance(expr, tree.Name) and not is_known(context, expr.name, scope):
        return _of_name(context, expr.name, scope)
    if isinstance(expr, tree.String):  # an element type, by another name
        advice = _of_name(context, expr.value, scope)
        return advice if advice and advice.text[:1] == '"' else None
    return None


def respelled(context: Context, expr: tree.Expr, scope: Scope) -> str:
    """The text of an expression, with what is foreign in it as it is written here."""
    advice = advice_for(context, expr, scope)
    if advice is not None and advice.text:
        return advice.text
    text, start = expr.span.text, expr.span.start
    alone = _alone(expr)
    for part in sorted([*alone, *_operands(expr)], key=lambda p: -p.span.start):
        new = respelled(context, part, scope)
        if new != " ".join(part.span.text.split()):
            low, high = part.span.start - start, part.span.end - start
            whole = part in alone or isinstance(part, tree.Binary | tree.Unary)
            text = text[:low] + (new if whole else wrapped(new)) + text[high:]
    return " ".join(text.split())


def _alone(expr: tree.Expr) -> list[tree.Expr]:
    """The parts of an expression that stand between commas or brackets."""
    match expr:
        case tree.Call():
            return [a.value for a in expr.args]
        case tree.ListExpr():
            return list(expr.items)
        case _:
            return []


def _operands(expr: tree.Expr) -> list[tree.Expr]:
    """The other parts of an expression: a sign stands beside them."""
    match expr:
        case tree.Binary():
            return [expr.left, expr.right]
        case tree.Unary():
            return [expr.operand]
        case tree.Call():
            return [expr.callee]
        case tree.Member() | tree.Index():
            return [expr.base]
        case _:
            return []


# --- calls ---


def _of_call(context: Context, expr: tree.Call, scope: Scope) -> Advice | None:
    callee = expr.callee
    arguments = written(context, expr, scope)
    if isinstance(callee, tree.Name):
        if callable_of(context, callee.name, scope) is not None:
            return None
        return instead_of(context, callee.name, arguments, scope)
    if isinstance(callee, tree.Call):  # `Linear(3, 4)(x)`
        inner = callee.callee
        name = inner.name if isinstance(inner, tree.Name) else ""
        if isinstance(inner, tree.Member) and is_prefixed(context, inner, scope):
            name = inner.name.name
        if not name:
            return None
        outer = written_apart(context, expr, scope)
        return _curried(context, name, written(context, callee, scope), outer, callee, scope)
    if is_prefixed(context, callee, scope):
        assert isinstance(callee, tree.Member)
        return instead_of(context, callee.name.name, arguments, scope)
    if is_method(context, callee, scope):
        assert isinstance(callee, tree.Member)
        return method(context, callee, arguments, scope)
    return None


def written(context: Context, call: tree.Call, scope: Scope) -> list[Written]:
    """The arguments of a call as they are written, what is foreign in them rewritten."""
    return [
        Written(a.keyword.name if a.keyword else None, respelled(context, a.value, scope))
        for a in call.args
    ]


def written_apart(context: Context, call: tree.Call, scope: Scope) -> list[Written]:
    """The same; a layer among them is given a name, which no statement of its own does."""
    arguments, taken = written(context, call, scope), call.span.source.text
    for i, (a, given) in enumerate(zip(call.args, arguments, strict=True)):
        if not isinstance(a.value, tree.Call) or a.value.instance is not None:
            continue
        name = a.value.callee.name if isinstance(a.value.callee, tree.Name) else ""
        layer = callable_of(context, name, scope)
        if isinstance(layer, Function) and layer.is_layer and given.text.endswith(")"):
            own = "hidden" if not re.search(r"\bhidden\b", taken) else fresh("hidden", taken)
            arguments[i] = Written(given.keyword, f"{given.text} as {own}")
            taken = f"{taken} {own}"
    return arguments


def method(
    context: Context, callee: tree.Member, arguments: Sequence[Written], scope: Scope
) -> Advice | None:
    """What to write instead of a method of a value."""
    name, base = callee.name.name, respelled(context, callee.base, scope)
    if of_the_file(name, scope) and context.library.find_callable(name, trusted=False) is None:
        return Advice(call_of(context, name, [Written(None, base), *arguments], scope))
    if name == "bool" and isinstance(callee.base, tree.Binary) and callee.base.op in _COMPARES:
        return Advice(unwrapped(base), "it is a bool already")
    made = callee.base.callee if isinstance(callee.base, tree.Call) else None
    layer = callable_of(context, made.name, scope) if isinstance(made, tree.Name) else None
    if isinstance(layer, Function) and layer.is_layer:
        base = f"{base} as hidden"
    habits = context.library.habits
    given = [Written(None, base), *arguments]
    own = sorted(habits.exactly(f".{name}"), key=lambda r: r.formals is None)
    advice = (
        _fitting(context, own, given, scope)
        or instead_of(context, name, given, scope)
        or _chosen(context, own, given, scope)
    )
    return advice and Advice(advice.text, about(advice.sentence, base))


def instead_of(
    context: Context, name: str, arguments: Sequence[Written], scope: Scope
) -> Advice | None:
    """What to write instead of a call of a foreign name, or of a known one called otherwise."""
    habits = context.library.habits
    if name.lower() in _COUNTS and len(arguments) == 1 and arguments[0].keyword is None:
        counted = scope.values.get(arguments[0].text)
        if isinstance(counted, Value) and counted.type.rank:
            return _count(arguments[0].text, counted.type.rank)
    meant = "grad" if name in GRADIENTS else name
    if meant in DERIVATIVES and (asked := derivative(meant, arguments))[0]:
        return Advice(*asked)
    exact = habits.exactly(name)
    for given in (opened(context, arguments, scope), arguments):
        narrow = [r for r in exact if r.takes_calls] if given is not arguments else exact
        if (fits := _fitting(context, narrow, given, scope)) is not None:
            return fits
    own = like(context, name)
    if own is not None:
        return _finished(context, Advice(own_call(context, own, arguments, scope)), scope)
    chosen = _chosen(context, exact or habits.loosely(name), arguments, scope)
    if chosen and chosen.text and not arguments and name.endswith("Loss"):
        return Advice("", f"a loss is called where it is needed: `loss J = {chosen.text}`")
    return chosen


def _fitting(
    context: Context, remedies: Sequence[Remedy], arguments: Sequence[Written], scope: Scope
) -> Advice | None:
    """The first remedy that fits the arguments."""
    for remedy in remedies:
        if not remedy.expression:
            about_x = remedy.formals and remedy.formals[0].names[0] == "x" and arguments
            return Advice("", about(remedy.sentence, arguments[0].text if about_x else "x"))
        text = remedy.fitted(arguments, context.library.habits)
        if text is not None and not re.match(r"\d+\.[a-z]", text):
            sentence = remedy.sentence
            if remedy.formals and remedy.formals[0].names[0] == "x" and arguments:
                sentence = about(sentence, arguments[0].text)
            return _finished(context, Advice(text, sentence), scope)
    return None


def _chosen(
    context: Context, remedies: Sequence[Remedy], arguments: Sequence[Written], scope: Scope
) -> Advice | None:
    """The first remedy that fits the arguments, or else a sketch of the one that takes most."""
    fits = _fitting(context, remedies, arguments, scope)
    habits = context.library.habits
    sketches = [r for r in remedies if r.formals is not None]
    if fits is None and sketches:
        remedy = max(sketches, key=lambda r: r.taken(arguments, habits))
        text = remedy.sketched(arguments, habits)
        return _finished(context, Advice(text, remedy.sentence), scope)
    return fits


def _finished(context: Context, advice: Advice, scope: Scope) -> Advice:
    """In this file: with its element type, and the import of the layer that is named."""
    text = batched(indexed(context.in_file(advice.text, scope), scope), scope)
    kept = advice.sentence if "newaxis" not in text and "reshape" not in text else ""
    advice = Advice(text, advice.sentence if text == advice.text else kept)
    head = re.match(r"(\w+)\(", advice.text)
    layers = context.library.layer_module("nn")
    own = head and callable_of(context, head[1], scope)
    if isinstance(own, Function) and own.is_layer:
        return Advice(advice.text, advice.sentence, of_layer=True)
    if head and not own and layers is not None and head[1] in layers.functions:
        sentence = f"`from nn import {head[1]}` makes the layer available"
        joined = f"{advice.sentence}; {sentence}" if advice.sentence else sentence
        return Advice(advice.text, joined, of_layer=True)
    return advice


def _curried(
    context: Context,
    name: str,
    inner: Sequence[Written],
    outer: Sequence[Written],
    made: tree.Call,
    scope: Scope,
) -> Advice | None:
    """`Linear(3, 4)(x)`: the layer made first, and then called."""
    habits = context.library.habits
    is_own = of_the_file(name, scope)
    for remedy in () if is_own else habits.exactly(name) or habits.loosely(name):
        text = remedy.fitted(inner, habits) if remedy.expression else None
        if text is not None and len(outer) == 1 and re.search(r"\bx\b", text):
            text = re.sub(r"\bx\b", lambda _: unwrapped(outer[0].text), text)
            advice = Advice(text, "; ".join(filter(None, (remedy.sentence, activated(inner)))))
            return _finished(context, advice, scope)
    own = name if is_own else like(context, name)
    if own is None:
        given = unwrapped(outer[0].text) if len(outer) == 1 else ""
        if given and (layers := in_a_row(inner, given, activations_of(made))):
            return Advice("", f"a model is a row of statements, one for each layer: {layers}")
        return instead_of(context, name, [*outer, *inner], scope)
    sized = _without_size(context, own, inner, len(outer), scope)
    told = [activated(inner)]
    if len(sized) < len(inner):
        told.append(f"the size that comes in is read from `{unwrapped(outer[0].text)}`")
    text = call_of(context, own, [*outer, *sized], scope)
    return _finished(context, Advice(text, "; ".join(filter(None, told))), scope)


def _without_size(
    context: Context, name: str, inner: Sequence[Written], given: int, scope: Scope
) -> Sequence[Written]:
    """The arguments of `Dense(8, 16)(x)` without the size that comes in, which is read from `x`.

    It is the first of more than the layer needs beside the `given` arrays.
    """
    needed = required_of(context, name, scope) - given
    by_place = [a for a in inner if a.keyword is None]
    return inner[1:] if given and 0 < needed < len(by_place) else inner


# --- attributes ---

_COMPARES = ("<", ">", "<=", ">=", "==", "!=", "and", "or")
_COUNTS = ("size", "numel", "nelement")


def _count(base: str, rank: int) -> Advice:
    """How many elements there are."""
    return Advice(" * ".join([f"{base}.shape[{i}]" for i in range(rank)]))


def _of_member(context: Context, expr: tree.Member, scope: Scope) -> Advice | None:
    if is_prefixed(context, expr, scope):
        name = expr.name.name
        return _of_name(context, name, scope) or (
            Advice(name) if name in (*PREDEFINED, "training", *scope.values) else None
        )
    return None


def _of_name(context: Context, name: str, scope: Scope) -> Advice | None:
    remedy = context.library.habits.constant(name)
    if remedy is None:
        return None
    return Advice(context.in_file(remedy.expression, scope), remedy.sentence)


def attribute(context: Context, expr: tree.Member, rank: int | None, scope: Scope) -> Advice | None:
    """What to write instead of an attribute of a value; `rank` counts its axes, where known."""
    base, name = respelled(context, expr.base, scope), expr.name.name
    if name in _COUNTS and rank:
        return _count(base, rank)
    if name in ("ndim", "rank", "dim") and rank is not None:
        return Advice(str(rank), f"`{base}.shape` lists the sizes")
    loss = re.search(r"^[ \t]*loss[ \t]+(\w+)", expr.span.source.text, re.MULTILINE)
    of = loss[1] if loss else last_number(base, scope)
    if loss and expr.span.source.line_text(expr.span.line).lstrip().startswith("loss"):
        of = last_number(base, scope)  # the loss is not made yet
    if name in ("grad", "gradient") and of and of != base:
        inside = f"in the graph it is `grad({of}, {base})`"
        return Advice("", f"`backward` returns the gradients; {inside}")
    given = [Written(None, base)]
    for remedy in context.library.habits.exactly(f".{name}"):
        if remedy.formals is None:
            text = re.sub(r"\bx\b", lambda _: wrapped(base), remedy.expression)
            if "(" in remedy.expression:
                text = re.sub(r"\bx\b", lambda _: unwrapped(base), remedy.expression)
            return Advice(text, about(remedy.sentence, base))
    own = like(context, name)
    return Advice(call_of(context, own, given, scope)) if own else None
