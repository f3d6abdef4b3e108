"""Reduce: the smallest graph found for which a test still holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gradc.compiler import Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.ir.loop import all_nodes
from gradc.ir.types import Type
from gradc.records import dataclass
from gradc.reduction.cuts import cuts
from gradc.source import Source
from gradc.syntax.parser import parse

_MOST_TRIED = 4000


@dataclass(frozen=True, slots=True)
class Reduced:
    """What is left of a graph, and how often the test was made."""

    text: str
    tried: int


def reduce(source: Source, options: Options, holds: Callable[[str], bool]) -> Reduced:
    """What is left where every cut is made for which the test holds.

    A graph that compiles goes on compiling, and the others keep the codes of their errors: a
    mistake that a cut makes does not count as the one that is looked for.
    """
    wanted, types = _state(source, options)
    text, tried = source.text, 0
    again = True
    while again:
        again = False
        position = 0
        candidates = _candidates(Source(source.name, text), types)
        while position < len(candidates) and tried < _MOST_TRIED:
            candidate = candidates[position]
            position += 1
            if _size(candidate) >= _size(text):
                continue
            tried += 1
            state, found = _state(Source(source.name, candidate), options)
            if state == wanted and holds(candidate):
                text, types, again = candidate, found, True
                # What was in vain before this place mostly is so again.
                candidates = _candidates(Source(source.name, text), types)
    return Reduced(text, tried)


def _candidates(source: Source, types: Mapping[str, Type]) -> list[str]:
    """The texts that cuts leave, each once."""
    try:
        module = parse(source)
    except DiagnosticError:
        return []
    found = dict.fromkeys(_tidy(cut.made_in(source.text)) for cut in cuts(module, types))
    return list(found)


def _size(text: str) -> tuple[int, int]:
    return text.count("\n"), len(text)


def _tidy(text: str) -> str:
    """Without empty lines and what stands behind the last character of a line."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines() if line.strip())


def _state(source: Source, options: Options) -> tuple[frozenset[str], Mapping[str, Type]]:
    """The codes of a graph's errors, and the types of its values where there are none."""
    try:
        graph = compile_source(source, options).graph
    except DiagnosticError as failure:
        return frozenset(d.code for d in failure.diagnostics if d.is_error), {}
    except Exception as failure:  # a bug of gradc, perhaps the one that is looked for
        return frozenset({type(failure).__name__}), {}
    named = [r for node in all_nodes(graph.nodes) for r in node.results if r.named]
    return frozenset(), {value.name: value.type for value in named}
