"""Objects as other systems make them by a call: parameters, and losses that are called later."""

from __future__ import annotations

import re

from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.habits.remedy import is_whole
from gradc.elaborate.habits.rewriting import Advice
from gradc.elaborate.initial import called_sizes, meant_initialiser, scaled
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import closing

_LISTED = r"[-\d.,\s\[\]e]+"  # lists of numbers
_PARAMETERS = ("Parameter", "Variable", "parameter", "variable")


def made(context: Context, expr: tree.Expr, advice: Advice | None, scope: Scope) -> Advice | None:
    """What is written instead of a statement that makes an object; None where it makes none."""
    if not isinstance(expr, tree.Call) or not scope.top or not is_whole(expr.span):
        return None
    line = expr.span.source.line_text(expr.span.line)
    name = re.split(r"\W+", line.strip())[0]
    if expr.callee.span.text.rpartition(".")[2] in _PARAMETERS and expr.args:
        return _parameter(context, name, expr.args[0].value, scope)
    said = f"{advice.sentence} = {advice.text}" if advice is not None and not expr.args else ""
    loss = re.search(r"= (\w+)\(", said)
    return _called(expr, name, loss[1]) if loss else None


def _parameter(context: Context, name: str, start: tree.Expr, scope: Scope) -> Advice | None:
    """`w = nn.Parameter(torch.zeros(4))`."""
    drawn, scale = scaled(start)
    digits = drawn.operand if isinstance(drawn, tree.Unary) else drawn
    if isinstance(digits, tree.Number) or re.fullmatch(_LISTED, start.span.text):
        return Advice("", f"a parameter is declared: `param {name} = {start.span.text}`")
    if not isinstance(drawn, tree.Call):
        return None
    meant = meant_initialiser(context, drawn.callee.span.text.rpartition(".")[2], drawn)
    sizes = called_sizes(drawn)
    if meant is None or not sizes or (scale and meant != "normal(1)"):
        return None
    meant = f"normal({scale})" if scale else meant
    dtype = context.like_others(scope)
    drawn_so = "" if meant == "zeros" else f" ~ {meant}"
    return Advice("", f"a parameter is declared: `param {name}: {dtype}[{sizes}]{drawn_so}`")


def _called(expr: tree.Call, name: str, loss: str) -> Advice | None:
    """`criterion = nn.CrossEntropyLoss()`, where `criterion(z, t)` is called further on."""
    source = expr.span.source.text
    later = re.compile(rf"\b{name}\(").search(source, expr.span.end)
    end = closing(source, later.end() - 1) if later else None
    if later is None or end is None:
        return None
    inside = source[later.end() : end]
    used = " ".join(f"{name}({inside})".split())
    instead = " ".join(f"{loss}({inside})".split())
    return Advice("", f"leave this line out, and write `{instead}` for `{used}`")
