"""Budgets of memory: the least that a graph can do with."""

from __future__ import annotations

import re
from dataclasses import replace

from gradc.compiler import Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.targets.offered import DEFAULT
from gradc.targets.target import Target


def least(text: str, options: Options, target: Target = DEFAULT) -> int:
    """The least budget, as the diagnostic says it that refuses less."""
    options = replace(options, max_memory=1)
    try:
        compilation = compile_source(Source("net.graph", text), options, target=target)
    except DiagnosticError as failure:
        (found,) = failure.diagnostics
        assert found.code == "E0507"
        match = re.match(r"`--max-memory (\d+)` is the least", found.helps[0])
        assert match is not None, found.helps
        return int(match[1])
    assert compilation.choice is not None
    return max(compilation.choice.fitted.peak, 1)


def tight(text: str, options: Options, target: Target = DEFAULT) -> Options:
    """The options with the least budget, so that as much as can be is made again."""
    return replace(options, max_memory=least(text, options, target))
