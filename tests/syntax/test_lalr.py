"""The parser does with its tables what lark does with its own: the same trees and refusals."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken
from lark.lark import PostLex

from gradc import resources
from gradc.library.loader import FILES
from gradc.syntax import lalr, tables
from gradc.syntax.keywords import KEYWORDS

ROOT = Path(__file__).parents[2]
LIBRARY = [resources.text(f"library/{name}.graph") for name in FILES]
GRAPHS = [
    path.read_text(encoding="utf-8", errors="replace")
    for folder in ("examples", "tests/goldens", "tests/errors")
    for path in sorted((ROOT / folder).rglob("*.graph"))
]
TEXTS = [*((text, "library") for text in LIBRARY), *((text, "graph") for text in GRAPHS)]


class LineBreaks(PostLex):
    """What the grammar says of brackets: no line ends in them."""

    always_accept = ("_NEWLINE", "NAME")

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth = 0
        for token in stream:
            depth += (token.type in lalr.OPENING) - (token.type in lalr.CLOSING)
            if token.type != "_NEWLINE" or depth <= 0:
                yield token


def keyword_or_name(token: Token) -> Token:
    return token.update(type=token.upper()) if token in KEYWORDS else token


@cache
def reference() -> Lark:
    return Lark(
        resources.text(tables.GRAMMAR),
        start=[*tables.STARTS],
        parser="lalr",
        lexer="contextual",
        postlex=LineBreaks(),
        lexer_callbacks={"NAME": keyword_or_name},
        maybe_placeholders=False,
    )


class Generic:
    """Makes of each rule its name and its values."""

    def __getattr__(self, name: str) -> Any:
        return lambda values: (name, values)


@cache
def ours() -> lalr.Parser:
    return lalr.Parser(tables.made(), Generic(), 10**6, 10**6)


def plain(part: Any) -> Any:
    if isinstance(part, Tree):
        return (str(part.data), [plain(child) for child in part.children])
    if isinstance(part, tuple):
        return (part[0], [plain(child) for child in part[1]])
    return (part.type, part.value, part.start_pos, part.end_pos)


def by_lark(text: str, start: str) -> Any:
    try:
        return plain(reference().parse(text, start))
    except UnexpectedToken as cause:
        end = cause.token.type == "$END"
        place = None if end else cause.token.start_pos
        accepts: Any = cause.interactive_parser
        return (place, cause.token.type, cause.token.value, frozenset(accepts.accepts()))
    except UnexpectedCharacters as cause:
        accepts = cause.interactive_parser  # type: ignore[attr-defined]
        return (cause.pos_in_stream, None, None, frozenset(accepts.accepts()))


def by_us(text: str, start: str) -> Any:
    try:
        return plain(ours().parse(text, start))
    except lalr.Unexpected as cause:
        if cause.token is None:
            return (cause.place, None, None, cause.accepts)
        place = None if cause.token.type == lalr.END else cause.place
        return (place, cause.token.type, cause.token.value, cause.accepts)


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_trees_are_the_same(number: int) -> None:
    text, start = TEXTS[number]
    assert by_us(text + "\n", start) == by_lark(text + "\n", start)


def broken(text: str, drawn: random.Random) -> str:
    """A text with something left out, doubled or put in."""
    a = drawn.randrange(len(text) + 1)
    b = min(len(text), a + drawn.randrange(1, 6))
    made = drawn.choice(["", text[a:b] * 2, *'()[]{}:=,.~;"\n', " in ", "axis", "..", "1.", "?"])
    return text[:a] + made + text[b:]


@pytest.mark.parametrize("seed", range(40))
def test_refusals_are_the_same(seed: int) -> None:
    drawn = random.Random(seed)
    for _ in range(15):
        text, start = drawn.choice([pair for pair in TEXTS if len(pair[0]) < 2000])
        made = broken(text, drawn) + "\n"
        assert by_us(made, start) == by_lark(made, start), made


@pytest.mark.parametrize("start", tables.STARTS)
@pytest.mark.parametrize("text", ["", "\n", " ", "# all\n", "x = 1", "x = (", "x = 1 ?", "'", "]"])
def test_short_texts_are_read_the_same(text: str, start: str) -> None:
    assert by_us(text, start) == by_lark(text, start)


def test_brackets_and_blocks_nest_only_so_deep() -> None:
    parser = lalr.Parser(tables.made(), Generic(), 2, 1)
    assert parser.parse("x = ((1))\nfn f() { return 1 }\n", "graph")
    with pytest.raises(lalr.TooDeep, match="nest more than") as failure:
        parser.parse("x = ((\n(1)))\n", "graph")
    assert failure.value.token.start_pos == 7
    with pytest.raises(lalr.TooDeep, match="nest more than"):
        parser.parse("fn f() { fn g() { return 1 } }\n", "graph")


def test_a_run_of_blanks_is_read_once() -> None:
    with pytest.raises(lalr.Unexpected):
        ours().parse("x = 1" + " " * 10_000 + "?\n", "graph")
