"""Element types: NumPy 2's promotion, weak numbers, and what carries a derivative."""

from typing import Any

import numpy as np
import pytest

from tests.compiled import LEVELS, build, refused, same, value, warned

GIVEN = "input x: bool[2]\ninput n: i64[2]\ninput m: i32[2]\ninput f: f32[2]\ninput g: f64[2]"
VALUES: dict[str, Any] = {
    "x": np.array([True, False]),
    "n": np.array([1, 2]),
    "m": np.array([3, 4], np.int32),
    "f": np.array([0.5, 2], np.float32),
    "g": np.array([0.25, -1]),
}

# Where the language says what NumPy says, the expression is Python's too.
AS_NUMPY = """
    f + 1; f * 1e-5; f / 3; 1 / f; f ** 2; 2 ** f; f // 2; f % 2; m * 2; m * 1.5; m + n; m + f; n
    + f; n * 1.5; n / n; m / m; n // n; n % n; n ** 2; 2 ** n; 2.0 ** n; f ** n; x + 1; x + 1.5; x
    + n; x * f; n @ n; f @ f; f + g; f < 1; n == 1; x == x; f * True; -n; -f; f - 3000000000
""".split(";")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("expression", [" ".join(e.split()) for e in AS_NUMPY])
def test_promotion_is_numpys(expression: str, level: int) -> None:
    text = expression.replace("True", "true")
    assert same(value(text, GIVEN, level, **VALUES), eval(expression, {"np": np}, dict(VALUES)))


COUNTED = [
    ("x + x", [2, 0]),
    ("x - x", [0, 0]),
    ("x * x", [1, 0]),
    ("-x", [-1, 0]),
    ("x ** 2", [1, 0]),
    ("x // true", [1, 0]),
    ("square(x)", [1, 0]),
    ("abs(x)", [1, 0]),
    ("x @ x", 1),
    ("sum(x)", 1),
    ("true + true", 2),
    ("cumsum(x)", [1, 1]),
]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("expression", "wanted"), COUNTED)
def test_bools_count_as_0_or_1(expression: str, wanted: Any, level: int) -> None:
    found = value(expression, GIVEN, level, **VALUES)
    assert same(found, np.array(wanted, np.int64)[()])


@pytest.mark.parametrize(
    ("expression", "dtype"),
    [
        ("x / x", "float64"),
        ("sqrt(x)", "float64"),
        ("exp(n)", "float64"),
        ("mean(m)", "float64"),
        ("mean(f)", "float32"),
        ("sum(m)", "int64"),
        ("where(x, 1, 0)", "int64"),
        ("where(x, f, 0)", "float32"),
        ("where(x, 1.5, n)", "float64"),
        ("maximum(x, x)", "bool"),
        ("relu(n)", "int64"),
        ("x and n", "bool"),
        ("not n", "bool"),
        ('astype(f, "i32")', "int32"),
        ('astype(x, "f32")', "float32"),
    ],
)
def test_what_numpy_does_otherwise(expression: str, dtype: str) -> None:
    with np.errstate(all="ignore"):
        assert np.asarray(value(expression, GIVEN, **VALUES)).dtype == dtype


WEAK = [
    ("f * eps", "const eps = 1e-5"),
    ("f * eps", "const eps = [1e-5, 1]"),
    ("f * [1.5, 2]", ""),
    ("f + [1, 2]", ""),
    ("where(f > 1, [1, 2], f)", ""),
    ("f * pi + e - inf", ""),
    ("f * half", "half = 1 / 2"),
    ("f * root", "root = sqrt(2 * pi)"),
    ("f * pair", "pair = [0.5, 1] * 2"),
    ("f * size", "size = f.shape[0]"),
    ("shifted(f)", "fn shifted(x, by = 1e-5) = x + by"),
    ("shifted(f)", "fn shifted(x) = x + 0.5 * (1 + 2)"),
    ("f * true", ""),
]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("expression", "line"), WEAK)
def test_what_is_known_at_compile_time_is_weak(expression: str, line: str, level: int) -> None:
    found = value(expression, f"input f: f32[2]\n{line}", level, f=VALUES["f"])
    assert found.dtype == np.float32


STRONG = [
    ("f * eps", "const eps: f64 = 1e-5"),
    ("f * eps", "const eps: [2] = [1, 2]"),
    ("f * s", "s = zeros([2])"),
    ("f * s", "s = ones([2])"),
    ("f * full([2], 3)", ""),
    ("f @ eye(2)", ""),
    ("f * w", "param w = 2"),
    ("f * z", "input z = 2"),
    ("f * h", "h: f64 = 2"),
]


@pytest.mark.parametrize(("expression", "line"), STRONG)
@pytest.mark.parametrize(("dtype", "wanted"), [("", "float64"), ("dtype f32", "float32")])
def test_what_takes_the_dtype_of_the_file(
    expression: str, line: str, dtype: str, wanted: str
) -> None:
    module = build(f"{dtype}\ninput f: f32[2]\n{line}\noutput y = {expression}\n")
    stated = "f64" in line
    given = {"z": 2} if "input z" in line else {}
    found = module.outputs(f=VALUES["f"], **given).y
    assert found.dtype == ("float64" if stated else wanted)
    assert [w.code for w in module.warnings] == ["W906"] * (found.dtype == np.float64)


def test_f32_that_meets_f64_is_a_warning() -> None:
    assert warned("input x: f32\ninput z: f64\noutput y = x + z\n") == ["W906"]
    assert warned("input x: f32\noutput y = x + 1.5\n") == []
    assert warned("input x: f32\ninput n: i64\noutput y = x + n\n") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input m: i32\noutput y = m + 3000000000", "i32 cannot hold the number 3000000000"),
        ("input m: i32\noutput y = m * 2**31", "i32 cannot hold the number 2147483648"),
        ("input m: i32[1]\noutput y = m + [3000000000]", "i32 cannot hold the number 3000000000"),
        ("input n: i64\noutput y = n ** -1", "integers have no negative powers"),
        ("const k: i32 = 3000000000\noutput y = k", "i32 cannot hold"),
        ("const k: i64 = 1.5\noutput y = k", "i64 cannot hold the number 1.5"),
        ("const k: bool = 1\noutput y = k", "bool cannot hold the number 1"),
        ("const k: f32 = 1e300\noutput y = k", "f32 cannot hold"),
        ("input x: i64 = 0.5\noutput y = x", "i64 cannot hold the number 0.5"),
        ("param n: i64[2] = [1.0, 2]\noutput y = n", "i64 cannot hold the number 1.0"),
        ("h: i32 = 3000000000\noutput y = h", "i32 cannot hold"),
        ("dtype i32\ninput x\noutput y = x", "`dtype` is f32 or f64"),
        ("input n: i64[2]\noutput y = where(n, 1, 2)", "compare it: `n != 0`"),
    ],
)
def test_refused(text: str, message: str) -> None:
    refused(text + "\n", "E0305", message)


def test_a_comparison_with_a_number_that_does_not_fit() -> None:
    assert same(value("m < 3000000000", "input m: i32", m=np.int32(3)), np.bool_(True))


def test_a_file_says_its_dtype_once() -> None:
    refused("dtype f32\ndtype f64\ninput x\noutput y = x\n", "E0202", "says its `dtype` once")


def test_integers_and_bools_carry_no_derivative() -> None:
    text = """
input n: i64[2]
input b: bool[2]
param w: [2] = 1
loss J = sum(w * n + where(b, w, 0) + floor(w))
"""
    module = build(text)
    gradients = module.gradients(n=np.array([3, 4]), b=np.array([True, False]))
    assert same(gradients["w"], np.array([4.0, 4]))
    refused(text + "wrt n\n", "E0403", "`n` is i64[2]; it carries no derivative")
