"""What may be wrong with an expression of a rule: other texts in the place of each of its parts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, is_dataclass
from itertools import pairwise
from typing import Any

from gradc.syntax import tree

_OTHERS = {
    "+": "-", "-": "+", "*": "/", "/": "*", "//": "%", "%": "//", "**": "*",
    "<": "<= >", "<=": "< >=", ">": ">= <", ">=": "> <=", "==": "!=", "!=": "==",
    "and": "or", "or": "and",
}  # fmt: skip
_ORDERED = ("-", "/", "@", "**")  # of which the operands are not swapped for nothing
_FUNCTIONS = (
    ("sin", "cos"), ("sinh", "cosh"), ("tril", "triu"), ("max", "min"), ("argmax", "argmin"),
    ("at_least", "at_most"), ("maximum", "minimum"), ("abs", "sign"), ("exp", "expm1"),
    ("log", "log1p"), ("sum", "mean"), ("cumsum", "cumprod"), ("sigmoid", "tanh"),
    ("sqrt", "square"), ("conv2d_input", "conv2d_weight"), ("take", "scatter_add"),
)  # fmt: skip
_ASKING = ("rank", "is_zero", "is_none", "is_float", "dtype_of")
"""What is asked when a rule is made for its types; the answer is altered, not what is asked of."""
_NEIGHBOURS = {a: b for pair in _FUNCTIONS for a, b in (pair, pair[::-1])}


@dataclass(frozen=True)
class Words:
    """The names that a rule is about: its arrays, and the arguments known at compile time."""

    arrays: Collection[str]
    known: Collection[str]


@dataclass(frozen=True)
class Alteration:
    """A stretch of a stanza's text, and what is put in its place."""

    start: int
    end: int
    text: str


def alterations(value: tree.Expr, words: Words) -> Iterator[Alteration]:
    """Those of an expression: of the whole and of all of its parts."""
    if isinstance(value, tree.Keyword):
        return  # it has no derivative
    yield Alteration(value.span.start, value.span.end, f"-{_tight(value)}")
    yield from _within(value, words, enclosed=True)


def _within(part: Any, words: Words, enclosed: bool) -> Iterator[Alteration]:
    """`enclosed` says that an operation needs no parentheses where the part stands."""
    for text, is_operation in _others(part, words):
        if is_operation and not enclosed:
            text = f"({text})"
        yield Alteration(part.span.start, part.span.end, text)
    if isinstance(part, tree.Call) and part.callee.span.text in _ASKING:
        return
    for child in _parts(part):
        inside = isinstance(part, tree.Argument | tree.ListExpr | tree.Slice)
        inside = inside or (isinstance(part, tree.Index) and child is not part.base)
        yield from _within(child, words, inside)


def _parts(part: Any) -> Iterator[Any]:
    """The expressions that a part of the tree consists of: not what is called, or whose shape."""
    match part:
        case tree.Unary(operand=tree.Number()):
            return
        case tree.Member() if part.name.name not in ("T", "mT"):
            return
        case tree.Call():
            found = [part.args]
        case _:
            found = [getattr(part, f.name) for f in fields(part) if "span" not in f.name]
    for children in found:
        for child in children if isinstance(children, tuple) else (children,):
            if is_dataclass(child) and not isinstance(child, tree.Identifier):
                yield child


def _others(part: Any, words: Words) -> Iterator[tuple[str, bool]]:
    """Texts for a part, and whether each is an operation, which may need parentheses."""
    match part:
        case tree.Binary():
            yield from _operations(part)
        case tree.Unary(operand=tree.Number()):
            yield part.operand.text, False
            yield f"-{part.operand.value + 1}", True
        case tree.Unary():
            yield part.operand.span.text, isinstance(part.operand, tree.Binary)
        case tree.Number():
            yield str(part.value + 1), False
            yield (f"-{part.text}", True) if part.value else ("-1", True)
        case tree.Keyword(value=bool()):
            yield "false" if part.value else "true", False
        case tree.Name(name=name):
            yield from ((other, False) for other in _names(name, words))
        case tree.Member() if part.name.name in ("T", "mT"):
            yield part.base.span.text, False
        case tree.Index():
            yield part.base.span.text, False
            *first, a, b = [None, *part.items]
            if a is not None and a.span.text != b.span.text:
                items = ", ".join(i.span.text for i in (*first[1:], b, a))
                yield f"{part.base.span.text}[{items}]", False
        case tree.Call():
            yield from _calls(part)


def _operations(part: tree.Binary) -> Iterator[tuple[str, bool]]:
    left, right = _tight(part.left), _tight(part.right)
    for operator in _OTHERS.get(part.op, "").split():
        yield f"{left} {operator} {right}", True
    if part.op in _ORDERED:
        yield f"{right} {part.op} {left}", True
    if part.op not in _OTHERS or part.op in "+-*/**andor":
        yield left, False
        yield right, False


def _names(name: str, words: Words) -> Iterator[str]:
    if name in words.arrays:
        yield from (other for other in words.arrays if other != name)
    elif name in words.known:
        if name == "axis":
            yield from ("0", "-1")
        if name in ("keepdims", "lower"):
            yield from ("false", "true")


def _calls(part: tree.Call) -> Iterator[tuple[str, bool]]:
    """Another function, arguments swapped or dropped, or no call at all."""
    name, args = part.callee.span.text, [a.span.text for a in part.args]
    if name in _ASKING:
        return
    placed = [a for a in part.args if a.keyword is None]
    if name == "where":
        condition, chosen, otherwise = args
        yield f"where({condition}, {otherwise}, {chosen})", False
        yield from ((_tight(a.value), False) for a in part.args[1:])
        return
    if name in _NEIGHBOURS:
        yield f"{_NEIGHBOURS[name]}({', '.join(args)})", False
    if placed:
        yield _tight(placed[0].value), False
    if len(placed) > 1:
        yield f"{name}({', '.join([args[1], args[0], *args[2:]])})", False
    for i, argument in enumerate(part.args):
        if argument.keyword is not None:
            yield f"{name}({', '.join(args[:i] + args[i + 1 :])})", False
    named = [a for a in part.args if a.keyword is not None]
    for one, other in pairwise(named):
        if isinstance(one.value, tree.Name) and isinstance(other.value, tree.Name):
            changed = f"{one.keyword.name}={other.value.name}"  # type: ignore[union-attr]
            texts = [changed if a is one else a.span.text for a in part.args]
            yield f"{name}({', '.join(texts)})", False


def _tight(value: tree.Expr) -> str:
    """The text of an expression, in parentheses where it is an operation."""
    text = value.span.text
    if not isinstance(value, tree.Binary | tree.Unary):
        return text
    first = value.left if isinstance(value, tree.Binary) else None
    grouped = text.startswith("(") and (first is None or first.span.start > value.span.start)
    return text if grouped else f"({text})"
