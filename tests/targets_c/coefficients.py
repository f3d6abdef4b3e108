"""The coefficients of the polynomials in `gradc/targets/c/polynomials.py`.

A function is interpolated at the nodes of Chebyshev, with forty digits; the error is then within a
small factor of the least one. `python -m tests.targets_c.coefficients` prints them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp

mp.mp.dps = 40

Real = Callable[[Any], Any]


def fitted(function: Real, low: Any, high: Any, degree: int) -> list[float]:
    """The polynomial through a function's values at the nodes between two bounds."""
    low, high = mp.mpf(low), mp.mpf(high)
    count = degree + 1
    nodes = [mp.cos(mp.pi * (2 * k + 1) / (2 * count)) for k in range(count)]
    points = [(low + high) / 2 + (high - low) / 2 * node for node in nodes]
    powers = mp.matrix([[point**k for k in range(count)] for point in points])
    solved = mp.lu_solve(powers, mp.matrix([function(point) for point in points]))
    return [float(c) for c in solved]


def _exp_rest(r: Any) -> Any:
    """(exp(r) - 1 - r) / r**2."""
    return mp.fsum(r**k / mp.factorial(k + 2) for k in range(30))


def _tanh_rest(r: Any) -> Any:
    """(half of exp(2 r) - 1, less r) / r**2."""
    return 2 * _exp_rest(2 * r)


def _log_rest(z: Any) -> Any:
    """(2 atanh(s) / s - 2) / s**2 at z = s**2."""
    return mp.fsum(2 * z**k / (2 * k + 3) for k in range(60))


def _erf_over(z: Any) -> Any:
    """erf(x) / x at z = x**2."""
    return (
        2 / mp.sqrt(mp.pi) * mp.fsum((-z) ** k / (mp.factorial(k) * (2 * k + 1)) for k in range(60))
    )


def _erf_tail(low: Any, high: Any) -> Real:
    """erfc(t) * exp(t**2), where 1 / (t + 2) runs from `low` to `high` as w from -1 to 1."""

    def tail(w: Any) -> Any:
        t = 1 / ((high + low) / 2 + w * (high - low) / 2) - 2
        return mp.erfc(t) * mp.exp(t * t)

    return tail


HALF = mp.log(2) / 2 * mp.mpf("1.0001")
SQUARE = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2 * mp.mpf("1.0001")


def tables() -> dict[str, list[float]]:
    """The coefficients by function and element type, from the constant on."""
    return {
        "exp f32": fitted(_exp_rest, -HALF, HALF, 4),
        "exp f64": fitted(_exp_rest, -HALF, HALF, 9),
        "tanh f32": fitted(_tanh_rest, -HALF / 2, HALF / 2, 4),
        "tanh f64": fitted(_tanh_rest, -HALF / 2, HALF / 2, 9),
        "log f32": fitted(_log_rest, 0, SQUARE, 2),
        "log f64": fitted(_log_rest, 0, SQUARE, 6),
        "erf f32": fitted(_erf_over, 0, 1, 6),
        "erf f64": fitted(_erf_over, 0, 1, 11),
        "tail f32": fitted(_erf_tail(mp.mpf(1) / 6, mp.mpf(1) / 3), -1, 1, 5),
        "tail f64": fitted(_erf_tail(mp.mpf(1) / 8, mp.mpf(1) / 3), -1, 1, 14),
    }


def split(bits: int) -> tuple[float, float]:
    """log(2) as a number of so many bits and the rest."""
    high = mp.nint(mp.log(2) * 2**bits) / 2**bits
    return float(high), float(mp.log(2) - high)


if __name__ == "__main__":
    for name, numbers in tables().items():
        print(name, numbers)
    print("log(2)", split(15), split(32))
