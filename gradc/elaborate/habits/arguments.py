"""Arguments in the manner of other systems: by other names, and in other numbers."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import Diagnostic, Help, Label, Replacement
from gradc.elaborate.bindings import Function, Instance, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.habits.activations import followed
from gradc.elaborate.habits.attention import of_three
from gradc.elaborate.habits.biased import bias_third
from gradc.elaborate.habits.chosen import kept
from gradc.elaborate.habits.lacking import missing
from gradc.elaborate.habits.layers import activated
from gradc.elaborate.habits.modes import unquoted
from gradc.elaborate.habits.norms import weights_second, with_eps
from gradc.elaborate.habits.ordered import (
    array_first,
    axes_apart,
    matrix_first,
    of_several,
    swapped,
    tempered,
)
from gradc.elaborate.habits.own import call_of, callable_of, of_the_file, parameters_of, required_of
from gradc.elaborate.habits.pairs import paired
from gradc.elaborate.habits.receivers import received_object
from gradc.elaborate.habits.remedy import Written
from gradc.elaborate.habits.rewriting import respelled, written, written_apart
from gradc.elaborate.order import used_names
from gradc.ir.node import Value
from gradc.patterns import pattern
from gradc.records import replace
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import wrapped

_SMALL = 0.01
_CALLED = ("E0206", "E0305", "E0307")
_CODES = ("E0201", "E0203", "E0206", "E0302", "E0303", "E0305", "E0307")


def with_advice(
    context: Context, name: str, call: tree.Call, scope: Scope, found: Diagnostic
) -> Diagnostic | None:
    """What is found of a call, with what to write; None where that is not known."""
    if found.code not in _CODES:
        return None
    if found.code in _CALLED and (three := of_three(context, name, call, scope)):
        return replace(found, helps=three)
    if found.code in _CALLED and (divided := tempered(context, name, call, scope, found)):
        return replace(found, helps=(divided,))
    if found.code == "E0307" and (
        text := weights_second(name, call, parameters_of(context, name, scope), scope, found)
    ):
        return replace(found, helps=(text,))
    if found.code == "E0307" and (
        own_name := bias_third(name, call, parameters_of(context, name, scope), scope, found)
    ):
        return replace(found, helps=(own_name,))
    if found.code == "E0303":
        turned = matrix_first(name, call, scope, found)
        return None if turned is None else replace(found, helps=(turned,))
    if found.code in ("E0302", "E0307"):
        turned = array_first(context, name, call, scope, found)
        if found.code == "E0307":
            turned = of_several(name, call, found) or swapped(name, call, found) or turned
        return None if turned is None else replace(found, helps=(turned,))
    named = [a for a in call.args if a.keyword is not None and found.span is a.keyword.span]
    if named and named[0].keyword is not None:
        return _renamed(context, name, call, scope, named[0], found)
    argument = next((a for a in call.args if a.value.span is found.span), None)
    if argument is not None and argument.keyword is not None:
        helps = unquoted(context, name, argument, scope)
        if helps is not None:
            return replace(found, helps=helps)
    is_function = isinstance(argument and argument.value, tree.Name | tree.Member)
    if found.code == "E0203" and argument and argument.keyword is None and is_function:
        return _of_function(name, call, scope, found)
    if found.code in ("E0201", "E0203"):
        return None
    if found.span is call.span and (object_ := _for_an_object(name, scope, found)):
        return object_
    if found.span is call.span:
        told = missing(context, name, call, scope, found)
        helps = kept(call, scope) or ((told,) if told else ())
        if helps and name == "where":  # whose parameters are called as much else is
            found = replace(found, message="`where` takes a condition and two values")
        if helps:
            return replace(found, helps=helps)
    own = [call.span, *(s for a in call.args for s in (a.span, a.value.span))]
    if all(found.span is not span for span in own):
        return None  # it is about a part of an argument
    if (apart := axes_apart(context, name, call, scope, found)) is not None:
        return replace(found, helps=(apart,))
    alone = call.args[0].value if len(call.args) == 1 else None
    bound = scope.values.get(alone.name) if isinstance(alone, tree.Name) else None
    is_array = isinstance(bound, Value | Instance)
    if alone is not None and is_array and found.message.endswith("for `units`"):
        help_ = f"`units` is a number: `{name}({alone.span.text}, 8)`"
        return replace(found, helps=(help_,))
    if argument is not None and isinstance(argument.value, tree.Number) and not argument.keyword:
        formals = parameters_of(context, name, scope)
        if (told := _by_name(context, name, call, scope, argument, found)) is not None:
            return replace(found, helps=(told,))
        if "eps" in formals[1:] and float(argument.value.value) < _SMALL:
            return replace(found, helps=(with_eps(name, call, call.args.index(argument)),))
    text = _fitted(context, name, written(context, call, scope), scope)
    if text == " ".join(call.span.text.split()):
        text = None  # what stands there, which is wrong in another way
    if text is None and len(call.args) == 1 and isinstance(call.args[0].value, tree.ListExpr):
        items = call.args[0].value.items  # Python's `max([a, b])`
        given = [Written(None, respelled(context, item, scope)) for item in items]
        text = _fitted(context, f"{name}[]", given, scope)
    if text is None:
        value = next((a.value for a in call.args if a.value.span is found.span), None)
        if value is not None and (new := respelled(context, value, scope)) != value.span.text:
            text = new
    if text is None and found.code == "E0305":
        turned = array_first(context, name, call, scope, found)
        return None if turned is None else replace(found, helps=(turned,))
    return None if text is None else replace(found, helps=(f"write `{text}`",))


def _for_an_object(name: str, scope: Scope, found: Diagnostic) -> Diagnostic | None:
    """A call that lacks an argument of a function whose first parameter is `self`."""
    function = scope.module.functions.get(name)
    if function is None or " needs an argument for " not in found.message:
        return None
    return received_object(function.definition, found)


def _by_name(
    context: Context,
    name: str,
    call: tree.Call,
    scope: Scope,
    argument: tree.Argument,
    found: Diagnostic,
) -> str | None:
    """`huber_loss(x, t, 1.5)`: a number where a word stands, which one parameter alone takes."""
    function = callable_of(context, name, scope)
    if not isinstance(function, Function) or " is a string" not in found.message:
        return None
    given = [a.keyword.name for a in call.args if a.keyword is not None]
    numbers = [
        p.name.name
        for p in function.definition.parameters[len(call.args) - len(given) :]
        if isinstance(p.default, tree.Number) and p.name.name not in given
    ]
    if len(numbers) != 1:
        return None
    texts = [" ".join(a.span.text.split()) for a in call.args]
    at = call.args.index(argument)
    texts[at] = f"{numbers[0]}={texts[at]}"
    return f"write `{name}({', '.join(texts)})`"


def _of_function(name: str, call: tree.Call, scope: Scope, found: Diagnostic) -> Diagnostic | None:
    """`twice(tanh, x)`: the body with the function in place of its parameter."""
    function = scope.module.functions.get(name)
    if function is None or any(a.keyword is not None for a in call.args):
        return None
    definition = function.definition
    last = definition.body[0]
    if not isinstance(last, tree.Return) or len(last.values) != 1:
        return replace(found, helps=("functions are no arguments: the body names what it calls",))
    formals = [p.name.name for p in definition.parameters]
    given = dict(zip(formals, (a.span.text for a in call.args), strict=False))
    text = last.values[0].span.text
    for formal in formals:
        if pattern(rf"(?<![\w.]){formal}\s*[!=]=|[!=]=\s*{formal}\b").search(text):
            chosen = f'`{formal} == "{given.get(formal, "relu")}"`'
            told = "functions are no arguments: a choice between them is a string"
            return replace(found, helps=(f"{told}, and the body asks {chosen}",))
    for used, span in sorted(used_names(last.values[0]), key=lambda n: -n[1].start):
        if used in given:
            at = span.start - last.values[0].span.start
            behind = text[at + len(used) :]
            apart = text[:at][-1:] in ("", "(") and behind[:1] in ("", ")", ",", "(")
            text = text[:at] + (given[used] if apart else wrapped(given[used])) + behind
    return replace(found, helps=(f"functions are no arguments: write `{' '.join(text.split())}`",))


def _fitted(context: Context, name: str, arguments: Sequence[Written], scope: Scope) -> str | None:
    """A call as the table has it, where it has these arguments: none of the file's own function."""
    habits = context.library.habits
    if of_the_file(name.removesuffix("[]"), scope):
        return None
    for remedy in habits.exactly(name):
        if remedy.formals and remedy.expression:
            text = remedy.fitted(arguments, habits)
            if text is not None:
                return text
    return None


def _renamed(
    context: Context,
    name: str,
    call: tree.Call,
    scope: Scope,
    argument: tree.Argument,
    found: Diagnostic,
) -> Diagnostic | None:
    assert argument.keyword is not None
    habits, keyword = context.library.habits, argument.keyword.name
    names = parameters_of(context, name, scope)
    value = respelled(context, argument.value, scope)
    labels = found.labels
    if value != argument.value.span.text:
        labels = (*labels, Label(argument.value.span, f"here `{value}`"))
    own = habits.renamed(keyword, names)
    whole = _fitted(context, name, written(context, call, scope), scope)
    helps: tuple[str, ...]
    if habits.is_idle(keyword) and required_of(context, name, scope):
        given = call.args[0].value  # of a layer, where an array stands first as it should
        whole = whole if isinstance(given, tree.Number) else None
    foreign = [a for a in call.args if a.keyword is not None and a.keyword.name not in names]
    if (said := _of_value(context, name, call, scope, argument)) is not None:
        helps = said
    elif own is not None and (
        two := paired(context, call, call_of(context, name, written(context, call, scope), scope))
    ):
        helps = two
    elif own is not None and (sized := _without_size(context, name, call, scope, own)):
        helps = (sized,)
    elif own is not None and len(foreign) > 1:
        text = whole or call_of(context, name, written_apart(context, call, scope), scope)
        helps = (_written(call, text), *_of_others(context, foreign, keyword, names))
    elif own is not None:
        helps = (f"write `{own}={value}`",)
    elif whole is not None:
        helps = (_written(call, whole),)
    elif remedies := habits.exactly(f"{keyword}="):
        text = call_of(context, name, written_apart(context, call, scope), scope)
        if text == " ".join(call.span.text.split()):
            return None
        sentences = [r.sentence for r in remedies if r.sentence]
        if keyword == "activation" and (both := followed(context, text, value, call.span, scope)):
            return replace(found, labels=labels, helps=(both,))
        if keyword == "activation":
            sentences = [told] if (told := activated([Written(keyword, value)])) else []
        helps = (*sentences, _written(call, text))
    elif keyword == "dtype":
        rest = [a for a in written(context, call, scope) if a.keyword != keyword]
        helps = (f"write `astype({call_of(context, name, rest, scope)}, {value})`",)
    elif (tied := _learned(context, name, call, scope, argument)) is not None:
        helps = tied
    else:
        return None
    return replace(found, labels=labels, helps=helps)


def _written(call: tree.Call, text: str) -> str:
    """What is said of another call in place of this one, where a layer in it is named too."""
    told = f"write `{text}`"
    if " as " not in text or not call.args:
        return told
    source = call.span.source
    end = source.text.index(")", call.args[-1].span.end) + 1  # before an `as` of its own
    return Help(told, [Replacement(Span(source, call.span.start, end), text)])


def _of_value(
    context: Context, name: str, call: tree.Call, scope: Scope, argument: tree.Argument
) -> tuple[str, ...] | None:
    """What is said of an argument by its name and its value: `size_average=false`."""
    assert argument.keyword is not None
    keyword, value = argument.keyword.name, respelled(context, argument.value, scope)
    remedies = context.library.habits.exactly(f"{keyword}={value}")
    if not remedies:
        return None
    meant, _, word = remedies[0].expression.partition("=")
    if meant and meant not in parameters_of(context, name, scope):
        return None
    kept = [a for a in written(context, call, scope) if a.keyword != keyword]
    given = [*kept, Written(meant, word)] if meant else kept
    sentences = [remedies[0].sentence] if remedies[0].sentence else []
    return (*sentences, f"write `{call_of(context, name, given, scope)}`")


def _without_size(
    context: Context, name: str, call: tree.Call, scope: Scope, taken: str
) -> str | None:
    """`Conv2d(img, 1, 16, kernel_size=3)`: without the channels that come in.

    They are one argument too many where `taken`, which has a name, is given by its place too.
    """
    by_place = [a for a in call.args if a.keyword is None]
    names = parameters_of(context, name, scope)[: len(by_place)]
    if names[-1:] != [taken] or not required_of(context, name, scope) or len(by_place) < 3:
        return None
    arguments = written(context, call, scope)
    text = call_of(context, name, [arguments[0], *arguments[2:]], scope)
    end = call.span.source.text.index(")", call.args[-1].span.end) + 1  # before an `as`
    told = f"the size that comes in is read from `{by_place[0].span.text}`: write `{text}`"
    return Help(told, [Replacement(Span(call.span.source, call.span.start, end), text)])


def _of_others(
    context: Context, foreign: Sequence[tree.Argument], keyword: str, names: Sequence[str]
) -> list[str]:
    """What is said of the other arguments that are left out, where that is more than so much."""
    habits = context.library.habits
    others = [a.keyword.name for a in foreign if a.keyword and a.keyword.name != keyword]
    left = [name for name in others if habits.renamed(name, names) is None]
    said = (r.sentence for name in left for r in habits.exactly(f"{name}="))
    return list(dict.fromkeys(s.partition(": ")[2] for s in said if ": " in s))


def _learned(
    context: Context, name: str, call: tree.Call, scope: Scope, argument: tree.Argument
) -> tuple[str, ...] | None:
    """`Dense(e, 100, W=table.T)`: what a layer learns, given where it is made."""
    layer, keyword = callable_of(context, name, scope), argument.keyword
    if not isinstance(layer, Function) or not layer.is_layer or keyword is None:
        return None
    body = (s for s in layer.definition.body if isinstance(s, tree.ParamDecl))
    if all(s.name.name != keyword.name for s in body):
        return None
    told = f"`{keyword.name}` is what `{name}` learns: an instance that is called again takes one"
    if name != "Dense" or keyword.name != "W" or not call.args or call.args[0].keyword is not None:
        return (told,)
    text = " @ ".join(wrapped(part.span.text) for part in (call.args[0], argument.value))
    place = Span(call.span.source, call.span.start, call.span.end)
    return (told, Help(f"write `{text}`", [Replacement(place, text)]))
