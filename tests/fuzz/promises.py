"""What every module promises, whatever its graph."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import Any

import numpy as np

_NUMPY = {"f32": "float32", "f64": "float64", "i32": "int32", "i64": "int64", "bool": "bool"}


def broken(
    module: Any,
    outputs: Any,
    before: list[Any],
    saved: Any,
    gradients: dict[str, Any],
    again: dict[str, Any],
) -> Iterator[str]:
    """The promises that a module does not keep. Arguments were read-only, so they are unchanged."""
    yield from _outputs(module, outputs, before)
    yield from _owned(module, outputs, saved)
    yield from _gradients(module, outputs, saved, gradients, again)
    yield from _door(module)
    yield from _text(module.text)


def _text(text: str) -> Iterator[str]:
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > 100:
            yield f"width: line {number} has {len(line)} columns"
        if line != line.rstrip():
            yield f"blanks: line {number} ends in a blank"
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) and ast.unparse(node) not in (
            "import math",
            "import numpy as np",
            "import numpy.typing as npt",
            "from typing import Any, NamedTuple, TypedDict",
        ):
            yield f"imports: {ast.unparse(node)}"
    known = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    known |= {
        n.id
        for s in tree.body
        for n in ast.walk(s)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    known |= {"math", "np", "npt", "Any", "NamedTuple", "TypedDict", "__name__", *dir(builtins)}
    for function in (n for n in tree.body if isinstance(n, ast.FunctionDef)):
        if function.name in ("forward", "backward", "predict", "_params", "value_and_grad"):
            yield from _bindings(function, known)


def _bindings(function: ast.FunctionDef, known: set[str]) -> Iterator[str]:
    """Names used before they are bound, and statements whose value nothing uses."""
    bound = {a.arg for a in (*function.args.args, *function.args.kwonlyargs)}
    for statement in function.body:
        names = [n for n in ast.walk(statement) if isinstance(n, ast.Name)]
        local = {n.id for n in names if isinstance(n.ctx, ast.Store)}
        for name in names:
            if isinstance(name.ctx, ast.Load):
                inner = local if isinstance(statement, ast.For) else set()
                if name.id not in bound | known | inner and not isinstance(statement, ast.If):
                    yield f"bound: {function.name} uses {name.id} before it is bound"
        bound |= local
        if isinstance(statement, ast.Delete):
            bound -= {
                n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)
            }
    if function.name in ("forward", "backward", "predict"):
        yield from unread(function)


def unread(function: ast.FunctionDef) -> Iterator[str]:
    """Statements whose value nothing uses; what comes in may be only looked at."""
    names = [n for n in ast.walk(function) if isinstance(n, ast.Name)]
    used = {n.id for n in names if isinstance(n.ctx, ast.Load)}
    used |= {a.arg for a in (*function.args.args, *function.args.kwonlyargs)}
    for statement in function.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Name) and target.id not in used:
                where = f"at line {statement.lineno}"
                yield f"dead: {function.name} binds {target.id} {where} and never reads it"


def _outputs(module: Any, outputs: Any, before: list[Any]) -> Iterator[str]:
    for value, old in zip(outputs, before, strict=True):
        if not np.array_equal(np.asarray(value), old, equal_nan=old.dtype.kind == "f"):
            yield "kept: an output changed when backward ran"
    for value in module.program.returned:
        found = getattr(outputs, module.field(value.name))
        yield from _kind("output", value.name, value, found)


def _owned(module: Any, outputs: Any, saved: Any) -> Iterator[str]:
    """Outputs are the caller's: nothing else lies in their memory, and they can be written to."""
    others = {f"argument {n}": v for n, v in {**module.params, **module.inputs}.items()}
    others |= {f"saved {n}": v for n, v in saved._asdict().items()}
    others |= {f"constant {n}": v for n, v in module.namespace.items()}
    for name, found in outputs._asdict().items():
        if not isinstance(found, np.ndarray):
            continue
        if not found.flags.writeable:
            yield f"writeable: output {name} is read-only"
        for other, array in others.items():
            if isinstance(array, np.ndarray) and np.shares_memory(found, array):
                yield f"memory: output {name} shares memory with {other}"
        others[f"output {name}"] = found


def _kind(what: str, name: str, value: Any, found: Any) -> Iterator[str]:
    """An f64 scalar is a Python float; anything else has NumPy's type of the declared one."""
    if value.dtype == "f64" and not value.shape:
        if type(found) is not float:
            yield f"{what} type: {name} is {type(found).__name__}, not float"
        return
    if np.asarray(found).dtype != _NUMPY[value.dtype]:
        yield f"{what} type: {name} is {np.asarray(found).dtype}, not {value.dtype}"
    if np.shape(found) != value.array.shape:
        yield f"{what} shape: {name} is {np.shape(found)}, not {value.array.shape}"
    if value.shape and not isinstance(found, np.ndarray):
        yield f"{what} type: {name} is {type(found).__name__}, not an array"
    if not value.shape and isinstance(found, np.ndarray):
        yield f"{what} type: {name} is an array without axes"


def _gradients(
    module: Any, outputs: Any, saved: Any, gradients: dict[str, Any], again: dict[str, Any]
) -> Iterator[str]:
    wanted = module.program.differentiated
    by_name = {a.value.name: a.value for a in wanted}
    if set(gradients) != set(by_name):
        yield f"names: gradients of {sorted(gradients)}, not of {sorted(by_name)}"
        return
    for name, found in gradients.items():
        yield from _kind("gradient", name, by_name[name], found)
        if not np.array_equal(found, again[name], equal_nan=True):
            yield f"twice: the gradient of {name} differs the second time"
    arrays = {f"gradient of {n}": g for n, g in gradients.items() if isinstance(g, np.ndarray)}
    others = {f"argument {n}": v for n, v in {**module.params, **module.inputs}.items()}
    others |= {f"saved {n}": v for n, v in saved._asdict().items()}
    others |= {f"output {n}": v for n, v in outputs._asdict().items()}
    names = list(arrays)
    for i, one in enumerate(names):
        if not arrays[one].flags.writeable:
            yield f"writeable: the {one} is read-only"
        for other in names[i + 1 :]:
            if np.shares_memory(arrays[one], arrays[other]):
                yield f"memory: the {one} shares memory with the {other}"
        for other, array in others.items():
            if isinstance(array, np.ndarray) and np.shares_memory(arrays[one], array):
                yield f"memory: the {one} shares memory with {other}"


def _door(module: Any) -> Iterator[str]:
    """A missing, unknown or misshapen argument is refused by name."""
    forward = module.namespace["forward"]
    if module.params:
        name = next(iter(module.params))
        value = np.asarray(module.params[name])
        for text, params in (
            ("missing", {k: v for k, v in module.params.items() if k != name}),
            ("unknown", {**module.params, "no such name": 1.0}),
            ("misshapen", {**module.params, name: np.zeros((*value.shape, 1), value.dtype)}),
            ("complex", {**module.params, name: value.astype(complex)}),
        ):
            expected = "no such name" if text == "unknown" else name
            yield from _refused(text, expected, forward, [params], module.inputs, value)
    given = [module.params] if module.params else []
    for name in list(module.inputs)[:1]:
        value = np.asarray(module.inputs[name])
        shown = next(n for n, e in module.graph["inputs"].items() if e["argument"] == name)
        wrong = {**module.inputs, name: np.zeros((*value.shape, 1), value.dtype)}
        yield from _refused("misshapen", shown, forward, given, wrong, value)
        wrong = {**module.inputs, name: value.astype(complex)}
        yield from _refused("complex", shown, forward, given, wrong, value)
        without = {k: v for k, v in module.inputs.items() if k != name}
        yield from _refused("missing", name, forward, given, without, value)


def _refused(
    text: str, name: str, forward: Any, given: list[Any], inputs: dict[str, Any], value: Any
) -> Iterator[str]:
    try:
        forward(*given, **inputs)
    except (ValueError, TypeError) as refusal:
        if name not in str(refusal):
            yield f"door {text}: the message does not name {name}: {refusal}"
    except Exception as failure:
        yield f"door {text}: {type(failure).__name__}: {failure}"
    else:
        if text != "complex" or value.size:
            yield f"door {text}: {name} was let in"
