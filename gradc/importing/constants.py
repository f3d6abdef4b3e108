"""Constants as text: what an array of them is, or a `const` of the file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gradc.importing.foreign import Tensor
from gradc.importing.naming import Naming
from gradc.importing.parts import Body, read_by
from gradc.importing.spelled import CALL, number_text
from gradc.syntax.operators import NOT

MOST_WRITTEN = 32
"""Numbers that stand in a text; more are kept beside the weights."""


class Constants:
    """The constants of a graph, each declared once."""

    def __init__(self, dtype: str, taken: Iterable[str], bodies: Iterable[Body]):
        """`taken` are names that no constant may have; `bodies` are all that read some."""
        self._dtype = dtype
        self._names: dict[Any, str] = {}
        self.lines: list[str] = []
        naming = Naming(taken)
        bodies = list(bodies)
        read = [t for body in bodies for item in body.items for t in read_by(item)]
        read += [t for body in bodies for t in body.outputs]
        for tensor in dict.fromkeys(t for t in read if t.is_known and t.rank):
            self._declare(tensor, naming)

    def names(self) -> list[str]:
        """The names of those that are declared, which are seen in the whole file."""
        return list(self._names.values())

    def _declare(self, tensor: Tensor, naming: Naming) -> None:
        data = tensor.data
        assert data is not None
        if _key(tensor) in self._names or pattern_of(data, tensor.dtype, self._dtype):
            return
        name = self._names[_key(tensor)] = naming.give(tensor.name.rpartition(".")[2], "c")
        sizes = ", ".join(map(str, data.shape))
        kind = "" if tensor.dtype == self._dtype else tensor.dtype
        self.lines.append(f"const {name}: {kind}[{sizes}] = {_list(data)}")

    def text(self, tensor: Tensor) -> tuple[str, int]:
        """What stands for a constant, and how tightly it binds."""
        assert tensor.data is not None
        if not tensor.rank:
            return number_text(tensor.data.item()).lower(), CALL
        found = pattern_of(tensor.data, tensor.dtype, self._dtype)
        if found:
            return found, NOT if found.startswith("not ") else CALL
        return self._names[_key(tensor)], CALL


def _key(tensor: Tensor) -> tuple[object, ...]:
    assert tensor.data is not None
    return tensor.dtype, tensor.data.shape, tensor.data.tobytes()


def pattern_of(data: np.ndarray[Any, Any], dtype: str, usual: str) -> str:
    """A call that makes such an array: a range, one number, a triangle; nothing where none does."""
    shape = data.shape
    if dtype == "bool" and not data.all() and (there := _triangle(~data, ', dtype="bool"')):
        return f"not {there}"
    stated = "" if dtype == usual else f', dtype="{dtype}"'
    if not data.size:
        return f"zeros([{', '.join(map(str, shape))}]{stated})"
    if there := _triangle(data, stated):
        return there
    if len(shape) == 2 and min(shape) > 1 and (data == np.eye(*shape)).all():
        sizes = ", ".join(map(str, shape if shape[0] != shape[1] else shape[:1]))
        return f"eye({sizes}{stated})"
    if data.dtype.kind == "f" and np.isneginf(data).any() and not np.isnan(data).any():
        seen = ~np.isneginf(data)
        if not data[seen].any() and (there := _triangle(seen, ', dtype="bool"')):
            return f"where({there}, zeros([1]{stated}), -inf)"
    first = data.flat[0]
    if (data == first).all():
        sizes = ", ".join(map(str, shape))
        if first in (0, 1) and dtype != "bool":
            return f"{'ones' if first else 'zeros'}([{sizes}]{stated})"
        return f"full([{sizes}], {number_text(first.item()).lower()}{stated})"
    if len(shape) == 1 and data.dtype.kind == "i" and len(set(np.diff(data))) == 1:
        step = int(data[1] - data[0])
        stop = int(data[-1]) + step
        words = [str(first), str(stop)] if first or step != 1 else [str(stop)]
        words += [str(step)] if step != 1 else []
        return f"arange({', '.join(words)}{'' if dtype == 'i64' else stated})"
    if len(shape) == 1 and data.dtype.kind == "i" and data.size <= 8:
        return _list(data)
    return ""


def _list(data: np.ndarray[Any, Any]) -> str:
    if data.ndim:
        return f"[{', '.join(map(_list, data))}]"
    text = number_text(data.item())
    return text.lower()


def _triangle(data: np.ndarray[Any, Any], stated: str) -> str:
    """The call that makes a triangle of ones; nothing where it is none."""
    shape = data.shape
    if len(shape) < 2 or min(shape[-2:]) < 2 or any(n != 1 for n in shape[:-2]):
        return ""
    matrix = data.reshape(shape[-2:])
    for k in (0, -1, 1):
        if (matrix == np.tri(shape[-2], shape[-1], k).astype(data.dtype)).all():
            sizes = f"{shape[-2]}, {shape[-1]}" if shape[-1] != shape[-2] else f"{shape[-1]}"
            text = f"tri({sizes}{f', k={k}' if k else ''}{stated})"
            lead = "".join("newaxis, " for _ in shape[:-2])
            return f"{text}[{lead}...]" if lead else text
    return ""
