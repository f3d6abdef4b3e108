"""Models as other systems put them together, said in statements."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.diagnostics import Help, Replacement
from gradc.elaborate.habits.remedy import Written
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import parts

ACTIVATION = "an activation is a statement of its own: `{0}(z)`, where `z` is the layer's result"


def activated(arguments: Sequence[Written]) -> str:
    """What is said of the activation that a layer was given."""
    given = [a.text.strip("\"'") for a in arguments if a.keyword == "activation"]
    return ACTIVATION.format(given[0]) if given and given[0] not in ("linear", "none") else ""


def activations_of(call: tree.Call) -> list[str]:
    """For each layer of `Sequential([…])` the activation that it is given, or nothing."""
    first = call.args[0].value if len(call.args) == 1 else None
    items = first.items if isinstance(first, tree.ListExpr) else [a.value for a in call.args]
    return [activation_of(item) for item in items]


def activation_of(layer: tree.Expr) -> str:
    """The activation that a layer is given, or nothing."""
    given = layer.args if isinstance(layer, tree.Call) else ()
    named = (a for a in given if a.keyword is not None and a.keyword.name == "activation")
    words = [a.value.span.text.strip("\"'").rpartition(".")[2] for a in named]
    return words[0] if words and words[0] not in ("linear", "none", "None") else ""


def in_a_row(layers: Sequence[Written], given: str, activations: Sequence[str]) -> str | None:
    """The statements for `Sequential([Dense(8), ReLU()])(x)`."""
    listed = layers[0].text if len(layers) == 1 else ""
    texts = parts(listed[1:-1]) if listed[:1] == "[" else [layer.text for layer in layers]
    calls = [re.fullmatch(r"(\w+)\((?:x\b(?:, )?)?(.*)\)", text) for text in texts]
    lines: list[str] = []
    for called, activation in zip(calls, activations, strict=False):
        if called is None:
            return None
        arguments = called[2]
        if called[1] == "Dense":  # `Dense(4, 8)`, of which the first is the size of the input
            arguments = re.sub(r"^\d+, (?=\d)", "", arguments)
        steps = [f"{called[1]}({f'{given}, {arguments}' if arguments else given})"]
        if activation:
            steps.append(f"{activation}(h{len(lines) + 1})")
        for step in steps:
            given = f"h{len(lines) + 1}"
            lines.append(f"`{given} = {step}`")
    return ", ".join(lines)


def called_or_made(name: str, span: Span) -> str:
    """What is said of `Dense.W` where one instance of it is made; else that it is called."""
    text = span.source.text
    member = re.match(r"\.(\w+)\b(?!\()", text[span.end :])
    bound, within = rf"^[ \t]*(\w+)[ \t]*=[ \t]*{name}\(", rf"\b{name}\([^()\n]*\) as (\w+)"
    made = re.findall(f"{bound}|{within}", text, re.MULTILINE)
    if member is None or len(made) != 1:
        return f"call it: `{name}(…)`"
    path = f"{made[0][1] or made[0][0]}.{member[1]}"
    place = Span(span.source, span.start, span.end + member.end())
    return Help(f"an instance has parameters: write `{path}`", [Replacement(place, path)])
