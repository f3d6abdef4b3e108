"""Statements on lines that fit: calls are broken at their arguments, chains before operators."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from gradc.targets.python.document import (
    SURE,
    WIDTH,
    Choice,
    Delayed,
    Doc,
    Filled,
    Line,
    Nest,
    enclosed,
    render,
    rows,
)
from gradc.targets.python.expression import (
    POSTFIX,
    Atom,
    Attribute,
    Binary,
    Call,
    Expr,
    Items,
    Slice,
    Subscript,
    Unary,
    base_parts,
    in_parentheses,
    is_chained,
    joined,
    precedence,
    text,
)


def statement(
    head: str,
    expr: Expr,
    comment: str = "",
    indent: int = 4,
    tail: str = "",
    *,
    kept: bool = False,
) -> list[str]:
    """The lines of `head expr tail  # comment`.

    The comment stands on the first line. Where it cannot it is left out, or stands above where it
    is to be `kept`.
    """
    pad = " " * indent
    one = f"{pad}{head}{text(expr)}{tail}"
    remark = f"  # {comment}" if comment else ""
    if len(one) + len(remark) <= WIDTH:
        return [one + remark]
    if len(one) > WIDTH:
        lines = render((head, _document(expr), tail), indent)
    else:
        opened, inner = "(", text(expr)
        if isinstance(expr, Call) and isinstance(expr.function, Atom) and expr.args:
            opened = f"{text(Call(expr.function, ()))[:-1]}"
            inner = inner.removeprefix(opened).removesuffix(")")
        lines = [f"{pad}{head}{opened}", f"{pad}    {inner}", f"{pad}){tail}"]
        if max(len(lines[0] + remark), len(lines[1])) > WIDTH:
            lines = [one]
    if lines[0].endswith(("(", "[")) and len(lines[0] + remark) <= WIDTH:
        lines[0] += remark
    elif comment and kept:
        lines.insert(0, f"{pad}# {comment}")
    return lines


def _document(expr: Expr, *, is_bare: bool = False) -> Doc:
    """An expression on one line, or broken. A `bare` one stands between brackets and a comma."""
    return Delayed(lambda: Choice((text(expr), Delayed(partial(_broken, expr, is_bare)))))


def _flat(found: Sequence[str | Expr]) -> str:
    """On one line."""
    return "".join([p if isinstance(p, str) else text(p) for p in found])


def _broken(expr: Expr, is_bare: bool) -> Doc:
    layouts = _layouts(expr, is_bare)
    if not is_bare and isinstance(_root(expr), Atom):
        layouts += [_apart(expr), layouts[-1]]
    return Choice(tuple(layouts))


def _root(expr: Expr) -> Expr:
    """What the text of an expression begins with, where it can be broken only behind that."""
    match expr:
        case Call(function=Attribute(base=root)) | Call(function=root):
            return root
        case Subscript(base=root) | Attribute(base=root) | Unary(operand=root):
            return root
    return expr


def _apart(expr: Expr) -> Doc:
    """On a line of its own between parentheses, if it fits there."""
    return ("(", Nest((SURE, text(expr))), SURE, ")")


def _layouts(expr: Expr, is_bare: bool) -> list[Doc]:
    """The ways to break an expression, the best first."""
    match expr:
        case Call(function=Attribute(base=base, name=name) as called, args=args, keywords=keywords):
            end = _trailer(f".{name}(", joined(args, keywords), _arguments(args, keywords), ")")
            if not args and not keywords:
                return [(_base(base), end)]
            # Where its name does not fit, what is called is broken: `(` … `).sum(axis=0)`.
            opening = _flat([*base_parts(called), "("])
            within = enclosed("", _arguments(args, keywords), ")")
            if isinstance(base, Binary):
                return [(_base(base), end)]
            return [(opening, within), (_base(base), end)]
        case Call(function=function, args=args, keywords=keywords):
            if not args and not keywords:
                return [(_base(function), "()")]
            return [(_base(function), enclosed("(", _arguments(args, keywords), ")"))]
        case Subscript(base=base, items=items):
            end = _trailer("[", joined(items), _items(items), "]")
            if isinstance(base, Binary | Unary | Call):
                return [(_base(base), end)]
            whole = (_flat(base_parts(base)), enclosed("[", _items(items), "]"))
            return [whole, (_base(base), end)]
        case Attribute(base=base, name=name):
            return [(_base(base), f".{name}")]
        case Unary(op=op, operand=operand):
            return [(op, _base(operand))]
        case Binary():
            return _operation(expr, is_bare)
        case Slice(start=start, stop=stop, step=step):
            bounds = [() if b is None else _document(b) for b in (start, stop, step)]
            return [(bounds[0], ":", bounds[1], *((":", bounds[2]) if step is not None else ()))]
        case Items(items=items, brackets=brackets, keys=keys) if keys:
            pairs = zip(keys, items, strict=True)
            found: list[Doc] = [(f"{key}: ", _document(item)) for key, item in pairs]
            return [enclosed(brackets[0], rows(found), brackets[1])]
        case Items(items=items, brackets=brackets) if items:
            return [enclosed(brackets[0], _items(items), brackets[1])]
        case Atom() | Items():
            return [text(expr)]


def _trailer(opening: str, one: Sequence[str | Expr], many: Doc, closing: str) -> Doc:
    """A subscript or the call of a method, which is broken only where its base is too."""
    flat = _flat([opening, *one, closing])
    return Choice((flat, enclosed(opening, many, closing)), is_last=True) if one else flat


def _arguments(args: Sequence[Expr], keywords: Sequence[tuple[str, Expr]]) -> Doc:
    if not args and not keywords:
        return ()
    one = _flat(joined(args, keywords))
    if not keywords and all(isinstance(a, Atom) for a in args):
        return Choice((one, Filled([text(a) for a in args])))
    named = [(f"{name}=", _document(value)) for name, value in keywords]
    return Choice((one, rows([*(_document(a, is_bare=True) for a in args), *named])))


def _items(items: Sequence[Expr]) -> Doc:
    broken = rows([_document(i, is_bare=True) for i in items])
    return broken if len(items) == 1 else Choice((_flat(joined(items)), broken))


def _base(expr: Expr) -> Doc:
    """What binds tighter than any operator around it."""
    if isinstance(expr, Atom):
        return _flat(base_parts(expr))
    if precedence(expr) == POSTFIX:
        return _document(expr)
    return _parenthesised(expr)


def _parenthesised(expr: Expr) -> Doc:
    within = Choice((_flat([expr]), _chain(expr))) if isinstance(expr, Binary) else _document(expr)
    return Choice((_flat(["(", expr, ")"]), enclosed("(", within, ")")))


def _operation(expr: Binary, is_bare: bool) -> list[Doc]:
    found: list[Doc] = [] if is_bare else [_apart(expr)]
    left, right = in_parentheses(expr)
    if isinstance(expr.right, Binary) and right and not left and not _is_alike(expr, expr.right):
        opening = _flat([expr.left, f" {expr.op} ("])
        found.append((opening, enclosed("", _chain(expr.right), ")")))  # `scale * (` … `)`
    chain = _chain(expr)
    return [*found, chain if is_bare else enclosed("(", chain, ")")]


def _is_alike(one: Expr, other: Expr) -> bool:
    return precedence(one) == precedence(other)


def _chain(expr: Binary) -> Doc:
    """A chain of operators of one strength, a line an operand."""
    return Delayed(partial(_linked, expr))


def _linked(expr: Binary) -> Doc:
    spine = [expr]
    while isinstance(left := spine[-1].left, Binary) and _is_alike(left, expr) and is_chained(expr):
        spine.append(left)
    first = spine[-1]
    is_wrapped = in_parentheses(first)[0]
    found: list[Doc] = [_parenthesised(first.left) if is_wrapped else _document(first.left)]
    for step in reversed(spine):
        found += (Line(), f"{step.op} ", _right(step))
    return tuple(found)


def _right(step: Binary) -> Doc:
    right = step.right
    if not in_parentheses(step)[1]:
        return _document(right)
    assert isinstance(right, Binary)
    return Choice((_flat(["(", right, ")"]), enclosed("(", _chain(right), ")")))
