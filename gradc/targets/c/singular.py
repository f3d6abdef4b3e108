"""Functions of C for singular values, and what is made of them. As in `orthogonal.py`."""

from __future__ import annotations

_FLOAT = "float"

SINGULAR: dict[str, dict[str, str]] = {
    "two_values": {
        _FLOAT: """
/* The singular values of [[f, g], [0, h]], the least one first, and the rotations on both sides. */
static void two_values_D(T f, T g, T h, T *least, T *most, T *right, T *left) {
    const int turned = fabs_(h) > fabs_(f);
    const T ft = turned ? h : f, ht = turned ? f : h, fa = fabs_(ft), ha = fabs_(ht), ga = fabs_(g);
    const int steep = ga > fa;
    T cl = 1, sl = 0, cr = 1, sr = 0;
    if (g == 0) {
        *least = ha;
        *most = fa;
    } else if (steep && fa / ga < EPSILON) {
        *most = ga;
        *least = ha > 1 ? fa / (ga / ha) : fa / ga * ha;
        sl = ht / g;
        sr = 1;
        cr = ft / g;
    } else {
        const T d = fa - ha, l = d == fa ? 1 : d / fa, m = g / ft, t = 2 - l;
        const T s = hypot_(t, m), r = l == 0 ? fabs_(m) : hypot_(l, m), a = (s + r) / 2;
        T slope;
        *least = ha / a;
        *most = fa * a;
        if (m * m == 0) {
            slope = l == 0 ? copysign_(2, ft) * copysign_(1, g) : g / copysign_(d, ft) + m / t;
        } else {
            slope = (m / (s + t) + m / (r + l)) * (1 + a);
        }
        const T length = hypot_(slope, 2);
        cr = 2 / length;
        sr = slope / length;
        cl = (cr + sr * m) / a;
        sl = ht / ft * sr / a;
    }
    left[0] = turned ? sr : cl;
    left[1] = turned ? cr : sl;
    right[0] = turned ? sl : cr;
    right[1] = turned ? cl : sr;
    T sign = copysign_(1, f) * copysign_(1, right[0]) * copysign_(1, left[0]);
    if (turned) sign = copysign_(1, h) * copysign_(1, right[1]) * copysign_(1, left[1]);
    if (steep) sign = copysign_(1, g) * copysign_(1, right[1]) * copysign_(1, left[0]);
    *most = copysign_(*most, sign);
    *least = copysign_(*least, sign * copysign_(1, f) * copysign_(1, h));
}"""
    },
    "bidiagonal": {
        _FLOAT: """
/* Makes a of m x n, m >= n, nothing but its diagonal d and e above that, by the rows of `left`, n
   of m numbers, and of `right`, n of n. */
static void bidiagonal_D(int64_t m, int64_t n, T *a, T *d, T *e, T *left, T *right) {
    for (int64_t i = 0; i < n; i++) {
        T *const corner = a + i * n + i;
        T times;
        d[i] = reflector_D(m - i, corner, n, &times);
        reflected_D(m - i, corner, n, times, n - i - 1, corner + 1, 1, n);
        *corner = times;
        if (i == n - 1) break;
        e[i] = reflector_D(n - i - 1, corner + 1, 1, &times);
        if (i < m - 1) {
            reflected_D(n - i - 1, corner + 1, 1, times, m - i - 1, corner + n + 1, n, 1);
        }
        corner[1] = times;
    }
    for (int64_t i = 0; i < n * m; i++) left[i] = i % (m + 1) == 0;
    for (int64_t i = 0; i < n * n; i++) right[i] = i % (n + 1) == 0;
    for (int64_t i = n - 1; i >= 0; i--) {
        const T *const corner = a + i * n + i;
        reflected_D(m - i, corner, n, *corner, n - i, left + i * m + i, m, 1);
        if (i == n - 1) continue;
        T *const inner = right + (i + 1) * n + i + 1;
        reflected_D(n - i - 1, corner + 1, 1, corner[1], n - i - 1, inner, n, 1);
    }
}"""
    },
    "smallest": {
        _FLOAT: """
/* The smaller singular value of [[f, g], [0, h]]. */
static T smallest_D(T f, T g, T h) {
    const T least = fmin_(fabs_(f), fabs_(h)), most = fmax_(fabs_(f), fabs_(h)), size = fabs_(g);
    if (least == 0) return 0;
    const T sum = 1 + least / most, difference = (most - least) / most;
    if (size < most) {
        const T by = size / most;
        return least * (2 / (hypot_(sum, by) + hypot_(difference, by)));
    }
    const T by = most / size;
    if (by == 0) return least * most / size;
    return least * (1 / (hypot_(1, sum * by) + hypot_(1, difference * by))) * by * 2;
}"""
    },
    "diagonalised": {
        _FLOAT: """
/* Makes e, which is above the diagonal d, 0: singular values d, from the largest on. The n rows of
   `left` and `right`, of so many numbers, are rotated with it. 0 where the steps lead nowhere. */
static int diagonalised_D(int64_t n, T *d, T *e, T *left, int64_t left_count,
                          T *right, int64_t right_count) {
    const T close = fmax_(10, fmin_(100, pow_(EPSILON, -(T)0.125))) * EPSILON;
    int64_t steps = 6 * n * n, end = n - 1, old_begin = -1, old_end = -1;
    int down = 1;
    T mu = n > 0 ? fabs_(d[0]) : 0, nothing = mu;
    for (int64_t i = 1; i < n && nothing != 0; i++) {
        mu = fabs_(d[i]) * (mu / (mu + fabs_(e[i - 1])));
        nothing = fmin_(nothing, mu);
    }
    nothing = fmax_(close * nothing / sqrt_((T)n), 6 * (T)n * (T)n * LEAST);
    while (end > 0) {
        /* From `begin` to `end` nothing above the diagonal is 0. */
        int64_t begin = end;
        T most = fabs_(d[end]), least;
        for (; begin > 0 && !(fabs_(e[begin - 1]) <= nothing); begin--) {
            most = fmax_(most, fmax_(fabs_(d[begin - 1]), fabs_(e[begin - 1])));
        }
        if (begin > 0) e[begin - 1] = 0;
        if (begin == end) {
            end--;
            continue;
        }
        if (begin == end - 1) {
            T one[2], other[2];
            two_values_D(d[begin], e[begin], d[end], &d[end], &d[begin], one, other);
            e[begin] = 0;
            T *const above = right + begin * right_count, *const beside = left + begin * left_count;
            rotated_D(right_count, above, above + right_count, one[0], one[1]);
            rotated_D(left_count, beside, beside + left_count, other[0], other[1]);
            end -= 2;
            continue;
        }
        if (begin > old_end || end < old_begin) down = fabs_(d[begin]) >= fabs_(d[end]);
        /* Upwards the same is done from the other end, with the sides exchanged; what is between i
           and i + by is e[i - !down]. */
        const int64_t by = down ? 1 : -1, first = down ? begin : end, last = down ? end : begin;
        const int up = !down;
        int split = 0;
        if (fabs_(e[last - by - up]) <= close * fabs_(d[last])) {
            e[last - by - up] = 0;
            continue;
        }
        mu = least = fabs_(d[first]);
        for (int64_t i = first; i != last && !split; i += by) {
            split = fabs_(e[i - up]) <= close * mu;
            if (split) e[i - up] = 0;
            mu = fabs_(d[i + by]) * (mu / (mu + fabs_(e[i - up])));
            least = fmin_(least, mu);
        }
        if (split) continue;
        old_begin = begin;
        old_end = end;
        T shift = 0;
        if ((T)n * close * (least / most) > fmax_(EPSILON, close / 100)) {
            const int64_t low = down ? end - 1 : begin;
            const T ratio = (shift = smallest_D(d[low], e[low], d[low + 1])) / fabs_(d[first]);
            if (ratio * ratio < EPSILON) shift = 0;
        }
        steps -= end - begin;
        if (steps < 0) return 0;
        T *const one = down ? right : left, *const other = down ? left : right;
        const int64_t one_count = down ? right_count : left_count;
        const int64_t other_count = down ? left_count : right_count;
        T c = 1, s = 0, c2 = 1, s2 = 0;
        T f = (fabs_(d[first]) - shift) * (copysign_(1, d[first]) + shift / d[first]);
        T g = e[first - up];
        for (int64_t i = first; i != last; i += by) {
            const int64_t k = i + by;
            T *const above = e + (i - up);
            if (shift == 0) {
                const T length = rotation_D(d[i] * c, *above, &c, &s);
                if (i != first) e[i - by - up] = s2 * length;
                d[i] = rotation_D(c2 * length, d[k] * s, &c2, &s2);
            } else {
                const T length = rotation_D(f, g, &c, &s);
                if (i != first) e[i - by - up] = length;
                f = c * d[i] + s * *above;
                *above = c * *above - s * d[i];
                g = s * d[k];
                d[k] *= c;
                d[i] = rotation_D(f, g, &c2, &s2);
                f = c2 * *above + s2 * d[k];
                d[k] = c2 * d[k] - s2 * *above;
                if (k != last) {
                    g = s2 * e[k - up];
                    e[k - up] *= c2;
                }
            }
            rotated_D(one_count, one + i * one_count, one + k * one_count, c, s);
            rotated_D(other_count, other + i * other_count, other + k * other_count, c2, s2);
        }
        const T rest = d[last] * c;
        if (shift == 0) d[last] = rest * c2;
        e[last - by - up] = shift == 0 ? rest * s2 : f;
        if (fabs_(e[last - by - up]) <= nothing) e[last - by - up] = 0;
    }
    for (int64_t i = 0; i < n; i++) {
        if (!(d[i] < 0)) continue;
        d[i] = -d[i];
        T *const row = n == 1 ? left : right + i * right_count;
        for (int64_t k = 0; k < (n == 1 ? left_count : right_count); k++) row[k] *= -1;
    }
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t worst = 0;
        for (int64_t k = 1; k <= i; k++) {
            if (d[k] <= d[worst]) worst = k;
        }
        if (worst == i) continue;
        swapped_D(1, d + i, d + worst);
        swapped_D(left_count, left + i * left_count, left + worst * left_count);
        swapped_D(right_count, right + i * right_count, right + worst * right_count);
    }
    return 1;
}"""
    },
    "svd": {
        _FLOAT: """
/* x of m x n as u of m x k, with s of k singular values from the largest on, and vh of k x n.
   `room` is for 3 m n + 2 k k + k numbers. 0 where the steps lead nowhere. */
static int svd_D(int64_t m, int64_t n, const T *x, T *u, T *s, T *vh, T *room) {
    const int wide = m < n;
    const int64_t k = wide ? m : n, most = wide ? n : m;
    T *const a = room, *const q = a + most * k, *const longer = q + most * k;
    T *const square = longer + most * k, *const shorter = square + k * k;
    T *const e = shorter + k * k;
    for (int64_t i = 0; i < m * n; i++) {
        if (!isfinite(x[i])) return 0;
    }
    for (int64_t i = 0; i < most; i++) {
        for (int64_t j = 0; j < k; j++) a[i * k + j] = wide ? x[j * n + i] : x[i * n + j];
    }
    /* What is long is made square first. What is wide is turned over, so sides are exchanged. */
    const int is_long = most >= 11 * k / 6;
    if (is_long) {
        qr_D(most, k, a, q, square);
        for (int64_t i = 0; wide && i < k; i++) {
            for (int64_t j = 0; j < i; j++) swapped_D(1, square + i * k + j, square + j * k + i);
        }
        T *const left = wide ? shorter : longer, *const right = wide ? longer : shorter;
        bidiagonal_D(k, k, square, s, e, left, right);
        if (!diagonalised_D(k, s, e, left, k, right, k)) return 0;
    } else {
        bidiagonal_D(most, k, a, s, e, longer, shorter);
        for (int64_t i = 0; wide && i < k - 1; i++) {
            T cosine, sine;
            s[i] = rotation_D(s[i], e[i], &cosine, &sine);
            e[i] = sine * s[i + 1];
            s[i + 1] *= cosine;
            rotated_D(k, shorter + i * k, shorter + (i + 1) * k, cosine, sine);
        }
        T *const left = wide ? shorter : longer, *const right = wide ? longer : shorter;
        if (!diagonalised_D(k, s, e, left, wide ? k : most, right, wide ? most : k)) return 0;
    }
    for (int64_t j = 0; j < k; j++) {
        for (int64_t i = 0; i < k; i++) {
            *(wide ? u + i * k + j : vh + j * n + i) = shorter[j * k + i];
        }
        for (int64_t i = 0; i < most; i++) {
            T y = is_long ? 0 : longer[j * most + i];
            for (int64_t t = 0; is_long && t < k; t++) y += longer[j * k + t] * q[i * k + t];
            *(wide ? vh + j * n + i : u + i * k + j) = y;
        }
    }
    return 1;
}"""
    },
    "pinv": {
        _FLOAT: """
/* The pseudo-inverse y of n x m of x of m x n: singular values of 1e-15 of the largest count as 0.
   `room` is for 4 m n + 3 k k + 2 k numbers. 0 where the steps lead nowhere. */
static int pinv_D(int64_t m, int64_t n, const T *x, T *y, T *room) {
    const int64_t k = m < n ? m : n;
    T *const u = room, *const vh = u + m * k, *const s = vh + k * n;
    if (!svd_D(m, n, x, u, s, vh, s + k)) return 0;
    for (int64_t i = 0; i < n * m; i++) y[i] = 0;
    for (int64_t t = 0; t < k && s[t] > 1e-15 * s[0]; t++) {
        for (int64_t i = 0; i < n; i++) {
            for (int64_t j = 0; j < m; j++) y[i * m + j] += vh[t * n + i] / s[t] * u[j * k + t];
        }
    }
    return 1;
}"""
    },
    "cofactors": {
        _FLOAT: """
/* The cofactors y of x of n x n, which singular matrices have, too; NaN where the steps lead
   nowhere. `room` is for 8 n n + 3 n numbers. */
static void cofactors_D(int64_t n, const T *x, T *y, T *room) {
    T *const u = room, *const vh = u + n * n, *const s = vh + n * n, *const others = s + n;
    T *const rest = others + n;
    const int known = svd_D(n, n, x, u, s, vh, rest);
    for (int64_t i = 0; i < n; i++) {
        others[i] = known ? 1 : NAN;
        for (int64_t k = 0; k < n; k++) others[i] *= k == i ? 1 : s[k];
    }
    for (int64_t i = 0; i < n * n; i++) rest[i] = u[i];
    const T turn = det_D(n, rest);
    for (int64_t i = 0; i < n * n; i++) rest[i] = vh[i];
    const T turned = turn * det_D(n, rest);
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            T sum = 0;
            for (int64_t k = 0; k < n; k++) sum += u[i * n + k] * others[k] * vh[k * n + j];
            y[i * n + j] = turned * sum;
        }
    }
}"""
    },
}
"""The functions by their names, as `helpers.py` has them. `room` is memory that they work in."""
