"""The functions that a module may need: copied into it where they are used."""

from __future__ import annotations

from gradc.patterns import pattern
from gradc.targets.python.copied import Copied

_NUMPY = pattern(r"\bnp\.")
_APPROXIMATIONS = "python/helpers/approximations"


def _in_jax(text: str) -> str:
    """Functions of NumPy's arrays as functions of JAX's."""
    return _NUMPY.sub("jnp.", text).replace("-> Any:", "-> jax.Array:")


HELPERS = Copied(
    "targets",
    [
        *[f"jax/helpers/{f}" for f in ("doors", "along", "matrices", "special")],
        _APPROXIMATIONS,
        *[f"jax/helpers/{f}" for f in ("windows", "convolution", "draws", "meshes")],
        "python/helpers/orthogonal",
    ],
    {_APPROXIMATIONS: _in_jax},
)
"""In the order in which a module has them."""
