"""Attention called with queries, keys and values, where the layer takes one array."""

from __future__ import annotations

from gradc.diagnostics import Help, Replacement
from gradc.elaborate.bindings import Function, Instance, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.habits.ordered import may_be_array
from gradc.elaborate.habits.own import callable_of
from gradc.ir.node import Value
from gradc.source import Span
from gradc.syntax import tree

_LAYER = "MultiHeadAttention"
_HEADS = ("heads", "num_heads", "nhead", "n_heads", "h")
_GIVEN = ("query", "key", "value", "q", "k", "v", "queries", "keys", "values")


def of_three(context: Context, name: str, call: tree.Call, scope: Scope) -> tuple[str, ...]:
    """What is said of `MultiHeadAttention(q, k, v)`, and of `mha(q, k, v)`."""
    called = callable_of(context, name, scope)
    layer = called.layer if isinstance(called, Instance) else called
    if not isinstance(layer, Function) or layer.name != _LAYER or not layer.module.trusted:
        return ()
    keywords = {a.keyword.name: a.value for a in call.args if a.keyword is not None}
    by_place = [a.value for a in call.args if a.keyword is None]
    numbers = [v for v in by_place if isinstance(v, tree.Number)]
    arrays = [v for v in by_place if may_be_array(v, scope)]
    arrays += [value for key, value in keywords.items() if key in _GIVEN]
    texts = [" ".join(v.span.text.split()) for v in arrays]
    if not 2 <= len(texts) <= 3:
        return ()
    heads = [v.span.text for v in (*numbers[:1], *(keywords[k] for k in _HEADS if k in keywords))]
    first = arrays[0]
    bound = scope.values.get(first.name) if isinstance(first, tree.Name) else None
    place = Span(call.span.source, call.span.start, call.args[-1].span.end)
    inside = texts[0]
    if not isinstance(called, Instance):
        inside += f", {heads[0] if heads else _count(bound)}"
    told = f"it attends to itself: write `{name}({inside})`"
    if not isinstance(called, Instance):
        told += ", with the number of heads"
    own = Help(told, [Replacement(place, f"{name}({inside}")])
    given = ", ".join(texts if len(texts) == 3 else [*texts, texts[1]])
    apart = f"for queries, keys and values there is `scaled_dot_product_attention({given})`"
    edits = [Replacement(place, f"scaled_dot_product_attention({given}")]
    other = apart if call.instance is not None else Help(apart, edits)
    return (own, other) if len({*texts}) == 1 else (other, own)


def _count(bound: object) -> int:
    """A number of heads that divides the last size of an array."""
    bound = bound.value if isinstance(bound, Instance) else bound
    size = bound.type.shape[-1] if isinstance(bound, Value) and bound.type.rank else 0
    return next((n for n in (4, 2) if isinstance(size, int) and size % n == 0), 1)
