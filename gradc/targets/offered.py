"""The targets that gradc offers, by their clauses."""

from __future__ import annotations

from gradc.targets.c.target import C
from gradc.targets.jax.target import Jax
from gradc.targets.numpy.target import NumPy
from gradc.targets.target import Target

_TARGETS: tuple[Target, ...] = (NumPy(), C(), Jax())

OFFERED = {target.clause: target for target in _TARGETS}
DEFAULT = OFFERED["numpy"]
