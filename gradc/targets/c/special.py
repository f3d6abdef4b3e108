"""Special functions that libm has not, by the formulas that the NumPy module has them by."""

from __future__ import annotations

_FLOAT = "float"

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
        _FLOAT: """
/* exp(x * x) * erfc(x) within 1e-13 of itself: for x >= 0 a polynomial in 1 - 8 / (x + 4). */
static T erfcx_D(T x) {
    static const double coefficients[26] = {
        -1.374652989001164e-10, -2.659599690242689e-10, 1.7903326159489847e-09,
        3.1695881915648173e-09, -1.4709550868669278e-08, -2.05606492756992e-08,
        1.1009737295274889e-07, 7.746992727017941e-08, -8.249198427508354e-07,
        2.919733377963012e-07, 5.709206053072183e-06, -1.1221287012353486e-05,
        -2.4398944545280832e-05, 0.0001506214900124047, -0.0001992567757633648,
        -0.0007577732613730956, 0.005031969992669933, -0.016197734059799265,
        0.03716751553592911, -0.06633036581218697, 0.09373283499843826,
        -0.10103906603630056, 0.0680970542546904, 0.015379652102619604,
        -0.1396211168405625, 1.2329951186255526,
    };
    const double wide = x, size = fabs(wide);
    const double right = polynomial_f64(26, coefficients, 1 - 8 / (size + 4)) / (1 + 2 * size);
    return (T)(wide < 0 ? 2 * exp(wide * wide) - right : right);
}"""
    },
    "erfinv": {
        _FLOAT: """
/* The inverse of the error function within 1e-14 of itself: quotients of polynomials, those of
   Wichura's AS 241. */
static T erfinv_D(T x) {
    static const double near[2][8] = {
        {2509.0809287301226727, 33430.575583588128105, 67265.770927008700853,
         45921.953931549871457, 13731.693765509461125, 1971.5909503065514427,
         133.14166789178437745, 3.387132872796366608},
        {5226.495278852854561, 28729.085735721942674, 39307.89580009271061,
         21213.794301586595867, 5394.1960214247511077, 687.1870074920579083,
         42.313330701600911252, 1.0},
    };
    static const double far[2][8] = {
        {7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
         1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055,
         4.6303378461565452959, 1.42343711074968357734},
        {1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
         0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494,
         2.05319162663775882187, 1.0},
    };
    static const double last[2][8] = {
        {2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
         0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358,
         5.4637849111641143699, 6.6579046435011037772},
        {2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
         7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531,
         0.59983220655588793769, 1.0},
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
}"""
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
