"""NumPy spellings, run on numbers and arrays: what an operation makes of them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from gradc.ir.operation import Operation
from gradc.targets.numpy import helpers
from gradc.targets.numpy.spelling import spelling_of


class UnspelledError(Exception):
    """The operation has no spelling of its own."""


def function_of(op: Operation, rng: np.random.Generator | None = None) -> Callable[..., Any]:
    """The spelling as a function of operands and attributes. Raises UnspelledError.

    The text that is run comes from gradc's library, never from a user.
    """
    spelling = spelling_of(op)
    operands = [f.name for f in op.operands]
    names = ", ".join([*operands, *(f.name for f in op.attributes)])
    scope = {"np": np, **vars(helpers)}
    if rng is not None:
        scope["rng"] = rng
    if spelling.statements:
        body = textwrap.indent("\n".join(spelling.statements), "    ")
        exec(f"def run({names}):\n{body}\n    return {', '.join(op.result_names)}\n", scope)
        return _callable(scope["run"])
    text = spelling.expression(operands)
    if not text:
        raise UnspelledError(f"`{op.name}` has no spelling of its own")
    return _callable(eval(f"lambda {names}: {text}", scope))


def _callable(function: Any) -> Callable[..., Any]:
    checked: Callable[..., Any] = function
    return checked
