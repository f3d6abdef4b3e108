"""An argument that a call lacks, from what the file has."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.diagnostics import Diagnostic, DiagnosticError, Help, Replacement, error
from gradc.elaborate.arguments import bind
from gradc.elaborate.bindings import Function, Instance, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.habits.own import callable_of, of_the_file, parameters_of
from gradc.elaborate.order import subtrees
from gradc.ir.node import Value
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.names import fresh, instance_name

_LACKS = pattern(r"`[^`]+` needs an argument for `(\w+)`")
_OF_ALL = r"\b(softmax|log_softmax|logsumexp|max|argmax|min|argmin)"
_WEIGHED = pattern(rf"{_OF_ALL}\s*\(\s*\Z")
_WHOLE = pattern(r"(?m)^[ \t]*(\w+)[ \t]*=[ \t]*\Z")
_LOOP = pattern(r"(?m)^[ \t]*scan (\w+) = (.+?)(?= over | times )[^\n{]*\{[^\n}]*\n")
_BOUND = pattern(r"\b(\w+) in |(?m:^[ \t]*(?:next |output )?(\w+) =)")


def missing(
    context: Context, name: str, call: tree.Call, scope: Scope, found: Diagnostic
) -> str | None:
    """What is said of `affine(x, w)` of `fn affine(z, w, b)`."""
    lacks = _LACKS.fullmatch(found.message)
    if lacks is None or any(isinstance(help_, Help) for help_ in found.helps):
        return None
    if name == "where" and len(call.args) == 1:
        condition = " ".join(call.args[0].value.span.text.split())
        chooses = f"`where({condition}, …, …)` chooses between two values, and finds no positions"
        return f'{chooses}; as numbers a condition is `astype({condition}, "f64")`'
    if name == "where" and len(call.args) == 2:
        return _otherwise(call)
    return _carried(context, name, call, scope, lacks[1]) or _by_name(context, name, call, scope)


def _otherwise(call: tree.Call) -> str | None:
    """`where(m, s)`: 0 for the others, or what a maximum and a softmax leave out."""
    given = [" ".join(a.span.text.split()) for a in call.args]
    if any(a.keyword is not None for a in call.args):
        return None
    text, start = call.span.source.text, call.span.start
    bound = _WHOLE.search(text, 0, start)
    inside = _WEIGHED.search(text, 0, start) or (
        bound and pattern(rf"{_OF_ALL}\s*\(\s*{bound[1]}\b").search(text)
    )
    other = {"min": "inf", "argmin": "inf"}.get(inside[1], "-inf") if inside else "0"
    written = f"where({', '.join(given)}, {other})"
    told = f"write `{written}`: {other} where `{given[0]}` does not hold"
    if inside:
        told += f", which `{inside[1]}` leaves out"
    return Help(told, [Replacement(Span(call.span.source, start, call.span.end), written)])


def _by_name(context: Context, name: str, call: tree.Call, scope: Scope) -> str | None:
    """The call with the values of the file that have the names of all that it lacks."""
    if not of_the_file(name, scope):
        return None  # the library's parameters are called `x` and `y`, as much else is
    formals = callable_of(context, name, scope)
    if not isinstance(formals, Function):
        return None
    names = parameters_of(context, name, scope)
    keywords = [a.keyword.name for a in call.args if a.keyword is not None]
    by_place = len(call.args) - len(keywords)
    needed = [p.name.name for p in formals.definition.parameters if p.default is None]
    lacking = [n for n in needed if n in names[by_place:] and n not in keywords]
    used = {a.value.name for a in call.args if isinstance(a.value, tree.Name)}
    known = (Value, Instance, int, float)
    if any(n in used or not isinstance(scope.values.get(n), known) for n in lacking):
        return None
    follows = not keywords and lacking == names[by_place : by_place + len(lacking)]
    given = [a.span.text for a in call.args] + [n if follows else f"{n}={n}" for n in lacking]
    text = " ".join(f"{call.callee.span.text}({', '.join(given)})".split())
    listed = ", ".join(f"`{n}`" for n in names)
    place = Span(call.span.source, call.span.start, call.span.end)
    return Help(f"its parameters are {listed}: write `{text}`", [Replacement(place, text)])


def second_carried(context: Context, call: tree.Expr, count: int, scope: Scope) -> Sequence[str]:
    """`next h = LSTMCell(x_t, h, h)`: the last two arguments are what the layer hands on."""
    if not isinstance(call, tree.Call) or any(a.keyword for a in call.args) or count != 2:
        return ()
    name = call.callee.span.text
    layer = callable_of(context, name, scope)
    if not isinstance(layer, Function) or not layer.is_layer:
        return ()
    formals = [p.name.name for p in layer.definition.parameters if p.default is None]
    if len(formals) < 3 or len(call.args) != len(formals):
        return ()
    told = _carried(context, name, call, scope, formals[-1])
    return () if told is None else (told,)


def _carried(context: Context, name: str, call: tree.Call, scope: Scope, lacks: str) -> str | None:
    """`next h = LSTMCell(x_t, h)`: what a step hands on beside `h` is carried by the loop too.

    So it is where something else is given for it: `h` once more, or what stands outside the loop.
    """
    layer = callable_of(context, name, scope)
    if not isinstance(layer, Function) or not call.args or call.args[-1].keyword is not None:
        return None
    if layer.result_count != 2:
        return None
    source = call.span.source
    bound = re.search(r"(?m)^[ \t]*next (\w+) = \Z", source.text[: call.span.start])
    loops = list(_LOOP.finditer(source.text, 0, call.span.start))
    if bound is None or not loops or loops[-1][1] != bound[1]:
        return None
    loop, carried = loops[-1], bound[1]
    *texts, last = [a.value.span.text for a in call.args]
    given = call.args[-1].span if texts[-1:] == [carried] else None
    if (given is None and last != carried) or source.text.find("}", loop.end(), bound.start()) > 0:
        return None
    start = " ".join(loop[2].split())
    first = start if given is None or last == carried else " ".join(last.split())
    body = source.text[loop.end(2) : call.span.start]
    inner = {n for names in _BOUND.findall(body) for n in names} - {carried}
    if not inner.isdisjoint(pattern(r"\w+").findall(first)):
        return None
    if lacks in scope.values:
        lacks = fresh(lacks, source.text)
    kept = call.instance.name if call.instance is not None else instance_name(name, source.text)
    whole = call.span.text[: call.args[-1].span.end - call.span.start]
    inside = f"{whole}, {lacks}" if given is None else f"{whole.removesuffix(last)}{lacks}"
    text = f"{inside}) as {kept}"
    told = f"`{name}` hands on `{carried}` and `{lacks}`: the loop carries both, "
    told += f"`scan {carried}, {lacks} = {start}, {first}` and `next {carried}, {lacks} = {text}`"
    end = call.args[-1].span.end
    edits = [
        Replacement(
            Span(source, loop.start(1), loop.end(2)), f"{carried}, {lacks} = {start}, {first}"
        ),
        Replacement(Span(source, bound.start(1), bound.end(1)), f"{carried}, {lacks}"),
        Replacement(Span(source, end, end), f", {lacks}")
        if given is None
        else Replacement(Span(source, given.start, end), lacks),
    ]
    if call.instance is None:  # several names are bound, of which none is the layer's
        edits.append(Replacement(Span(source, call.span.end, call.span.end), f" as {kept}"))
    return Help(told, edits)


def unnamed(context: Context, layer: Function, call: tree.Call) -> DiagnosticError:
    """A layer inside of a value, or one of several results: how it gets a name.

    What else is wrong with its arguments is told as well.
    """
    formals = [(p.name.name, p.default is None) for p in layer.definition.parameters]
    text, sketch = " ".join(call.span.text.split()), f"{call.callee.span.text}(…)"
    further: tuple[Diagnostic, ...] = ()
    try:
        bind(layer.name, formals, call)
    except DiagnosticError as failure:
        further, text = failure.diagnostics, sketch
    inner = (c for c in subtrees(call.args) if isinstance(c, tree.Call) and c.instance is None)
    if any(c.callee.span.text[:1].isupper() for c in inner):
        text = sketch  # what is inside has no name either
    taken = call.span.source.text
    name = instance_name(layer.name, taken)
    for other in context.found.diagnostics:  # those before it are told other names
        if other.code == "E0210":
            taken = f"{taken} {name}"
            name = fresh(name.rstrip("0123456789"), taken)
    told = f"name it: `{text} as {name}`"
    if layer.result_count == 1:  # several targets are no name
        told += f"; a statement of its own does too: `{name} = {text}`"
    message = f"this call of the layer `{layer.name}` has no name to give its parameters"
    (unnamed_,) = error("E0210", message, call.span, helps=[told]).diagnostics
    return DiagnosticError([unnamed_, *further])
