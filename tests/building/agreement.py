"""Whether an extension gives what the module of NumPy's gives."""

from typing import Any

import numpy as np

RTOL = {"float64": 1e-12, "float32": 2e-5}


def same(found: Any, wanted: Any, what: str = "") -> None:
    """The same types, names and shapes, and the same numbers to rounding."""
    if isinstance(wanted, dict):
        assert type(found) is dict, what
        assert list(found) == list(wanted), what
        largest = max([_largest(value) for value in wanted.values()], default=0.0)
        for name, value in wanted.items():
            close(found[name], value, f"{what} {name}", largest)
    elif isinstance(wanted, tuple):
        assert type(found).__name__ == type(wanted).__name__, what
        assert len(found) == len(wanted), what
        assert getattr(found, "_fields", None) == getattr(wanted, "_fields", None), what
        for one, other in zip(found, wanted, strict=True):
            same(one, other, what)
    else:
        close(found, wanted, what, _largest(wanted))


def close(found: Any, wanted: Any, what: str, largest: float) -> None:
    """What cancels is as exact as what it is made of, so numbers are held to the largest."""
    assert type(found) is type(wanted), what
    one, other = np.asarray(found), np.asarray(wanted)
    assert (one.dtype, one.shape) == (other.dtype, other.shape), what
    if isinstance(found, np.ndarray):
        assert found.flags.writeable, what
        assert found.flags.c_contiguous, what
        assert found.base is None, what
    if other.dtype.kind != "f":
        np.testing.assert_array_equal(one, other, what)
        return
    rtol = RTOL[str(other.dtype)]
    np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol * max(largest, 1e-2), err_msg=what)


def _largest(value: Any) -> float:
    numbers = np.abs(np.asarray(value, float))
    return float(numbers[np.isfinite(numbers)].max(initial=0))
