"""The peak of a module's `value_and_grad`, measured and estimated."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from typing import Any

import numpy as np

from gradc.compiler import Compilation, Options, compile_source
from gradc.ir.sizes import Poly, substitute
from gradc.ir.types import DTYPES, Type
from gradc.passes.memory.peak import peak
from gradc.source import Source
from gradc.targets.offered import DEFAULT

Dims = Mapping[str, int]


def compiled(text: str, options: Options) -> Compilation:
    return compile_source(Source("net.graph", text), options)


def estimated(compilation: Compilation, dims: Dims) -> int:
    return peak(compilation.plan, known_dims(compilation, dims), DEFAULT)


def known_dims(compilation: Compilation, dims: Dims) -> dict[str, int]:
    """The sizes given, and those that the graph has."""
    fixed = {d.name: d.size for d in compilation.graph.dims if isinstance(d.size, int)}
    return {**fixed, **dims}


def arguments(compilation: Compilation, dims: Dims) -> tuple[Any, Any, dict[str, Any]]:
    """The functions of a module, and parameters and inputs of these sizes for it."""
    module: dict[str, Any] = {"__name__": "net"}
    exec(compile(compilation.text, "net.py", "exec"), module)
    sizes, rng = known_dims(compilation, dims), np.random.default_rng(0)
    graph = compilation.graph
    params = {p.name: _drawn(p.value.type, sizes, rng) for p in graph.params}
    inputs = {i.name: _drawn(i.value.type, sizes, rng) for i in graph.inputs}
    described = module["__graph__"]["inputs"]
    return module, params, {described[name]["argument"]: x for name, x in inputs.items()}


def _drawn(kind: Type, sizes: Dims, rng: np.random.Generator) -> Any:
    shape = [substitute(s, dict(sizes)) for s in kind.shape]
    assert not any(isinstance(s, Poly) for s in shape), f"{kind} at {sizes}"
    if not kind.is_float:
        return np.zeros([int(str(s)) for s in shape], DTYPES[kind.dtype])
    return rng.uniform(0.2, 0.8, [int(str(s)) for s in shape]).astype(DTYPES[kind.dtype])


def measured(compilation: Compilation, dims: Dims) -> int:
    """The most that the call holds of what it allocates."""
    module, params, inputs = arguments(compilation, dims)
    given = (params,) if params else ()
    more = {"state": module["init_state"]()} if "init_state" in module else {}
    taken = module["value_and_grad"].__code__.co_varnames
    if "rng" in taken:
        more["rng"] = 0
    if "training" in taken:
        more["training"] = True  # which takes the most
    tracemalloc.start()
    try:
        module["value_and_grad"](*given, **inputs, **more)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
