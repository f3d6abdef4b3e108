"""Functions of C that sort, and that search what is sorted."""

from __future__ import annotations

from gradc.targets.c.wording import worded

_ANY = "any"

_MERGED = """
SAYS `room` is for twice as many. */
static void NAME_D(int64_t count, ARGUMENTS, int64_t step, KIND *room) {
    KIND *from = room, *to = room + count;
    for (int64_t i = 0; i < count; i++) from[i] = FIRST;
    for (int64_t size = 1; size < count; size *= 2) {
        for (int64_t begin = 0; begin < count; begin += 2 * size) {
            const int64_t middle = begin + size < count ? begin + size : count;
            const int64_t end = middle + size < count ? middle + size : count;
            int64_t i = begin, j = middle;
            for (int64_t k = begin; k < end; k++) {
                const int second = i == middle || (j < end && BEFORE);
                to[k] = from[second ? j++ : i++];
            }
        }
        KIND *const swap = from;
        from = to;
        to = swap;
    }
    for (int64_t i = 0; i < count; i++) LAST[i * step] = from[i];
}"""


_SORT = worded(
    _MERGED,
    SAYS="""\
/* Sorts numbers that are a step apart, by merging ever longer parts; equal ones stay in their
   order.""",
    NAME="sort",
    ARGUMENTS="T *x",
    KIND="T",
    FIRST="x[i * step]",
    BEFORE="before_D(from[j], from[i])",
    LAST="x",
)
_ARGSORT = worded(
    _MERGED,
    SAYS="""\
/* The places of numbers in their order, left where places are a step apart, by merging ever longer
   parts; equal ones stay in theirs.""",
    NAME="argsort",
    ARGUMENTS="const T *x, int64_t *places",
    KIND="int64_t",
    FIRST="i",
    BEFORE="before_D(x[from[j]], x[from[i]])",
    LAST="places",
)

ORDERING: dict[str, dict[str, str]] = {
    "before": {
        "float": """
/* Whether one number stands before another one: NaN stands last. */
static int before_D(T one, T other) {
    return one < other || (other != other && one == one);
}""",
        "whole": """
/* Whether one number stands before another one. */
static int before_D(T one, T other) {
    return one < other;
}""",
    },
    "sort": {_ANY: _SORT},
    "argsort": {_ANY: _ARGSORT},
    "place_among": {
        _ANY: """
/* Behind how many of numbers that ascend one would stand; may be behind equal ones. */
static int64_t place_among_D(int64_t count, const T *x, T one, int behind) {
    int64_t low = 0, high = count;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        const int further = behind ? !before_D(one, x[middle]) : before_D(x[middle], one);
        low = further ? middle + 1 : low;
        high = further ? high : middle;
    }
    return low;
}"""
    },
}
"""The functions by their names, as `helpers.py` has them. `room` is memory that they work in."""
