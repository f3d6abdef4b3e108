"""Graphs in notebooks: `%load_ext gradc`, then `%%graph` over a cell.

    %%graph unit --set x=3
    input x = -2
    param w = 2
    loss J = (w * x)**2

binds `unit`, a net as of `gradc.compile`, and shows its picture.
"""

from __future__ import annotations

import shlex
from keyword import iskeyword
from typing import Any

from gradc.commands.assignment import assignments
from gradc.commands.failure import UsageError
from gradc.commands.streams import tell
from gradc.python.errors import GraphError, call_error
from gradc.python.net import Net, compile

_USAGE = "%%graph [NAME] [--set NAME=VALUE]… [--seed NUMBER]"


def register(shell: Any) -> None:
    """Brings the magic to a shell of IPython's."""

    def graph(line: str, cell: str) -> Net:
        name, net = graph_magic(line, cell)
        if name is not None:
            shell.push({name: net})
        for problem in net.warnings:
            tell(f"{problem}\n")
        return net

    shell.register_magic_function(graph, "cell", "graph")


def graph_magic(line: str, cell: str) -> tuple[str | None, Net]:
    """What `%%graph` does: the name to bind, and the net."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise GraphError(f"error: write {_USAGE}") from None
    name: str | None = None
    given: list[str] = []
    seed = 0
    while words:
        word = words.pop(0)
        if word == "--set" and words:
            given.append(words.pop(0))
        elif word == "--seed" and words and words[0].isdigit():
            seed = int(words.pop(0))
        elif iskeyword(word):
            raise GraphError(f"error: `{word}` is a keyword of Python, so no net is bound to it")
        elif word.isidentifier() and name is None:
            name = word
        else:
            raise GraphError(f"error: `{word}` is not understood; write {_USAGE}")
    try:
        values = assignments(given)
    except UsageError as failure:
        raise call_error(failure) from None
    net = compile(cell, name=f"{name or 'cell'}.graph")
    return name, net.at(values, seed) if values or seed else net
