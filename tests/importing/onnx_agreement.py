"""Whether what is imported from an ONNX model computes what the model does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradc.compiler import Options, compile_source
from gradc.importing.imported import Imported, imported
from gradc.importing.onnx.onnx_file import made_of
from gradc.source import Source

Array = np.ndarray[Any, Any]


def outputs_of(
    model: Any, feeds: Mapping[str, Array], settings: Mapping[str, Array]
) -> list[Array]:
    """What the module of an imported model gives, in the order of the model's outputs.

    `feeds` are by the names of the model's inputs. Raises DiagnosticError with all that has no
    counterpart.
    """
    graph = imported(made_of(model, settings))
    held = {t.name for t in model.graph.initializer}
    names = [i.name for i in model.graph.input if i.name in feeds and i.name not in held]
    return computed(graph, [feeds[n] for n in names if n not in settings])


def computed(graph: Imported, given: list[Array], level: int = 0) -> list[Array]:
    """What the module of a graph gives for its inputs in their order."""
    text = compile_source(Source("net.graph", graph.text), Options(level=level)).text
    module: dict[str, Any] = {"__name__": "net"}
    exec(compile(text, "net.py", "exec"), module)
    described = module["__graph__"]
    inputs = [i["argument"] for i in described["inputs"].values()]
    arguments: dict[str, Any] = dict(zip(inputs, given, strict=True))
    if described.get("state"):
        arguments["state"] = graph.states
    params = [graph.params] if described["params"] else []
    with np.errstate(all="ignore"):
        found = module["forward"](*params, **arguments)[0]._asdict()
    return [np.asarray(found[o["argument"]]) for o in described["outputs"].values()]
