"""Graphs in notebooks: `%load_ext gradc`, then `%%graph` over a cell.

    %%graph unit --set x=3
    input x = -2
    param w = 2
    loss J = (w * x)**2

binds `unit`, a net as of `gradc.compile`, and shows its picture.
"""

from __future__ import annotations

import json
import shlex
from typing import Any

from gradc.python.errors import GraphError
from gradc.python.net import Net, compile

_USAGE = "%%graph [NAME] [--set NAME=VALUE]… [--seed NUMBER]"


def register(shell: Any) -> None:
    """Brings the magic to a shell of IPython's."""

    def graph(line: str, cell: str) -> Net:
        name, net = graph_magic(line, cell)
        if name is not None:
            shell.push({name: net})
        return net

    shell.register_magic_function(graph, "cell", "graph")


def graph_magic(line: str, cell: str) -> tuple[str | None, Net]:
    """What `%%graph` does: the name to bind, and the net."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise GraphError(f"error: write {_USAGE}") from None
    name: str | None = None
    given: dict[str, Any] = {}
    seed = 0
    while words:
        word = words.pop(0)
        if word == "--set" and words:
            given |= [_assignment(words.pop(0))]
        elif word == "--seed" and words and words[0].isdigit():
            seed = int(words.pop(0))
        elif word.isidentifier() and name is None:
            name = word
        else:
            raise GraphError(f"error: `{word}` is not understood; write {_USAGE}")
    net = compile(cell, name=f"{name or 'cell'}.graph")
    return name, net.at(given, seed) if given or seed else net


def _assignment(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        raise GraphError(f"error: `--set {text}` gives no number or list") from None
