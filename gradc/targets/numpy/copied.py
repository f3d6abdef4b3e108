"""The functions, and the class, that a module may need: copied into it where they are used."""

from __future__ import annotations

from gradc.targets.python.copied import Copied

HELPERS = Copied(
    "targets",
    [
        *[f"numpy/helpers/{f}" for f in ("workspace", "doors", "directions", "special")],
        "python/helpers/approximations",
        *[f"numpy/helpers/{f}" for f in ("series", "along", "matrices", "windows")],
        *[f"numpy/helpers/{f}" for f in ("convolution", "draws")],
        "python/helpers/orthogonal",
        "numpy/helpers/plain",
    ],
)
"""In the order in which a module has them."""

SINGLE = {"_erf_single": "_erf"}
"""The helpers that are exact enough for f32 alone, and those that they stand for."""

_FOR_SINGLE = {general: single for single, general in SINGLE.items()}

names, with_needed, source_of = HELPERS.names, HELPERS.with_needed, HELPERS.source_of


def for_type(name: str, dtype: str) -> str:
    """The helper to use for an element type: some have one of their own for f32."""
    return _FOR_SINGLE.get(name, name) if dtype == "f32" else name
