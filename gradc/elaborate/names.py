"""Names: what they stand for where they are read, and what to say where that is nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from gradc.diagnostics import DiagnosticError, Help, Replacement, error, near_miss
from gradc.elaborate.bindings import (
    PREDEFINED,
    Binding,
    Bound,
    ConstArray,
    Instance,
    ModuleScope,
    Poison,
    Scope,
)
from gradc.elaborate.called import Called
from gradc.elaborate.context import Context, Poisoned
from gradc.elaborate.order import bound_names, used_names
from gradc.ir.node import Value
from gradc.ir.sizes import alone
from gradc.ir.types import Type
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.characters import mask
from gradc.syntax.habits.enclosed import closing

DERIVATIVES = ("grad", "jvp")
"""What is called like functions, and taken where it stands."""


def lookup(context: Context, name: str, span: Span, scope: Scope) -> Bound:
    """What a name is bound to, predefined constants last."""
    try:
        binding = scope.find(name)
    except KeyError:
        if name in PREDEFINED:
            return PREDEFINED[name]
        if name == "training":
            return _training(context)
        raise unknown_name(context, name, span, scope) from None
    if type(binding) is Value:  # mostly
        return binding
    bound = opened(context, binding, name)
    if isinstance(bound, Instance):
        if bound.value is None:
            told = f"its parameters are values: `{name}.…`; `{name}(x)` calls it again"
            raise error(
                "E0207",
                f"`{name}` names a layer instance, not a value",
                span,
                helps=[_result_of(name, span) or told],
            )
        return bound.value
    return bound


def _result_of(name: str, span: Span) -> str:
    """What is said of `enc` in the file of `h = Dense(x, 16) as enc`: what its result is called."""
    stated = re.search(
        rf"^[ \t]*(\w+)[ \t]*=(?!=)[ \t]*(\w[\w.]*\([^\n]*\))[ \t]+as[ \t]+{name}\b[ \t]*(?:#|$)",
        span.source.text,
        re.MULTILINE,
    )
    if stated is None or closing(stated[2], stated[2].index("(")) != len(stated[2]) - 1:
        return ""
    return f"its parameters are values; its result is called `{stated[1]}`: write `{stated[1]}`"


def opened(context: Context, binding: Binding, name: str) -> Bound:
    """A binding as it is read: a typed constant becomes an array where it is used."""
    if isinstance(binding, Poison):
        raise Poisoned
    if isinstance(binding, ConstArray):
        attrs = (binding.data, binding.dtype, binding.shape)
        value = context.emit("array", (), attrs, name)
        value.named = True
        return value
    return binding


def _training(context: Context) -> Value:
    """The predefined bool that is false unless the caller says otherwise."""
    if context.found.training is None:
        context.found.training = Value("training", Type("bool"), named=True)
    return context.found.training


def unknown_name(context: Context, name: str, span: Span, scope: Scope) -> DiagnosticError:
    """What is wrong with a name that stands for no value."""
    from gradc.elaborate.habits.autograd import quotient
    from gradc.elaborate.habits.layers import called_or_made
    from gradc.elaborate.habits.missing import member
    from gradc.elaborate.habits.ruling import of_body
    from gradc.syntax.habits.indices import of_ends
    from gradc.syntax.habits.stepping import beside, chosen, counting
    from gradc.syntax.habits.vjps import cotangent

    module = scope.module
    if name in module.modules:
        message, helps = f"`{name}` is an imported file", [f"write `{name}.…`"]
        return error("E0203", message, span, helps=helps)
    message = f"nothing is called `{name}`"
    owner, way_out = context.inside.get(name, ("", "")) if scope.top else ("", "")
    may_call = is_function(context, name, module)
    if owner and (not may_call or "scan" in owner):
        return error("E0201", f"{message} here: it belongs to {owner}", span, helps=[way_out])
    if may_call:
        message, helps = f"`{name}` is a function, not a value", [called_or_made(name, span)]
        return error("E0203", message, span, helps=helps)
    if name in context.values:
        message += " here, where values of the file are not seen"
        helps = [_SEEN, _passed(context, name)] if context.active else [_MADE_OF]
        return error("E0201", message, span, helps=helps)
    if defined := re.search(rf"#\s*define\s+{name}\s+(\S+)", span.source.text):
        helps = [f"`#` begins a comment: write `const {name} = {defined[1]}`"]
        return error("E0201", message, span, helps=helps)
    if (sign := commenting(span)) is not None:
        message = f"`{sign.text}` is no comment"
        return error("E0201", message, sign, helps=["a comment begins with `#`"])
    if name == "end" and (last := of_ends(span.source)) is not None:
        return error("E0201", message, span, helps=[last])
    told = chosen(span) or counting(name, span) or beside(name, span) or cotangent(name, span)
    told = told or of_body(context, name, span)
    told = told or (None if same_name(name, scope.values) else member(name, span, scope))
    if told is not None:
        return error("E0201", message, span, helps=[told])
    if name[0] == "d" and (derived := quotient(span, scope.values)) is not None:
        return error("E0201", message, derived[0], helps=[derived[1]])
    if remedy := context.library.habits.constant(name):
        meant = context.in_file(remedy.expression, scope)
        before = span.source.line_text(span.line)[: span.column - 1]
        is_given = meant == "none" and re.search(r"[(,]\s*(?:\w+=)?$", before)
        other = ', or `false`, or `"none"`' if is_given else ""
        own = (f"write `{meant}`{other}", *([remedy.sentence] if remedy.sentence else []))
        helps = [*(said_before(context, message) or own)]
        return error("E0201", message, span, helps=helps)
    candidates = [*scope.values, *module.constants]
    if following := re.fullmatch(r"next_(\w+)|new_(\w+)|(\w+)_(?:next|new)", name):
        carried = next(filter(None, following.groups()))
        if f"next {carried}" in scope.values:
            text = f"next {carried}"
            help_ = Help(f"write `{text}`", [Replacement(span, text)])
            return error("E0201", message, span, helps=[help_])
    from gradc.elaborate.habits.incoming import of_argument

    near = (
        same_name(name, candidates)
        or tuple(of_argument(context, name, scope))
        or _alike(name, candidates)
        or near_miss(name, [*candidates, *PREDEFINED])
        or _one_letter_off(name, candidates)
        or _left_unread(name, candidates, span)
    )
    remedies = near or said_before(context, message) or _called(context, name)
    if scope.top:
        remedies = remedies or _counted(context, name, span)
    if not remedies:
        elsewhere = _SEEN if context.active else _MADE_OF
        declared = _SIZED if name.isupper() and _is_size(span) else _DECLARED
        remedies = (declared.format(name) if scope.top else elsewhere,)
    return error("E0201", message, span, helps=remedies)


def _is_size(span: Span) -> bool:
    """Whether a name stands in a list that is given to a function, as in `zeros([N, D])`."""
    before = span.source.line_text(span.line)[: span.column - 1]
    return re.search(r"\w\([^()]*\[[^\[\]]*$", before) is not None


def _counted(context: Context, name: str, span: Span) -> tuple[str, ...]:
    """What is said of a name that counts examples, by itself or as what a sum is divided by."""
    free = [d.name for d in context.found.dims if d.size is None]
    before = span.source.line_text(span.line)[: span.column - 1].rstrip()
    if not free or not (_COUNTS.fullmatch(name) or before.endswith("/")):
        return ()
    for _, given in context.found.inputs:
        for axis, size in enumerate(given.value.type.shape):
            if (dim := alone(size)) in free:
                axes = f"`{given.name}.shape[{axis}]`"
                written = f"a dimension is a number too: write `{dim}`, which is {axes}"
                return written, _DECLARED.format(name)
    return ()


_COUNTS = pattern(r"[nNmMB]|bs|(num_?|n_?)?(batch(_?size)?|samples|examples|rows|points)")


def _called(context: Context, name: str) -> tuple[str, ...]:
    """What is said of the name of a function of other systems that stands for itself: `mse`."""
    found = context.library.habits.exactly(name) if len(name) > 2 else ()
    called = [r.sketched() for r in found if r.formals and r.expression]
    return (f"a function is called: `{called[0]}`",) if called else ()


def _passed(context: Context, name: str) -> str:
    """A function with parameters more, for what its body reads of the values of the file."""
    definition = context.active[-1].definition
    own = {p.name.name for p in definition.parameters}
    own |= {n.name for s in definition.body for n in bound_names(s)}
    read = [n for n, _ in used_names(definition.body) if n in context.values and n not in own]
    names = list(dict.fromkeys([*read, name]))
    formals = ", ".join([*(p.span.text for p in definition.parameters), *names])
    which = "it as an argument" if len(names) == 1 else "them as arguments"
    head = f"{definition.role} {definition.name.name}({formals})"
    help_ = f"give {which}: `{head}`"
    text, start = definition.span.source.text, definition.span.start
    opening = text.index("(", start)
    whole = Span(definition.span.source, start, (closing(text, opening) or opening) + 1)
    edits = [Replacement(whole, head)]
    calling = context.builder.origin.calling
    if isinstance(calling, Called) and calling.function.definition is definition:
        place = calling.place
        if place.source is definition.span.source and definition.role == "fn":
            calls = list(_calls(definition, whole.end))
            place = next((c for c in calls if c.start <= place.start < c.end), place)
        else:
            calls = [place]
        inserted = [(c.end - 1, (", " * (c.text[-2:] != "()")) + ", ".join(names)) for c in calls]
        edits += [Replacement(Span(place.source, at, at), more) for at, more in inserted]
        inside = place.text
        for at, more in sorted(inserted, reverse=True):
            if place.start <= at < place.end:
                inside = f"{inside[: at - place.start]}{more}{inside[at - place.start :]}"
        if place.text[-1:] == ")":
            help_ += f", `{' '.join(inside.split())}`"
    return Help(help_, edits)


def _calls(definition: tree.FnDef, behind: int) -> Iterator[Span]:
    """The calls of a function in its file, whatever stands in them, from its head on."""
    source = definition.span.source
    text = mask(source.text)
    name = re.escape(definition.name.name)
    for match in re.finditer(rf"(?<![\w.]){name}[ \t]*\(", text):
        end = closing(text, match.end() - 1)
        if end is not None and not definition.span.start <= match.start() < behind:
            yield Span(source, match.start(), end + 1)


def said_before(context: Context, message: str) -> tuple[str, ...]:
    """The helps that the same message had before, so that it is told once with both places."""
    before = (d for d in context.found.diagnostics if d.message == message)
    first = next(before, None)
    return first.helps if first is not None else ()


def same_name(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The help `did you mean …?` for a name in another case, or a Greek letter spelled out."""
    near = [c for c in candidates if _spelled(c) == _spelled(name)]
    return (f"did you mean `{near[0]}`?",) if len(near) == 1 else ()


def _spelled(name: str) -> str:
    if len(name) == 1 and not name.isascii():
        name = unicodedata.name(name, name).rpartition(" ")[2].replace("LAMDA", "LAMBDA")
    return name.lower()


def _one_letter_off(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The help `did you mean …?` for a name with a letter too many, or too few, at its end."""
    near = [c for c in candidates if name in (c[:-1], c) or c == name[:-1]]
    return (f"did you mean `{near[0]}`?",) if len(near) == 1 else ()


_LOOKS = str.maketrans({"I": "l", "i": "l", "1": "l", "O": "o", "0": "o"})


def _alike(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The help `did you mean …?` for a name with letters that look like others: `hl` for `h1`."""
    near = [c for c in candidates if len(c) > 1 and c.translate(_LOOKS) == name.translate(_LOOKS)]
    return (f"did you mean `{near[0]}`?",) if len(near) == 1 else ()


def _left_unread(name: str, candidates: Iterable[str], span: Span) -> tuple[str, ...]:
    """The help `did you mean …?` for a name of two letters, like one that nothing reads."""
    near = [c for c in candidates if len(c) == len(name) == 2]
    near = [c for c in near if c[0] == name[0] or c[1] == name[1]]
    text = re.sub("#.*", "", span.source.text) if near else ""
    near = [c for c in near if len(re.findall(rf"\b{c}\b", text)) == 1]
    return (f"did you mean `{near[0]}`?",) if len(near) == 1 else ()


def commenting(span: Span) -> Span | None:
    """The sign of a comment, `//`, `--` or `%`, with a name behind it as the last of its line."""
    line = span.source.line_text(span.line)
    before, after = line[: span.column - 1], line[span.column - 1 + span.end - span.start :]
    sign = re.search(r"\s(//|--|%+)\s*$", before)
    if sign is None or after.strip():
        return None
    start = span.start - len(before) + sign.start(1)
    return Span(span.source, start, start + len(sign[1]))


_MADE_OF = "constants and sizes are made of numbers, constants and dimensions"
_SEEN = "a body sees its parameters and the constants of its file, not its values"
_SIZED = "declare its size: `dim {0} = 64`"
_DECLARED = "`input {0}` declares what the caller gives, `param {0}` what is learned"


def is_function(context: Context, name: str, module: ModuleScope) -> bool:
    """Whether a call of this name means a function, though a value may have the name."""
    return (
        name in module.functions
        or (name in DERIVATIVES and not module.trusted)
        or context.library.find_callable(name, module.trusted) is not None
    )


def is_known(context: Context, name: str, scope: Scope) -> bool:
    """Whether a name stands for anything."""
    module = scope.module
    return (
        name in scope.values
        or name in PREDEFINED
        or name == "training"
        or name in module.constants
        or name in module.modules
        or is_function(context, name, module)
    )


def is_prefixed(context: Context, expr: tree.Expr, scope: Scope) -> bool:
    """Whether `np.linalg.norm` begins with a name that stands for nothing here."""
    root = root_of(expr)
    if not isinstance(expr, tree.Member) or root is None:
        return False
    if is_something(context, root.name, scope):
        return False  # asked first, so that what is right need not read the table
    return bool(context.library.habits.exactly(f"{root.name}."))


def is_something(context: Context, name: str, scope: Scope) -> bool:
    return is_known(context, name, scope) and not (
        is_function(context, name, scope.module) and name not in scope.values
    )


def root_of(expr: tree.Expr) -> tree.Name | None:
    while isinstance(expr, tree.Member):
        expr = expr.base
    return expr if isinstance(expr, tree.Name) else None
