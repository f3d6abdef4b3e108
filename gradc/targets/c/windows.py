"""Convolutions as functions of a source: windows as columns, which are multiplied with weights.

A few rows of windows go at a time, so that their columns stay in cache.
"""

from __future__ import annotations

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
static void NAME_D(const windows *w, int64_t first, int64_t count, ARGUMENTS) {
    const int64_t wide = count * w->columns, size = w->down * w->right;
    for (int64_t k = 0; k < w->channels * size; k++) {
        const int64_t down = k % size / w->right, shift = k % w->right * w->apart_right - w->left;
        int64_t from = 0, to = w->columns;
        while (from < to && from * w->step_right + shift < 0) from++;
        while (from < to && (to - 1) * w->step_right + shift >= w->width) to--;
        for (int64_t r = 0; r < count; r++) {
            const int64_t y = (first + r) * w->step_down + down * w->apart_down - w->above;
            const int64_t is_inside = y >= 0 && y < w->height;
            T_AT at = columns + k * wide + r * w->columns;
            X_AT row = x + (k / size * w->height + y * is_inside) * w->width;
BODY
        }
    }
}
"""

_GATHERED = """\
            for (int64_t j = 0; j < w->columns; j++) {
                if (!is_inside || j < from || j >= to) at[j] = 0;
            }
            if (!is_inside) continue;
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


def _each(**words: str) -> str:
    text = _EACH
    for word, instead in words.items():
        text = text.replace(word, instead)
    return text


GATHER = _each(
    NAME="gather",
    HOW="What the windows of some rows see: a row for each of their elements, zeros outside.",
    ARGUMENTS="const T *restrict x,\n                     T *restrict columns",
    T_AT="T *const",
    X_AT="const T *const",
    BODY=_GATHERED,
)
SPREAD = _each(
    NAME="spread",
    HOW="Adds what comes back to some rows of windows to the image that they look at.",
    ARGUMENTS="T *restrict x,\n                     const T *restrict columns",
    T_AT="const T *const",
    X_AT="T *const",
    BODY=_SPREAD,
)

_LOOPS = """
/* HOW */
static void NAME_D(int64_t images, int64_t groups, int64_t outs, const windows *w, int64_t few,
                   ARGUMENTS, T *restrict columns, T *restrict panel, int64_t parts) {
    const int64_t inner = w->channels * w->down * w->right, places = w->rows * w->columns;
START
    for (int64_t n = 0; n < images * groups; n++) {
        for (int64_t first = 0; first < w->rows; first += few) {
            const int64_t count = w->rows - first < few ? w->rows - first : few;
            const int64_t wide = count * w->columns;
            IMAGE image = x + n * w->channels * w->height * w->width;
            OUT out = y + n * outs * places + first * w->columns;
            WEIGHTS part = weights + n % groups * outs * inner;
BODY
        }
    }
}
"""


def _loops(**words: str) -> str:
    text = _LOOPS
    for word, instead in words.items():
        text = text.replace(word, instead)
    return text.replace("\nNOTHING", "")


OUTPUT = _loops(
    NAME="conv2d_output",
    HOW="y: the windows of x, times weights, which are [outs, elements of a window] for a group.",
    ARGUMENTS="const T *restrict x, const T *restrict weights, T *restrict y",
    START="NOTHING",
    IMAGE="const T *const",
    OUT="T *const",
    WEIGHTS="const T *const",
    BODY="""\
            gather_D(w, first, count, image, columns);
            matmul_tiled_D(outs, inner, wide, part, inner, 1, columns, wide, 1,
                           out, places, panel, parts);""",
)
INPUT = _loops(
    NAME="conv2d_input",
    HOW="The cotangent x of an image: what is in y comes back through the weights.",
    ARGUMENTS="const T *restrict y, const T *restrict weights, T *restrict x",
    START="""\
    memset(x, 0, (size_t)(images * groups * w->channels * w->height * w->width) * sizeof(*x));""",
    IMAGE="T *const",
    OUT="const T *const",
    WEIGHTS="const T *const",
    BODY="""\
            matmul_tiled_D(inner, outs, wide, part, 1, inner, out, places, 1,
                           columns, wide, panel, parts);
            spread_D(w, first, count, image, columns);""",
)
WEIGHT = _loops(
    NAME="conv2d_weight",
    HOW="The cotangent of the weights: what is in y times what the windows of x see.",
    ARGUMENTS="const T *restrict y, const T *restrict x, T *restrict weights,\n"
    "                   T *restrict turned",
    START="    memset(weights, 0, (size_t)(groups * outs * inner) * sizeof(*weights));",
    IMAGE="const T *const",
    OUT="const T *const",
    WEIGHTS="T *const",
    BODY="""\
            gather_D(w, first, count, image, columns);
            matmul_tiled_D(inner, wide, outs, columns, wide, 1, out, 1, places,
                           turned, outs, panel, parts);
            for (int64_t o = 0; o < outs; o++) {
                for (int64_t k = 0; k < inner; k++) part[o * inner + k] += turned[k * outs + o];
            }""",
)
