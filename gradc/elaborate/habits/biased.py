"""Convolutions in the manner of torch: the bias stands third, before the stride."""

from __future__ import annotations

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.elaborate.bindings import Scope
from gradc.ir.node import Value
from gradc.syntax import tree

_THIRD = 2


def bias_third(
    name: str, call: tree.Call, formals: list[str], scope: Scope, found: Diagnostic
) -> Help | None:
    """`conv2d(x, w, b, 2, 1)`: the call with a name for the bias, and for what stands behind it."""
    if "bias" not in formals or formals[_THIRD : _THIRD + 1] != ["stride"]:
        return None
    given = [a for a in call.args if a.keyword is None]
    named = {a.keyword.name: a.span.text for a in call.args if a.keyword is not None}
    if len(given) <= _THIRD or "bias" in named:
        return None
    bias, *further = given[_THIRD:]
    if found.span is not bias.value.span:
        return None
    array = scope.values.get(bias.value.name) if isinstance(bias.value, tree.Name) else None
    if not isinstance(array, Value) or not array.type.is_float or array.type.rank != 1:
        return None
    behind = zip(formals[_THIRD:], further, strict=False)
    texts = [a.span.text for a in given[:_THIRD]]
    texts += [f"{n}={a.span.text}" for n, a in behind]
    texts += [*named.values(), f"bias={bias.span.text}"]
    text = f"{name}({', '.join(texts)})"
    return Help(f"a bias is named: write `{text}`", [Replacement(call.span, text)])
