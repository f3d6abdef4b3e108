"""Special functions, for arrays and NumPy scalars."""

from __future__ import annotations

from typing import Any

import numpy as np


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


# fmt: off
def _erfcx_right(x: Any) -> Any:
    """exp(x**2) * erfc(x) within 1e-15, for x from 0 on: a polynomial in 1 - 8 / (x + 4)."""
    coefficients = (
        -1.374652989001164e-10, -2.659599690242689e-10, 1.7903326159489847e-09,
        3.1695881915648173e-09, -1.4709550868669278e-08, -2.05606492756992e-08,
        1.1009737295274889e-07, 7.746992727017941e-08, -8.249198427508354e-07,
        2.919733377963012e-07, 5.709206053072183e-06, -1.1221287012353486e-05,
        -2.4398944545280832e-05, 0.0001506214900124047, -0.0001992567757633648,
        -0.0007577732613730956, 0.005031969992669933, -0.016197734059799265,
        0.03716751553592911, -0.06633036581218697, 0.09373283499843826,
        -0.10103906603630056, 0.0680970542546904, 0.015379652102619604,
        -0.1396211168405625, 1.2329951186255526,
    )
    t = 1 - 8 / (x + 4)
    y = np.zeros_like(t)
    for c in coefficients:
        y = y * t + c
    return y / (1 + 2 * x)
# fmt: on


# fmt: off
def _erfinv(x: Any) -> Any:
    """The inverse of the error function within 1e-14 of itself, by Wichura's AS 241."""
    near = (
        (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853,
         45921.953931549871457, 13731.693765509461125, 1971.5909503065514427,
         133.14166789178437745, 3.387132872796366608),
        (5226.495278852854561, 28729.085735721942674, 39307.89580009271061,
         21213.794301586595867, 5394.1960214247511077, 687.1870074920579083,
         42.313330701600911252, 1.0),
    )
    far = (
        (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
         1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055,
         4.6303378461565452959, 1.42343711074968357734),
        (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
         0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494,
         2.05319162663775882187, 1.0),
    )
    last = (
        (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
         0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358,
         5.4637849111641143699, 6.6579046435011037772),
        (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
         7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531,
         0.59983220655588793769, 1.0),
    )
    wide = x.astype(np.float64)
    size = np.abs(wide)
    with np.errstate(all="ignore"):
        tail = np.sqrt(-np.log((1 - size) / 2))
        y = np.where(tail <= 5, _quotient(tail - 1.6, *far), _quotient(tail - 5, *last))
        y = np.where(np.isinf(tail), np.inf, y) * np.sign(wide)
        inner = wide / 2 * _quotient(0.180625 - wide * wide / 4, *near)
        y = np.where(size <= 0.85, inner, y) * np.sqrt(0.5)
    return y.astype(np.result_type(x, 1.0))[()]
# fmt: on


def _quotient(x: Any, top: Any, bottom: Any) -> Any:
    """A quotient of polynomials, their coefficients from the highest."""
    return np.polyval(top, x) / np.polyval(bottom, x)


def _sinc_derivative(n: int, x: Any) -> Any:
    """The n-th derivative of sin(pi * x) / (pi * x): a series near 0, recurrence beyond it."""
    z = np.pi * x.astype(np.float64)
    near = np.abs(z) < 3 + n
    inner, outer = np.where(near, z, 0), np.where(near, 1, z)
    series = np.zeros_like(inner)
    factor = 1.0
    for k in range(40 + 4 * n):  # the integral of t**n * cos(z * t + n * pi / 2), term by term
        turn = (n + k) % 4
        if turn % 2 == 0:
            series = series + (1 - turn) * factor / (n + k + 1) * inner**k
        factor /= k + 1
    y = np.sin(outer) / outer
    for k in range(1, n + 1):
        wave = (np.sin(outer), np.cos(outer), -np.sin(outer), -np.cos(outer))[k % 4]
        y = (wave - k * y) / outer
    return (np.pi**n * np.where(near, series, y)).astype(np.result_type(x, 1.0))[()]


def _lgamma(x: Any) -> Any:
    """The logarithm of |gamma|: Stirling's series from 8 on, recurrence and reflection below."""
    wide = x.astype(np.float64)
    turned = np.where(wide < 0.5, 1 - wide, wide)
    near = np.minimum(turned, 8)
    skipped = near * (near + 1) * (near + 2) * (near + 3)
    skipped *= (near + 4) * (near + 5) * (near + 6) * (near + 7)
    z = np.where(turned < 8, turned + 8, turned)
    inverse = 1 / z
    series = np.zeros_like(z)
    for c in (1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12):
        series = series * inverse * inverse + c
    y = (z - 0.5) * (np.log(z) - 1) - 0.5 + 0.9189385332046728 + series * inverse
    y = np.where(np.isinf(z), np.inf, np.where(turned < 8, y - np.log(skipped), y))
    with np.errstate(divide="ignore", invalid="ignore"):
        angle = np.pi * (wide - np.round(wide))
        beyond = np.log(np.pi / np.abs(np.sin(angle))) - y
    return np.where(wide < 0.5, beyond, y).astype(np.result_type(x, 1.0))[()]


def _polygamma(n: int, x: Any) -> Any:
    """The n-th derivative of digamma: its series from 16 on, recurrence and reflection below."""
    wide = x.astype(np.float64)
    z = np.where(wide < 0.5, 1 - wide, wide) if n < 2 else np.where(wide > 0, wide, np.nan)
    angle = np.pi * (wide - np.round(wide))
    factorial = float(np.prod(np.arange(1.0, n + 1)))
    total = np.zeros_like(z)
    for _ in range(16 + n):
        total += z ** -(n + 1.0)
        z = z + 1
    # (k + n)! / k! * B(k + 1) / (k + 1) for k = 1, 3, 5 …, from Euler's summation.
    bernoulli = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
    series = np.zeros_like(z)
    for k in range(15, 0, -2):
        rising = float(np.prod(np.arange(k + 1.0, k + n + 1)))
        series = series / (z * z) + rising * bernoulli[k // 2] / (k + 1)
    if n == 0:
        y = np.log(z) - 0.5 / z - series / (z * z) - total
        with np.errstate(divide="ignore"):
            y = np.where(wide < 0.5, y - np.pi / np.tan(angle), y)
    else:
        tail = factorial / n / z**n + 0.5 * factorial / z ** (n + 1) + series / z ** (n + 2)
        y = (-1) ** (n + 1) * (factorial * total + tail)
    if n == 1:
        with np.errstate(divide="ignore"):
            y = np.where(wide < 0.5, (np.pi / np.sin(angle)) ** 2 - y, y)
    return y.astype(np.result_type(x, 1.0))[()]
