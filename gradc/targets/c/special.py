"""Special functions that libm has not, by the formulas that the NumPy module has them by."""

from __future__ import annotations

import re

from gradc import resources
from gradc.patterns import pattern

_FLOAT = "float"
_TABLE = pattern(r"^ +@(?P<name>\w+)\n", re.MULTILINE)


def _tabled(text: str) -> str:
    """A function with tables in place of their names: the numbers of those that stand in the
    helpers of modules in Python, laid out as they are there."""
    helpers = resources.text("targets/python/helpers/approximations.py")

    def table(place: re.Match[str]) -> str:
        begin = helpers.index(f"    {place['name']} = (\n")
        first, last = helpers.index("\n", begin) + 1, helpers.index("    )\n", begin)
        return helpers[first:last].replace("(", "{").replace(")", "}")

    return _TABLE.sub(table, text)


SPECIAL: dict[str, dict[str, str]] = {
    "polynomial": {
        _FLOAT: """
/* A polynomial, its coefficients from the highest. */
static T polynomial_D(int count, const T *coefficients, T x) {
    T y = coefficients[0];
    for (int i = 1; i < count; i++) y = y * x + coefficients[i];
    return y;
}"""
    },
    "erfcx": {
        _FLOAT: _tabled("""
/* exp(x * x) * erfc(x) within 1e-13 of itself: for x >= 0 a polynomial in 1 - 8 / (x + 4). */
static T erfcx_D(T x) {
    static const double coefficients[26] = {
        @coefficients
    };
    const double wide = x, size = fabs(wide);
    const double right = polynomial_f64(26, coefficients, 1 - 8 / (size + 4)) / (1 + 2 * size);
    return (T)(wide < 0 ? 2 * exp(wide * wide) - right : right);
}""")
    },
    "erfinv": {
        _FLOAT: _tabled("""
/* The inverse of the error function within 1e-14 of itself: quotients of polynomials, those of
   Wichura's AS 241. */
static T erfinv_D(T x) {
    static const double near[2][8] = {
        @near
    };
    static const double far[2][8] = {
        @far
    };
    static const double last[2][8] = {
        @last
    };
    const double wide = x, size = fabs(wide), root = 0.7071067811865476;
    if (size <= 0.85) {
        const double inner = 0.180625 - wide * wide / 4;
        return (T)(wide / 2 * polynomial_f64(8, near[0], inner)
                   / polynomial_f64(8, near[1], inner) * root);
    }
    const double tail = sqrt(-log((1 - size) / 2));
    const double (*const parts)[8] = tail <= 5 ? far : last;
    const double moved = tail <= 5 ? tail - 1.6 : tail - 5;
    double y = polynomial_f64(8, parts[0], moved) / polynomial_f64(8, parts[1], moved);
    if (isinf(tail)) y = INFINITY;
    return (T)(wide < 0 ? -y * root : y * root);
}""")
    },
    "log_gamma": {
        _FLOAT: """
/* The logarithm of |gamma|: Stirling's series from 8 on, recurrence and reflection below. (libm's
   writes the sign where all threads see it.) */
static T log_gamma_D(T x) {
    static const double coefficients[7] = {
        1.0 / 156, -691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12,
    };
    const double wide = x, pi = 3.141592653589793, turned = wide < 0.5 ? 1 - wide : wide;
    double z = turned, skipped = 1;
    if (turned < 8) {
        for (int k = 0; k < 8; k++) skipped *= turned + k;
        z = turned + 8;
    }
    const double series = polynomial_f64(7, coefficients, 1 / (z * z)) / z;
    double y = (z - 0.5) * (log(z) - 1) - 0.5 + 0.9189385332046728 + series;
    y = z == INFINITY ? INFINITY : y - log(skipped);
    return (T)(wide < 0.5 ? log(pi / fabs(sin(pi * (wide - rint(wide))))) - y : y);
}"""
    },
    "polygamma": {
        _FLOAT: """
/* The n-th derivative of digamma: its series from 16 on, recurrence and reflection below. */
static T polygamma_D(int n, T x) {
    static const double bernoulli[8] = {
        1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6, -3617.0 / 510,
    };
    const double wide = x, pi = 3.141592653589793, angle = pi * (wide - rint(wide));
    if (n > 1 && !(wide > 0)) return NAN;
    double z = n < 2 && wide < 0.5 ? 1 - wide : wide;
    double factorial = 1, total = 0, series = 0;
    for (int k = 2; k <= n; k++) factorial *= k;
    for (int k = 0; k < 16 + n; k++, z += 1) total += pow(z, -(n + 1.0));
    for (int k = 15; k > 0; k -= 2) {
        double rising = 1;
        for (int i = k + 1; i <= k + n; i++) rising *= i;
        series = series / (z * z) + rising * bernoulli[k / 2] / (k + 1);
    }
    if (n == 0) {
        const double y = log(z) - 0.5 / z - series / (z * z) - total;
        return (T)(wide < 0.5 ? y - pi / tan(angle) : y);
    }
    const double tail = factorial / n / pow(z, n) + 0.5 * factorial / pow(z, n + 1)
                        + series / pow(z, n + 2);
    const double y = (n % 2 ? 1 : -1) * (factorial * total + tail);
    if (n > 1 || !(wide < 0.5)) return (T)y;
    return (T)(pow(pi / sin(angle), 2) - y);
}"""
    },
    "sinc_derivative": {
        _FLOAT: """
/* The n-th derivative of sin(pi x) / (pi x): a series near 0, recurrence beyond it. */
static T sinc_derivative_D(int n, T x) {
    const double pi = 3.141592653589793, z = pi * x;
    double y = 0;
    if (fabs(z) < 3 + n) {
        double factor = 1, power = 1;
        for (int k = 0; k < 40 + 4 * n; k++, power *= z) {
            const int turn = (n + k) % 4;
            if (turn % 2 == 0) y += (1 - turn) * factor / (n + k + 1) * power;
            factor /= k + 1;
        }
    } else {
        const double waves[4] = {sin(z), cos(z), -sin(z), -cos(z)};
        y = waves[0] / z;
        for (int k = 1; k <= n; k++) y = (waves[k % 4] - k * y) / z;
    }
    return (T)(pow(pi, n) * y);
}"""
    },
}
"""The functions by their names, as `helpers.py` has them."""
