"""The targets that gradc offers, by their clauses."""

from __future__ import annotations

from functools import cache

from gradc.targets.numpy.target import NumPy
from gradc.targets.target import Target

OFFERED = ("numpy", "c", "jax", "onnx")
DEFAULT: Target = NumPy()


@cache
def target_of(clause: str, blas: str | None = None) -> Target:
    """The target of a clause; in C large products of matrices may be left to a library.

    All but NumPy's are imported for those who ask for them.
    """
    match clause:
        case "c":
            from gradc.targets.c.target import C  # noqa: PLC0415

            return C(blas)
        case "jax":
            from gradc.targets.jax.target import Jax  # noqa: PLC0415

            return Jax()
        case "onnx":
            from gradc.targets.onnx.target import Onnx  # noqa: PLC0415

            return Onnx()
    return DEFAULT
