"""Whether what is imported from an ONNX model computes what the model does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradc.compiler import Options, compile_source
from gradc.importing.imported import imported
from gradc.importing.onnx.onnx_file import input_names, made_of, output_names
from gradc.source import Source

Array = np.ndarray[Any, Any]


def outputs_of(
    model: Any, feeds: Mapping[str, Array], settings: Mapping[str, Array], batch: str | None = None
) -> list[Array]:
    """What the module of an imported model gives, in the order of the model's outputs.

    Raises DiagnosticError with all that has no counterpart.
    """
    result = imported(made_of(model, settings, batch))
    text = compile_source(Source("net.graph", result.text), Options(level=0)).text
    module: dict[str, Any] = {"__name__": "net"}
    exec(compile(text, "net.py", "exec"), module)
    described = module["__graph__"]
    names = input_names(model.graph)
    arguments = {
        described["inputs"][names[n]]["argument"]: value
        for n, value in feeds.items()
        if n not in settings
    }
    if described.get("state"):
        arguments["state"] = result.states
    with np.errstate(all="ignore"):
        params = [result.params] if described["params"] else []
        found = module["forward"](*params, **arguments)[0]._asdict()
    arguments = {name: o["argument"] for name, o in described["outputs"].items()}
    return [np.asarray(found[arguments[n]]) for n in output_names(model).values()]
