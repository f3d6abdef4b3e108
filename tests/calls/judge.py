"""Whether a call compiles to a module that runs, or is refused at a place in the user's file."""

from __future__ import annotations

import inspect
import linecache
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from gradc.compiler import Compilation, Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.ir.sizes import substitute
from gradc.ir.types import DTYPES, Type
from gradc.source import Source
from tests.calls.generate import Call
from tests.calls.pool import INPUTS, SIZE
from tests.fuzz.judge import LEVELS, Failure
from tests.library.cases import prepared

_FILE = "call.graph"
_LARGEST = 10**6  # elements of arrays that are worth making


def judge(call: Call) -> Failure | None:
    """The first thing that is wrong with a call; that it is refused with a place is fine."""
    for level in LEVELS:
        failure = _judged(call, Options(level=level), 1)
        if failure is not None:
            return Failure(failure.kind, f"-O{level}: {failure.message}", Options(level=level))
    return None


def _judged(call: Call, options: Options, targets: int) -> Failure | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = compile_source(Source(_FILE, call.text(targets)), options)
    except DiagnosticError as refusal:
        first = refusal.diagnostics[0].message
        if targets == 1 and first.startswith("one target for"):
            return _judged(call, options, int(first.split()[3]))
        for diagnostic in refusal.diagnostics:
            if diagnostic.span is None or diagnostic.span.source.name != _FILE:
                where = "nowhere" if diagnostic.span is None else diagnostic.span.source.name
                kind = f"place {diagnostic.code} {diagnostic.message[:12]}"
                return Failure(kind, f"{diagnostic.code} {where}: {diagnostic.message}")
        return None
    except Exception as failure:
        return _failed("compile", failure)
    return _run(call, compiled)


def _failed(doing: str, failure: Exception) -> Failure:
    last = traceback.extract_tb(failure.__traceback__)[-1]
    place = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
    message = f"{type(failure).__name__}: {failure} ({place})"
    return Failure(f"{doing} {type(failure).__name__} {last.name}", message)


def _run(call: Call, compiled: Compilation) -> Failure | None:
    outputs = [o.value.type for o in compiled.graph.outputs]
    if any(_count(v.type) > _LARGEST for n in compiled.joint.nodes for v in n.results):
        return None
    linecache.cache["call.py"] = (0, None, compiled.text.splitlines(keepends=True), "call.py")
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            namespace: dict[str, Any] = {"__name__": "called"}
            exec(compile(compiled.text, "call.py", "exec"), namespace)
            found, gradients = _called(call, namespace)
    except Exception as failure:
        return None if _is_refused(failure) else _failed("run", failure)
    for value, kind in zip(found, outputs, strict=False):
        if (wrong := _mismatch(value, kind)) is not None:
            return Failure("type", wrong)
    for name, (gradient, param) in gradients.items():
        if np.shape(gradient) != np.shape(param) or np.asarray(gradient).dtype != param.dtype:
            return Failure("gradient", f"{name} is {np.shape(param)}, its gradient is not")
    return None


def _called(call: Call, namespace: dict[str, Any]) -> tuple[Any, dict[str, tuple[Any, Any]]]:
    """The outputs, and each gradient beside its parameter."""
    graph = namespace["__graph__"]
    rng = np.random.default_rng(0)
    drawn = {o.name: prepared(call.callee, o.draw(rng, "f64", {})) for o in call.operands}
    given = {**INPUTS, **drawn}
    params = {}
    if graph["params"]:
        made: Callable[..., dict[str, Any]] = namespace["init_params"]
        keywords = [p for p in inspect.signature(made).parameters if p == "N"]
        params = {k: drawn.get(k, v) for k, v in made(**dict.fromkeys(keywords, SIZE)).items()}
    inputs = {graph["inputs"][n]["argument"]: given[n] for n in graph["inputs"]}
    forward = namespace["forward"]
    if "rng" in inspect.signature(forward).parameters:
        inputs["rng"] = rng
    outputs, saved, *_ = forward(*([params] if params else []), **inputs)
    gradients: dict[str, Any] = {}
    if "backward" in namespace:
        names = list(inspect.signature(namespace["backward"]).parameters)[1:]
        floats = [o for o in outputs if np.asarray(o).dtype.kind == "f"]
        cotangents = {n: np.ones_like(o)[()] for n, o in zip(names, floats, strict=False)}
        gradients = namespace["backward"](saved, **cotangents)
    return outputs, {n: (g, np.asarray(params[n])) for n, g in gradients.items() if n in params}


def _is_refused(failure: Exception) -> bool:
    """Whether the module refuses its arguments, or their values have no answer."""
    if isinstance(failure, IndexError | np.linalg.LinAlgError):
        return True
    last = traceback.extract_tb(failure.__traceback__)[-1]
    return isinstance(failure, ValueError) and (last.line or "").startswith("raise ")


def _count(kind: Type) -> int:
    return int(np.prod([float(abs(s)) for s in _shape(kind)], initial=1.0))


def _shape(kind: Type) -> tuple[Any, ...]:
    return tuple(substitute(s, {"N": SIZE}) for s in kind.shape)


def _mismatch(found: Any, kind: Type) -> str | None:
    array = np.asarray(found)
    if array.shape == _shape(kind) and array.dtype.name == DTYPES[kind.dtype]:
        return None
    return f"an output is {array.dtype.name}{list(array.shape)}, not {kind}"
