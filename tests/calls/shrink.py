"""Making a failing call smaller while it fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.calls.generate import Argument, Call
from tests.calls.judge import judge
from tests.fuzz.judge import Failure
from tests.fuzz.shrink import smallest

_PLAIN = ("1", "2.0", "[1]", "vector")


def shrink(call: Call, failure: Failure) -> tuple[Call, Failure]:
    """The smallest call found, and its failure."""
    return smallest(call, failure, _changes, judge)


def _changes(call: Call) -> Iterator[Callable[[Call], Call | None]]:
    if not call.is_form:
        for argument in call.arguments:
            yield lambda c, a=argument: _without(c, a)
    for argument in call.arguments:
        for text in _PLAIN[: _rank(argument.text)]:
            yield lambda c, a=argument, t=text: _exchanged(c, a, t)


def _rank(text: str) -> int:
    """How plain a text is: what stands before it is tried in its place."""
    return _PLAIN.index(text) if text in _PLAIN else len(_PLAIN)


def _without(call: Call, argument: Argument) -> Call | None:
    if argument not in call.arguments:
        return None
    return replace(call, arguments=tuple(a for a in call.arguments if a is not argument))


def _exchanged(call: Call, argument: Argument, text: str) -> Call | None:
    if argument not in call.arguments:
        return None
    plain = replace(argument, text=text)
    return replace(call, arguments=tuple(plain if a is argument else a for a in call.arguments))
