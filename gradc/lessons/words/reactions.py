"""What a bump does, in words and with its quotient: `goes up by 2 × 0.001`."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradc.lessons.run.bump import Bump
from gradc.lessons.words import numbers
from gradc.lessons.words.equations import Math, equation


def measured(bump: Bump) -> str:
    """The slope that the bump measures, without digits that are only rounding."""
    return numbers.quotient(bump.slope, max(abs(bump.after), abs(bump.before)), bump.step)


def moved(bump: Bump) -> str:
    """The number that it moved to, with the digits that tell the two apart."""
    return numbers.apart(bump.after, bump.before)


def quotient(bump: Bump) -> Math:
    """`(4.002 - 4) / 0.001 = 2`."""
    before, step = numbers.number(bump.before), numbers.number(bump.step)
    minus = f"- {before}" if not before.startswith("-") else f"+ {before[1:]}"
    top = f"{moved(bump)} {minus}"
    fraction = Math(f"({top}) / {step}", rf"\frac{{{top}}}{{{step}}}")
    return equation(fraction, "=", measured(bump))


def moves(by: str, of: str, slope: Any, step: str) -> str:
    """`if d goes up by 0.001, J goes up by 2 × 0.001`."""
    return f"if {by} goes up by {step}, {of} {reaction(slope, step)}"


def reaction(slope: Any, step: str) -> str:
    """`goes up by 2 × 0.001`."""
    if slope == 0:
        return "stays what it is"
    if not np.isfinite(slope):
        return f"moves by {numbers.number(slope)} × {step}"
    way = "goes up" if slope > 0 else "goes down"
    return f"{way} by {numbers.number(abs(slope))} × {step}"
