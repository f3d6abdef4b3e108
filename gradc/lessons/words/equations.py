"""Equations: formulas, derivatives and numbers, as plain text and in LaTeX."""

from __future__ import annotations

from typing import Any

from gradc.lessons.words import latex, numbers, paper
from gradc.lessons.words.formula import Formula
from gradc.records import dataclass


@dataclass(frozen=True, slots=True)
class Math:
    """A formula: as plain text, and in LaTeX."""

    text: str
    latex: str


def slope(of: str, by: str, sign: str = "d") -> Math:
    """`dJ/dw`, or `∂J/∂w`."""
    return Math(f"{sign}{of}/{sign}{by}", latex.fraction(of, by, sign))


def formula(formula: Formula) -> Math:
    return Math(paper.text(formula), latex.formula(formula))


def amount(x: Any) -> Math:
    """A number or an array."""
    text = numbers.array(x)
    return Math(text, latex.number(text) if " " not in text else rf"\text{{{latex.escaped(text)}}}")


def equation(*parts: str | Math) -> Math:
    """Formulas and signs in between, as one formula."""
    signs = {"×": r"\times", "≈": r"\approx", "·": r"\cdot", "ε": r"\varepsilon"}
    plain = " ".join(p.text if isinstance(p, Math) else p for p in parts)
    return Math(plain, " ".join(p.latex if isinstance(p, Math) else signs.get(p, p) for p in parts))
