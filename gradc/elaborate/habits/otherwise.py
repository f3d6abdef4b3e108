"""Derivatives asked for in another way: of a part, by positions, in lists, the wrong way round."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.diagnostics import Help, Replacement
from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.names import DERIVATIVES
from gradc.elaborate.order import used_names
from gradc.ir.node import Value
from gradc.ir.sizes import Size
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree

GRAD, JVP = DERIVATIVES

USAGE = {
    GRAD: "`grad(y, x)` is the derivative of `y` by `x`; `grad(y, x, t)` gives several",
    JVP: "`jvp(y, x, v)` moves `x` along `v`; `jvp(y, [x, t], [v, s])` moves several",
}


def by_learned(context: Context, expr: tree.Call) -> str:
    """What is said of `grad(y)`: by what, where it is made of one parameter alone."""
    of = expr.args[0].value if expr.args else None
    learned = {p.name for _, p in context.found.params}
    names = list(dict.fromkeys(n for n, _ in used_names(of) if n in learned)) if of else []
    names = names or [n for n in learned if len(learned) == 1]
    if of is None or len(names) != 1:
        return USAGE[GRAD]
    text = f"{expr.callee.span.text}({' '.join(of.span.text.split())}, {names[0]})"
    place = Span(expr.span.source, expr.span.start, expr.span.end)
    return Help(f"it says by what: `{text}`", [Replacement(place, text)])


def of_a_part(expr: tree.Index, of: tree.Expr) -> str:
    """`grad(L, w[0])`: the same part of the derivative by the whole."""
    whole, at = expr.base.span.text, expr.span.text[len(expr.base.span.text) :]
    source = expr.span.source
    call = pattern(r"\bgrad\(\s*\Z").search(source.text[: of.span.start])
    behind = pattern(r"\s*\)").match(source.text, expr.span.end)
    told = f"a part of a derivative is taken behind it: `grad({of.span.text}, {whole}){at}`"
    if call is None or behind is None or source.text[of.span.end : expr.span.start].strip() != ",":
        return f"the derivative is by the whole `{whole}`; `[…]` behind the call takes a part"
    text = f"grad({of.span.text}, {whole}){at}"
    return Help(told, [Replacement(Span(source, call.start(), behind.end()), text)])


def counted(expr: tree.Expr, of: tree.Expr, scope: Scope) -> str | None:
    """`grad(energy(q, k), 0)`: what stands at positions, as `argnums` of JAX counts them."""
    listed = expr.items if isinstance(expr, tree.ListExpr) else [expr]
    places = [int(e.value) for e in listed if isinstance(e, tree.Number) and type(e.value) is int]
    if not places or len(places) < len(listed):
        return None
    if isinstance(of, tree.Call):
        given = [a.value.name if isinstance(a.value, tree.Name) else "" for a in of.args]
    else:
        used = sorted(used_names(of), key=lambda u: u[1].start)
        given = list(dict.fromkeys(n for n, _ in used if isinstance(scope.values.get(n), Value)))
    names = [given[at] if at < len(given) else "" for at in places]
    if any(not isinstance(scope.values.get(name), Value) for name in names):
        return f"it is a value, not a position: {USAGE[GRAD]}"
    text = ", ".join(names)
    told = f"it is a value, not a position: `grad({of.span.text}, {text})`"
    return Help(told, [Replacement(expr.span, text)])


def side_by_side(listed: tree.ListExpr) -> str:
    """What is said of `k = grad(J, [w, b])`: names without brackets, and a result for each."""
    names = [item.span.text for item in listed.items]
    if len(names) == 1:
        return f"a name stands without brackets: `{names[0]}`"
    line = listed.span.source.line_text(listed.span.line)
    bound = re.fullmatch(
        r"[ \t]*\w+[ \t]*=([^=].*)", line.replace(listed.span.text, ", ".join(names))
    )
    target = line.partition("=")[0].strip()
    of = pattern(rf"\bgrad\(\s*([^,()]+?)\s*,\s*{re.escape(listed.span.text)}\s*\)").search(line)
    if bound and of and pattern(rf"\b{target}\[").search(listed.span.source.text):
        each = ", ".join(f"grad({of[1]}, {name})" for name in names)
        text = f"{line[: of.start()]}[{each}]{line[of.end() :]}".strip()
        return f"each name has a derivative of its own: `{text}`"
    targets = ", ".join(f"d{name.replace('.', '_')}" for name in names)
    if bound and of and len(pattern(rf"\b{target}\b").findall(listed.span.source.text)) > 1:
        each = f"{targets} = grad({of[1]}, {', '.join(names)})"
        return f"names stand side by side, and each has a result of its own: {each}"
    text = f"{targets} ={bound[1]}" if bound else ", ".join(names)
    return f"names stand side by side, without brackets: `{text}`"


def exchanged(expr: tree.Call, root: Value) -> Help:
    """`jvp(w, y, v)`, where `y` is made of `w`: the other way round."""
    first, second, *rest = (" ".join(a.span.text.split()) for a in expr.args)
    name = expr.callee.span.text
    second = f"sum({second})" if name == GRAD and root.type.shape else second
    text = f"{name}({', '.join([second, first, *rest])})"
    told = f"what is differentiated stands first: `{text}`"
    return Help(told, [Replacement(Span(expr.span.source, expr.span.start, expr.span.end), text)])


def copied(by: tree.Expr) -> str:
    """What a name of the file is bound to, where that is another name alone."""
    if not isinstance(by, tree.Name):
        return ""
    bound = pattern(rf"(?m)^[ \t]*{by.name}[ \t]*=[ \t]*(\w+)[ \t]*(?:#|$)")
    found = bound.search(by.span.source.text)
    return "" if found is None else found[1]


def along_twice(expr: tree.Call) -> str | None:
    """`jvp(y, x, v, v)`: a second derivative is one of the first."""
    given = [" ".join(a.value.span.text.split()) for a in expr.args if a.keyword is None]
    if len(given) != 4:
        return None
    y, x, v, w = given
    text = f"jvp(jvp({y}, {x}, {v}), {x}, {w})"
    place = Span(expr.span.source, expr.span.start, expr.span.end)
    return Help(f"it takes three; a second derivative is `{text}`", [Replacement(place, text)])


def repeated(expr: tree.ListExpr, shape: Sequence[Size], by: tree.Expr) -> Help | None:
    """`[[1.0], [0.0]]` as a direction of `[B, 2]`: the same for each row."""
    numbers = pattern(r"-?\d[\d.]*(?:e-?\d+)?").findall(expr.span.text)
    if len(shape) < 2 or shape[-1] != len(numbers):
        return None
    text = f"broadcast_to([{', '.join(numbers)}], {by.span.text}.shape)"
    return Help(f"the same for each row is `{text}`", [Replacement(expr.span, text)])


def within(context: Context, expr: tree.Call, by: tree.Expr) -> str | None:
    """What is said of `grad(f, x0)` in the loop that begins with `x0`, and of two parameters."""
    if not isinstance(by, tree.Name):
        return None
    of, source = expr.args[0].value, by.span.source
    if context.active:
        given = {p.name.name for p in context.active[-1].definition.parameters}
        if by.name in given and {n for n, _ in used_names(of)} <= given:
            told = f"what is given is made before: derive it where `{by.name}` goes into it"
            return f"{told}, or make `{of.span.text}` in the body of `{context.active[-1].name}`"
        return None
    loop = pattern(rf"(?m)^[ \t]*scan[ \t]+(\w+)[ \t]*=[ \t]*{by.name}\b[^=\n]*\{{")
    found = [m for m in loop.finditer(source.text) if m.end() <= by.span.start]
    if not found or source.text.find("\n}", found[-1].end()) < by.span.start:
        return None
    text = f"grad({of.span.text}, {found[-1][1]})"
    edit = Replacement(by.span, found[-1][1])
    return Help(f"a step goes on from `{found[-1][1]}`: `{text}`", [edit])
