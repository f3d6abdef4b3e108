"""Expressions: precedence, arithmetic at compile time, literals, choices."""

from typing import Any

import numpy as np
import pytest

from tests.compiled import LEVELS, build, refusal, refused, same, value

GIVEN = "input x\ninput z"
inf, nan = np.inf, np.nan

# Python and the language agree on these.
AS_PYTHON = """
    -x**2; 2**-1; 2**3**2; -2**2; x - z - 1; x / z / 2; x - (z - 1); x * z + 1; x + z * 2; 10 // 3 *
    2; 10 % 4 * 2; (x + z) * 2; x * -z; -x * z; - -x; 2 ** -x; (-x) ** 2; x % z; x // z; 5 // 2 + 5
    % 3 - 2 ** 2 / 4; not x > 1; not x == 2; x > 1 and z > 5; x > 1 or z > 5; x == 2.0; not x > 1
    and z > 5 or x == 2; not (x > 1 and z > 5); x < z; x <= z; x >= z; x != z; -7 // 2; -7 % 3; 7 //
    -2; 1_000; .5; 2.; 1e-3; 1E3; 1e+2; -9223372036854775808; 9223372036854775807; 3 == 3.0; 1 / 3;
    2 ** 0.5
""".split(";")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("expression", [" ".join(e.split()) for e in AS_PYTHON])
def test_an_expression_means_what_it_means_in_python(expression: str, level: int) -> None:
    wanted = np.asarray(eval(expression, {"x": 2.0, "z": 3.0}))[()]
    wanted = float(wanted) if wanted.dtype == np.float64 else wanted
    assert same(value(expression, GIVEN, level, x=2.0, z=3.0), wanted)


IEEE = [
    ("1 / 0", inf), ("-1 / 0", -inf), ("0 / 0", nan), ("1.0 // 0", inf), ("1.0 % 0", nan),
    ("0 ** -1", inf), ("0.0 ** -1", inf), ("(-8) ** (1 / 3)", nan), ("1e308 * 10", inf),
    ("2.0 ** 2000", inf), ("(-2.0) ** 2001", -inf), ("inf - inf", nan), ("-inf", -inf),
    ("log(0)", -inf), ("log(-1)", nan), ("sqrt(-1)", nan), ("exp(1000)", inf), ("nan", nan),
    ("x / 0", inf), ("0 * x / 0", nan), ("x // 0", inf), ("x % 0", nan), ("1 / (x - 2)", inf),
    ("exp(1000 * x)", inf), ("log(x - 2)", -inf), ("(x - 2) ** -1", inf), ("x ** 1e9", inf),
    ("sum([1, 2]) / 0", inf), ("x * (1e200 * 1e200)", inf), ("1e200 * x * 1e200", inf),
]  # fmt: skip


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("expression", "wanted"), IEEE)
def test_arithmetic_is_ieees(expression: str, wanted: float, level: int) -> None:
    with np.errstate(all="ignore"):
        assert same(value(expression, GIVEN.replace("\ninput z", ""), level, x=2.0), wanted)


LITERALS: list[tuple[str, Any]] = [
    ("true", np.bool_(True)),
    ("not 3", np.bool_(False)),
    ("3 and 4", np.bool_(True)),
    ("0 or x > 1", np.bool_(True)),
    ("x > 1 and 3", np.bool_(True)),
    ("true and x > 1", np.bool_(True)),
    ("[1, 2, 3]", np.array([1, 2, 3])),
    ("[1, 2.5,]", np.array([1, 2.5])),
    ("[true, false]", np.array([True, False])),
    ("[[1, 2], [3, 4]]", np.array([[1, 2], [3, 4]])),
    ("[[[1]]]", np.array([[[1]]])),
    ("[]", np.array([])),
    ("[1, 2] + [3, 4]", np.array([4, 6])),
    ("[1, 2] == [1, 2]", np.bool_(True)),
    ('"a" == "a"', np.bool_(True)),
    ("'a' == \"a\"", np.bool_(True)),
    ('"a\\n\\t\\\\\\"" == \'a\\n\\t\\\\"\'', np.bool_(True)),
    ('"a" == 1', np.bool_(False)),
    ("none == none", np.bool_(True)),
    ("none != 1", np.bool_(True)),
    ("x == none", np.bool_(False)),
    ("x != none", np.bool_(True)),
    ("stack([x, z])", np.array([2.0, 3])),
    ("stack([x, 1, 2])", np.array([2.0, 1, 2])),
    ("where(true, x, nonsense)", 2.0),
    ("where(1 > 2, nonsense, z)", 3.0),
    ("where(x > 1, x, z)", 2.0),
    ("e + pi", float(np.e + np.pi)),
    ("2 * pi", 2 * np.pi),
    ("minimum(1, 2)", np.int64(1)),
    ("(x)", 2.0),
    ("(\n    x\n    + z\n)", 5.0),
    ("sum(\n    [1,\n     2]  # a comment\n)", np.int64(3)),
]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("expression", "wanted"), LITERALS)
def test_a_literal(expression: str, wanted: Any, level: int) -> None:
    assert same(value(expression, GIVEN, level, x=2.0, z=3.0), wanted)


def test_predefined_names_may_be_shadowed() -> None:
    assert value("e * pi", "input e\nconst pi = 2", e=3.0) == 6.0
    assert value("inf", "input x\ninf = x * 2", x=3.0) == 6.0


def test_a_matrix_of_values() -> None:
    text = """
dtype {0}
input z
param a = 2
param b = 3
M: [2, 2] = [[a, b], [-b, 0]]
output M, sums
sums = M[0] + M[:, 1] + M[1][0]
N = [[[a], [b]], [[1], [2]]]
output n = N.shape
output I = [[1, z], [0, 1]] * 2
loss J = sum(M @ M.T) + sum([[a, b]] * 0.5) + grad(sum(M * M * M), M)[1, 0]
"""
    for level in LEVELS:
        for dtype in ("f32", "f64"):
            module = build(text.format(dtype), level=level)
            M, sums, n, doubled, J = module.outputs(z=3)
            assert M.tolist() == [[2, 3], [-3, 0]]
            assert sums.tolist() == [2, 0]
            assert n.tolist() == [2, 2, 1]
            assert doubled.tolist() == [[2, 6], [0, 2]]
            assert J == 39.5
            assert {M.dtype, sums.dtype, doubled.dtype} == {
                np.dtype({"f32": "f4", "f64": "f8"}[dtype])
            }
            assert module.gradients(z=3) == {"a": -1.5, "b": 26.5}


@pytest.mark.parametrize(
    ("expression", "code", "message"),
    [
        ("x ^ 2", "E0108", "`**` for a power"),
        ("x < z < 4", "E0117", "write `x < z and z < 4`"),
        ("x == z == 3", "E0117", "cannot be chained"),
        ("x * not z", "E0118", "put parentheses around"),
        ("+x", "E0123", "`+` needs a value on its left"),
        ("x @ z", "E0303", "`@` needs arrays, not scalars"),
        ("1 // 0", "E0309", "an integer divided by zero"),
        ("1 % 0", "E0309", "an integer divided by zero"),
        ("2 ** 2000", "E0309", "does not fit 64 bits"),
        ("9 ** 9 ** 9", "E0309", "does not fit 64 bits"),
        ("9223372036854775808", "E0309", "does not fit 64 bits"),
        ("9223372036854775807 + 1", "E0309", "does not fit 64 bits"),
        ("1e999", "E0109", "infinity is `inf`"),
        ("1" * 301, "E0109", "a number of 301"),
        ("00", "E0109", "write `0`"),
        ("007", "E0109", "write `7`"),
        ("007.5", "E0109", "write `7.5`"),
        ("0x10", "E0109", "numbers are decimal"),
        ("1__0", "E0109", "`_` stands between two digits"),
        ("1_", "E0109", "`_` stands between two digits"),
        ("2x", "E0109", "a product is written `2 * x`"),
        ("[x, z] + 1", "E0305", "`stack([…])` makes an array of them"),
        ("[[x, z], [x, x]] + [x, z]", "E0305", "`stack([…])` makes an array of them"),
        ("[[x, z], [x]] + 1", "E0305", "its rows have 2 and 1 elements"),
        ("[[x, z], [1, 2, 3]] @ [1, 2]", "E0305", "its rows have 2 and 3 elements"),
        ("[slogdet([[1.0]])] + 1", "E0305", "ragged"),
        ("[1, [2]] + 1", "E0305", "ragged"),
        ("none + 1", "E0305", "this is `none`"),
        ('"a" + 1', "E0305", 'this is the string "a"'),
        ('x == "a"', "E0305", 'this is the string "a"'),
        ("where(3, x, z)", "E0305", "compare it: `3 != 0`"),
        ('sum(x, axis="a")', "E0305", "an axis"),
        ("nonsense", "E0201", "nothing is called `nonsense`"),
        ("sum", "E0203", "call it: `sum(…)`"),
        ("x(1)", "E0203", "`x` is a value, it cannot be called"),
        ("1(2)", "E0203", "this cannot be called"),
        ("x.foo", "E0201", "values have `.T`, `.mT` and `.shape`"),
        ("x if z else 2", "E0123", "`where(condition, a, b)`"),
        ("x && z", "E0107", "the operator is `and`"),
        ("!x", "E0107", "the operator is `not`"),
        ('"a\\q"', "E0110", "is no escape"),
        ('"a', "E0110", "does not end"),
        ("sum(x, 1, axis=0)", "E0206", ""),
        ("sum(axis=0, x)", "E0121", ""),
        ("concatenate(x)", "E0305", "a list of arrays is expected here"),
        ("next x", "E0201", "belongs in the body of a `scan`"),
    ],
)
def test_refused(expression: str, code: str, message: str) -> None:
    found = refusal(f"{GIVEN}\noutput y = {expression}\n")
    said = " | ".join([found[0].message, found[0].text, *found[0].helps])
    assert (found[0].code, message in said) == (code, True), said


def test_a_comparison_of_sizes_that_cannot_be_decided() -> None:
    text = "dim A, B\ninput x: [A, B]\noutput y = where(A < B, x, 0)\n"
    refused(text, "E0308", "is not known at compile time")
    assert same(
        value("where(A < A + 1, x, 0)", "dim A\ninput x: [A]", x=[1, 2]), np.array([1.0, 2])
    )


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("where([true, false], x, 0)", [2.0, 0.0]),
        ("where([[true], [false]], [3, 4], x)", [[3.0, 4.0], [2.0, 5.0]]),
        ("where([true, false], 1, n)", [1, 8]),
    ],
)
def test_a_list_is_a_condition(expression: str, wanted: Any, level: int) -> None:
    """It is one of bools, whatever there is to choose from."""
    given = "input x: [2]\ninput n: i64[2]"
    module = build(f"{given}\noutput y = {expression}\noutput x, n\n", level=level)
    assert same(module.outputs(x=[2.0, 5.0], n=[7, 8]).y, np.array(wanted))
