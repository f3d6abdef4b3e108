"""Modes: the strings that a parameter of the library takes, and words that stand without quotes."""

from __future__ import annotations

import re

from gradc.diagnostics import meant_mode
from gradc.elaborate.bindings import Function, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.habits.own import callable_of, takes_word
from gradc.syntax import tree

_STRING = re.compile(r'"(\w+)"')
_CALLED = re.compile(r"\b(\w+)\(")
_DEEP = 3  # functions that hand a mode on


def unquoted(
    context: Context, name: str, argument: tree.Argument, scope: Scope
) -> tuple[str, ...] | None:
    """What is said of `reduction=mean`; None where the parameter takes no mode."""
    assert argument.keyword is not None
    parameter, word = argument.keyword.name, argument.value.span.text
    if not word.isidentifier() or not takes_word(context, name, parameter, scope):
        return None
    found = callable_of(context, name, scope)
    known = _modes(context, found, parameter, _DEEP) if isinstance(found, Function) else ()
    if known and word not in known:
        return (*meant_mode(word, known), _listed(parameter, word, known))
    quoted = f'a word stands in quotation marks: `{parameter}="{word}"`'
    return (quoted, _listed(parameter, word, known)) if len(known) > 1 else (quoted,)


def _listed(parameter: str, word: str, known: tuple[str, ...]) -> str:
    listed = ", ".join(f'"{mode}"' for mode in known)
    said = f"it is one of {listed}"
    if parameter == "reduction" and word == "none":
        said += '; by "none" each example has its own, of which a loss takes the mean'
    return said


def _modes(context: Context, function: Function, parameter: str, deep: int) -> tuple[str, ...]:
    """The modes that a body, or one that it calls, tells apart, and those its page quotes."""
    definition = function.definition
    if not function.module.trusted or all(p.name.name != parameter for p in definition.parameters):
        return ()
    text = definition.span.text
    found: list[str] = []
    for listed in re.findall(rf"\bone_of\({parameter}((?:, \"\w+\")+)\)", text):
        found += _STRING.findall(listed)
    if found:
        return tuple(found)
    for called in dict.fromkeys(_CALLED.findall(text)) if deep else ():
        inner = context.library.find_callable(called, trusted=True)
        if isinstance(inner, Function) and inner is not function:
            further = _modes(context, inner, parameter, deep - 1)
            if further:
                return further
    default = [p.default for p in definition.parameters if p.name.name == parameter]
    found += [d.value for d in default if isinstance(d, tree.String)]
    return tuple(dict.fromkeys([*found, *_STRING.findall(definition.doc)]))
