"""Constants that are too many numbers for a text stand among the weights, and are not learned."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.importing.constants import MOST_WRITTEN, pattern_of
from gradc.importing.foreign import Model, Operand, Step, Tensor
from gradc.importing.layer_kinds import free
from gradc.importing.parts import Path, replaced

_NAME = "constant"  # of what the source does not name


def kept(model: Model) -> None:
    """Puts a table for each array that the text cannot hold; equal ones are one."""
    readers: dict[object, list[Step]] = {}
    first: dict[object, Tensor] = {}
    for step in model.steps:
        for tensor in step.tensors():
            if _is_large(tensor):
                readers.setdefault(_key(tensor), []).append(step)
                first.setdefault(_key(tensor), tensor)
    taken: set[str] = set()
    tables: dict[object, Tensor] = {}
    for key, tensor in first.items():
        name = _path(tensor, readers[key], taken)
        taken.add(name)
        tables[key] = Tensor(name, tensor.type, "table", tensor.data)

    def by(leaf: Operand) -> Operand:
        if isinstance(leaf, Tensor) and _is_large(leaf):
            return tables[_key(leaf)]
        return leaf

    for step in model.steps if tables else ():
        step.operands = tuple(replaced(o, by) for o in step.operands)
        step.attrs = {n: replaced(a, by) for n, a in step.attrs.items()}


def _is_large(tensor: Tensor) -> bool:
    data = tensor.data
    if not tensor.is_known or data is None or data.size <= MOST_WRITTEN:
        return False
    return not pattern_of(data, tensor.dtype, tensor.dtype)


def _key(tensor: Tensor) -> object:
    assert tensor.data is not None
    return tensor.dtype, tensor.data.shape, tensor.data.tobytes()


def _path(tensor: Tensor, readers: Iterable[Step], taken: set[str]) -> str:
    """Where a table belongs: to the module that the source says, or around all that read it."""
    paths: list[Path] = [s.frames[-1].path if s.frames else () for s in readers]
    around = _common(paths)
    own = tuple(tensor.name.split("."))
    if own[:-1] != around[: len(own) - 1]:
        own = (*around, own[-1])
    return free(".".join((*own[:-1], own[-1] or _NAME)), taken)


def _common(paths: list[Path]) -> Path:
    """The names in which all paths begin."""
    found = paths[0]
    for path in paths[1:]:
        same = [a == b for a, b in zip(found, path, strict=False)]
        found = found[: same.index(False) if False in same else len(same)]
    return found
