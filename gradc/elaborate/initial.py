"""How parameters start: initialisers and starting values."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.diagnostics import Help, Replacement, error, near_miss
from gradc.elaborate.arguments import bind
from gradc.elaborate.bindings import Bound, Instance, Numbers, Scope, describe, is_number
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate, evaluate_known
from gradc.elaborate.literals import check_fits, fills, is_array, literal_shape, ragged
from gradc.elaborate.patterns import shape
from gradc.ir.graph import Initialiser
from gradc.ir.node import Value
from gradc.ir.sizes import Poly, Size, shape_text
from gradc.ir.types import Type
from gradc.source import Span
from gradc.syntax import tree

# name -> (its parameters, the least rank)
INITIALISERS: dict[str, tuple[tuple[str, ...], int]] = {
    "zeros": ((), 0),
    "ones": ((), 0),
    "constant": (("c",), 0),
    "normal": (("std",), 0),
    "uniform": (("low", "high"), 0),
    "glorot_uniform": ((), 2),
    "glorot_normal": ((), 2),
    "he_uniform": ((), 2),
    "he_normal": ((), 2),
    "lecun_normal": ((), 2),
    "orthogonal": ((), 2),
    "eye": ((), 2),
}
_MEANS = ("mean", "loc", "mu")
_DEVIATIONS = ("std", "stddev", "scale", "sigma")
_COUNTED = ("zeros", "ones", "constant", "eye")  # what integers can start with too


def declared_type(
    context: Context, statement: tree.ParamDecl | tree.StateDecl, scope: Scope
) -> tuple[Type, Numbers | None]:
    """The type of what has a starting value: as it is written, or as the value has it.

    The value comes second, where the type is its own.
    """
    stated = statement.type
    data: Numbers | None = None
    sizes: tuple[Size, ...] = ()
    if stated is not None and stated.sizes is not None:
        sizes = shape(context, stated, scope)
    elif statement.value is not None:
        own = statement.name.name if isinstance(statement, tree.ParamDecl) and not stated else ""
        check_tilde(context, statement.value, scope, name=own)
        data = literal(context, statement.value, None, scope, statement.name.name)
        note_sizes(context, statement)
        sizes = literal_shape(data)
    return Type((stated.dtype if stated else None) or context.dtype_in(scope), sizes), data


def _is_of_sizes(context: Context, expr: tree.Expr | None) -> bool:
    """Whether a list holds dimensions alone, as a shape does."""
    names = {d.name for d in context.found.dims}
    items = expr.items if isinstance(expr, tree.ListExpr) else ()
    return bool(items) and all(isinstance(i, tree.Name) and i.name in names for i in items)


def note_sizes(
    context: Context, statement: tree.InputDecl | tree.ParamDecl | tree.StateDecl
) -> None:
    """W911 where what starts with a list of dimensions probably has them for its shape."""
    expr = statement.value
    if expr is not None and _is_of_sizes(context, expr):
        text, name = expr.span.text, statement.name.name
        message = f"`{text}` is a list of numbers, the value of `{name}`, and no shape"
        helps = [_SHAPED.format(statement.span.text.split()[0], name, text)]
        context.note(error("W911", message, expr.span, helps=helps))


_SHAPED = "a shape stands behind a `:`, as in `{0} {1}: {2}`"


def initialiser(
    context: Context,
    statement: tree.ParamDecl | tree.StateDecl,
    kind: Type,
    data: Numbers | None,
    scope: Scope,
) -> Initialiser:
    """How the parameter starts; zero where the declaration does not say.

    `data` is its starting value where that has been evaluated.
    """
    if statement.value is not None:
        if data is None:
            check_tilde(context, statement.value, scope, kind.rank)
            data = literal(context, statement.value, kind.shape, scope, statement.name.name)
        check_fits(kind.dtype, data, statement.value.span)
        return Initialiser("value", data=data, text=f"= {statement.value.span.text}")
    drawn = statement.initialiser if isinstance(statement, tree.ParamDecl) else None
    if drawn is None:
        return Initialiser("zeros", text="= 0")
    return _drawn(context, drawn, kind, scope, statement.name)


def check_tilde(
    context: Context, expr: tree.Expr, scope: Scope, rank: int = 0, name: str = ""
) -> None:
    """An initialiser stands behind a `~`, a starting value behind `=`.

    `rank` is of what starts so, which not every initialiser is for; `name` is of a parameter whose
    shape the call says, as `randn(D)` does.
    """
    drawn, scale = scaled(expr)
    callee = drawn.callee if isinstance(drawn, tree.Call) else drawn
    if isinstance(callee, tree.Member):
        meant = meant_initialiser(context, callee.name.name, drawn)
    elif isinstance(callee, tree.Name) and callee.name not in scope.module.constants:
        meant = meant_initialiser(context, callee.name, drawn)
    else:
        return
    if scale:
        meant = f"normal({scale})" if meant == "normal(1)" else None
    if meant is not None:
        sizes = called_sizes(drawn) if name and isinstance(drawn, tree.Call) else ""
        rank = sizes.count(",") + 1 if sizes else rank
        if rank < INITIALISERS.get(meant.partition("(")[0], ((), 0))[1]:
            meant = _ANY
        message = "an initialiser is no starting value"
        text = f"~ {meant}"
        if re.match(r"\s*state\b", expr.span.source.line_text(expr.span.line)):
            number = "1" if meant == "ones" else "0"
            helps = [f"a state starts from a number or a list of them: write `= {number}`"]
            raise error("E0305", message, _with_sign(expr.span), helps=helps)
        if sizes:
            text = f"param {name}: {context.like_others(scope)}[{sizes}] {text}"
        raise error("E0305", message, _with_sign(expr.span), helps=[f"write `{text}`"])


def _with_sign(place: Span) -> Span:
    """The place of a starting value, with the `=` before it."""
    before = place.source.text[: place.start].rstrip()
    return Span(place.source, len(before) - 1, place.end) if before[-1:] == "=" else place


def scaled(expr: tree.Expr) -> tuple[tree.Expr, str]:
    """What is drawn, and the number that it is multiplied by: `0.01 * randn(D)`."""
    if isinstance(expr, tree.Binary) and expr.op == "*":
        for drawn, number in ((expr.left, expr.right), (expr.right, expr.left)):
            if isinstance(drawn, tree.Call) and isinstance(number, tree.Number):
                return drawn, number.span.text
    return expr, ""


def called_sizes(call: tree.Call) -> str:
    """The sizes in `randn(D, H)`, `zeros([D, H])`, `normal(0, 1, size=[D])`."""
    listed = [a.value for a in call.args if isinstance(a.value, tree.ListExpr)]
    items: Sequence[tree.Expr] = listed[0].items if listed else ()
    if not listed and call.callee.span.text.rpartition(".")[2].lower() in _SIZED:
        items = [a.value for a in call.args if a.keyword is None]
    return ", ".join(item.span.text for item in items)


_SIZED = ("zeros", "ones", "empty", "rand", "randn", "standard_normal")


def meant_initialiser(context: Context, name: str, expr: tree.Expr) -> str | None:
    """The initialiser that a name, or a call of it, means here."""
    given = [a for a in expr.args if _says_values(a)] if isinstance(expr, tree.Call) else []
    is_sized = isinstance(expr, tree.Call) and len(given) < len(expr.args)
    if (own := name.lower()) in INITIALISERS:
        name = own
        names, _ = INITIALISERS[name]
        if name == "normal" and len(given) == 2:
            return f"normal({_deviation(given)})"
        if names and given and len(given) == len(names):
            return f"{name}({', '.join(a.value.span.text for a in given)})"
        if name == "normal" and is_sized:
            return "normal(1)"
        return f"{name}({', '.join(_EXAMPLES[n] for n in names)})" if names else name
    remedies = context.library.habits.loosely(f"~{name}")
    meant = remedies[0].expression if remedies else None
    if meant == "normal(0.1)" and (given or is_sized):
        return f"normal({_deviation(given) if given else 1})"
    return meant


def _says_values(argument: tree.Argument) -> bool:
    """Whether an argument of an initialiser says which values it draws, rather than their shape."""
    named = argument.keyword.name if argument.keyword else ""
    shapes = isinstance(argument.value, tree.ListExpr) or named in ("shape", "size")
    return not (shapes or named in ("dtype", "seed", "requires_grad", "device"))


_ANY = "normal(0.1)"  # for parameters of every rank
_EXAMPLES = {"c": "0.1", "std": "0.1", "low": "-0.1", "high": "0.1"}


def _drawn(
    context: Context, expr: tree.Expr, kind: Type, scope: Scope, own: tree.Identifier
) -> Initialiser:
    callee = expr.callee if isinstance(expr, tree.Call) else expr
    name = callee.name if isinstance(callee, tree.Name) else ""
    if name not in INITIALISERS:
        last = callee.name.name if isinstance(callee, tree.Member) else name
        meant = meant_initialiser(context, last, expr)
        apart = ", which is not cut off" if "trunc" in last.lower() else ""
        first = meant.partition("(")[0] if meant else ""
        if kind.rank == 1 and INITIALISERS.get(first, ((), 0))[1] > 1:
            meant, apart = _ANY, f"; `{first}` needs at least two axes"
        helps = (f"write `~ {meant}`{apart}",) if meant else near_miss(name, INITIALISERS)
        raise error(
            "E0212",
            f"there is no initialiser `{callee.span.text}`",
            callee.span,
            helps=helps or [f"there are {', '.join(INITIALISERS)}"],
        )
    names, rank = INITIALISERS[name]
    if kind.rank < rank or (name == "eye" and kind.rank != 2):
        least = "two axes" if name == "eye" else "at least two axes"
        helps = (f"`~ {_ANY}` starts a parameter of any shape",)
        from gradc.elaborate.shapeless import is_multiplied, shaped

        if not kind.rank and is_multiplied(own.name, own.span.source):
            helps = (shaped(own.name, f"~ {expr.span.text}", own.span.source, 2),)
        raise error("E0306", f"`{name}` needs a parameter of {least}", expr.span, helps=helps)
    if name not in _COUNTED and not kind.is_float:
        from gradc.elaborate.at_random import no_floats

        helps = tuple(no_floats(own.name, kind, expr.span))
        raise error("E0305", f"`{name}` draws floats, this is {kind}", expr.span, helps=helps)
    if name == "normal" and isinstance(expr, tree.Call) and len(expr.args) == 2:
        helps = (f"its mean is 0: write `normal({_deviation(expr.args)})`, the standard deviation",)
        raise error("E0206", "`normal` takes at most 1 argument", expr.args[1].span, helps=helps)
    if names and not isinstance(expr, tree.Call):
        helps = (f"write `~ {meant_initialiser(context, name, expr)}`",)
        raise error("E0206", f"`{name}` needs an argument for `{names[0]}`", expr.span, helps=helps)
    call = expr if isinstance(expr, tree.Call) else tree.Call(expr.span, expr, (), None, 1)
    if call.args and (not names or (name == "uniform" and len(call.args) == 1)):
        bound = call.args[0].value.span.text
        told = f"uniform(-{bound}, {bound})" if names else name
        message = f"`{name}` takes {'2 arguments' if names else 'no arguments'}"
        from gradc.elaborate.at_random import taken

        helps = (f"write `~ {told}`", *(() if names else taken(name, call.args)))
        raise error("E0206", message, call.args[0].span, helps=helps)
    given, _ = bind(name, [(n, True) for n in names], call)
    numbers = [_number(context, given[n], name, scope) for n in names]
    if name == "constant":
        check_fits(kind.dtype, numbers[0], expr.span)
    if name == "normal" and not numbers[0] >= 0:
        raise error("E0305", "a standard deviation is not negative", given["std"].span)
    if name == "uniform" and not numbers[0] <= numbers[1]:
        raise error("E0305", "`low` is not above `high`", expr.span)
    return Initialiser(name, tuple(map(float, numbers)), text=f"~ {expr.span.text}")


def _deviation(given: Sequence[tree.Argument]) -> str:
    """The standard deviation of `normal(0, 0.1)`, `normal(std=0.1, mean=0)`, `normal(0.1)`."""
    mean = next((a for a in given if a.keyword and a.keyword.name in _MEANS), given[0])
    std = [a for a in given if a.keyword and a.keyword.name in _DEVIATIONS]
    std += [a for a in given if a is not mean]
    return (*std, mean)[0].value.span.text


def _number(context: Context, argument: tree.Argument, name: str, scope: Scope) -> int | float:
    number = evaluate_known(context, argument.value, scope, f"an argument of `{name}`")
    if not is_number(number) or isinstance(number, Poly):
        what = f"an argument of `{name}` is a number"
        raise error("E0305", what, argument.span, describe(number))
    return number


def literal(
    context: Context,
    expr: tree.Expr,
    sizes: tuple[Size, ...] | None,
    scope: Scope,
    name: str,
    word: str = "param",
) -> Numbers:
    """A number or list of numbers that broadcasts to a shape, as nested tuples.

    `name` is of the declaration that starts so, which begins with `word`.
    """
    data = evaluate(context, expr, scope)
    if isinstance(data, Value | Instance):
        message = "a starting value must be known at compile time"
        what = "parameter" if word == "param" else word
        helps = [f"what is computed is no {what}: `{name} = {expr.span.text}`"]
        if re.match(rf"[ \t]*state[ \t]+{name}\b", expr.span.lines.text):
            declared = expr.span.source.text[expr.span.lines.start : expr.span.start].strip()
            start = f"a state starts from a number, and a call hands on the last: `{declared} 0`"
            edit = Replacement(Span(expr.span.source, expr.span.start, expr.span.end), "0")
            helps = [Help(start, [edit])]
        raise error("E0307", message, expr.span, describe(data), helps=helps)
    if not is_array(data) and _is_of_sizes(context, expr):
        helps = [_SHAPED.format(word, name, expr.span.text)]
        raise error("E0305", "a shape is no value", expr.span, helps=helps)
    return checked_literal(data, expr, sizes)


_UNSTARTED = {"input": "a call gives it", "param": "without a value a parameter starts at 0"}


def _without_start(start: Span, word: str) -> Help:
    """What is said of `input x: [3] = none`."""
    if word == "state":
        return Help("a state starts at a number: `0`", [Replacement(start, "0")])
    before = start.source.text[: start.start].rstrip().removesuffix("=").rstrip()
    place = Span(start.source, len(before), start.end)
    told = f"leave `{place.text.strip()}` out: {_UNSTARTED[word]}"
    return Help(told, [Replacement(place, "")])


def checked_literal(data: Bound, expr: tree.Expr, sizes: tuple[Size, ...] | None) -> Numbers:
    """The same of what has been evaluated."""
    if not is_array(data):
        message = f"a number or a list of numbers, not {describe(data)}"
        line = expr.span.source.line_text(expr.span.line)
        declared = re.match(r"\s*(input|param|state)\s+(\w+)\s*=\s*\[", line)
        if declared and isinstance(data, tuple) and any(isinstance(d, Poly) for d in data):
            helps = [_SHAPED.format(*declared.groups(), expr.span.text)]
            raise error("E0305", "a shape is no value", expr.span, helps=helps)
        if data is None and (own := re.match(r"\s*(input|param|state)\b", line)):
            helps = [_without_start(expr.span, own[1])]
        elif helps := ragged(data):
            message = "the rows of a list are of one length"
        raise error("E0305", message, expr.span, helps=helps)
    found = literal_shape(data)
    if sizes is not None and not fills(found, sizes):
        message = f"a value of shape {list(found)} does not fill {shape_text(sizes)}"
        texts = (
            {item.span.text for item in expr.items} if isinstance(expr, tree.ListExpr) else set()
        )
        helps = [f"`{list(found)}` is the shape that it has; one number fills every shape"]
        if len(texts) == len(found) == 1:
            helps = [f"one number fills every shape: write `{texts.pop()}`"]
        from gradc.elaborate.unfilled import rearranged

        if (told := rearranged(expr, found, sizes)) is not None:
            helps = [told]
        raise error("E0306", message, expr.span, helps=helps)
    return data
