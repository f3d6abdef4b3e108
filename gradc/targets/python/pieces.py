"""A module's statements a few at a time: a syntax tree is many times as large as its text.

The text is cut where a line begins a statement of the module, or of a long function. Where each
piece parses by itself, nothing is open at its end, so their statements are those of the module.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import lru_cache
from itertools import chain
from typing import TypeAlias, TypeVar

from gradc.patterns import pattern
from gradc.records import dataclass

_LONG = 200  # lines; of a longer function the statements behind its head are pieces of their own
_HEAD = 50  # lines
_SHORT = 2_000  # characters: of what is longer no tree is kept
_MARGIN = "    "
_NAME = pattern(r"(def|class) +(\w+)")
_RECORD = pattern(r"class +\w+\(\w*\):\n")


def _beginning(margin: str) -> re.Pattern[str]:
    """A line, behind another, that begins a statement at a margin."""
    return re.compile(rf"\n{margin}{FIRST}")


FIRST = r"(?!(?:elif|else|except|finally)\b)[\w@\"']"
"""How a statement begins behind its margin."""
_OF_MODULE, _OF_FUNCTION = _beginning(""), _beginning(_MARGIN)

T = TypeVar("T", bound=ast.stmt)
Passing: TypeAlias = Callable[[str, int], int]
"""Goes on, from a place in a function's text, over statements that nobody has to see."""


class Entangled(Exception):
    """The module is not laid out so that its lines tell where statements begin."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of some statements; `is_inside` where it goes on with the last function."""

    text: str
    is_inside: bool = False
    known: tuple[ast.stmt, ...] = ()  # its syntax tree, where it was parsed already

    @property
    def name(self) -> str:
        """Of a function or a class that it is, as its first line tells; "" of anything else."""
        head = None if self.is_inside else _NAME.match(self.text)
        return head[2] if head else ""

    @property
    def statements(self) -> Sequence[ast.stmt]:
        """Its syntax tree. Raises Entangled."""
        if self.known:
            return self.known
        if not self.is_inside:
            return _parsed(self.text)
        holder = _only(ast.If, f"if True:\n{self.text}")
        if holder.orelse:
            raise Entangled
        return holder.body


def names(text: str) -> set[str]:
    """The functions and classes of a module, as its lines tell."""
    heads = (_head(block) for block in _blocks(text, _OF_MODULE))
    return {head[2] for head in heads if head is not None}


def _head(block: str) -> re.Match[str] | None:
    """The first line of a function or a class, behind its decorators."""
    while block.startswith("@"):
        block = block.partition("\n")[2]
    return _NAME.match(block)


def _nowhere(text: str, place: int) -> int:
    return place


def pieces(
    text: str, kept: Set[str], passing: Passing = _nowhere, fields: Passing = _nowhere
) -> Iterator[Piece]:
    """The pieces of a module, but for what is passed over behind the head of a long function, and
    for `fields` of a class that are like its first one.

    Functions and classes with the names in `kept` are not cut.
    """
    for block in _blocks(text, _OF_MODULE):
        head = _head(block)
        is_whole = head is None or head[1] == "class" or head[2] in kept
        if is_whole or block.count("\n") <= _LONG:
            is_kept = head is None or head[2] in kept
            yield Piece(block if is_kept else _without(fields, block))
            continue
        statements = _blocks(block, _OF_FUNCTION)
        first = next(statements)
        while first.count("\n") < _HEAD:
            first += next(statements, "\n")
        yield Piece(first, known=(_only(ast.FunctionDef, first),))
        place = passing(block, len(first))
        while place < len(block):
            statement = next(_blocks(block, _OF_FUNCTION, place))
            yield Piece(statement, is_inside=True)
            place = passing(block, place + len(statement))


def _without(fields: Passing, block: str) -> str:
    """A class with the first of its fields alone, as far as they are alike."""
    head = _RECORD.match(block)
    end = fields(block, head.end()) if head is not None else 0
    if head is None or end == head.end():
        return block
    return block[: block.index("\n", head.end()) + 1] + block[end:]


def _only(kind: type[T], text: str) -> T:
    """The statement that a text is, which must be of a kind."""
    statement, *others = _parsed(text)
    if others or not isinstance(statement, kind):
        raise Entangled
    return statement


def whole(text: str) -> tuple[set[str], Piece]:
    """A module as one piece, and its functions and classes. Raises what `ast.parse` raises."""
    return defined(ast.parse(text).body), Piece(text)


def defined(statements: Iterable[ast.stmt]) -> set[str]:
    return {s.name for s in statements if isinstance(s, ast.FunctionDef | ast.ClassDef)}


def _blocks(text: str, beginning: re.Pattern[str], begun: int = 0) -> Iterator[str]:
    """The text from where a statement has `begun`, cut where a line begins one: not in one in
    quotes, or behind a decorator."""
    starts = ((match.start() + 1, match[0][-1]) for match in beginning.finditer(text, begun))
    first = text[begun : begun + len(_MARGIN) + 1].lstrip(" ")[:1]
    pending = ""
    for end, following in chain(starts, [(len(text), "")]):
        statement = text[begun:end]
        if pending or first == "@" or '"""' in statement:
            pending += statement
            if first != "@" and pending.count('"""') % 2 == 0:
                yield pending
                pending = ""
        else:
            yield statement
        begun, first = end, following
    if pending:
        yield pending


def _parsed(text: str) -> list[ast.stmt]:
    return _parsed_before(text) if len(text) < _SHORT else _parsed_now(text)


@lru_cache(maxsize=64)
def _parsed_before(text: str) -> list[ast.stmt]:
    """For a process that compiles more than one graph: much of a module is in all of them."""
    return _parsed_now(text)


def _parsed_now(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Entangled from None
