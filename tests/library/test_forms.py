"""The table of unstable formulas, against mpmath with 50 digits."""

import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.passes.form_table import FORMS, Form, Formula
from gradc.passes.forms import as_letters, written
from gradc.source import Source
from tests.seldom import seldom

DIGITS = 50
_TINY = [s * 10.0**-k for k in (1, 3, 6, 9, 12, 15) for s in (1, -1)]
_PLAIN = [*_TINY, 0.5, -0.7, 1.3, -2.9]

_NORMAL = [
    "log(0.5 * (1 + erf(x / 1.4142135623730951)))",
    "log((1 + erf(x / 1.4142135623730951)) / 2)",
]

# Where each formula is defined and its stable form has all digits: what is tried for its letters.
RANGES: dict[str, list[float]] = {
    "log(1 - exp(x))": [-(10.0**-k) for k in (12, 9, 6, 3, 1)] + [-0.5, -0.69, -0.7, -3, -40, -600],
    "log(1 - x)": [*_TINY, 0.5, -0.7, -1e5],
    "log(exp(x))": [*_PLAIN, 1e4, -1e4],
    "log(cosh(x))": [1.0, -1.0, 3.0, -20.0, 700.0, 1e4, -1e5],
    "log((1 + x) / (1 - x))": [*_TINY, 0.5, -0.9],
    "log(x + sqrt(x**2 + 1))": [*_PLAIN, 1e5, -1e5, 1e200, -1e200],
    "log(x + sqrt(x**2 - 1))": [1.5, 2.0, 1e3, 1e100, 1e200],
    "sqrt(1 + x) - 1": [*_TINY, 0.5, -0.7, -1.0, 3.0, 1e5],
    "1 - tanh(x)**2": [*_PLAIN, 9.0, -15.0, 40.0, -40.0],
    "1 - sigmoid(x)": [*_PLAIN, 30.0, -30.0, 300.0],
    "1 - erf(x)": [*_PLAIN, 3.0, 5.0, 8.0, -5.0],
    "exp(x) - 1": [*_PLAIN, 30.0, -30.0],
    "(exp(x) - exp(-x)) / (exp(x) + exp(-x))": [*_PLAIN, 30.0, 1e3, -1e4],
    "exp(x) / (1 + exp(x))": [*_PLAIN, 30.0, -30.0, 1e3],
    "(exp(2 * x) - 1) / (exp(2 * x) + 1)": [*_PLAIN, 30.0, 1e3, -1e4],
    "(1 - exp(-2 * x)) / (1 + exp(-2 * x))": [*_PLAIN, 30.0, 1e3, -1e4],
    "(exp(x) - 1) / (exp(x) + 1)": [*_PLAIN, 30.0, 1e3, -1e4],
    "cosh(x)**2 - sinh(x)**2": [*_PLAIN, 20.0, 300.0],
    "cosh(x) - 1": [*_PLAIN, 20.0, 700.0, -700.0],
    "x * log(x)": [0.0, 1e-300, 0.5, 1.5, 1e5],
    "sqrt(x + 1) - sqrt(x)": [0.0, 1e-8, 0.5, 3.0, 1e5, 1e15, 1e30],
    "1 / x - 1 / (x + 1)": [1e-8, 0.5, -0.3, 3.0, 1e5, 1e15],
    **{name: [-30.0, -10.0, -3.0, 0.0, 1.0, 5.0] for name in _NORMAL},
    "log(0.5 * (1 + erf(x)))": [-20.0, -7.0, -3.0, 0.0, 1.0],
}
TUPLES: dict[str, list[tuple[float, ...]]] = {
    "sigmoid(a) - sigmoid(b)": [(31, 30), (30, 31), (0.3, 0.3 + 1e-9), (-40, -41), (5, -700.0)],
    "a**2 - b**2": [(1 + 1e-9, 1), (1e8, 1e8 + 1), (3, -3.0000001), (0.2, 0.1), (0, 5)],
    "exp(a) / exp(b)": [(1e3, 999), (-1e3, -998), (0.3, 0.2), (710, 705)],
    "sqrt(a**2 + b**2)": [(1e200, 1e200), (1e-200, 3e-200), (3, 4), (0, 1)],
    "exp(a) / (exp(a) + exp(b))": [(1e3, 999), (-1e3, -998), (0.3, 0.2), (710, 5), (5, 710)],
    "-b + sqrt(b**2 - d)": [(1e5, 1), (1e8, 1), (3, 2), (1, -1), (1e3, 0.5)],
    "sqrt(b**2 - d) - b": [(1e5, 1), (1e8, 1), (3, 2), (1, -1), (1e3, 0.5)],
    "(1 + x)**n - 1": [(3, 1e-8), (10, 1e-3), (0.5, -0.5), (2, 5), (-3, 1e-9)],
    "sin(a + h) - sin(a)": [(1, 1e-8), (0.3, 0.5), (2, -1e-5), (-1, 1e-12)],
    "cos(a + h) - cos(a)": [(1, 1e-8), (0.3, 0.5), (2, -1e-5), (-1, 1e-12)],
}
FEW = frozenset({"exp(x) - x - 1", "exp(x) - 1 - x"})
"""What has no form with all digits, but one with more of them: those are counted below."""

_MP: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b, "negative": lambda a: -a, "square": lambda a: a * a,
    "exp": mpmath.exp, "expm1": mpmath.expm1, "log": mpmath.log, "sqrt": mpmath.sqrt,
    "log1p": lambda x: mpmath.log(1 + x), "sin": mpmath.sin, "cos": mpmath.cos,
    "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh, "arcsinh": mpmath.asinh,
    "arccosh": mpmath.acosh, "arctanh": mpmath.atanh, "erf": mpmath.erf, "erfc": mpmath.erfc,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)), "hypot": lambda a, b: mpmath.sqrt(a * a + b * b),
    "log1mexp": lambda x: mpmath.log(1 - mpmath.exp(x)),
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
    "xlogy": lambda x, y: x * mpmath.log(y) if x else mpmath.mpf(0),
    "power": mpmath.power,
    "log_ndtr": lambda x: mpmath.log(mpmath.ncdf(x)),
    "sigmoid_difference": lambda a, b: 1 / (1 + mpmath.exp(-a)) - 1 / (1 + mpmath.exp(-b)),
}  # fmt: skip
_NP: dict[str, Callable[..., Any]] = {
    **{n: getattr(np, n) for n in ("exp", "log", "sqrt", "sin", "cos", "cosh", "sinh", "tanh")},
    **{name: _MP[name] for name in ("add", "subtract", "multiply", "divide", "negative", "square")},
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "power": np.power,
    "erf": lambda x: x.dtype.type(math.erf(x)),
}  # fmt: skip


def value(formula: Formula, at: Mapping[str, Any], functions: Mapping[str, Any]) -> Any:
    """A formula at a point, by other functions than gradc's."""
    if isinstance(formula, str):
        return at[formula]
    if not isinstance(formula, tuple):
        return formula
    return functions[formula[0]](*(value(f, at, functions) for f in formula[1:]))


def exact(formula: Formula, at: Mapping[str, float]) -> Any:
    """With so many digits more as cancel."""
    return _exact(formula, tuple(at.items()))


@cache
def _exact(formula: Formula, at: tuple[tuple[str, float], ...]) -> Any:
    with mpmath.workdps(1500):
        return value(formula, {k: mpmath.mpf(v) for k, v in at}, _MP)


def wanted(form: Form, at: Mapping[str, float]) -> Any:
    """What a formula should give: where it has a limit alone, that."""
    found = exact(form.plain, at)
    return found if mpmath.isfinite(found) else exact(form.stable, at)


def plain_of(form: Form) -> str:
    return written(form.plain, as_letters)


def points(form: Form) -> list[dict[str, float]]:
    name = plain_of(form)
    if len(form.at) > 1:
        return [dict(zip(sorted(form.at), map(float, at), strict=True)) for at in TUPLES[name]]
    return [{"x": float(x)} for x in RANGES.get(name, _PLAIN)]


def distance(found: Any, expected: Any) -> float:
    """How far a number is from the exact one, relative to that."""
    if not np.isfinite(float(found)):
        return math.inf
    apart = abs(mpmath.mpf(float(found)) - expected)
    return float(apart / abs(expected)) if expected else float(apart)


@pytest.mark.parametrize("form", FORMS, ids=plain_of)
def test_the_stable_form_is_the_formula(form: Form) -> None:
    """An identity: with as many digits as it takes, both are one number, to 50 of them.

    The constants of a stable form have those of f64.
    """
    for at in points(form):
        one, other = wanted(form, at), exact(form.stable, at)
        has_constant = re.search(r"\d\.\d{9}", repr((form.plain, form.stable)))
        bound = mpmath.mpf(10) ** (-13 if has_constant else -DIGITS)
        with mpmath.workdps(1500):
            assert abs(one - other) <= bound * max(abs(one), mpmath.mpf(10) ** -400), at


TYPES: dict[str, Any] = {"f32": np.float32, "f64": np.float64}
_UNIT = {"f32": 2.0**-24, "f64": 2.0**-53}


def single(at: Mapping[str, float], dtype: str) -> dict[str, float]:
    """A point as numbers of an element type."""
    return {name: float(TYPES[dtype](x)) for name, x in at.items()}


def literally(form: Form, dtype: str) -> Callable[..., Any]:
    """The stable form as text, in a graph of its own: what follows the help computes that."""
    letters = sorted(form.at)
    text = f"dtype {dtype}\n" + "".join(f"input {name}\n" for name in letters)
    text += f"output y = {written(form.stable, as_letters)} + 0 * {letters[0]}\n"
    module: dict[str, Any] = {"__name__": "module"}
    exec(compile_source(Source("stable.graph", text)).text, module)
    if "predict" in module:
        return module["predict"]
    return lambda **at: module["forward"](**at)[0].y


def digits(found: Any, expected: Any, dtype: str) -> float:
    """The digits that a number has, as many as its type has at the most."""
    away = distance(found, expected)
    return 0.0 if away >= 1 else -math.log10(max(away, _UNIT[dtype]))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("form", FORMS, ids=plain_of)
def test_the_stable_form_has_all_digits(form: Form, dtype: str) -> None:
    """As the emitted module computes it, over the range stated above."""
    compute = literally(form, dtype)
    for at in points(form):
        given = single(at, dtype)
        expected = wanted(form, given)
        if not all(map(math.isfinite, given.values())) or not _is_normal(expected, dtype):
            continue
        found = compute(**given)
        if plain_of(form) in FEW:
            assert math.isfinite(found), at
        else:
            assert distance(found, expected) < 200 * _UNIT[dtype], (at, found, expected)


def _is_normal(expected: Any, dtype: str) -> bool:
    """Whether a number is one of a type: neither too large nor next to nothing."""
    kind = np.finfo(TYPES[dtype])
    return expected == 0 or bool(float(kind.tiny) <= abs(expected) <= float(kind.max))


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("form", FORMS, ids=plain_of)
def test_the_gain_is_what_it_says(form: Form, dtype: str) -> None:
    """The plain formula at the point that the warning names, and the stable one there."""
    point, left, _ = form.worst(dtype)
    given = single(point, dtype)
    at = {name: TYPES[dtype](x) for name, x in given.items()}
    with np.errstate(all="ignore"):
        found = value(form.plain, at, _NP)
    kept = digits(found, wanted(form, given), dtype)
    assert abs(kept - left) <= 1 if left else kept < 1, (kept, found)
    with np.errstate(all="ignore"):
        better = digits(literally(form, dtype)(**given), wanted(form, given), dtype)
    assert better > kept + (1.5 if plain_of(form) in FEW else 2), (better, kept)


@pytest.mark.parametrize("dtype", seldom(["f32", "f64"], lambda dtype: dtype == "f32"))
@pytest.mark.parametrize("form", FORMS, ids=plain_of)
def test_the_stable_form_is_nowhere_worse(form: Form, dtype: str) -> None:
    """Over arguments of all sizes: a number where the exact one is, with no fewer digits.

    Where the table says that it is better in a part of them alone, over those.
    """
    rng = np.random.default_rng(0)
    compute = literally(form, dtype)
    largest = {"f32": 30, "f64": 200}[dtype]
    for _ in range(24):
        drawn = {n: float(rng.choice([-1, 1]) * 10.0 ** rng.uniform(-6, 3)) for n in form.at}
        if rng.random() < 0.2:
            drawn = {n: float(x * 10.0 ** rng.uniform(0, largest - 3)) for n, x in drawn.items()}
        given = single(drawn, dtype)
        if not _is_within(form, given):
            continue
        try:
            expected = wanted(form, given)
        except (ValueError, ZeroDivisionError, OverflowError):
            continue
        if isinstance(expected, mpmath.mpc) or not _is_normal(expected, dtype) or expected == 0:
            continue
        with np.errstate(all="ignore"):
            at = {name: TYPES[dtype](x) for name, x in given.items()}
            plain = digits(value(form.plain, at, _NP), expected, dtype)
            found = compute(**given)
        assert math.isfinite(found), (given, found, expected)
        if plain_of(form) != "log(cosh(x))":  # next to 0 neither has digits
            # What is added or taken off first is rounded: of 1000 that is 3 digits of a power.
            kept = digits(found, expected, dtype)
            assert kept >= plain - 3.5, (given, found, expected, plain)


def _is_within(form: Form, at: Mapping[str, float]) -> bool:
    if form.only == "`b` is positive":
        return at["b"] > 0
    return not form.only or at["x"] > -1


def module_of(text: str, level: int) -> dict[str, Any]:
    module: dict[str, Any] = {"__name__": "module"}
    exec(compile_source(Source("stable.graph", text), Options(level=level)).text, module)
    return module


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("form", [f for f in FORMS if not f.is_told_only], ids=plain_of)
def test_the_plain_form_becomes_the_stable_one(form: Form, dtype: str, level: int) -> None:
    """Bit for bit, values and gradients."""
    letters = sorted(form.at)
    head = f"dtype {dtype}\n" + "".join(f"param {name}: [3]\n" for name in letters)
    values = {name: [form.at[name], *(p[name] for p in points(form)[:2])] for name in letters}
    with np.errstate(all="ignore"):
        types = {"f32": np.float32, "f64": np.float64}
        given = {name: np.array(v).astype(types[dtype]) for name, v in values.items()}
    results = []
    for formula in (form.plain, form.stable):
        text = f"{head}output y = {written(formula, as_letters)}\nloss J = sum(y)\n"
        module = module_of(text, level)
        with np.errstate(all="ignore"):
            outputs, saved = module["forward"](given)
            results.append([outputs.y, *module["backward"](saved).values()])
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_array_equal(ours, theirs)
