"""The product of matrices that is made of tiles, which stay in registers.

A panel of b, a few vectors wide, is copied so that its rows follow each other, and every few rows
of a go over it. Vectors are those of GCC and Clang; other compilers get the plain product.
"""

from __future__ import annotations

LARGE = ("matmul_tiled", "matmul_blas")
"""The functions for large products: the source's own, and the one that asks a CBLAS."""

PANEL_BYTES = 3 * 65_536
"""Of the memory for parts of both matrices: a panel of b, and twice as much for rows of a."""

CORES = 4
"""In how many parts a large product is done at most, each of which has such memory."""

MANY = 262_144
"""Multiplications that are worth several cores: they take some 6 µs, and threads meet in 1."""

_VECTORS = """
enum { ROOM_D = ROOM_BYTES / sizeof(T) };
#if defined(__GNUC__)
/* Numbers that are worked on at a time, how many times so many a tile is wide, and how many rows it
   is high: as much as registers hold. */
#if defined(__AVX512F__)
enum { BYTES_D = 64, WIDE_D = 2, HIGH_D = 12 };
#elif defined(__AVX__)
enum { BYTES_D = 32, WIDE_D = 2, HIGH_D = 6 };
#elif defined(__aarch64__)
enum { BYTES_D = 16, WIDE_D = 2, HIGH_D = 12 };
#else
enum { BYTES_D = 16, WIDE_D = 2, HIGH_D = 6 };
#endif
enum { LANES_D = BYTES_D / sizeof(T), PANEL_D = WIDE_D * LANES_D, DEEP_D = 256 };
enum { TALL_D = (ROOM_D / DEEP_D - PANEL_D) / HIGH_D * HIGH_D };
typedef T vector_D
    __attribute__((vector_size(BYTES_D), aligned(sizeof(T)), may_alias));
"""

_TILE = """
/* c = a @ b, or more of it, for a few rows of a and so many vectors of columns of b. Where this is
   called, `high` and `wide` are constants, so that the sums stay in registers. */
static inline __attribute__((always_inline))
void tile_D(const int high, const int wide, int64_t rows, int64_t inner, int64_t columns,
            const T *a, int64_t a_row, int64_t a_inner, const T *b, int64_t b_inner,
            T *c, int64_t c_row, int adds) {
    const T *row[HIGH_D];
    for (int r = 0; r < high; r++) row[r] = a + (r < rows ? r : 0) * a_row;
    vector_D sums[HIGH_D][WIDE_D];
    for (int r = 0; r < high; r++) {
        for (int v = 0; v < wide; v++) sums[r][v] = (vector_D){0};
    }
    for (int64_t k = 0; k < inner; k++) {
        const vector_D *const y = (const vector_D *)(b + k * b_inner);
        for (int r = 0; r < high; r++) {
            const T x = row[r][k * a_inner];
            for (int v = 0; v < wide; v++) sums[r][v] += x * y[v];
        }
    }
    if (rows >= high && columns == wide * LANES_D) {
        for (int r = 0; r < high; r++) {
            vector_D *const z = (vector_D *)(c + r * c_row);
            for (int v = 0; v < wide; v++) {
                if (adds) sums[r][v] += z[v];
                z[v] = sums[r][v];
            }
        }
        return;
    }
    T part[HIGH_D][PANEL_D];
    for (int r = 0; r < high; r++) {
        for (int v = 0; v < wide; v++) ((vector_D *)part[r])[v] = sums[r][v];
    }
    for (int64_t r = 0; r < rows && r < high; r++) {
        T *const z = c + r * c_row;
        for (int64_t j = 0; j < columns; j++) z[j] = adds ? z[j] + part[r][j] : part[r][j];
    }
}

/* The same for any rows: as many at a time as go into a tile, then two thirds, then a third, of
   which some may not be there. `high_row` is how far apart tiles of a are. */
static void tiles_D(int64_t rows, int64_t inner, int64_t columns, int64_t width,
                    const T *a, int64_t high_row, int64_t a_row, int64_t a_inner,
                    const T *b, int64_t b_inner, T *c, int64_t c_row, int adds) {
    enum { TWO = HIGH_D / 3 * 2, THIRD = HIGH_D / 3 };
    for (int64_t i = 0, high; i < rows; i += high) {
        const T *const x = a + i / HIGH_D * high_row + i % HIGH_D * a_row;
        T *const z = c + i * c_row;
        const int64_t left = rows - i;
        high = left >= HIGH_D ? HIGH_D : left >= TWO && width == PANEL_D ? TWO : THIRD;
        if (width < PANEL_D && high == HIGH_D) {
            tile_D(HIGH_D, 1, HIGH_D, inner, columns,
                   x, a_row, a_inner, b, b_inner, z, c_row, adds);
        } else if (width < PANEL_D) {
            tile_D(THIRD, 1, left, inner, columns,
                   x, a_row, a_inner, b, b_inner, z, c_row, adds);
        } else if (high == HIGH_D) {
            tile_D(HIGH_D, WIDE_D, HIGH_D, inner, columns,
                   x, a_row, a_inner, b, b_inner, z, c_row, adds);
        } else if (high == TWO) {
            tile_D(TWO, WIDE_D, TWO, inner, columns,
                   x, a_row, a_inner, b, b_inner, z, c_row, adds);
        } else {
            tile_D(THIRD, WIDE_D, left, inner, columns,
                   x, a_row, a_inner, b, b_inner, z, c_row, adds);
        }
    }
}
"""

_PRODUCT = """
/* c = a @ b, or more of it, for a part of the inner axis and of the rows. */
static void part_D(int64_t rows, int64_t deep, int64_t columns,
                   const T *restrict a, int64_t a_row, int64_t a_inner,
                   const T *restrict b, int64_t b_inner, int64_t b_column,
                   T *restrict c, int64_t c_row, T *restrict panel, int adds) {
    int64_t width = PANEL_D;
    const T *x = a;
    int64_t high_row = HIGH_D * a_row, one = a_row, x_inner = a_inner;
    if (a_inner != 1 && columns > PANEL_D) {
        T *const packed = panel + DEEP_D * PANEL_D;
        for (int64_t i = 0; i < rows; i += HIGH_D) {
            copy_panel_D(deep, rows - i < HIGH_D ? rows - i : HIGH_D, HIGH_D,
                         a + i * a_row, a_inner, a_row, packed + i * deep);
        }
        x = packed;
        high_row = HIGH_D * deep;
        one = 1;
        x_inner = HIGH_D;
    }
    for (int64_t j = 0; j < columns; j += width) {
        if (columns - j <= LANES_D) width = LANES_D;
        const int64_t wide = columns - j < width ? columns - j : width;
        const T *y = b + j * b_column;
        int64_t y_inner = b_inner;
        if (rows > 12 * HIGH_D || b_column != 1 || wide < width) {
            copy_panel_D(deep, wide, width, y, b_inner, b_column, panel);
            y = panel;
            y_inner = width;
        }
        tiles_D(rows, deep, wide, width, x, high_row, one, x_inner, y, y_inner,
                c + j, c_row, adds);
    }
}
#endif

/* c = a @ b, of rows x inner and inner x columns, on one core; `panel` is memory for parts. */
static void matmul_block_D(int64_t rows, int64_t inner, int64_t columns,
                           const T *restrict a, int64_t a_row, int64_t a_inner,
                           const T *restrict b, int64_t b_inner, int64_t b_column,
                           T *restrict c, int64_t c_row, T *restrict panel) {
#if defined(__GNUC__)
    const int64_t tall = a_inner == 1 ? rows : TALL_D;
    for (int64_t k = 0; k < inner; k += DEEP_D) {
        const int64_t deep = inner - k < DEEP_D ? inner - k : DEEP_D;
        for (int64_t i = 0; i < rows; i += tall) {
            part_D(rows - i < tall ? rows - i : tall, deep, columns,
                   a + i * a_row + k * a_inner, a_row, a_inner,
                   b + k * b_inner, b_inner, b_column, c + i * c_row, c_row, panel, k > 0);
        }
    }
    if (inner > 0) return;
#else
    (void)panel;
#endif
    matmul_D(rows, inner, columns, a, a_row, a_inner, b, b_inner, b_column, c, c_row);
}
"""

_TILED = """
/* c = a @ b, where it is large on several cores, each of which does some of the columns where there
   are enough of them, else some of the rows; `panel` is memory for so many `parts`. */
static void matmul_tiled_D(int64_t rows, int64_t inner, int64_t columns,
                           const T *restrict a, int64_t a_row, int64_t a_inner,
                           const T *restrict b, int64_t b_inner, int64_t b_column,
                           T *restrict c, int64_t c_row, T *restrict panel, int64_t parts) {
#if defined(__GNUC__)
    if (rows >= 4) {
        const int64_t panels = (columns + PANEL_D - 1) / PANEL_D;
        const int64_t tiles = (rows + HIGH_D - 1) / HIGH_D;
        if (rows * inner * columns < MANY) parts = 1;
        if (parts > 1 && parts > cores()) parts = cores();
        if (parts == 1) { /* even a loop that nobody shares takes OpenMP some 0.3 µs */
            matmul_block_D(rows, inner, columns, a, a_row, a_inner, b, b_inner, b_column,
                           c, c_row, panel);
            return;
        }
        const int is_wide = panels >= parts && (a_inner == 1 || columns > rows);
        const int64_t count = is_wide ? panels : tiles, each = is_wide ? PANEL_D : HIGH_D;
        #pragma omp parallel for
        for (int64_t part = 0; part < parts; part++) {
            const int64_t from = count * part / parts * each;
            const int64_t to = count * (part + 1) / parts * each;
            const int64_t i = is_wide ? 0 : from, high = is_wide || to > rows ? rows : to;
            const int64_t j = is_wide ? from : 0, wide = is_wide && to < columns ? to : columns;
            matmul_block_D(high - i, inner, wide - j,
                           a + i * a_row, a_row, a_inner, b + j * b_column, b_inner, b_column,
                           c + i * c_row + j, c_row, panel + part * ROOM_D);
        }
        return;
    }
#endif
    (void)panel;
    (void)parts;
    matmul_D(rows, inner, columns, a, a_row, a_inner, b, b_inner, b_column, c, c_row);
}"""

_EACH = """
/* c = a @ b for each of some matrices, which are so far apart: where there are enough of them, in
   so many parts, each on a core of its own; `panel` is memory for each part. */
static void matmul_each_D(int64_t count, int64_t rows, int64_t inner, int64_t columns,
                          const T *restrict a, int64_t a_each, int64_t a_row, int64_t a_inner,
                          const T *restrict b, int64_t b_each, int64_t b_inner, int64_t b_column,
                          T *restrict c, T *restrict panel, int64_t parts) {
    const int64_t whole = count < parts || count * rows * inner * columns < MANY ? 1 : parts;
    #pragma omp parallel for if (whole > 1)
    for (int64_t part = 0; part < whole; part++) {
        for (int64_t n = count * part / whole; n < count * (part + 1) / whole; n++) {
            matmul_tiled_D(rows, inner, columns, a + n * a_each, a_row, a_inner,
                           b + n * b_each, b_inner, b_column, c + n * rows * columns, columns,
                           panel + part * ROOM_D, whole > 1 ? 1 : parts);
        }
    }
}"""

NUMBER_OF_CORES = """
#if defined(_OPENMP)
#include <omp.h>
#endif

/* On how many cores a loop may run. */
static int64_t cores(void) {
#if defined(_OPENMP)
    return omp_get_max_threads();
#else
    return 1;
#endif
}"""

_COPY = """
/* A panel: rows of so many columns of b, those behind `wide` filled with zeros. */
static void copy_panel_D(int64_t deep, int64_t wide, int64_t width,
                         const T *b, int64_t b_inner, int64_t b_column, T *restrict panel) {
    for (int64_t n = wide; n < width; n++) {
        for (int64_t k = 0; k < deep; k++) panel[k * width + n] = 0;
    }
    if (b_column == 1) {
        for (int64_t k = 0; k < deep; k++, panel += width, b += b_inner) {
            if (wide == PANEL_D) {
                memcpy(panel, b, PANEL_D * sizeof(T));  /* so many need no call */
            } else if (wide == HIGH_D) {
                memcpy(panel, b, HIGH_D * sizeof(T));
            } else {
                for (int64_t n = 0; n < wide; n++) panel[n] = b[n];
            }
        }
        return;
    }
    for (int64_t n = 0; n < wide; n++) {
        for (int64_t k = 0; k < deep; k++) {
            panel[k * width + n] = b[k * b_inner + n * b_column];
        }
    }
}
"""

BLOCK = "\n".join(
    part.strip("\n") + "\n"
    for part in (
        _VECTORS.replace("ROOM_BYTES", str(PANEL_BYTES)),
        _TILE,
        _COPY,
        _PRODUCT,
    )
)
TILED = _TILED.replace("MANY", str(MANY))
EACH = _EACH.replace("MANY", str(MANY))

PLAIN = """
/* c = a @ b, of rows x inner and inner x columns; steps say how far neighbours are apart. */
static void matmul_D(int64_t rows, int64_t inner, int64_t columns,
                     const T *restrict a, int64_t a_row, int64_t a_inner,
                     const T *restrict b, int64_t b_inner, int64_t b_column,
                     T *restrict c, int64_t c_row) {
    for (int64_t i = 0; i < rows; i++) {
        T *const z = c + i * c_row;
        const T *const x = a + i * a_row;
        if (b_inner == 1 && b_column != 1) {
            /* Columns of b lie in memory as rows of a do: eight sums at a time. */
            for (int64_t j = 0; j < columns; j++) {
                const T *const y = b + j * b_column;
                T sums[8] = {0}, total = 0;
                const int64_t most = inner - inner % 8;
                for (int64_t k = 0; k < most; k += 8) {
                    for (int64_t n = 0; n < 8; n++) sums[n] += x[(k + n) * a_inner] * y[k + n];
                }
                for (int64_t k = most; k < inner; k++) total += x[k * a_inner] * y[k];
                for (int64_t n = 0; n < 8; n++) total += sums[n];
                z[j] = total;
            }
            continue;
        }
        for (int64_t j = 0; j < columns; j++) z[j] = 0;
        for (int64_t k = 0; k < inner; k++) {
            const T one = x[k * a_inner], *const y = b + k * b_inner;
            for (int64_t j = 0; j < columns; j++) z[j] += one * y[j * b_column];
        }
    }
}"""

IS_TAKEN = """
/* Whether a CBLAS takes a matrix of rows and columns: of rows whose elements are neighbours. */
static int is_taken(int64_t rows, int64_t columns, int64_t row, int64_t column) {
    const int64_t most = 2147483647;
    return column == 1 && row >= columns && rows <= most && row <= most;
}"""

BLAS = """
/* c = a @ b, of rows x inner and inner x columns, by the system's CBLAS where it takes them. */
static void matmul_blas_D(int64_t rows, int64_t inner, int64_t columns,
                          const T *restrict a, int64_t a_row, int64_t a_inner,
                          const T *restrict b, int64_t b_inner, int64_t b_column,
                          T *restrict c, int64_t c_row) {
    const int a_lies = is_taken(rows, inner, a_row, a_inner);
    const int b_lies = is_taken(inner, columns, b_inner, b_column);
    if (rows < 1 || inner < 1 || columns < 1 || !is_taken(rows, columns, c_row, 1)
        || !(a_lies || is_taken(inner, rows, a_inner, a_row))
        || !(b_lies || is_taken(columns, inner, b_column, b_inner))) {
        matmul_D(rows, inner, columns, a, a_row, a_inner, b, b_inner, b_column, c, c_row);
        return;
    }
    GEMM(CblasRowMajor, a_lies ? CblasNoTrans : CblasTrans,
         b_lies ? CblasNoTrans : CblasTrans, (int)rows, (int)columns, (int)inner,
         1, a, (int)(a_lies ? a_row : a_inner), b, (int)(b_lies ? b_inner : b_column),
         0, c, (int)c_row);
}"""
