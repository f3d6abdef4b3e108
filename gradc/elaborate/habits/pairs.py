"""Calls that have two results elsewhere: `x.max(dim=1)[0]`, `values, places = torch.sort(x)`."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import Help, Replacement
from gradc.elaborate.bindings import Function
from gradc.elaborate.context import Context
from gradc.ir.operation import Operation
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import parts

_PLACES = {"max": "argmax", "min": "argmin", "sort": "argsort"}
"""What says where the results of others stand."""

_OTHERS = ("median", "cummax", "cummin")

_CALL = pattern(r"(\w+)\((.*)\)")
_TURNED = pattern(r"flip\(sort\((.*?)(?:, axis=(-?\d+))?\), axis=(-?\d+)\)")
_TAKEN = pattern(r"\s*(?:\[\s*([01])\s*\]|\.(values|indices)\b)(?!\s*[\[(.])")
_STATEMENT = pattern(r"[ \t]*((?:output |const |next )?)(\w+)(?:\s*,\s*(\w+))?\s*=\s*")
_END = pattern(r"[ \t]*(?:#.*)?(?:\n|$)")


def paired(context: Context, expr: tree.Call, text: str) -> tuple[str, ...]:
    """What is written for a call with what stands around it; nothing where `text` alone will do.

    `text` is the call as it is written here.
    """
    known = _known(context, text)
    if known is None:
        return ()
    count, places = known
    source = expr.span.source
    if taken := _TAKEN.match(source.text, expr.span.end):
        first = taken[1] == "0" or taken[2] == "values"
        new = text if first else places
        if count > 1:
            new = f"{text}[{0 if first else 1}]"
        place = Span(source, expr.span.start, taken.end())
        without = f", without `{taken[0].strip()}`" if new == text else ""
        return (Help(f"write `{new}`{without}", [Replacement(place, new)]),) if new else ()
    start = source.text.rfind("\n", 0, expr.span.start) + 1
    statement = _STATEMENT.fullmatch(source.text[start : expr.span.start])
    if statement is None or not _END.match(source.text, expr.span.end):
        return ()
    target = [part or "" for part in statement.groups()]
    place = Span(source, start + len(statement[0]) - len(statement[0].lstrip()), expr.span.end)
    if count > 1:
        return _named(place, target, text, count)
    return _apart(place, target, text, places)


def _known(context: Context, text: str) -> tuple[int, str] | None:
    """How many results a call has that has more elsewhere, and what says their places."""
    if turned := _TURNED.fullmatch(text):
        alone = turned[1].isidentifier()
        return 1, f"argsort(-{turned[1]}, axis={turned[3]})" if alone else ""
    call = _CALL.fullmatch(text)
    if call is None:
        return None
    name = call[1]
    if (count := _results(context, name)) != 1:
        return (count, "") if count else None
    along = name == "sort" or len(parts(call[2])) > 1  # without an axis others have one result too
    if not along or name not in (*_PLACES, *_OTHERS):
        return None
    return 1, f"{_PLACES[name]}({call[2]})" if name in _PLACES else ""


def _results(context: Context, name: str) -> int:
    """How many results an operation or a function of the library has."""
    match context.library.find_callable(name, trusted=False):
        case Operation() as op:
            return len(op.result_names)
        case Function() as function if isinstance(
            last := function.definition.body[-1], tree.Return
        ):
            return len(last.values)
    return 0


def _named(place: Span, target: Sequence[str], text: str, count: int) -> tuple[str, ...]:
    """`e = np.linalg.svd(x)`: a name for each result."""
    word, first, second = target
    if second:
        return ()
    whole = f"{word}{first}, {', '.join('_' * (count - 1))} = {text}"
    told = f"write `{whole}`; `_` discards one"
    return (Help(told, [Replacement(place, whole)]),)


def _apart(place: Span, target: Sequence[str], text: str, places: str) -> tuple[str, ...]:
    """`values, places = torch.max(x, 1)`: a statement for each."""
    word, first, second = target
    lines = [f"{word}{first} = {text}", f"{word}{second} = {places}"]
    if not second or (first == "_" and not places):
        return ()
    if first == "_":
        lines = lines[1:]
    elif second == "_":
        lines = lines[:1]
    elif not places:
        return (f"write `{lines[0]}`; where it stands is no operation here",)
    told = "write " + ", and below it ".join(f"`{line}`" for line in lines)
    before = place.source.text[: place.start]
    indent = before[before.rfind("\n") + 1 :]
    return (Help(told, [Replacement(place, f"\n{indent}".join(lines))]),)
