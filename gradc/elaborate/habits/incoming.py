"""Sizes in the order of other systems, where the one that comes in is given as well.

`Conv2d(img, 3, 16, 5)` compiles: as 3 channels, a window of 16 and steps of 5.
"""

from __future__ import annotations

import re

from gradc.diagnostics import DiagnosticError, Help, Replacement, error
from gradc.elaborate.bindings import Function, Instance, Poison, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.order import used_names
from gradc.ir.node import Value
from gradc.source import Span
from gradc.syntax import tree

_WINDOW = 8  # a window this large that keeps the channels, in steps of another size, is none
_STEP = (
    3  # steps of an odd size from here on that is not the window's: windows are odd, steps 1 or 2
)
_CHANNELS, _HEADS = "channels", "heads"


def incoming_size(
    layer: Function, call: tree.Call, inner: Scope, scope: Scope
) -> DiagnosticError | None:
    """W910 where the first size is the one that the array has, and the others fit that order."""
    formals = [p.name.name for p in layer.definition.parameters]
    if not layer.module.trusted or scope.module.trusted or len(formals) < 3:
        return None
    array = inner.values.get(formals[0])
    array = array.value if isinstance(array, Instance) else array
    given = [a for a in call.args if a.keyword is None]
    numbers = [inner.values.get(name) for name in formals[1:]]
    if not isinstance(array, Value) or len(given) < 3 or array.type.rank < 2:
        return None
    first, second = numbers[:2]
    if formals[1] == _CHANNELS:
        step = given[3].value if len(given) > 3 else None
        is_large = isinstance(second, int) and second >= _WINDOW
        is_step = isinstance(step, tree.Number) and step.value not in (1, second)
        is_window = isinstance(step, tree.Number) and step.value >= _STEP and step.value % 2
        fits = first == array.type.shape[1] and is_step and (is_large or bool(is_window))
    else:
        smaller = isinstance(first, int) and isinstance(second, int) and second < first
        fits = formals[1] == _HEADS and first == array.type.shape[-1] and smaller
    if not fits:
        return None
    texts = [" ".join(a.span.text.split()) for a in call.args]
    text = f"{layer.name}({', '.join([texts[0], *texts[2:]])})"
    place = Span(call.span.source, call.callee.span.start, _end(call))
    told = f"the size that comes in is read from `{texts[0]}`: write `{text}`"
    message = f"`{layer.name}` takes `{formals[1]}` here, and {texts[1]} is the size that comes in"
    helps = [Help(told, [Replacement(place, text)])]
    return error("W910", message, given[1].value.span, helps=helps)


_COMING = re.compile(r"(?:.*_)?(?:in|input|inputs|incoming)(?:_.*)?|[dn]in|in(?:dim|size|features)")
"""What the size that comes in is called: `in_features`, `input_dim`, `d_in`, `fan_in`, `nin`."""


def of_argument(context: Context, name: str, scope: Scope) -> list[str]:
    """What is said of `in_features` in a body: the size of the array that the body is given."""
    if scope.top or not context.active or not _COMING.fullmatch(name.lower()):
        return []
    definition = context.active[-1].definition
    formals = [p.name.name for p in definition.parameters]
    ranks = [_rank(scope.values.get(formal)) for formal in formals]
    at = next((i for i, rank in enumerate(ranks) if rank), 0)
    if not formals or ranks[at] == 0:
        return []
    of_maps = "channel" in name.lower() and (ranks[at] or 0) > 2
    text = f"{formals[at]}.shape[{1 if of_maps else -1}]"
    told = f"the size of the argument is `{text}`"
    places = [span for used, span in used_names(definition.body) if used == name]
    return [Help(told, [Replacement(Span(p.source, p.start, p.end), text) for p in places])]


def _rank(bound: object) -> int | None:
    """How many axes an argument has; 0 of what is none, None of what is not known."""
    bound = bound.value if isinstance(bound, Instance) else bound
    if bound is None or isinstance(bound, Poison):
        return None
    return bound.type.rank if isinstance(bound, Value) else 0


def _end(call: tree.Call) -> int:
    """Where the arguments end, in front of an `as`."""
    return call.span.source.text.index(")", call.args[-1].span.end) + 1
