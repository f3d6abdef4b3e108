"""Functions of C for matrices, which lie row by row: elimination and what is made of it."""

from __future__ import annotations

_FLOAT = "float"

LINEAR: dict[str, dict[str, str]] = {
    "swapped": {
        _FLOAT: """
/* Exchanges two rows. */
static void swapped_D(int64_t count, T *x, T *y) {
    for (int64_t i = 0; i < count; i++) {
        const T one = x[i];
        x[i] = y[i];
        y[i] = one;
    }
}"""
    },
    "eliminated": {
        _FLOAT: """
/* Makes a of n x n upper triangular by exchanging and subtracting rows, and does the same to b of
   n x m. 1 or -1 as rows were exchanged; 0 where a is singular. */
static int eliminated_D(int64_t n, int64_t m, T *a, T *b) {
    int sign = 1;
    for (int64_t k = 0; k < n; k++) {
        int64_t best = k;
        for (int64_t i = k + 1; i < n; i++) {
            if (fabs_(a[i * n + k]) > fabs_(a[best * n + k])) best = i;
        }
        if (best != k) {
            sign = -sign;
            swapped_D(n, a + k * n, a + best * n);
            if (m > 0) swapped_D(m, b + k * m, b + best * m);
        }
        if (a[k * n + k] == 0) return 0;
        for (int64_t i = k + 1; i < n; i++) {
            const T times = a[i * n + k] / a[k * n + k];
            for (int64_t j = k + 1; j < n; j++) a[i * n + j] -= times * a[k * n + j];
            for (int64_t j = 0; j < m; j++) b[i * m + j] -= times * b[k * m + j];
        }
    }
    return sign;
}"""
    },
    "solved": {
        _FLOAT: """
/* Makes b of n x m what a of n x n gives b times; 0 where a, which is overwritten, is singular. */
static int solved_D(int64_t n, int64_t m, T *a, T *b) {
    if (eliminated_D(n, m, a, b) == 0) return 0;
    for (int64_t i = n - 1; i >= 0; i--) {
        for (int64_t k = i + 1; k < n; k++) {
            for (int64_t j = 0; j < m; j++) b[i * m + j] -= a[i * n + k] * b[k * m + j];
        }
        for (int64_t j = 0; j < m; j++) b[i * m + j] /= a[i * n + i];
    }
    return 1;
}"""
    },
    "inverse": {
        _FLOAT: """
/* Makes y the inverse of a of n x n; 0 where a, which is overwritten, has none. */
static int inverse_D(int64_t n, T *a, T *y) {
    for (int64_t i = 0; i < n * n; i++) y[i] = i % (n + 1) == 0;
    return solved_D(n, n, a, y);
}"""
    },
    "inverse_or_nan": {
        _FLOAT: """
/* Makes y the inverse of a of n x n, which is overwritten; NaN where there is none. */
static void inverse_or_nan_D(int64_t n, T *a, T *y) {
    if (inverse_D(n, a, y)) return;
    for (int64_t i = 0; i < n * n; i++) y[i] = NAN;
}"""
    },
    "det": {
        _FLOAT: """
/* The determinant of a of n x n, which is overwritten. */
static T det_D(int64_t n, T *a) {
    T product = (T)eliminated_D(n, 0, a, a);
    if (product == 0) return 0;
    for (int64_t i = 0; i < n; i++) product *= a[i * n + i];
    return product;
}"""
    },
    "slogdet": {
        _FLOAT: """
/* The sign of the determinant of a of n x n, which is overwritten, and its logarithm. */
static T slogdet_D(int64_t n, T *a, T *sign) {
    T total = 0;
    *sign = (T)eliminated_D(n, 0, a, a);
    if (*sign == 0) return -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        if (a[i * n + i] < 0) *sign = -*sign;
        total += log_(fabs_(a[i * n + i]));
    }
    return total;
}"""
    },
    "cholesky": {
        _FLOAT: """
/* Makes a of n x n, whose lower triangle is read, lower triangular: the factor that times itself
   turned over gives a. 0 where a is not positive definite. */
static int cholesky_D(int64_t n, T *a) {
    for (int64_t j = 0; j < n; j++) {
        for (int64_t i = j; i < n; i++) {
            T rest = a[i * n + j];
            for (int64_t k = 0; k < j; k++) rest -= a[i * n + k] * a[j * n + k];
            if (i == j && rest <= 0) return 0;
            a[i * n + j] = i == j ? sqrt_(rest) : rest / a[j * n + j];
        }
        for (int64_t i = 0; i < j; i++) a[i * n + j] = 0;
    }
    return 1;
}"""
    },
    "multiplied": {
        _FLOAT: """
/* c = a @ b, of n x n. */
static void multiplied_D(int64_t n, const T *a, const T *b, T *c) {
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) c[i * n + j] = 0;
        for (int64_t k = 0; k < n; k++) {
            for (int64_t j = 0; j < n; j++) c[i * n + j] += a[i * n + k] * b[k * n + j];
        }
    }
}"""
    },
    "expm": {
        _FLOAT: """
/* The exponential y of x of n x n: Pade's approximation of x / 2**times, squared so many times.
   `room` is for seven matrices. */
static void expm_D(int64_t n, const T *x, T *y, T *room) {
    static const T c[14] = {
        64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000,
        10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
    };
    const int64_t count = n * n;
    T *const small = room, *const x2 = small + count, *const x4 = x2 + count;
    T *const x6 = x4 + count, *const inner = x6 + count, *const odd = inner + count;
    T *const even = odd + count;
    T most = 0;
    for (int64_t j = 0; j < n; j++) {
        T size = 0;
        for (int64_t i = 0; i < n; i++) size += fabs_(x[i * n + j]);
        if (!(size <= most)) most = size;
    }
    if (!isfinite(most)) {
        for (int64_t i = 0; i < count; i++) y[i] = NAN;
        return;
    }
    const int times = most > 4 ? (int)ceil_(log2_(most / 4)) : 0;
    for (int64_t i = 0; i < count; i++) small[i] = ldexp_(x[i], -times);
    multiplied_D(n, small, small, x2);
    multiplied_D(n, x2, x2, x4);
    multiplied_D(n, x4, x2, x6);
    for (int64_t i = 0; i < count; i++) inner[i] = c[13] * x6[i] + c[11] * x4[i] + c[9] * x2[i];
    multiplied_D(n, x6, inner, y);
    for (int64_t i = 0; i < count; i++) {
        y[i] += c[7] * x6[i] + c[5] * x4[i] + c[3] * x2[i] + (i % (n + 1) == 0 ? c[1] : 0);
        inner[i] = c[12] * x6[i] + c[10] * x4[i] + c[8] * x2[i];
    }
    multiplied_D(n, small, y, odd);
    multiplied_D(n, x6, inner, even);
    for (int64_t i = 0; i < count; i++) {
        even[i] += c[6] * x6[i] + c[4] * x4[i] + c[2] * x2[i] + (i % (n + 1) == 0 ? c[0] : 0);
        inner[i] = even[i] - odd[i];
        y[i] = even[i] + odd[i];
    }
    solved_D(n, n, inner, y);
    for (int k = 0; k < times; k++) {
        for (int64_t i = 0; i < count; i++) small[i] = y[i];
        multiplied_D(n, small, small, y);
    }
}"""
    },
    "expm_slope": {
        _FLOAT: """
/* The derivative y of the exponential of x of n x n along v: the corner of the exponential of x
   beside v, above x. `room` is for nine matrices of twice the size. */
static void expm_slope_D(int64_t n, const T *x, const T *v, T *y, T *room) {
    T *const whole = room, *const power = room + 4 * n * n;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            T *const at = whole + 2 * n * i + j;
            at[0] = at[2 * n * n + n] = x[i * n + j];
            at[n] = v[i * n + j];
            at[2 * n * n] = 0;
        }
    }
    expm_D(2 * n, whole, power, power + 4 * n * n);
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) y[i * n + j] = power[2 * n * i + n + j];
    }
}"""
    },
}
"""The functions by their names, as `helpers.py` has them. `room` is memory that they work in."""
