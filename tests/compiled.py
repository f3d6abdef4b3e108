"""What the tests of the language and of the module do most: compile a text, load it, run it."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.source import Source

LEVELS = (0, 1)


class Module(SimpleNamespace):
    """An emitted module, with its `text` and the `warnings` of its compilation."""

    forward: Any
    backward: Any
    value_and_grad: Any
    predict: Any
    init_params: Any
    Params: Any
    Gradients: Any
    Outputs: Any
    Saved: Any
    text: str
    warnings: tuple[Diagnostic, ...]
    graph: dict[str, Any]

    def outputs(self, params: Mapping[str, Any] | None = None, **inputs: Any) -> Any:
        """The outputs; parameters are the starting values where none are given."""
        return self.forward(*self._params(params), **inputs)[0]

    def gradients(
        self, params: Mapping[str, Any] | None = None, /, *, d: Any = None, **inputs: Any
    ) -> dict[str, Any]:
        """The gradients; `d` holds the cotangents of outputs where there is no loss."""
        _, saved = self.forward(*self._params(params), **inputs)
        gradients: dict[str, Any] = self.backward(saved, **(d or {}))
        return gradients

    def _params(self, given: Mapping[str, Any] | None) -> list[Any]:
        if not self.graph["params"]:
            return []
        return [self.init_params() if given is None else given]


def build(text: str, *, name: str = "net.graph", **options: Any) -> Module:
    """The module of a text. Options are those of the compiler: level, wrt, dims, root."""
    compilation = compile_source(Source(name, text), Options(**options))
    namespace: dict[str, Any] = {"__name__": "net"}
    exec(compile(compilation.text, "net.py", "exec"), namespace)
    module = Module(text=compilation.text, warnings=compilation.warnings)
    module.graph = namespace["__graph__"]
    for key, found in namespace.items():
        if not key.startswith("_"):
            setattr(module, key, found)
    return module


def value(expression: str, declarations: str = "", /, level: int = 1, **inputs: Any) -> Any:
    """What an expression comes out as, as the only output of a graph."""
    module = build(f"{declarations}\noutput it_is = {expression}\n", level=level)
    return module.outputs(None, **inputs).it_is


def refusal(text: str, *, name: str = "net.graph", **options: Any) -> list[Diagnostic]:
    """The errors of a text that does not compile."""
    with pytest.raises(DiagnosticError) as caught:
        compile_source(Source(name, text), Options(**options))
    return [d for d in caught.value.diagnostics if d.is_error]


def refused(text: str, code: str, message: str, **options: Any) -> Diagnostic:
    """The only error of a text: its code, and words of what it says."""
    (diagnostic,) = refusal(text, **options)
    said = " | ".join([diagnostic.message, diagnostic.text, *diagnostic.helps])
    assert (diagnostic.code, message in said) == (code, True), f"{diagnostic.code}: {said}"
    return diagnostic


def warned(text: str, **options: Any) -> list[str]:
    """The codes of the warnings of a text."""
    return [w.code for w in build(text, **options).warnings]


def same(found: Any, wanted: Any) -> bool:
    """Whether two results agree in type, element type, shape and (to rounding) value."""
    found_array, wanted_array = np.asarray(found), np.asarray(wanted)
    return (
        isinstance(found, np.ndarray) is isinstance(wanted, np.ndarray)
        and isinstance(found, float) is isinstance(wanted, float)
        and found_array.dtype == wanted_array.dtype
        and found_array.shape == wanted_array.shape
        and np.allclose(found_array, wanted_array, rtol=1e-6, atol=1e-12, equal_nan=True)
    )


def keywords(function: Any) -> list[str]:
    """The keyword-only arguments of a function."""
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Files in a folder, with folders on the way; the first file's path comes back."""
    paths = []
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths[0]


def build_file(path: Path, **options: Any) -> Module:
    """The module of a file on disk, whose imports are found beside it."""
    return build(path.read_text(encoding="utf-8"), name=str(path), **options)
