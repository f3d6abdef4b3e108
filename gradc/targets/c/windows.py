"""Convolutions as functions of a source: windows as columns, which are multiplied with weights.

A few rows of windows go at a time, so that their columns stay in cache.
"""

from __future__ import annotations

from gradc.targets.c.kernels import CORES, MANY
from gradc.targets.c.wording import worded

STRUCT = """
/* The windows of an image: of what size, how far apart, and what is around the image. */
typedef struct {
    int64_t channels, height, width;            /* the image */
    int64_t down, right;                        /* a window */
    int64_t step_down, step_right;              /* from window to window */
    int64_t apart_down, apart_right;            /* from element to element of a window */
    int64_t above, left;                        /* what is added before the image */
    int64_t rows, columns;                      /* how many windows there are */
} windows;
"""

_EACH = """
/* HOW */
static void NAME_D(const windows *w, int64_t first, int64_t count, int64_t apart,ARGUMENTS) {
    const int64_t size = w->down * w->right;
    for (int64_t k = 0; k < w->channels * size; k++) {
        const int64_t down = k % size / w->right, shift = k % w->right * w->apart_right - w->left;
        int64_t from = 0, to = w->columns;
        while (from < to && from * w->step_right + shift < 0) from++;
        while (from < to && (to - 1) * w->step_right + shift >= w->width) to--;
        for (int64_t r = 0; r < count; r++) {
            const int64_t y = (first + r) * w->step_down + down * w->apart_down - w->above;
            const int64_t is_inside = y >= 0 && y < w->height;
            T_AT at = columns + k * apart + r * w->columns;
            X_AT row = x + (k / size * w->height + y * is_inside) * w->width;
BODY
        }
    }
}
"""

_GATHERED = """\
            for (int64_t j = 0; j < (is_inside ? from : w->columns); j++) at[j] = 0;
            if (!is_inside) continue;
            for (int64_t j = to; j < w->columns; j++) at[j] = 0;
            if (w->step_right == 1) {
                for (int64_t j = from; j < to; j++) at[j] = row[j + shift];
            } else {
                for (int64_t j = from; j < to; j++) at[j] = row[j * w->step_right + shift];
            }"""

_SPREAD = """\
            if (!is_inside) continue;
            if (w->step_right == 1) {
                for (int64_t j = from; j < to; j++) row[j + shift] += at[j];
            } else {
                for (int64_t j = from; j < to; j++) row[j * w->step_right + shift] += at[j];
            }"""


GATHER = worded(
    _EACH,
    NAME="gather",
    HOW="What the windows of some rows see: a row for each of their elements, zeros outside.",
    ARGUMENTS="\n                     const T *restrict x, T *restrict columns",
    T_AT="T *const",
    X_AT="const T *const",
    BODY=_GATHERED,
)
SPREAD = worded(
    _EACH,
    NAME="spread",
    HOW="Adds what comes back to some rows of windows to the image that they look at.",
    ARGUMENTS="\n                     T *restrict x, const T *restrict columns",
    T_AT="const T *const",
    X_AT="T *const",
    BODY=_SPREAD,
)

_LOOPS = """
/* HOW
   Where there are enough images, they go in so many parts, each on a core of its own with memory of
   its own; else the products do. */
static void NAME_D(int64_t images, int64_t groups, int64_t outs,
PADconst windows *w, int64_t few,
PADARGUMENTS,
PADT *restrict columns, int64_t parts, T *restrict panel) {
    const int64_t inner = w->channels * w->down * w->right, places = w->rows * w->columns;
    const int64_t all = images * groups, size = inner * ((few * w->columns + 15) / 16 * 16);
    if (all < parts || all * outs * inner * places < MANY) parts = 1;
START
    #pragma omp parallel for if (parts > 1)
    for (int64_t part = 0; part < parts; part++) {
        T *const own = columns + part * size;
PART
        for (int64_t n = all * part / parts; n < all * (part + 1) / parts; n++) {
            for (int64_t first = 0; first < w->rows; first += few) {
                const int64_t count = w->rows - first < few ? w->rows - first : few;
                const int64_t wide = count * w->columns, apart = (wide + 15) / 16 * 16;
                IMAGE image = x + n * w->channels * w->height * w->width;
                OUT out = y + n * outs * places + first * w->columns;
                WEIGHTS kernel = SUMMED + n % groups * outs * inner;
BODY
            }
        }
    }
END
}
"""


def _loops(**words: str) -> str:
    text = _LOOPS
    words = {"START": "", "PART": "", "END": "", "SUMMED": "weights", **words}
    words["PAD"] = " " * len(f"static void {words['NAME']}_D(")
    for word, instead in words.items():
        text = text.replace(f"\n{word}\n", f"\n{instead}\n" if instead else "\n")
        text = text.replace(word, instead)
    return text.replace("MANY", str(MANY)).replace("CORES", str(CORES))


OUTPUT = _loops(
    NAME="conv2d_output",
    HOW="y: the windows of x, times weights, which are [outs, elements of a window] for a group.",
    ARGUMENTS="const T *restrict x, const T *restrict weights, T *restrict y",
    IMAGE="const T *const",
    OUT="T *const",
    WEIGHTS="const T *const",
    BODY="""\
                gather_D(w, first, count, apart, image, own);
                matmul_tiled_D(outs, inner, wide, kernel, inner, 1, own, apart, 1, out, places,
                               panel + part * ROOM_D, parts > 1 ? 1 : CORES);""",
)
INPUT = _loops(
    NAME="conv2d_input",
    HOW="The cotangent x of an image: what is in y comes back through the weights.",
    ARGUMENTS="const T *restrict y, const T *restrict weights, T *restrict x",
    START="""\
    memset(x, 0, (size_t)(all * w->channels * w->height * w->width) * sizeof(*x));""",
    IMAGE="T *const",
    OUT="const T *const",
    WEIGHTS="const T *const",
    BODY="""\
                matmul_tiled_D(inner, outs, wide, kernel, 1, inner, out, places, 1, own, apart,
                               panel + part * ROOM_D, parts > 1 ? 1 : CORES);
                spread_D(w, first, count, apart, image, own);""",
)
WEIGHT = _loops(
    NAME="conv2d_weight",
    HOW="The cotangent of the weights: what is in y times what the windows of x see.",
    ARGUMENTS="const T *restrict y, const T *restrict x, T *restrict weights,\n"
    "PADT *restrict turned, T *restrict others",
    START="    const int64_t each = groups * outs * inner;",
    PART="""\
        T *const rows = turned + part * outs * inner;
        T *const sums = part == 0 ? weights : others + (part - 1) * each;
        memset(sums, 0, (size_t)each * sizeof(*sums));""",
    IMAGE="const T *const",
    OUT="const T *const",
    WEIGHTS="T *const",
    SUMMED="sums",
    BODY="""\
                gather_D(w, first, count, apart, image, own);
                matmul_tiled_D(inner, wide, outs, own, apart, 1, out, 1, places, rows, outs,
                               panel + part * ROOM_D, parts > 1 ? 1 : CORES);
                for (int64_t o = 0; o < outs; o++) {
                    for (int64_t k = 0; k < inner; k++) kernel[o * inner + k] += rows[k * outs + o];
                }""",
    END="""\
    for (int64_t part = 1; part < parts; part++) {
        const T *const more = others + (part - 1) * each;
        for (int64_t k = 0; k < each; k++) weights[k] += more[k];
    }""",
)
