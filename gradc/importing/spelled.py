"""Steps as expressions of the language."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from gradc.elaborate.expressions import OPERATORS
from gradc.importing.foreign import Operand, SizeOf, Step, Tensor
from gradc.ir.sizes import Poly, size_text
from gradc.syntax.operators import BINDING, COMPARISON, NEGATION, NOT, RIGHT_ASSOCIATIVE

Names: TypeAlias = Callable[[Tensor], "tuple[str, int]"]
"""What stands for a tensor, and how tightly that binds."""

CALL = 9  # calls, names and indices bind tightest
SIGNS = {name: sign for sign, name in OPERATORS.items()}

OF_LAYERS = {("batch_norm", "momentum")}
"""Attributes that only the layer made of a step is told: the operation has none."""


def expression(step: Step, names: Names) -> tuple[str, int]:
    """The text of a step, and how tightly it binds."""
    if step.op in SIGNS and len(step.operands) == 2 and not step.attrs:
        return _binary(SIGNS[step.op], *step.operands, names=names)
    if step.op == "linear" and len(step.operands) == 2:
        return _binary("@", *step.operands, names=names)
    if step.op == "negative":
        return f"-{_bound(step.operands[0], NEGATION + 1, names)}", NEGATION
    if step.op == "logical_not":
        return f"not {_bound(step.operands[0], NOT + 1, names)}", NOT
    if step.op == "index":
        (x,) = step.operands
        entries = step.attrs["entries"]
        assert isinstance(entries, tuple)
        inner = ", ".join(_entry(e, names) for e in entries)
        return f"{_bound(x, CALL, names)}[{inner}]", CALL
    if step.op == "transpose" and not step.attrs:
        return f"{_bound(step.operands[0], CALL, names)}.T", CALL
    if step.op == "matrix_transpose":
        return f"{_bound(step.operands[0], CALL, names)}.mT", CALL
    words = [operand_text(o, names) for o in step.operands]
    told = {name: o for name, o in step.attrs.items() if (step.op, name) not in OF_LAYERS}
    words += [f"{name}={operand_text(o, names)}" for name, o in told.items()]
    return f"{step.op}({', '.join(words)})", CALL


def _binary(sign: str, left: Operand, right: Operand, names: Names) -> tuple[str, int]:
    strength = BINDING[sign]
    at_left = strength + (strength in (RIGHT_ASSOCIATIVE, COMPARISON))
    at_right = strength + (strength != RIGHT_ASSOCIATIVE)
    one, other = _bound(left, at_left, names), _bound(right, at_right, names)
    return (f"{one}**{other}" if sign == "**" else f"{one} {sign} {other}"), strength


def _bound(operand: Operand, least: int, names: Names) -> str:
    """The text of an operand, in parentheses where it binds less tightly than it has to."""
    text, strength = _operand(operand, names)
    return text if strength >= least else f"({text})"


def operand_text(operand: Operand, names: Names) -> str:
    """The text of an operand or an attribute, where any expression may stand."""
    return _operand(operand, names)[0]


def _operand(operand: Operand, names: Names) -> tuple[str, int]:
    match operand:
        case Tensor():
            return names(operand)
        case SizeOf():
            size = f"{_bound(operand.tensor, CALL, names)}.shape[{operand.axis}]"
            if operand.times == 1:
                return size, CALL
            return f"{operand.times} * {size}", BINDING["*"]
        case None:
            return "none", CALL
        case bool():
            return str(operand).lower(), CALL
        case int() | float():
            text = number_text(operand)
            return text, NEGATION if text.startswith("-") else CALL
        case Poly():
            text = size_text(operand)
            return text, CALL if text.isidentifier() else BINDING["+"]
        case str():
            return f'"{operand}"', CALL
        case tuple():
            return f"[{', '.join(operand_text(o, names) for o in operand)}]", CALL
    raise TypeError(f"no operand: {operand!r}")


def _entry(entry: Operand, names: Names) -> str:
    """What stands in the brackets of an index; the text `...` is itself."""
    if isinstance(entry, slice):
        parts = ["" if p is None else operand_text(p, names) for p in (entry.start, entry.stop)]
        step = "" if entry.step in (None, 1) else f":{entry.step}"
        return f"{parts[0]}:{parts[1]}{step}"
    if entry == "...":
        return "..."
    return "newaxis" if entry is None else operand_text(entry, names)


def number_text(number: float) -> str:
    """A number in the fewest digits: those of f32 where it is one."""
    if isinstance(number, int):
        return str(number)
    if math.isnan(number):
        return "nan"
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    if number == int(number) and abs(number) < 1e6:
        return f"{number:.1f}"
    short = np.float32(number)
    text = str(short) if float(short) == number else repr(number)
    return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
