"""The logistic function and those of errors, for arrays and NumPy scalars."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradc.targets.python.helpers.approximations import _erfcx_right


def _guarded(x: Any, dy: Any) -> Any:
    """`x`, but 0 where `dy` is 0; where x is finite, as it mostly is, it is 0 there already."""
    return x if np.isfinite(np.vdot(x, x)) else np.where(dy == 0, 0, x)


def _sigmoid(x: Any, out: Any = None) -> Any:
    """The logistic function; where exp(-x) is inf it is 0, as it should be."""
    if not x.ndim and x > -80:
        return 1 / (1 + np.exp(-x))
    y = np.asarray(np.multiply(x, -1.0, out))  # of integers it is f64
    with np.errstate(over="ignore"):
        np.exp(y, y)
    y += 1
    np.divide(1, y, y)
    return y if x.ndim else y[()]


# fmt: off
def _erf(x: Any) -> Any:
    """The error function within 2e-15: x times a quotient of polynomials in x**2."""
    top = (
        9.362254502429971e-15, 3.4191632552544617e-12, 2.596023044890635e-10,
        9.511454097658908e-09, 2.589261631811945e-07, 5.279289585889076e-06,
        8.156770227939195e-05, 0.0010539296470098876, 0.009024421120196868,
        0.07309518047225441, 0.2588517844200701, 1.1283791670955123,
    )
    bottom = (
        1.7078334122940563e-16, 2.311843393395783e-13, 3.438415736480598e-11,
        1.639946971728659e-09, 5.174931959401611e-08, 1.2027379454038774e-06,
        2.152667188484295e-05, 0.00030030674528357863, 0.0032402729516886686,
        0.026319456191655655, 0.152357168518284, 0.562734754387872, 1.0,
    )
    return _odd_quotient(np.clip(x, -6, 6), top, bottom)


def _erf_single(x: Any) -> Any:
    """The error function within 5e-7, for f32: x times a quotient of polynomials in x**2."""
    top = (
        6.806739275668332e-06, 0.00041185087412654004, 0.004234877903049351,
        0.05578123293289321, 0.19304913678191896, 1.128379168250265,
    )
    bottom = (
        2.614172036853933e-07, 7.26769614237176e-05, 0.0014237028487798556,
        0.016313498184339477, 0.1175738581196921, 0.5044187517872778, 1.0,
    )
    return _odd_quotient(np.clip(x, -4, 4), top, bottom)
# fmt: on


def _odd_quotient(x: Any, top: Any, bottom: Any) -> Any:
    """x times a quotient of polynomials in x**2, their coefficients from the highest; within ±1."""
    square = x * x
    y = top[0] * square + top[1]
    for c in top[2:]:
        y *= square
        y += c
    below = bottom[0] * square + bottom[1]
    for c in bottom[2:]:
        below *= square
        below += c
    y *= x
    y /= below
    return np.clip(y, -1, 1)


def _erfc(x: Any) -> Any:
    """The complementary error function, within 1e-13 of itself."""
    wide = x.astype(np.float64)
    size = np.abs(wide)
    with np.errstate(over="ignore", under="ignore"):
        tail = np.exp(-size * size) * _erfcx_right(size)
        return np.where(wide < 0, 2 - tail, tail).astype(np.result_type(x, 1.0))[()]


def _erfcx(x: Any) -> Any:
    """exp(x**2) * erfc(x), within 1e-13 of itself; inf far below 0."""
    wide = x.astype(np.float64)
    right = _erfcx_right(np.abs(wide))
    with np.errstate(over="ignore"):
        left = 2 * np.exp(wide * wide) - right
        return np.where(wide < 0, left, right).astype(np.result_type(x, 1.0))[()]
