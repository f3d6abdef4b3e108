"""Calls that are given something else than they take: probabilities for logits, a second axis."""

from __future__ import annotations

from gradc import once
from gradc.diagnostics import DiagnosticError, Help, Label, Replacement, error
from gradc.elaborate.bindings import Function, Scope, is_runtime
from gradc.elaborate.called import in_library
from gradc.elaborate.context import Context
from gradc.ir.node import Node, Value, applies
from gradc.source import Span
from gradc.syntax import tree

_PRODUCT = "a product of matrices"
_LOGITS, _LOGARITHMS, _PROBABILITIES = "logits", "logarithms of probabilities", "probabilities"

# loss -> (what it takes, {what is given: the loss that takes it, or takes what it is made of})
_TAKES = {
    "cross_entropy": (_LOGITS, {"softmax": "cross_entropy"}),
    "binary_cross_entropy_with_logits": (
        _LOGITS,
        {"sigmoid": "binary_cross_entropy_with_logits"},
    ),
    "kl_div": (_LOGARITHMS, {"softmax": "kl_div"}),
    "nll_loss": (_LOGARITHMS, {"softmax": "cross_entropy", _PRODUCT: "cross_entropy"}),
    "binary_cross_entropy": (
        _PROBABILITIES,
        {
            _PRODUCT: "binary_cross_entropy_with_logits",
            "sigmoid": "binary_cross_entropy_with_logits",
        },
    ),
}
_UNSTABLE = ("binary_cross_entropy", "sigmoid")  # right, and better done at once

_THIRD = {"var": "correction", "std": "correction", "norm": "ord"}  # what a further axis would be


def check_given(
    context: Context, function: Function, expr: tree.Call, inner: Scope, scope: Scope
) -> None:
    """W910 where the first argument of a loss is made by what the loss does itself, or lacks.

    `inner` holds what the parameters are bound to, `scope` is where the call stands.
    """
    if not function.module.trusted or scope.module.trusted:
        return
    if not function.is_layer and (turned := _number_first(function, expr, inner)):
        context.note(turned)
    if function.name in _THIRD and (apart := _axes_apart(function, expr, inner)):
        context.note(apart)
    if function.name not in _TAKES:
        return
    takes, others = _TAKES[function.name]
    name = function.definition.parameters[0].name.name
    given = inner.values.get(name)
    named = [a for a in expr.args if a.keyword is not None and a.keyword.name == name]
    argument = next((a for a in (*named, *expr.args)), None)
    if not isinstance(given, Value) or argument is None:
        return
    first = argument.value.span
    if exchanged := _exchanged(context, function, expr, inner):
        context.note(exchanged)
        return
    made, kind = _maker(context, given)
    if made is None or kind not in others:
        return
    other = others[kind]
    inside = first if kind == _PRODUCT else None
    if given in made.results and inside is None:
        inside = _inside(made, expr, scope)
    text, kept = _said_once(context, made, inside, expr)
    code, message = "W910", f"`{function.name}` takes {takes}, this is {_described(kind)}"
    helps = [f"`{other}` takes {_LOGITS}, which are given without `{kind}`"]
    if kind == _PRODUCT:
        helps = [f"`{other}` takes {_LOGITS}"]
    by_place = [a for a in expr.args if a.keyword is None]
    if other == function.name and takes == _LOGARITHMS:
        text = text and f"log_{kind}({text})"
        helps = [f"write `log_{kind}(…)` for `{kind}(…)`"]
    if text and len(by_place) == 2:
        rest = [a.span.text for a in expr.args[1:]]
        written = f"{other}({' '.join(', '.join([text, *rest]).split())})"
        edits = [Replacement(expr.span, written)]
        before = ""
        if kept is not None:
            edits += [kept.before, kept.inside]
            before = f"`{kept.line}`, `{kept.statement}`, and "
        helps = [Help(f"{before}write `{written}`", edits)]
    place = made.span
    labels = [Label(place, "made here")] if place and not in_library(place) else []
    labels = [label for label in labels if label.span != first]
    if (function.name, kind) == _UNSTABLE:
        code = "W904"
        message = f"`{function.name}` of `{kind}` overflows where the loss of logits does not"
    context.note(error(code, message, first, "", labels, helps))


def _axes_apart(function: Function, expr: tree.Call, inner: Scope) -> DiagnosticError | None:
    """W910 for `var(x, 0, 1)`, `norm(x, 0, 1)`: axes one by one, of which one is no axis here."""
    array = inner.values.get("x")
    numbers = [a.value for a in expr.args[1:] if a.keyword is None]
    if len(numbers) != 2 or len(expr.args) != 3 or not isinstance(array, Value):
        return None
    given = [n.value for n in numbers if isinstance(n, tree.Number) and type(n.value) is int]
    if len({*given}) != 2 or max(given) >= array.type.rank:
        return None
    what, name = _THIRD[function.name], function.name
    if what == "ord" and given[0]:
        return None  # a norm of that order, along that axis
    x, first, second = (a.value.span.text for a in expr.args)
    axis, other = (second, first) if what == "ord" else (first, second)
    both = f"{name}({x}, axis=[{first}, {second}])"
    own = f"{name}({x}, axis={axis}, {what}={other})"
    message = f"`{other}` is no axis here: it stands for `{what}`"
    helps = [f"write `{both}` for both axes, or `{own}`"]
    return error("W910", message, numbers[what != "ord"].span, helps=helps)


def _number_first(function: Function, expr: tree.Call, inner: Scope) -> DiagnosticError | None:
    """`clip(0, 1, x)`, `leaky_relu(0.2, x)`: an array where a number is usual, behind a number."""
    formals = function.definition.parameters
    if any(a.keyword for a in expr.args) or is_runtime(inner.values.get(formals[0].name.name)):
        return None
    for at, formal in enumerate(formals[: len(expr.args)]):
        given = inner.values.get(formal.name.name)
        is_array = isinstance(given, Value) and given.type.rank > 0
        if not is_array or (formal.default is None and formal.name.name != "q"):
            continue
        texts = [" ".join(a.span.text.split()) for a in expr.args]
        written = ", ".join([texts.pop(at), *texts])
        message = f"`{function.name}` takes the array first, this is a number"
        helps = [f"write `{function.name}({written})`"]
        return error("W910", message, expr.args[0].value.span, helps=helps)
    return None


def _exchanged(
    context: Context, function: Function, expr: tree.Call, inner: Scope
) -> DiagnosticError | None:
    """`binary_cross_entropy(y, p)`: what the caller gives in front, what is learned behind it."""
    if len(expr.args) < 2 or any(a.keyword is not None for a in expr.args[:2]):
        return None
    names = [p.name.name for p in function.definition.parameters[:2]]
    guess, target = (inner.values.get(name) for name in names)
    inputs = {i.value for _, i in context.found.inputs}
    if guess not in inputs or not isinstance(target, Value) or target in inputs:
        return None
    learned = {p.value for _, p in context.found.params}
    reached = {target}
    for node in reversed(context.reachable()):
        if not reached.isdisjoint(node.results):
            reached.update(node.operands)
    if learned.isdisjoint(reached):
        return None
    first, second = (" ".join(a.span.text.split()) for a in expr.args[:2])
    rest = [" ".join(a.span.text.split()) for a in expr.args[2:]]
    message = f"`{function.name}` takes what is learned first, and this is an input"
    helps = [f"write `{function.name}({', '.join([second, first, *rest])})`"]
    return error("W910", message, expr.args[0].value.span, helps=helps)


def call_behind(context: Context, name: str, scope: Scope) -> str:
    """The call that made what a name of the file stands for; empty where there is none."""
    value = scope.values.get(name)
    made = _maker(context, value)[0] if isinstance(value, Value) and scope.top else None
    if made is None or made.span is None or in_library(made.span):
        return ""
    return " ".join(made.span.text.split())


def _maker(context: Context, value: Value) -> tuple[Node | None, str]:
    """The node that made a value, whatever way it is seen, and what that is called here."""
    made = {r: n for n in context.builder.nodes for r in n.results}
    node = made.get(value)
    while node is not None and node.traits.view is not None:
        node = made.get(node.operands[0])
    if node is None:
        return None, ""
    terms = node.operands if applies(node, "add") else ()
    if applies(node, "matmul") or any(applies(made.get(t), "matmul") for t in terms):
        return node, _PRODUCT
    return node, node.name


def _described(kind: str) -> str:
    return kind if kind == _PRODUCT else f"a result of `{kind}`"


def _inside(made: Node, expr: tree.Call, scope: Scope) -> Span | None:
    """What the user's call of `softmax` is given, where the loss could be given it as well."""
    span, calling = made.span, made.origin.calling
    if span is None or span.source is not expr.span.source:
        return None
    is_within = once.is_within(span, expr.span)
    while calling is not None and not is_within:
        if calling.title or not scope.top:
            return None  # made in another body, whose names mean nothing here
        calling = calling.outer
    if not scope.top and not is_within:
        return None
    return once.first_argument(span)


def _said_once(
    context: Context, made: Node, inner: Span | None, expr: tree.Call
) -> tuple[str, once.Kept | None]:
    """What the loss is given, with the name that it gets before where it can be made once alone.

    Nothing where it cannot be given.
    """
    if inner is None:
        return "", None
    if once.is_within(inner, expr.span):
        return inner.text, None  # it is written anew in its place
    makers = {r: n for n in context.builder.nodes for r in n.results}
    if not once.is_once(made.operands[0], inner.text, makers):
        return inner.text, None
    kept = once.kept(inner, "logits", "scores")
    return (kept.name, kept) if kept is not None else ("", None)
