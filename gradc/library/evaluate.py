"""NumPy spellings: run on numbers at compile time, and the functions that they name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradc.ir.operation import Formal, Lowering
from gradc.ir.types import DTYPES


def evaluator(
    formals: Sequence[Formal], results: Sequence[str], lowering: Lowering
) -> Callable[..., Any] | None:
    """A function of (operands, their element types, attributes) that gives numbers and lists.

    The text that is run comes from gradc's own library, never from a user.
    """
    operands = [f.name for f in formals if f.is_operand]
    if lowering.ufunc:
        text = f"{lowering.ufunc}({', '.join(operands)})"
    elif lowering.operator:
        text = f" {lowering.operator} ".join(operands)
    elif lowering.text and not lowering.function:
        text = lowering.text
    else:
        return None
    if len(results) > 1:
        return None
    attributes = [f for f in formals if not f.is_operand]
    variadic = any(f.is_list for f in formals)
    names = ", ".join([*operands, *(f.name for f in attributes)])
    function: Any = None

    def evaluate(arguments: Sequence[Any], dtypes: Sequence[str], attrs: Sequence[Any]) -> Any:
        nonlocal function
        if function is None:
            function = eval(f"lambda {names}: {text}", {"np": np})
        arrays: list[Any] = [
            np.asarray(a, DTYPES[d])[()] for a, d in zip(arguments, dtypes, strict=True)
        ]
        if variadic:
            arrays = [arrays]
        values = [attribute_value(f.kind, a) for f, a in zip(attributes, attrs, strict=True)]
        with np.errstate(all="ignore"):
            return np.asarray(function(*arrays, *values)).tolist()

    return evaluate


def attribute_value(kind: str, attr: Any) -> Any:
    """An attribute as NumPy takes it."""
    if kind == "dtype" and attr is not None:
        return np.dtype(DTYPES[attr]).type
    if kind == "entries":
        return tuple(slice(*e) if isinstance(e, tuple) else e for e in attr)
    return attr


def numpy_names(text: str) -> frozenset[str]:
    """The functions of NumPy that a text of the library names, with the modules on the way."""
    names = set()
    for path in re.findall(r"\bnp(?:\.\w+)+", text):
        parts = path.split(".")
        names |= {".".join(parts[: i + 1]) for i in range(1, len(parts))}
    return frozenset(names)
