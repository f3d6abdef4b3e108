"""The text of a graph, from its structure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from gradc.importing.constants import Constants
from gradc.importing.foreign import Model, Tensor, Unsupported
from gradc.importing.held import Held, array, is_state, is_table, members, tensors_in
from gradc.importing.layer_kinds import Kinds
from gradc.importing.naming import legal
from gradc.importing.parts import Body
from gradc.importing.signatures import Layers
from gradc.importing.spelled import operand_text
from gradc.importing.written import Written
from gradc.library.synonyms import ALIASES
from gradc.records import dataclass
from gradc.source import Source
from gradc.syntax.formatter import format_text

Arrays = dict[str, np.ndarray[Any, Any]]


@dataclass(slots=True, eq=False)
class Sheet:
    """A graph's text, its weights and its states, by the graph's names."""

    text: str
    params: Arrays
    states: Arrays


def text_of(model: Model, body: Body, kinds: Kinds) -> Sheet:
    """The graph of a model."""
    dtype = _main_dtype(model)
    _state_types(model, dtype)
    layers = Layers(kinds.all(), dtype, model.dims)
    bodies = [body, *(kind.body for kind in kinds.all())]
    given = [legal(t.name) for t in model.inputs]
    constants = Constants(dtype, [*model.dims, *layers.names(), *given, *model.outputs], bodies)
    taken = [*model.dims, *constants.names()]
    definitions: list[str] = []
    for kind in kinds.all():
        made = Written(kind.body, layers, constants, kind.formals, None, taken)
        layers.written[kind] = made
        arguments = ", ".join([*made.inputs, *made.formals])
        lines = [*made.declared, *made.lines, f"return {', '.join(made.outputs)}"]
        inner = "\n".join(lines)
        definitions += [f"layer {layers.name(kind)}({arguments}) {{\n{inner}\n}}", ""]
    main = Written(body, layers, constants, (), model.outputs, taken, model.loss)
    head = [f"## {line}".rstrip() for line in model.doc.splitlines()]
    if layers.imported:
        head += ["", f"from nn import {', '.join(sorted(layers.imported))}"]
    facts = [f"dim {', '.join(model.dims)}"] if model.dims else []
    facts += [f"dtype {dtype}"] if dtype != "f64" else []
    facts += constants.lines
    facts += [
        f"input {name}{_stated(t, dtype)}"
        for t, name in zip(model.inputs, main.inputs, strict=True)
    ]
    lines = [*head, "", *definitions, "", *facts, *main.declared, "", *main.lines]
    held = dict(members(body, body, main, layers))
    _is_each_once(held)
    lines += _learned(held)
    text = format_text(Source("net.graph", "\n".join(lines) + "\n"), ALIASES)
    params = {name: array(h) for name, h in held.items() if not is_state(h)}
    states = {name: array(h) for name, h in held.items() if is_state(h)}
    return Sheet(text, params, states)


def _learned(held: Mapping[str, Held]) -> list[str]:
    """What says which parameters are learned, where some are not."""
    names = [name for name, weights in held.items() if not is_state(weights)]
    tables = {name for name in names if is_table(held[name])}
    if not tables or len(tables) == len(names):
        return []
    learned: dict[str, None] = {}
    for name in names:
        if name in tables:
            continue
        parts = name.split(".")
        # The instance around it, as far out as none of the tables is in it.
        around = (".".join(parts[:depth]) for depth in range(1, len(parts)))
        whole = (a for a in around if not any(t.startswith(f"{a}.") for t in tables))
        learned[next(whole, name)] = None
    return ["", f"wrt {', '.join(learned)}"]


def _is_each_once(held: Mapping[str, Held]) -> None:
    """Raises Unsupported where a weight of the model would be several parameters."""
    seen: dict[Tensor, str] = {}
    for name, weights in held.items():
        for tensor in tensors_in(weights):
            if (other := seen.setdefault(tensor, name)) != name:
                message = f"the weight `{tensor.name}` would be two: `{other}` and `{name}`"
                raise Unsupported(message, "hand it to the modules that share it as an argument")


def _stated(tensor: Tensor, dtype: str) -> str:
    """The type of an input, as far as it has to be stated."""
    kind = "" if tensor.dtype == dtype else tensor.dtype
    sizes = operand_text(tensor.shape, lambda t: (t.name, 0)) if tensor.rank else ""
    return f": {kind}{sizes}" if kind or sizes else ""


def _main_dtype(model: Model) -> str:
    """The element type of most float weights and inputs, or else of most values."""
    given = [t for step in model.steps for t in step.tensors() if t.role == "param"]
    made = [t for step in model.steps for t in (*step.results, *step.tensors())]
    for tensors in ([*dict.fromkeys(given), *model.inputs], made):
        found = Counter(t.dtype for t in tensors if t.type.is_float)
        if found:
            return max(sorted(found), key=found.__getitem__)
    return "f32"


_FILLED = ("zeros", "ones", "full", "eye", "random_normal", "random_uniform")


def _state_types(model: Model, dtype: str) -> None:
    """Arrays of nothing state their element type where it is not that of the file."""
    for step in model.steps:
        if step.op in _FILLED and step.result.dtype != dtype and step.result.type.is_float:
            step.attrs.setdefault("dtype", step.result.dtype)
