"""Composites in SymPy's words; the operations state theirs in their stanzas."""

from __future__ import annotations

from typing import Any

import sympy

from gradc.verification.symbolic import sympy_text
from tests.library.cases import LIBRARY, OPS

X = sympy.Symbol("x", real=True)
FORMULAS = {
    "square": X**2, "reciprocal": 1 / X, "rsqrt": 1 / sympy.sqrt(X), "erfc": sympy.erfc(X),
    "logit": sympy.log(X / (1 - X)), "deg2rad": sympy.pi * X / 180, "rad2deg": 180 * X / sympy.pi,
    "sinc": sympy.sin(sympy.pi * X) / (sympy.pi * X), "silu": X / (1 + sympy.exp(-X)),
    "log1mexp": sympy.log(1 - sympy.exp(X)),
    "softplus": sympy.log(1 + sympy.exp(X)), "log_sigmoid": -sympy.log(1 + sympy.exp(-X)),
    "gelu_exact": X * (1 + sympy.erf(X / sympy.sqrt(2))) / 2,
    "gelu_tanh": X * (1 + sympy.tanh(sympy.sqrt(2 / sympy.pi) * (X + 0.044715 * X**3))) / 2,
    "mish": X * sympy.tanh(sympy.log(1 + sympy.exp(X))), "digamma": sympy.digamma(X),
}  # fmt: skip


def formula_of(name: str) -> Any:
    """The formula that an operation's stanza states, as a function of arrays; None without one."""
    op = LIBRARY.operation(name) if name in OPS else None
    if op is None or not sympy_text(op):
        return None
    names = [f.name for f in op.formals]
    symbols = dict(zip(names, sympy.symbols(names, real=True), strict=True))
    return sympy.lambdify(names, eval(sympy_text(op), vars(sympy) | symbols), "numpy")
