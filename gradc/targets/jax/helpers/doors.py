"""What functions check of their arguments: values only where they are known, not while traced."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def _array(name: str, value: Any, dtype: Any, shape: Any, declared: str = "") -> jax.Array:
    """The argument as an array of this type; None in a shape stands for any size."""
    if dtype.itemsize == 8 and not jax.config.jax_enable_x64:
        kind = declared or dtype.name.replace("float", "f").replace("int", "i")
        advice = "jax.config.update('jax_enable_x64', True) at the start of the program"
        raise TypeError(f"{name}: {kind} needs 64 bits: {advice}")
    try:
        array = value if isinstance(value, jax.Array) else np.asarray(value)
    except ValueError:
        raise ValueError(_refusal(name, "a ragged sequence", dtype, shape, declared)) from None
    differ = [n for n, m in zip(shape, array.shape) if n not in (None, m)]
    if differ or array.ndim != len(shape):
        raise ValueError(_refusal(name, array, dtype, shape, declared))
    if array.dtype != dtype:
        typed = array.size or array is value  # an empty list has no element type
        if typed and not np.can_cast(array.dtype, dtype, "same_kind"):
            raise TypeError(_refusal(name, array, dtype, shape, declared))
        if _is_known(array):
            _fits(name, np.asarray(array), dtype)
    return jnp.asarray(array, dtype)


def _scalar(name: str, value: Any, dtype: Any) -> jax.Array:
    """The argument as an array of no axes."""
    return _array(name, value, dtype, ())


def _refusal(name: str, found: Any, dtype: Any, shape: Any, declared: str) -> str:
    """What is wrong with an argument: what it should be, and what came."""
    kind = dtype.name.replace("float", "f").replace("int", "i")
    declared = declared or (f"{kind}{list(shape)}" if shape else kind)
    if not isinstance(found, str):
        found = f"{found.dtype}{list(found.shape)}"
    return f"{name}: expected {declared}, got {found}"


def _is_known(array: Any) -> bool:
    """Whether its numbers are known: while JAX traces a function they are not."""
    return not isinstance(array, jax.core.Tracer)


def _fits(name: str, array: Any, dtype: Any) -> None:
    """Refuses a number that is too large for an element type."""
    with np.errstate(over="ignore"):
        narrow = array.astype(dtype)
    lost = narrow != array if dtype.kind == "i" else np.isinf(narrow) & np.isfinite(array)
    for place in np.argwhere(lost).tolist():
        number = str(array[tuple(place)]).replace("e+", "e")
        at = f", at {place}" * bool(place)
        raise ValueError(f"{name}: {number} does not fit {dtype.kind}{8 * narrow.itemsize}{at}")


def _labels(name: str, array: Any, size: int) -> None:
    """Refuses a label that is not among so many."""
    _indices(name, array, size, 0, ValueError)


def _indices(name: str, array: Any, size: int, low: Any = None, kind: Any = IndexError) -> None:
    """Refuses what does not count along an axis of this size, from its end either unless told."""
    if not _is_known(array):
        return
    low, array = -size if low is None else low, np.asarray(array)
    if array.size and (array.min() < low or array.max() >= size):
        place = np.argwhere((array < low) | (array >= size))[0].tolist()
        found = f"{array[tuple(place)]}" + f" at {place}" * bool(place)
        raise kind(f"{name}: expected {low} <= {name} < {size}, got {found}")
