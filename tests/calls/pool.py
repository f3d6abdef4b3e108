"""What calls are given: texts of arguments, and what the names in them stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

SIZE = 3
"""What the free dimension `N` is when a module is called."""

DECLARED: Mapping[str, str] = {
    "scalar": "param scalar = 0.5",
    "vector": "param vector: [3] = [0.5, 1.5, 2.5]",
    "matrix": "param matrix: [2, 3] = [[1, 2, 3], [4, 5, 7]]",
    "square": "param square: [2, 2] = [[2, 0.5], [0.5, 1]]",
    "images": "param images: [1, 2, 4, 4] = 1.25",
    "single": "param single: f32[3] = 0.75",
    "empty": "param empty: [0]",
    "free": "input free: [N]",
    "ids": "input ids: i64[3]",
    "whole": "input whole: i64",
    "flags": "input flags: bool[3]",
    "number": "const number = 2",
    "listed": "const listed = [1, 2, 0]",
    "fixed": "const fixed: f32[3] = [1, 2, 3]",
    "twice": "fn twice(x) = 2 * x",
    "N": "dim N",
}

INPUTS: Mapping[str, Any] = {
    "free": np.array([0.25, 0.5, 2.0]),
    "ids": np.array([0, 1, 1]),
    "whole": np.int64(1),
    "flags": np.array([True, False, True]),
}

ARGUMENTS = (
    # numbers
    "0", "1", "2", "-1", "3", "0.5", "-2.5", "1e300", "inf", "-inf", "nan", "pi", "1_000",
    "4611686018427387904", "9223372036854775807", "-9223372036854775808", "1 / 2", "true", "false",
    # lists
    "[]", "[[]]", "[1]", "[0, 1]", "[1, 2, 0]", "[1., 2]", "[0.5, -1]", "[-1, 2]", "[0, 7]",
    "[[1, 2], [3, 4]]", "[[0, 1], [1, 0]]", "[[0.5, 1.5, 2.5]]", "[[1], [2, 3]]", "[[[1.0]]]",
    "[true, false, true]", "[inf, nan]", '["a"]', "[none]", "[none, 1]", "[1, [2]]",
    # sizes and what is made of them
    "N", "N - 1", "2 * N", "N // 2", "N * N", "[N]", "[N, 1]", "[N - 1]", "N / 2", "[N, [1]]",
    # values, in lists too
    "scalar", "vector", "matrix", "square", "images", "single", "empty", "free", "ids", "whole",
    "flags", "[scalar, scalar]", "[vector, free]", "[vector, vector]", "[ids, 1]", "vector[0]",
    "matrix.T", "matrix.shape", "vector.shape[0]", "2.0[newaxis]", "number[newaxis]",
    # constants
    "number", "listed", "fixed", "zeros([2, 0])", "arange(3)", "eye(2)", "split(vector, 3)",
    # what is no value
    "none", '"a"', '"none"', '"sum"', '"f32"', '"i64"', '"same"', '"ij,jk->ik"', '""', "sin",
    "twice", "nothing",
)  # fmt: skip
"""The kinds of arguments, a few of each."""

_WORD = re.compile(r"[A-Za-z_]\w*")


def declarations(texts: Iterable[str]) -> list[str]:
    """The statements that declare what texts name."""
    named = {word for text in texts for word in _WORD.findall(text)}
    if "free" in named:
        named.add("N")
    elif "N" in named:
        named.add("free")
    return [statement for name, statement in reversed(DECLARED.items()) if name in named]
