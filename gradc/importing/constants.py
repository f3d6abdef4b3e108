"""Constants as text: what an array of them is, or a `const` of the file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gradc.importing.foreign import Tensor
from gradc.importing.naming import Naming
from gradc.importing.spelled import CALL, number_text

MOST_WRITTEN = 64
"""Numbers that stand in a text; more are kept beside the weights."""


class Constants:
    """The constants of a graph, each declared once."""

    def __init__(self, dtype: str, taken: Iterable[str]):
        self._dtype = dtype
        self._naming = Naming(taken)
        self._names: dict[Any, str] = {}
        self.lines: list[str] = []

    def text(self, tensor: Tensor) -> tuple[str, int]:
        """What stands for a constant, and how tightly it binds."""
        assert tensor.data is not None
        if not tensor.rank:
            return number_text(tensor.data.item()), CALL
        found = pattern_of(tensor.data, tensor.dtype, self._dtype)
        if found:
            return found, CALL
        key = (tensor.dtype, tensor.data.shape, tensor.data.tobytes())
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = self._naming.give(tensor.name.rpartition(".")[2], "c")
            sizes = ", ".join(map(str, tensor.data.shape))
            kind = "" if tensor.dtype == self._dtype else tensor.dtype
            self.lines.append(f"const {name}: {kind}[{sizes}] = {_list(tensor.data)}")
        return name, CALL


def pattern_of(data: np.ndarray[Any, Any], dtype: str, usual: str) -> str:
    """A call that makes such an array: a range, one number, a triangle; nothing where none does."""
    shape = data.shape
    stated = "" if dtype == usual else f', dtype="{dtype}"'
    if not data.size:
        return f"zeros([{', '.join(map(str, shape))}]{stated})"
    if len(shape) >= 2 and shape[-1] > 1 and shape[-2] > 1 and all(n == 1 for n in shape[:-2]):
        matrix = data.reshape(shape[-2:])
        lead = "".join("newaxis, " for _ in shape[:-2])
        for k in (0, -1, 1):
            ones = np.tri(matrix.shape[0], matrix.shape[1], k).astype(data.dtype)
            sizes = f"{shape[-2]}, {shape[-1]}" if shape[-1] != shape[-2] else f"{shape[-1]}"
            text = f"tri({sizes}{f', k={k}' if k else ''}{stated})"
            if (matrix == ones).all():
                return f"{text}[{lead}...]" if lead else text
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
