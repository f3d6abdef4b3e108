"""Models as other systems put them together, said in statements."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.elaborate.habits.remedy import Written
from gradc.syntax.habits.enclosed import parts

ACTIVATION = "an activation is a statement of its own: `{0}(z)`, where `z` is the layer's result"


def activated(arguments: Sequence[Written]) -> str:
    """What is said of the activation that a layer was given."""
    given = [a.text.strip("\"'") for a in arguments if a.keyword == "activation"]
    return ACTIVATION.format(given[0]) if given and given[0] not in ("linear", "none") else ""


def in_a_row(layers: Sequence[Written], given: str) -> str | None:
    """The statements for `Sequential([Dense(8), ReLU()])(x)`."""
    listed = layers[0].text if len(layers) == 1 else ""
    texts = parts(listed[1:-1]) if listed[:1] == "[" else [layer.text for layer in layers]
    calls = [re.fullmatch(r"(\w+)\((?:x\b(?:, )?)?(.*)\)", text) for text in texts]
    lines: list[str] = []
    for i, called in enumerate(calls, 1):
        if called is None:
            return None
        arguments = f"{given}, {called[2]}" if called[2] else given
        lines.append(f"`h{i} = {called[1]}({arguments})`")
        given = f"h{i}"
    return ", ".join(lines)
