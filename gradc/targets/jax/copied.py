"""The functions that a module may need: copied into it where they are used."""

from __future__ import annotations

from gradc.targets.python.copied import Copied

HELPERS = Copied(
    "targets",
    [
        *[f"jax/helpers/{f}" for f in ("doors", "along", "matrices", "special", "windows")],
        *[f"jax/helpers/{f}" for f in ("convolution", "draws", "meshes")],
        "python/helpers/orthogonal",
    ],
)
"""In the order in which a module has them."""
