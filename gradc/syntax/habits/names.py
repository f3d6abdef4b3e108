"""Names for new values."""

from __future__ import annotations

import re

from gradc.diagnostics import Help, Replacement
from gradc.source import Source, Span
from gradc.syntax.characters import mask
from gradc.syntax.refusal import Refusal


def fresh(name: str, text: str) -> str:
    """A name with a number behind it that a text does not use yet."""
    number = 2
    while re.search(rf"\b{name}{number}\b", text):
        number += 1
    return f"{name}{number}"


def is_state(name: str, text: str) -> bool:
    """Whether a text declares a state of this name."""
    return re.search(rf"(?m)^[ \t]*state[ \t]+{name}\b", text) is not None


def next_of_state(name: str, value: str, own: str) -> str:
    """What is said of a state that is bound again: its update, by a name where it is read below.

    `own` is that name, empty where nothing below reads the state.
    """
    if not own:
        return f"write `update {name} = {value}` for the state's next value"
    return (
        f"write `{own} = {value}` and `update {name} = {own}`; below it write `{own}` for `{name}`"
    )


def next_of_carried(names: str, starts: str, name: str, own: str, value: str) -> str:
    """What is said of a value that a loop's body binds again: the loop carries it, as `own`."""
    value = re.sub(rf"(?<![\w.]){name}\b", own, value)
    head = f"scan {names}, {own} = {starts}, {name}"
    told = f"the loop carries it too: `{head}` and `next {own} = {value}`"
    return f"{told}; behind it `{own}` is the last value"


def read_behind(source: Source, name: str, own: str, loop: int) -> list[Replacement]:
    """What reads a name behind the loop that ends at a place, as far as its block, by another."""
    text, depth = mask(source.text), 0
    end = len(text)
    for brace in re.finditer(r"[{}]", text[loop:]):
        depth += 1 if brace[0] == "{" else -1
        if depth < 0:
            end = loop + brace.start()
            break
    read = re.compile(rf"(?<![\w.]){name}\b(?!\s*=(?!=)|\()")
    return [
        Replacement(Span(source, m.start(), m.end()), own) for m in read.finditer(text, loop, end)
    ]


def in_one(r: Refusal, first: re.Match[str], whole: str) -> Help:
    """What is said of a line that adds to the value of an earlier one, `first`: both are one."""
    start = first.start() + len(first[0]) - len(first[0].lstrip())
    value = first[0].rstrip()
    below = r.text.find("\n", r.place) + 1 or len(r.source.text)
    return Help(
        f"one statement says all of it: `{whole}`",
        (
            Replacement(Span(r.source, start, first.start() + len(value)), whole),
            Replacement(Span(r.source, r.line_start, below), ""),
        ),
    )


def free_name(text: str, *wished: str) -> str:
    """A name that a text does not use yet; for an output, where none are wished."""
    names = wished or ("y", "out")
    return next((n for n in names if not re.search(rf"\b{n}\b", text)), "result")


def instance_name(layer: str, text: str) -> str:
    """What an instance is called that has no name: `cell` of `LSTMCell`."""
    name = "cell" if layer.lower().endswith("cell") else "hidden"
    return name if not re.search(rf"\b{name}\b", text) else fresh(name, text)
