"""Functions of C that turn matrices: QR, eigenvalues, singular values.

They go the way of LAPACK, whose routines are behind NumPy's: Householder's reflections, then
shifted QR steps on two diagonals. So vectors have the signs that NumPy gives them, up to 25 rows,
beyond which LAPACK divides and conquers. Vectors are rows while they are rotated.
"""

from __future__ import annotations

_FLOAT = "float"

ORTHOGONAL: dict[str, dict[str, str]] = {
    "reflector": {
        _FLOAT: """
/* The reflection 1 - times * v @ v that leaves of `count` numbers, `apart` from each other, the
   first alone. What they become, which is returned, and v, which begins with 1. */
static T reflector_D(int64_t count, T *x, int64_t apart, T *times) {
    T most = 0, total = 0;
    for (int64_t i = 1; i < count; i++) most = larger_D(fabs_(x[i * apart]), most);
    *times = 0;
    if (most == 0) return x[0];
    for (int64_t i = 1; i < count; i++) total += x[i * apart] / most * (x[i * apart] / most);
    const T left = -copysign_(hypot_(x[0], most * sqrt_(total)), x[0]);
    *times = (left - x[0]) / left;
    for (int64_t i = 1; i < count; i++) x[i * apart] /= x[0] - left;
    return left;
}"""
    },
    "reflected": {
        _FLOAT: """
/* Reflects `many` vectors of `count` numbers; v, whose first number counts as 1, says where. */
static void reflected_D(int64_t count, const T *v, int64_t apart, T times,
                        int64_t many, T *x, int64_t next, int64_t step) {
    for (int64_t n = 0; n < many && times != 0; n++) {
        T *const one = x + n * next;
        T share = one[0];
        for (int64_t i = 1; i < count; i++) share += v[i * apart] * one[i * step];
        share *= times;
        one[0] -= share;
        for (int64_t i = 1; i < count; i++) one[i * step] -= share * v[i * apart];
    }
}"""
    },
    "qr": {
        _FLOAT: """
/* a of m x n, which is overwritten, as q of m x k times the upper triangular r of k x n. */
static void qr_D(int64_t m, int64_t n, T *a, T *q, T *r) {
    const int64_t k = m < n ? m : n;
    for (int64_t j = 0; j < k; j++) {
        T *const corner = a + j * n + j;
        T times;
        const T left = reflector_D(m - j, corner, n, &times);
        reflected_D(m - j, corner, n, times, n - j - 1, corner + 1, 1, n);
        for (int64_t i = 0; i < n; i++) r[j * n + i] = i < j ? 0 : i == j ? left : a[j * n + i];
        *corner = times;
    }
    for (int64_t i = 0; i < m * k; i++) q[i] = i / k == i % k;
    for (int64_t j = k - 1; j >= 0; j--) {
        const T *const corner = a + j * n + j;
        reflected_D(m - j, corner, n, *corner, k - j, q + j * k + j, 1, k);
    }
}"""
    },
    "rotation": {
        _FLOAT: """
/* The rotation by c and s that turns f and g into the length of both, which is returned, and 0. */
static T rotation_D(T f, T g, T *c, T *s) {
    if (g == 0 || f == 0) {
        *c = g == 0;
        *s = g == 0 ? 0 : copysign_(1, g);
        return g == 0 ? f : fabs_(g);
    }
    const T length = copysign_(hypot_(f, g), f);
    *c = f / length;
    *s = g / length;
    return length;
}"""
    },
    "rotated": {
        _FLOAT: """
/* Rotates two rows. */
static void rotated_D(int64_t count, T *x, T *y, T c, T s) {
    for (int64_t i = 0; i < count; i++) {
        const T one = x[i], other = y[i];
        x[i] = c * one + s * other;
        y[i] = c * other - s * one;
    }
}"""
    },
    "two_eigenvalues": {
        _FLOAT: """
/* The eigenvalues of [[a, b], [b, c]], the larger one in magnitude first, and its vector. */
static void two_eigenvalues_D(T a, T b, T c, T *first, T *second, T *cosine, T *sine) {
    const T sum = a + c, difference = a - c, twice = 2 * b, root = hypot_(difference, twice);
    const T most = fabs_(a) > fabs_(c) ? a : c, least = fabs_(a) > fabs_(c) ? c : a;
    const int below = sum < 0;
    if (sum == 0) {
        *first = root / 2;
        *second = -root / 2;
    } else {
        *first = (below ? sum - root : sum + root) / 2;
        *second = most / *first * least - b / *first * b;
    }
    const T by = difference < 0 ? difference - root : difference + root;
    if (fabs_(by) > fabs_(twice)) {
        *sine = 1 / hypot_(1, twice / by);
        *cosine = -twice / by * *sine;
    } else if (b == 0) {
        *cosine = 1;
        *sine = 0;
    } else {
        *cosine = 1 / hypot_(1, by / twice);
        *sine = -by / twice * *cosine;
    }
    if (below == (difference < 0)) {
        const T swap = *cosine;
        *cosine = -*sine;
        *sine = swap;
    }
}"""
    },
    "tridiagonal": {
        _FLOAT: """
/* Makes the symmetric a of n x n, whose lower triangle is read, tridiagonal: its diagonal w, what
   is beside it, and the rows of v that turn it so. */
static void tridiagonal_D(int64_t n, T *a, T *w, T *beside, T *v) {
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < i; j++) a[j * n + i] = a[i * n + j];
    }
    for (int64_t i = 0; i < n; i++) {
        const int64_t count = n - i - 1;
        T times = 0;
        if (count > 0) {
            T *const corner = a + (i + 1) * n + i, *const inner = corner + 1;
            beside[i] = reflector_D(count, corner, n, &times);
            reflected_D(count, corner, n, times, count, inner, 1, n);
            reflected_D(count, corner, n, times, count, inner, n, 1);
        }
        w[i] = a[i * n + i];
        a[i * n + i] = times;
    }
    for (int64_t i = 0; i < n * n; i++) v[i] = i % (n + 1) == 0;
    for (int64_t i = n - 2; i >= 0; i--) {
        T *const corner = v + (i + 1) * n + i + 1;
        reflected_D(n - i - 1, a + (i + 1) * n + i, n, a[i * n + i], n - i - 1, corner, n, 1);
    }
}"""
    },
    "eigh": {
        _FLOAT: """
/* The eigenvalues w, from the least on, of the symmetric a of n x n, which is overwritten, and the
   vectors, the columns of v. `beside` is room for n numbers. 0 where the steps lead nowhere. */
static int eigh_D(int64_t n, T *a, T *w, T *v, T *beside) {
    int64_t steps = 30 * n;
    tridiagonal_D(n, a, w, beside, v);
    for (int64_t begin = 0, end; begin < n; begin = end + 1) {
        /* What lies between zeros beside the diagonal is a matrix of its own. */
        for (end = begin; end < n - 1; end++) {
            const T least = sqrt_(fabs_(w[end])) * sqrt_(fabs_(w[end + 1])) * EPSILON;
            if (fabs_(beside[end]) <= least) break;
        }
        if (end < n - 1) beside[end] = 0;
        /* From the end where numbers are small; `i - back` is what is between i and i + by. */
        const int back = fabs_(w[end]) < fabs_(w[begin]);
        const int64_t by = back ? -1 : 1, last = back ? begin : end;
        for (int64_t i = back ? end : begin; (last - i) * by >= 0;) {
            int64_t m = i;
            for (; m != last; m += by) {
                const T here = fabs_(beside[m - back]);
                const T least = EPSILON * fabs_(w[m]) * (EPSILON * fabs_(w[m + by])) + LEAST;
                if (here * here <= least) break;
            }
            if (m != last) beside[m - back] = 0;
            if (m == i) {
                i += by;
                continue;
            }
            const T p = w[i];
            T c, s, first, second;
            if (m == i + by) {
                const int64_t low = back ? m : i;
                two_eigenvalues_D(w[low], beside[i - back], w[low + 1], &first, &second, &c, &s);
                rotated_D(n, v + low * n, v + (low + 1) * n, c, s);
                w[low] = first;
                w[low + 1] = second;
                beside[i - back] = 0;
                i += 2 * by;
                continue;
            }
            if (steps-- == 0) return 0;
            T g = (w[i + by] - p) / (2 * beside[i - back]), moved = 0;
            g = w[m] - p + beside[i - back] / (g + copysign_(hypot_(g, 1), g));
            c = s = 1;
            for (int64_t k = m - by; (k - i) * by >= 0; k -= by) {
                const T b = c * beside[k - back];
                const T length = rotation_D(g, s * beside[k - back], &c, &s);
                if (k != m - by) beside[k + by - back] = length;
                g = w[k + by] - moved;
                const T r = (w[k] - g) * s + 2 * c * b;
                moved = s * r;
                w[k + by] = g + moved;
                g = c * r - b;
                rotated_D(n, v + k * n, v + (k + by) * n, c, -s);
            }
            w[i] -= moved;
            beside[i - back] = g;
        }
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t best = i;
        for (int64_t k = i + 1; k < n; k++) {
            if (w[k] < w[best]) best = k;
        }
        swapped_D(1, w + i, w + best);
        if (best != i) swapped_D(n, v + i * n, v + best * n);
    }
    for (int64_t i = 0; i < n; i++) {
        for (int64_t k = 0; k < i; k++) swapped_D(1, v + i * n + k, v + k * n + i);
    }
    return 1;
}"""
    },
}
"""The functions by their names, as `helpers.py` has them."""
