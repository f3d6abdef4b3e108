"""NumPy's generator in C: a seed gives the numbers that `np.random.default_rng(seed)` gives.

The seed is spread by what NumPy calls a SeedSequence, numbers come from PCG64, and normal ones by
the ziggurat method, whose tables are computed here.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal, localcontext
from functools import cache
from itertools import pairwise

_LAYERS = 256
_LAST = Decimal("3.6541528853610087963519472518")  # where the tail begins

_SEEDED = """
typedef NET_rng generator;

/* The halves of a product of 64-bit numbers. */
static void multiplied(uint64_t x, uint64_t y, uint64_t *high, uint64_t *low) {
    const uint64_t x0 = x & 0xffffffffu, x1 = x >> 32, y0 = y & 0xffffffffu, y1 = y >> 32;
    const uint64_t lowest = x0 * y0, one = x1 * y0 + (lowest >> 32);
    const uint64_t other = x0 * y1 + (one & 0xffffffffu);
    *high = x1 * y1 + (one >> 32) + (other >> 32);
    *low = (other << 32) | (lowest & 0xffffffffu);
}

/* The state of 128 bits, times a constant, plus the generator's own number. */
static void step(generator *rng) {
    const uint64_t by_high = UINT64_C(2549297995355413924), by_low = UINT64_C(4865540595714422341);
    uint64_t high, low;
    multiplied(rng->low, by_low, &high, &low);
    high += rng->high * by_low + rng->low * by_high;
    rng->low = low + rng->own_low;
    rng->high = high + rng->own_high + (rng->low < low);
}

static uint32_t hashed(uint32_t value, uint32_t *constant, uint32_t by) {
    value ^= *constant;
    *constant *= by;
    value *= *constant;
    return value ^ (value >> 16);
}

void NET_rng_seed(NET_rng *rng, uint64_t seed) {
    uint32_t pool[4], words[8], constant = 0x43b0d7e5u;
    for (int i = 0; i < 4; i++) {
        pool[i] = hashed(i < 2 ? (uint32_t)(seed >> (32 * i)) : 0, &constant, 0x931e8875u);
    }
    for (int from = 0; from < 4; from++) {
        for (int to = 0; to < 4; to++) {
            if (from == to) continue;
            const uint32_t other = hashed(pool[from], &constant, 0x931e8875u);
            const uint32_t mixed = 0xca01f9ddu * pool[to] - 0x4973f715u * other;
            pool[to] = mixed ^ (mixed >> 16);
        }
    }
    constant = 0x8b51f9ddu;
    for (int i = 0; i < 8; i++) words[i] = hashed(pool[i % 4], &constant, 0x58f38dedu);
    uint64_t numbers[4];
    for (int i = 0; i < 4; i++) numbers[i] = words[2 * i] | (uint64_t)words[2 * i + 1] << 32;
    rng->own_high = numbers[2] << 1 | numbers[3] >> 63;
    rng->own_low = numbers[3] << 1 | 1;
    rng->high = rng->low = 0;
    rng->half = rng->has_half = 0;
    step(rng);
    const uint64_t low = rng->low + numbers[1];
    rng->high += numbers[0] + (low < numbers[1]);
    rng->low = low;
    step(rng);
}
"""

_BITS = """
/* The next 64 bits. */
static uint64_t bits(generator *rng) {
    step(rng);
    const uint64_t mixed = rng->high ^ rng->low;
    const int by = (int)(rng->high >> 58);
    return mixed >> by | mixed << (-by & 63);
}
"""

_HALF = """
/* The next 32 bits: of 64 the lower half comes first. */
static uint32_t half_bits(generator *rng) {
    if (rng->has_half) {
        rng->has_half = 0;
        return rng->half;
    }
    const uint64_t both = bits(rng);
    rng->has_half = 1;
    rng->half = (uint32_t)(both >> 32);
    return (uint32_t)both;
}
"""

_DRAWS = {
    ("uniform", "f64"): """
/* A number from [0, 1). */
static double uniform_f64(generator *rng) {
    return (double)(bits(rng) >> 11) * (1.0 / 9007199254740992.0);
}
""",
    ("uniform", "f32"): """
/* A number from [0, 1). */
static float uniform_f32(generator *rng) {
    return (float)(half_bits(rng) >> 8) * (1.0f / 16777216.0f);
}
""",
    ("normal", "f64"): """
/* A number of the normal distribution: mostly from the inside of a layer of the ziggurat. */
static double normal_f64(generator *rng) {
    for (;;) {
        const uint64_t drawn = bits(rng), place = drawn >> 9 & UINT64_C(0x000fffffffffffff);
        const int layer = (int)(drawn & 0xff), negative = (int)(drawn >> 8 & 1);
        const double x = (double)place * widths_f64[layer] * (negative ? -1 : 1);
        if (place < inside_f64[layer]) return x;
        if (layer > 0) {
            const double edge = heights_f64[layer - 1] - heights_f64[layer];
            if (edge * uniform_f64(rng) + heights_f64[layer] < exp(-0.5 * x * x)) return x;
            continue;
        }
        for (;;) {
            const double far = -log1p(-uniform_f64(rng)) / TAIL, y = -log1p(-uniform_f64(rng));
            if (y + y > far * far) return (place >> 8 & 1) ? -(TAIL + far) : TAIL + far;
        }
    }
}
""",
    ("normal", "f32"): """
/* A number of the normal distribution: mostly from the inside of a layer of the ziggurat. */
static float normal_f32(generator *rng) {
    for (;;) {
        const uint32_t drawn = half_bits(rng), place = drawn >> 9 & 0x007fffffu;
        const int layer = (int)(drawn & 0xff), negative = (int)(drawn >> 8 & 1);
        const float x = (float)place * widths_f32[layer] * (negative ? -1 : 1);
        if (place < inside_f32[layer]) return x;
        if (layer > 0) {
            const float edge = heights_f32[layer - 1] - heights_f32[layer];
            const float height = edge * uniform_f32(rng) + heights_f32[layer];
            if ((double)height < exp(-0.5 * (double)x * (double)x)) return x;
            continue;
        }
        for (;;) {
            const float far = -log1pf(-uniform_f32(rng)) / TAILf, y = -log1pf(-uniform_f32(rng));
            if (y + y > far * far) return (place >> 8 & 1) ? -(TAILf + far) : TAILf + far;
        }
    }
}
""",
}

STRUCT = [
    "/* A generator of random numbers, NumPy's PCG64. */",
    "typedef struct {",
    "    uint64_t high, low;          /* the state */",
    "    uint64_t own_high, own_low;  /* what each step adds */",
    "    uint32_t half, has_half;     /* the half that is left of the last number */",
]


def generator_lines(stem: str, drawn: Collection[tuple[str, str]]) -> list[str]:
    """The functions of a generator, and those that draw."""
    dtypes = {dtype for _, dtype in drawn}
    needed = {*drawn, *(("uniform", dtype) for name, dtype in drawn if name == "normal")}
    parts = [_SEEDED, *([_BITS] if drawn else []), *([_HALF] if "f32" in dtypes else [])]
    for name, dtype in sorted(needed, key=lambda d: (d[1], d[0] == "normal")):
        if name == "normal":
            parts.append(_table_text(dtype))
        parts.append(_DRAWS[name, dtype])
    text = "\n\n".join(part.strip("\n") for part in parts)
    tail = "3.654152885361009"
    return text.replace("NET", stem).replace("TAIL", tail).splitlines()


@cache
def _table_text(dtype: str) -> str:
    """The tables of the ziggurat: how wide layers are, how high, and what is surely within."""
    inside, widths, heights = _tables(52 if dtype == "f64" else 23)
    kind, suffix, whole = (
        ("double", "", "uint64_t") if dtype == "f64" else ("float", "f", "uint32_t")
    )
    rows = [
        (whole, "inside", [f"UINT64_C({n})" if dtype == "f64" else f"{n}u" for n in inside]),
        (kind, "widths", [f"{n!r}{suffix}" for n in widths]),
        (kind, "heights", [f"{n!r}{suffix}" for n in heights]),
    ]
    lines: list[str] = []
    for element, name, numbers in rows:
        lines.append(f"static const {element} {name}_{dtype}[{_LAYERS}] = {{")
        lines += [f"    {', '.join(numbers[at : at + 4])}," for at in range(0, _LAYERS, 4)]
        lines.append("};")
    return "\n".join(lines)


def _tables(bits: int) -> tuple[list[int], list[float], list[float]]:
    """All layers have the same area; the lowest has the tail in it."""
    with localcontext() as context:
        context.prec = 40

        def height(x: Decimal) -> Decimal:
            return (-x * x / 2).exp()

        fraction = Decimal(0)
        for k in range(200, 0, -1):  # the continued fraction of the tail's area
            fraction = k / (_LAST + fraction)
        area = height(_LAST) * (_LAST + 1 / (_LAST + fraction))
        steps = Decimal(2) ** bits
        edges = [_LAST]
        while len(edges) < _LAYERS - 1:
            edges.append((-2 * (area / edges[-1] + height(edges[-1])).ln()).sqrt())
        edges.reverse()  # from the top: edges[0] is that of layer 1
        base = area / height(_LAST)
        inside = [int(_LAST / base * steps), 0]
        inside += [int(one / other * steps) for one, other in pairwise(edges)]
        widths = [float(x / steps) for x in (base, *edges)]
        heights = [float(height(x)) for x in (Decimal(0), *edges)]
        return inside, widths, heights
