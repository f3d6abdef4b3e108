"""Functions of floats by polynomials of our own, so that compilers make vectors of loops over them.

No branch, no table, no libm: what differs by range is a choice between two results. Each is within
4 units in the last place over the whole range, and keeps NaN, infinities, zeros and subnormals.
`tests/targets_c/coefficients.py` makes the coefficients.
"""

from __future__ import annotations

from gradc.patterns import pattern

COEFFICIENTS: dict[str, tuple[float, ...]] = {
    "exp f32": (
        0.5,
        0.16666576,
        0.041666556,
        0.008363179,
        0.0013926184,
    ),
    "exp f64": (
        0.5000000000000001,
        0.16666666666666669,
        0.04166666666662413,
        0.008333333333330062,
        0.0013888888917213717,
        0.00019841269863053618,
        2.4801521295954376e-05,
        2.7557268459997064e-06,
        2.7620088445409746e-07,
        2.510038549551032e-08,
    ),
    "tanh f32": (
        1.0,
        0.66666305,
        0.33333245,
        0.13381086,
        0.04456379,
    ),
    "tanh f64": (
        1.0000000000000002,
        0.6666666666666667,
        0.33333333333299303,
        0.13333333333328098,
        0.044444444535083893,
        0.012698412712354315,
        0.00317459472588216,
        0.0007054660725759248,
        0.0001414148528404979,
        2.5702794747402568e-05,
    ),
    "log f32": (
        0.66666687,
        0.39988777,
        0.29580054,
    ),
    "log f64": (
        0.666666666666667,
        0.39999999999899444,
        0.2857142862600327,
        0.22222211130259878,
        0.18182889455674947,
        0.15331710618210773,
        0.14616585424888623,
    ),
    "erf f32": (
        1.1283791,
        -0.37612626,
        0.11283594,
        -0.026854211,
        0.0051890872,
        -0.00080168643,
        7.875875e-05,
    ),
    "erf f64": (
        1.1283791670955126,
        -0.37612638903183543,
        0.11283791670945006,
        -0.02686617064323777,
        0.0052239776071164225,
        -0.0008548325975389692,
        0.00012055294904839707,
        -1.492473690741966e-05,
        1.6447424703317362e-06,
        -1.6208483801871705e-07,
        1.3720064546777686e-08,
        -7.795898827002142e-10,
    ),
    "tail f32": (
        0.25539565,
        0.1423953,
        0.026851559,
        0.0029248872,
        4.4353957e-05,
        -2.8137312e-05,
    ),
    "tail f64": (
        0.2214295402299318,
        0.16189356804102537,
        0.038560570425181566,
        0.0055888162818258785,
        0.00019713917776008889,
        -8.079220411804128e-05,
        -7.340518284999869e-06,
        1.979561158209264e-06,
        1.6350102372087984e-07,
        -7.005170205475373e-08,
        -5.926361315281833e-10,
        2.622350032514279e-09,
        -2.634243021000669e-10,
        -7.290508535165398e-11,
        1.8620989806815163e-11,
    ),
}
"""By function and element type, from the constant on."""

_NUMBERS = {
    "f32": {
        "U": "uint32_t", "W": "23", "MAGIC": "12582912.0f", "MAGIC_BITS": "0x4b400000u",
        "LOG2E": "1.442695f", "LOG2_HIGH": "0.69314575f", "LOG2_LOW": "1.4286068e-06f",
        "EXP_MOST": "89", "EXP_LEAST": "-104", "GONE": "-20", "HALVED": "12583038.0f",
        "EXCESS": "254",
        "MIN": "1.1754944e-38f", "LIFT": "33554432.0f",
        "ROOT": "0x3f3504f3u", "ABOVE": "0x40000000u", "FRACTION": "0x007fffffu",
        "WHOLE_BITS": "0x4b000000u", "WHOLE": "8388736.0f", "LIFTED": "8388761.0f",
        "FAR": "4", "SPREAD": "12", "SHIFT": "3", "FLAT": "10", "TWICE_LOG2E": "2.88539f",
        "RAISED": "12583039.0f", "HALF_LOG2": "0.3465736f",
    },
    "f64": {
        "U": "uint64_t", "W": "52", "MAGIC": "6755399441055744.0",
        "MAGIC_BITS": "UINT64_C(0x4338000000000000)", "LOG2E": "1.4426950408889634",
        "LOG2_HIGH": "0.6931471806019545", "LOG2_LOW": "-4.2009150726810846e-11",
        "EXP_MOST": "710", "EXP_LEAST": "-746", "GONE": "-40",
        "HALVED": "6755399441056766.0", "EXCESS": "2046",
        "MIN": "2.2250738585072014e-308", "LIFT": "18014398509481984.0",
        "ROOT": "UINT64_C(0x3fe6a09e667f3bcd)", "ABOVE": "UINT64_C(0x4000000000000000)",
        "FRACTION": "UINT64_C(0x000fffffffffffff)",
        "WHOLE_BITS": "UINT64_C(0x4330000000000000)", "WHOLE": "4503599627371520.0",
        "LIFTED": "4503599627371574.0",
        "FAR": "6", "SPREAD": "9.6", "SHIFT": "2.2", "FLAT": "20",
        "TWICE_LOG2E": "2.8853900817779268", "RAISED": "6755399441056767.0",
        "HALF_LOG2": "0.34657359027997264",
    },
}  # fmt: skip

_BITS = """
/* The bits of a number, and the number of bits. */
static inline U bits_D(T x) {
    U bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline T from_bits_D(U bits) {
    T x;
    memcpy(&x, &bits, sizeof x);
    return x;
}"""

_EXP = """
/* exp(x), where x is n log(2) + r, and r small. 2**n, which may be no number, is two factors. */
static inline T exp_D(T x) {
    const T within = x > EXP_MOST ? EXP_MOST : x < EXP_LEAST ? EXP_LEAST : x;
    const T rounded = within * LOG2E + MAGIC, n = rounded - MAGIC;  /* n in the last bits */
    const T r = within - n * LOG2_HIGH - n * LOG2_LOW;
    SERIES y exp r
    const U both = bits_D(rounded) - MAGIC_BITS + EXCESS, half = both >> 1;
    y = 1 + (r + r * r * y);
    return y * from_bits_D(half << W) * from_bits_D((both - half) << W);
}"""

_EXPM1 = """
/* exp(x) - 1, where x is n log(2) + r, and r small. */
static inline T expm1_D(T x) {
    const T within = x > EXP_MOST ? EXP_MOST : x < GONE ? GONE : x;
    const T rounded = within * LOG2E + HALVED, n = rounded - HALVED;  /* n and the bias, less 1 */
    const T r = within - n * LOG2_HIGH - n * LOG2_LOW;
    SERIES y exp r
    const T half = from_bits_D(bits_D(rounded) << W);  /* of 2**n */
    y = 2 * (half * (r + r * r * y) + (half - (T)0.5));
    return x == 0 ? x : y;
}"""

_TANH = """
/* tanh(x), from half of exp(2 |x|) - 1, where |x| is n log(2) / 2 + r, and r small. */
static inline T tanh_D(T x) {
    const T size = fabs_(x), within = size > FLAT ? FLAT : size;
    const T rounded = within * TWICE_LOG2E + RAISED, n = rounded - RAISED;  /* n and the bias */
    const T r = within - n * HALF_LOG2, power = from_bits_D(bits_D(rounded) << W);
    SERIES y tanh r
    y = power * (r + r * r * y) + (power - 1) * (T)0.5;
    return copysign_(y / (y + 1), x);
}"""

_SIGMOID = """
/* The logistic function, which never makes a number too large. */
static inline T sigmoid_D(T x) {
    const T e = exp_D(-fabs_(x));
    return (x >= 0 ? 1 : e) / (1 + e);
}"""

_LOG = """
/* log(x), where x is 2**n (1 + f), and f small. */
static inline T log_D(T x) {
    const T normal = x < MIN ? x * LIFT : x;
    const U both = bits_D(normal) - ROOT + ABOVE;
    const T n = from_bits_D(both >> W | WHOLE_BITS) - (x < MIN ? LIFTED : WHOLE);
    const T f = from_bits_D((both & FRACTION) + ROOT) - 1;
    const T s = f / (2 + f), z = s * s, square = (T)0.5 * f * f;
    SERIES y log z
    y = n * LOG2_HIGH - (square - (s * (square + z * y) + n * LOG2_LOW) - f);
    return x > 0 ? (x < INFINITY ? y : x) : x == 0 ? -INFINITY : NAN;
}"""

_LOG1P = """
/* log(1 + x). */
static inline T log1p_D(T x) {
    const T u = 1 + x, lost = x - (u - 1);
    const T y = log_D(u) + (u == 0 ? 0 : lost / u);
    return x == 0 || x == INFINITY ? x : y;
}"""

_LOGADDEXP = """
/* log(exp(x) + exp(y)), which never makes a number too large. */
static inline T logaddexp_D(T x, T y) {
    const T apart = x == y ? 0 : fabs_(x - y);  /* of infinities too */
    return (x > y ? x : y) + log1p_D(exp_D(-apart));
}"""

_ERF = """
/* erf(x): a polynomial of x below 1; above, erfc(x) exp(x**2) as one of 1 / (x + 2). */
static inline T erf_D(T x) {
    const T size = fabs_(x), t = size < FAR ? size : FAR, z = t * t;
    SERIES near erf z
    const T w = SPREAD / (t + 2) - SHIFT;
    SERIES tail tail w
    const T far = copysign_(1 - tail * exp_D(-z), x);
    return size < 1 ? x * near : x == x ? far : x;
}"""


def _text(text: str, dtype: str) -> str:
    """A function for an element type, its polynomials written out."""
    suffix = "f" if dtype == "f32" else ""
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("    SERIES"):
            lines.append(line)
            continue
        _, name, table, by = line.split()
        *rest, last = COEFFICIENTS[f"{table} {dtype}"]
        lines.append(f"    T {name} = {last!r}{suffix};")
        lines += [f"    {name} = {name} * {by} + {number!r}{suffix};" for number in rest[::-1]]
    words = _NUMBERS[dtype]
    return _WORD.sub(lambda match: words.get(match[0], match[0]), "\n".join(lines))


_WORD = pattern(r"[A-Z]\w*")
_TEXTS = {
    "bits": _BITS, "exp": _EXP, "expm1": _EXPM1, "tanh": _TANH, "sigmoid": _SIGMOID, "log": _LOG,
    "log1p": _LOG1P, "logaddexp": _LOGADDEXP, "erf": _ERF,
}  # fmt: skip

POLYNOMIALS: dict[str, dict[str, str]] = {
    name: {dtype: _text(text, dtype) for dtype in _NUMBERS} for name, text in _TEXTS.items()
}
"""The functions by their names and element types; `T` and what else stands for a type as in
`helpers.py`."""
