"""The targets that gradc offers, by their clauses."""

from __future__ import annotations

from gradc.targets.c.target import C
from gradc.targets.jax.target import Jax
from gradc.targets.numpy.target import NumPy
from gradc.targets.onnx.target import Onnx
from gradc.targets.target import Target

_TARGETS: tuple[Target, ...] = (NumPy(), C(), Jax(), Onnx())

OFFERED = {target.clause: target for target in _TARGETS}
DEFAULT = OFFERED["numpy"]


def target_of(clause: str, blas: str | None = None) -> Target:
    """The target of a clause; in C large products of matrices may be left to a library."""
    return C(blas) if blas is not None and clause == C.clause else OFFERED[clause]
