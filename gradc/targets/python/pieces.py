"""A module's statements a few at a time: a syntax tree is many times as large as its text.

The text is cut where a line begins a statement of the module, or of a long function. Where each
piece parses by itself, nothing is open at its end, so their statements are those of the module.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import TypeVar

_LONG = 200  # lines; a longer function is cut into pieces of about so many
_MARGIN = "    "
_HEAD = re.compile(r"(def|class) +(\w+)")
_BEGINS = re.compile(r"(?!(?:elif|else|except|finally)\b)[\w@\"']")


T = TypeVar("T", bound=ast.stmt)


class Entangled(Exception):
    """The module is not laid out so that its lines tell where statements begin."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Statements that follow each other; `is_inside` where they go on with the last function."""

    statements: list[ast.stmt]
    is_inside: bool = False


def names(text: str) -> set[str]:
    """The functions and classes of a module, as its lines tell."""
    heads = (_head(block) for block in _blocks(_lines(text), ""))
    return {head[2] for head in heads if head is not None}


def _head(block: list[str]) -> re.Match[str] | None:
    """The first line of a function or a class, behind its decorators."""
    return _HEAD.match(next((line for line in block if not line.startswith("@")), ""))


def pieces(text: str, kept: Set[str]) -> Iterator[Piece]:
    """The pieces of a module; functions with the names in `kept` are not cut. Raises Entangled."""
    for block in _blocks(_lines(text), ""):
        head = _head(block)
        is_whole = head is None or head[1] == "class" or head[2] in kept
        if is_whole or len(block) <= _LONG:
            yield Piece(_parsed("".join(block)))
            continue
        parts = _parts(block)
        yield Piece([_only(ast.FunctionDef, next(parts))])
        for part in parts:
            holder = _only(ast.If, f"if True:\n{part}")
            if holder.orelse:
                raise Entangled
            yield Piece(holder.body, is_inside=True)


def _only(kind: type[T], text: str) -> T:
    """The statement that a text is, which must be of a kind."""
    statement, *others = _parsed(text)
    if others or not isinstance(statement, kind):
        raise Entangled
    return statement


def whole(text: str) -> tuple[set[str], Piece]:
    """A module as one piece, and its functions and classes. Raises what `ast.parse` raises."""
    statements = ast.parse(text).body
    return defined(statements), Piece(statements)


def defined(statements: Iterable[ast.stmt]) -> set[str]:
    return {s.name for s in statements if isinstance(s, ast.FunctionDef | ast.ClassDef)}


def _lines(text: str) -> Iterator[str]:
    return (line[0] for line in re.finditer(r"[^\n]*\n|[^\n]+", text))


def _parts(block: list[str]) -> Iterator[str]:
    """A function's text, cut between statements. The first part begins with its head."""
    part: list[str] = []
    for statement in _blocks(block, _MARGIN):
        part += statement
        if len(part) > _LONG:
            yield "".join(part)
            part = []
    if part:
        yield "".join(part)


def _blocks(lines: Iterable[str], margin: str) -> Iterator[list[str]]:
    """Lines with those that follow a line which begins a statement at the margin."""
    block: list[str] = []
    is_text = False  # between triple quotes
    for line in lines:
        begins = not is_text and line.startswith(margin) and _BEGINS.match(line, len(margin))
        if block and begins and not block[-1].startswith("@"):
            yield block
            block = []
        block.append(line)
        is_text ^= line.count('"""') % 2 == 1
    if block:
        yield block


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Entangled from None
