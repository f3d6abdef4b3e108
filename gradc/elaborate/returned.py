"""`return` at the end of a file: what is said of it is a loss, an output, or said already."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import DiagnosticError, Help, Replacement, error
from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context, Poisoned
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.losses import marked_losses
from gradc.ir.node import Value
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.characters import without_comment
from gradc.syntax.habits.names import free_name

_LOSSES = pattern(r"(?i)j|l|loss|cost|objective|total|nll|elbo|energy|.*(?:loss|cost)")


def refuse_return(
    context: Context, statement: tree.Return, statements: Sequence[tree.Statement], scope: Scope
) -> DiagnosticError:
    """E0208; `statements` are those of the file, whose values are known by now."""
    message = "`return` stands at the end of a function"
    help_ = _told(context, statement, statements, scope)
    return error("E0208", message, statement.span, helps=[help_])


def _told(
    context: Context, statement: tree.Return, statements: Sequence[tree.Statement], scope: Scope
) -> str:
    text = statement.span.source.text
    values = [_text(value) for value in statement.values]
    names = all(isinstance(value, tree.Name) for value in statement.values)
    if names and (marked := marked_losses(statement)):
        return f"leave the line out: the loss {marked} is returned already"
    has_loss = pattern(r"(?m)^\s*loss\b").search(text) is not None
    known = {output.name for _, output in context.found.outputs}
    loss = "" if has_loss or not context.found.params else _loss_of(context, statement, scope)
    if loss and loss not in known and (loss.isidentifier() or len(values) > 1):
        return _with_loss(statement, statements, loss, values)
    left = [value for value in values if value not in known]
    if not left:
        are = "is" if len(values) == 1 else "are"
        listed = " and ".join(f"`{value}`" for value in values)
        return _line(statement, f"leave the line out: {listed} {are} returned already", "")
    if len(left) == 1 and not names and not has_loss:
        loss, output = f"loss J = {left[0]}", f"output {free_name(text)} = {left[0]}"
        return f"what `forward` returns is a loss or an output: `{loss}`, or `{output}`"
    lines = _outputs(left, text)
    shown = " and ".join(f"`{line}`" for line in lines)
    return _line(statement, f"what `forward` returns is an output: {shown}", *lines)


def _text(value: tree.Expr) -> str:
    return value.name if isinstance(value, tree.Name) else " ".join(value.span.text.split())


def _loss_of(context: Context, statement: tree.Return, scope: Scope) -> str:
    """The scalar that is meant as the loss among the values that are returned."""
    scalars = []
    for value in statement.values:
        try:
            bound = evaluate(context, value, scope)
        except (DiagnosticError, Poisoned):
            continue
        if isinstance(bound, Value) and bound.type.is_float and not bound.type.rank:
            scalars.append(_text(value))
    return next((name for name in scalars if _LOSSES.fullmatch(name)), (*scalars, "")[0])


def _with_loss(
    statement: tree.Return, statements: Sequence[tree.Statement], loss: str, values: Sequence[str]
) -> Help:
    """`return y, J`, where nothing is a loss: `loss J = …` where it is made, and `output y`."""
    others = _outputs([value for value in values if value != loss], statement.span.source.text)
    shown = " and ".join(f"`{line}`" for line in others)
    only = f"a value that is only returned is `output {loss}`"
    if not loss.isidentifier():
        lines = [*others, f"loss J = {loss}"]
        shown = " and ".join(f"`{line}`" for line in lines)
        return _line(statement, f"the gradients of one are wanted: write {shown}", *lines)
    made = [
        s for s in statements
        if isinstance(s, tree.Assign) and not s.role and [t.name.name for t in s.targets] == [loss]
    ]  # fmt: skip
    edits = []
    if made and made[0].targets[0].type is None:
        place = made[0].span
        bound = " ".join(without_comment(place.text).split())
        edits = [Replacement(Span(place.source, place.start, place.start), "loss ")]
        told = f"write `loss {bound}` on line {place.line}"
        told += f", and {shown} here" if others else " and leave this line out"
        lines = others
    else:
        told = f"write `loss {loss}`{f' and {shown}' if others else ''}"
        lines = [*others, f"loss {loss}"]
    whole = _line(statement, "", *lines)
    return Help(f"its gradients are wanted: {told}; {only}", [*edits, *whole.replacements])


def _outputs(values: Sequence[str], text: str) -> list[str]:
    """The lines that say what is returned: names in one, other values by names of their own."""
    names = [value for value in values if value.isidentifier()]
    lines = [f"output {', '.join(names)}"] if names else []
    for value in values:
        if not value.isidentifier():
            name = free_name(f"{text} {' '.join(lines)}")
            lines.append(f"output {name} = {value}")
    return lines


def _line(statement: tree.Return, told: str, *lines: str) -> Help:
    """A help that writes lines in the place of the statement, or nothing where there are none."""
    text, start = statement.span.source.text, statement.span.start
    end = text.find("\n", statement.span.end)
    end = len(text) if end < 0 else end
    behind = text[statement.span.end : end]
    stop = statement.span.end + len(without_comment(behind).rstrip())
    indent = text[text.rfind("\n", 0, start) + 1 : start]
    place = Span(statement.span.source, start, stop)
    return Help(told, [Replacement(place, f"\n{indent}".join(line for line in lines if line))])
