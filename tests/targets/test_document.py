"""Statements on lines that fit: they say what one line says, and nesting needs no deep stack."""

import ast
import inspect
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gradc.targets.python.document import SOFT, SURE, WIDTH, Choice, Filled, Nest, group, render
from gradc.targets.python.expression import (
    Atom,
    Attribute,
    Binary,
    Call,
    Expr,
    Items,
    Slice,
    Subscript,
    Unary,
    text,
)
from gradc.targets.python.statements import statement


def drawn(rng: random.Random, depth: int) -> Expr:
    """An expression of any form, whose words are short."""
    if depth == 0:
        return Atom(rng.choice(["x", "weights", "h_2", "12", "0.5", "some_longer_name"]))

    def inner() -> Expr:
        return drawn(rng, rng.randrange(depth))

    match rng.randrange(8):
        case 0 | 1 | 2:
            return Binary(rng.choice(["+", "-", "*", "/", "**", "@", "<", "&"]), inner(), inner())
        case 3:
            return Unary(rng.choice("-~"), inner())
        case 4:
            keywords = [("axis", inner())] if rng.random() < 0.3 else []
            return Call(Atom("np.f"), [inner() for _ in range(rng.randrange(5))], keywords)
        case 5:
            return Call(Attribute(inner(), "sum"), [inner()] * rng.randrange(2))
        case 6:
            return Subscript(inner(), [inner(), Slice(inner(), None, None)])
        case _:
            return Items([inner() for _ in range(rng.randrange(1, 4))], rng.choice(["()", "[]"]))


@pytest.mark.parametrize("seed", range(300))
def test_broken_lines_say_what_one_line_says(seed: int) -> None:
    rng = random.Random(seed)
    expr = drawn(rng, rng.randrange(3, 8))
    indent = rng.choice([0, 4, 8])
    lines = statement("y = ", expr, "a type", indent)
    assert all(len(line) <= WIDTH for line in lines)
    assert all(line == line.rstrip() for line in lines)
    broken = ast.parse(inspect.cleandoc("\n".join(lines)))
    assert ast.dump(broken) == ast.dump(ast.parse(f"y = {text(expr)}"))


def test_parentheses_stay_where_a_chain_is_broken() -> None:
    word = Atom("a" * 60)
    lines = statement("y = ", Binary("**", Binary("**", Atom("b"), word), word), indent=0)
    assert len(lines) > 1
    (assigned,) = ast.parse("\n".join(lines)).body
    assert isinstance(assigned, ast.Assign)
    assert ast.unparse(assigned.value).startswith("(b **")


@pytest.mark.parametrize(
    "expr",
    [
        Atom("a" * 60),
        Unary("-", Atom("a" * 60)),
        Attribute(Atom("a" * 60), "T"),
        Subscript(Atom("a" * 60), [Atom("0")]),
        Call(Attribute(Atom("a" * 60), "cumprod"), [], [("axis", Atom("0"))]),
        Call(Atom("a" * 60), [Atom("x")]),
    ],
    ids=text,
)
def test_what_cannot_be_broken_stands_on_a_line_of_its_own(expr: Expr) -> None:
    assert statement("b" * 60 + " = ", expr, "f64") == [
        "    " + "b" * 60 + " = (  # f64",
        "        " + text(expr),
        "    )",
    ]
    assert statement("b = ", Atom("a" * 120), indent=0) == ["b = " + "a" * 120]


@contextmanager
def shallow_stack() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 60)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize("form", ["call", "left", "right", "base", "unary"])
def test_what_is_deep_needs_no_deep_stack(form: str) -> None:
    expr: Expr = Atom("x")
    for _ in range(400):
        expr = {
            "call": lambda e: Call(Atom("f"), [e]),
            "left": lambda e: Binary("+", e, Atom("x")),
            "right": lambda e: Binary("-", Atom("x"), e),
            "base": lambda e: Call(Attribute(e, "sum"), []),
            "unary": lambda e: Unary("-", e),
        }[form](expr)
    with shallow_stack():
        assert len(text(expr)) > 400
        lines = statement("y = ", expr)
    assert "".join(line.strip() for line in lines).count("x") == text(expr).count("x")


def test_a_group_is_broken_at_all_its_lines_or_at_none() -> None:
    words = ["word" * 8] * 4
    doc = group(("[", Nest((SOFT, words[0], SOFT, words[1])), SOFT, "]"))
    assert len(render(doc, 0)) == 1
    assert render(doc, 60) == [
        " " * 60 + "[",
        *[" " * 64 + word for word in words[:2]],
        " " * 60 + "]",
    ]


def test_words_are_filled_up_to_the_last_column() -> None:
    lines = render(Filled(["abc"] * 50), 10)
    assert {len(line) for line in lines[:-1]} == {99}
    assert len(render(Filled(["abc"] * 18), 10)) == 1
    assert len(render(Filled(["abc"] * 19), 10)) == 2


def test_a_choice_looks_beyond_a_line_that_is_sure() -> None:
    long = "a" * 98
    within = ("(", Nest((SURE, long)), SURE, ")")
    assert render(Choice((long + long, within, "neither")), 0) == ["neither"]
    short = "a" * 96
    within = ("(", Nest((SURE, short)), SURE, ")")
    assert render(Choice((short + short, within, "neither")), 0) == ["(", f"    {short}", ")"]
