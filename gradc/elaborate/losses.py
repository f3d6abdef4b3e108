"""Losses, and what each is differentiated by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from gradc import counts
from gradc.diagnostics import Help, Replacement, error, near_miss, plural
from gradc.elaborate.bindings import Binding, Poison, Results, Scope, is_runtime
from gradc.elaborate.context import Context
from gradc.elaborate.found import FoundLoss, in_order
from gradc.elaborate.names import is_known, same_name
from gradc.elaborate.operands import one_size, operand_type
from gradc.elaborate.order import bound_names, subtrees
from gradc.ir.graph import Loss
from gradc.ir.node import Value
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import unwrapped, wrapped

_LONGEST = 100  # characters of a value that a help repeats
_SIGNS = {"<": "{b} - {a}", "<=": "{b} - {a}", ">": "{a} - {b}", ">=": "{a} - {b}"}


def marked_losses(statement: tree.Return) -> str:
    """The names that a `return` at the top gives, where each is a loss of the file."""
    text, names = statement.span.source.text, [value.span.text for value in statement.values]
    losses = [n for n in names if re.search(rf"^[ \t]*loss[ \t]+{n}\b", text, re.MULTILINE)]
    return " and ".join(f"`{name}`" for name in names) if losses == names else ""


def _without_derivative(expr: tree.Expr | None, name: str, *, is_array: bool) -> list[str]:
    """What to write for a loss that is counted, not measured."""
    compared = [p for p in subtrees(expr) if isinstance(p, tree.Binary) and p.op in _SIGNS]
    helps = []
    if compared:
        a, b = (wrapped(part.span.text) for part in (compared[0].left, compared[0].right))
        step = {"0": unwrapped(a) if compared[0].op[0] == ">" else f"-{a}"}.get(b)
        step = step or _SIGNS[compared[0].op].format(a=a, b=b)
        text = compared[0].span.text
        shown = f"sigmoid({step})"
        if is_array and expr is not None:
            shown = f"loss {name} = mean({expr.span.text.replace(text, shown)})"
        helps = [f"`{text}` has no derivative, a smooth step has: `{' '.join(shown.split())}`"]
    made = "" if expr is None else f" = {' '.join(expr.span.text.split())}"
    equal = [p for p in subtrees(expr) if isinstance(p, tree.Binary) and p.op == "=="]
    if is_array and made:
        made = f" = mean({made.removeprefix(' = ')})"
    if equal and (instead := counts.instead(equal[0].span, is_array=is_array)):
        return [instead]
    return [*helps, f"what is only counted is an output: `output {name}{made}`"]


def add_loss(
    context: Context, identifier: tree.Identifier, statement: tree.Mark | tree.Assign
) -> None:
    """A scalar that is differentiated; it is an output already."""
    found = context.found
    name = identifier.name
    if any(loss.name.name == name for _, loss in found.losses):
        raise error("E0202", f"`{name}` is a loss already", identifier.span)
    found.losses.append((identifier.span.start, FoundLoss(identifier, statement.by)))
    kind = next(o.value.type for _, o in found.outputs if o.name == name)
    expr = statement.value if isinstance(statement, tree.Assign) else None
    if kind.shape and kind.is_float:
        value = "" if expr is None else " ".join(unwrapped(expr.span.text).split())
        whole = f": `loss {name} = mean({value})`" if 0 < len(value) <= _LONGEST else ""
        helps = [f"`mean(…)` or `sum(…)` makes it one{whole}"]
        if (listed := _sizes_in(expr)) is not None:
            told = one_size(listed.span, kind.shape[-1] if isinstance(kind.shape[-1], int) else 1)
            helps = [f"`{listed.span.text}` is a list of sizes: {told}"]
        message = f"the loss is a scalar, `{name}` is {kind}"
        raise error("E0401", message, identifier.span, helps=helps)
    if not kind.is_float:
        what = "a scalar and a float" if kind.shape else "a float"
        message = f"the loss carries a derivative, so it is {what}; this is {kind}"
        from gradc.elaborate.fitting import never_learned

        helps = [*never_learned(found), *_without_derivative(expr, name, is_array=bool(kind.shape))]
        raise error("E0401", message, identifier.span, helps=helps)


def refuse_list(name: tree.Identifier, value: Binding, expr: tree.Expr | None = None) -> None:
    """Raises for `loss J = [a, b]`: a list of values, where a loss is one."""
    if not isinstance(value, tuple) or isinstance(value, Results) or not is_runtime(value):
        return
    helps = ["a loss is one scalar: add up what the list holds"]
    nested = any(isinstance(item, tuple) for item in value)
    if isinstance(expr, tree.ListExpr) and not nested:
        shapes = [kind.shape if (kind := operand_type(item)) else () for item in value]
        texts = [" ".join(item.span.text.split()) for item in expr.items]
        texts = [f"mean({t})" if s else t for t, s in zip(texts, shapes, strict=True)]
        from gradc.syntax.habits.tuples import losses_of

        helps = [losses_of(name.name, texts)]
    message = f"the loss is a scalar, `{name.name}` is a list of {plural(len(value), 'value')}"
    raise error("E0401", message, expr.span if expr else name.span, helps=helps)


def _sizes_in(expr: tree.Expr | None) -> tree.Member | None:
    """The list of all sizes among the operands of a value: `sum(d) / x.shape`."""
    pending = [expr]
    while pending:
        match pending.pop():
            case tree.Binary(left=left, right=right):
                pending += [left, right]
            case tree.Unary(operand=operand):
                pending.append(operand)
            case tree.Member() as member if member.name.name == "shape":
                return member
    return None


def without_clause(statement: tree.Assign) -> Span:
    """What a statement computes, as it is written."""
    span, by = statement.span, statement.by
    if by is None:
        return span
    end = span.start + len(span.text[: by.span.start - span.start].rstrip())
    return Span(span.source, span.start, end)


def differentiated_by(
    context: Context, module: tree.Module, scope: Scope, wrt: tuple[str, ...] | None
) -> tuple[tuple[Loss, ...], tuple[str, ...]]:
    """The losses of a file, and what is differentiated by where there are none.

    A clause of the loss comes before the statements of the file, and `--wrt` before both.
    """
    names = _Names(context, scope)
    losses = in_order(context.found.losses)
    if wrt is not None:
        outputs = [o.span for _, o in context.found.outputs]
        returned = losses[0].name.span if losses else next(iter(outputs), None)
        bound = {n.name: n.span for s in module.statements for n in bound_names(s)}
        every = names.chosen([(name, bound.get(name, returned)) for name in wrt], "`--wrt`: ")
        return tuple([Loss(loss.name.name, every) for loss in losses]), every
    stated = [s for s in module.statements if isinstance(s, tree.WrtDecl)]
    if stated:
        every = names.chosen([(path.name, path.span) for s in stated for path in s.paths])
    else:
        params = in_order(context.found.params)
        every = tuple([p.name for p in params if p.value.type.is_float])
    clauses: dict[int, tuple[str, ...]] = {}
    for by in [loss.by for loss in losses if loss.by is not None]:
        if id(by) not in clauses:  # one may stand behind several
            clauses[id(by)] = names.chosen([(path.name, path.span) for path in by.paths])
    return tuple([Loss(i.name.name, clauses.get(id(i.by), every)) for i in losses]), every


_LISTED = 12  # names in a help


_DIGITS = "0123456789_"


class _Names:
    """What `wrt` may name: parameters and inputs, and instances of layers for theirs."""

    def __init__(self, context: Context, scope: Scope):
        self.context, self.scope = context, scope
        params = {p.name: p.value for p in in_order(context.found.params)}
        self.known = params | {i.name: i.value for _, i in context.found.inputs}
        self.instances: dict[str, dict[str, Value]] = {}
        for name, value in params.items():
            parts = name.split(".")
            for length in range(1, len(parts)):
                path = ".".join(parts[:length])
                self.instances.setdefault(path, {})[name] = value

    def chosen(self, named: Sequence[tuple[str, Span | None]], option: str = "") -> tuple[str, ...]:
        """The names of values, each once; what is wrong with others is kept."""
        found: dict[str, None] = {}
        for name, span in named:
            for one in self._meant(name, span, option):
                if one in found and not option:
                    self.context.note(error("E0202", f"`wrt` names `{one}` twice", span))
                found.setdefault(one)
        return tuple(found)

    def _meant(self, name: str, span: Span | None, option: str) -> Iterable[str]:
        """The values of floats that a name stands for."""
        values = {name: self.known[name]} if name in self.known else self.instances.get(name)
        if values is None:
            self._unknown(name, span, option)
            return ()
        floats = [n for n, value in values.items() if value.type.is_float]
        if not floats:
            value = next(iter(values.values()))
            message = f"`{name}` is {value.type}; it carries no derivative"
            helps = (
                self._as_float(value) if option else (*self._as_float(value), *_floats(self.known))
            )
            self.context.note(error("E0403", option + message, span, helps=helps))
        return floats

    def _as_float(self, value: Value) -> tuple[str, ...]:
        """The help for a number that is declared as an integer, and learned as a float."""
        from gradc.elaborate.integers import as_floats

        return tuple(as_floats(self.context, value))

    def _unknown(self, name: str, span: Span | None, option: str) -> None:
        scope, first = self.scope, name.split(".", maxsplit=1)[0]
        if isinstance(scope.values.get(first, scope.module.constants.get(first)), Poison):
            return
        message = f"nothing is called `{name}`"
        if is_known(self.context, name, scope):
            message = f"`{name}` is neither an input nor a parameter"
        near = same_name(name, self.known) or near_miss(name, [*self.known, *self.instances])
        near = near or self._numbered(name)
        made = self._computed(name)
        listed = _listed(self.known)
        own = self._own_name(name)
        helps = (f"{made}; {listed[0]}",) if made and listed else own or near or listed
        if option and len(names := name.split()) > 1 and all(n in self.known for n in names):
            helps = (f"several stand with commas, as in `--wrt {','.join(names)}`",)
        if name in _EVERY and not option and self.known:
            all_ = ", ".join(n for n, value in self.known.items() if value.type.is_float)
            helps = (f"every parameter is meant without `wrt`; with the inputs it is `wrt {all_}`",)
        losses = [loss.name.name for _, loss in self.context.found.losses]
        if (
            not made
            and losses
            and not option
            and any(s.name == name for _, s in self.context.found.states)
        ):
            told = f"the derivative by it is a value: `output d{name} = grad({losses[0]}, {name})`"
            helps = (f"`{name}` is a state; {told}",)
        if made and losses and not option and name not in losses:
            helps = (*helps, _as_value(name, losses[0], span))
        shown = "what is differentiated" if option else ""
        self.context.note(error("E0403", option + message, span, shown, helps=helps))

    def _numbered(self, name: str) -> tuple[str, ...]:
        """The help for `W1`, where `W` is the only one of that letter, and the other way round."""
        stem = name.rstrip(_DIGITS)
        near = [n for n in (*self.known, *self.instances) if n.rstrip(_DIGITS) == stem != ""]
        return (f"did you mean `{near[0]}`?",) if len(near) == 1 else ()

    def _own_name(self, name: str) -> tuple[str, ...]:
        """What others call `fc.weight` is `fc.W` here."""
        path, _, last = name.rpartition(".")
        remedies = self.context.library.habits.exactly(f".{last}") if path else ()
        meant = [r.expression.replace("x.", f"{path}.") for r in remedies]
        return tuple([f"here it is `{own}`" for own in meant if own in self.known][:1])

    def _computed(self, name: str) -> str:
        """Where a name is computed; empty where it is not."""
        value = self.scope.values.get(name)
        made = next((n for n in self.context.builder.nodes if value in n.results), None)
        place = made.origin.span if made is not None else None
        return f"`{name}` is computed on line {place.line}" if place is not None else ""


_EVERY = ("all", "everything", "params", "parameters", "weights")


def _listed(known: Mapping[str, Value]) -> tuple[str, ...]:
    if not 0 < len(known) <= _LISTED:
        return ()
    verb = "is" if len(known) == 1 else "are"
    return (f"there {verb} {', '.join(f'`{n}`' for n in known)}",)


def _floats(known: Mapping[str, Value]) -> tuple[str, ...]:
    floats = [f"`{name}`" for name, value in known.items() if value.type.is_float]
    if not 0 < len(floats) <= _LISTED:
        return ()
    listed = " or ".join(filter(None, (", ".join(floats[:-1]), floats[-1])))
    return (f"name what is a float, {listed}; without `wrt` it is every parameter",)


def _as_value(name: str, loss: str, span: Span | None) -> str:
    """What is said of `wrt h`, where `h` is computed: what to write instead."""
    line = f"output d{name} = grad({loss}, {name})"
    told = f"the derivative by it is a value: `{line}`"
    if span is None:
        return told
    text = span.source.line_text(span.line)
    only = pattern(rf"\s+wrt\s+{name}\s*(?=#|$)").search(text)
    if only is None:
        return told
    start = span.source.line_starts[span.line - 1]
    place = Span(span.source, start + only.start(), start + only.end())
    return Help(told, [Replacement(place, f"\n{line}")])
