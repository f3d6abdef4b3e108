"""Functions of our own are within 4 units in the last place, over the whole range."""

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from gradc.targets.c.helpers import helper_lines
from gradc.targets.c.identifiers import TYPES
from gradc.targets.c.polynomials import COEFFICIENTS
from tests.targets_c.built import FLAGS
from tests.targets_c.coefficients import tables

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")

DTYPES = {"f32": np.float32, "f64": np.float64}
ULPS = 4


def _erf(x: Any) -> Any:
    """In extended precision, of numbers that are slow to come by."""
    found = [np.longdouble(mp.nstr(mp.erf(mp.mpf(float(v))), 22)) for v in x]
    return np.copysign(np.array(found), x)


def _sigmoid(x: Any) -> Any:
    e = np.exp(-abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


REFERENCES: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp, "expm1": np.expm1, "tanh": np.tanh, "log": np.log, "log1p": np.log1p,
    "sigmoid": _sigmoid, "erf": _erf, "logaddexp": lambda x: np.logaddexp(x, np.longdouble(0)),
}  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A loop over each function."""
    folder = tmp_path_factory.mktemp("polynomials")
    calls = [(name, dtype) for name in REFERENCES for dtype in DTYPES]
    lines = ["#include <math.h>", "#include <stdint.h>", "#include <string.h>", ""]
    lines += helper_lines(calls, [f"{name}_{dtype}" for name, dtype in calls])
    for name, dtype in calls:
        kind, given = TYPES[dtype], "x[i], 0" if name == "logaddexp" else "x[i]"
        head = f"void all_{name}_{dtype}(int64_t count, const {kind} *x, {kind} *y)"
        lines += [f"{head};", f"{head} {{"]
        lines += [f"    for (int64_t i = 0; i < count; i++) y[i] = {name}_{dtype}({given});", "}"]
    (folder / "all.c").write_text("\n".join([*lines, ""]))
    words = ["cc", *FLAGS, "-O2", "-fPIC", "-shared", "all.c", "-o", "all.so", "-lm"]
    subprocess.run(words, check=True, cwd=folder, timeout=300)
    return ctypes.CDLL(str(folder / "all.so"))


def called(library: Any, name: str, x: Any) -> Any:
    """A function of all elements."""
    y = np.empty_like(x)
    function = library[f"all_{name}_{'f32' if x.dtype == np.float32 else 'f64'}"]
    pointers = [ctypes.c_void_p(a.ctypes.data) for a in (x, y)]
    function(ctypes.c_int64(len(x)), *pointers)
    return y


def spread(dtype: Any, count: int) -> Any:
    """Numbers of all sizes, subnormals too, more of them near 0 and 1 and where exp is a number."""
    rng, info = np.random.default_rng(0), np.finfo(dtype)
    low, high = np.log2(float(info.smallest_subnormal)), np.log2(float(info.max))
    signs = rng.choice([-1, 1], count)
    parts = [
        rng.uniform(-1.05, 1.05, count) * float(np.log(info.max)),
        rng.normal(size=count),
        signs * np.exp2(rng.uniform(low, high, count)),
        1 + signs * np.exp2(rng.uniform(-info.nmant, 0, count)),
        -np.exp2(rng.uniform(-info.nmant, 0, count)),
    ]
    return np.concatenate(parts).astype(dtype)


@pytest.mark.parametrize("dtype", list(DTYPES))
@pytest.mark.parametrize("name", list(REFERENCES))
def test_a_function_is_exact_to_a_few_units(name: str, dtype: str, library: Any) -> None:
    x = spread(DTYPES[dtype], 1_000 if name == "erf" else 100_000)
    found = called(library, name, x)
    with np.errstate(all="ignore"):
        wanted = REFERENCES[name](x.astype(np.longdouble))
        rounded = wanted.astype(x.dtype)
        np.testing.assert_array_equal(np.isnan(found), np.isnan(rounded))
        np.testing.assert_array_equal(found[np.isinf(rounded)], rounded[np.isinf(rounded)])
        finite = np.isfinite(rounded)
        unit = np.spacing(np.maximum(abs(rounded[finite]), np.finfo(x.dtype).tiny))
        apart = abs(found[finite] - wanted[finite]) / unit
    assert apart.max() <= ULPS, x[finite][apart.argmax()]


@pytest.mark.parametrize("dtype", list(DTYPES))
@pytest.mark.parametrize("name", list(REFERENCES))
def test_what_is_no_usual_number_is_kept(name: str, dtype: str, library: Any) -> None:
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0], DTYPES[dtype])
    found = called(library, name, x)
    with np.errstate(all="ignore"):
        wanted = REFERENCES[name](x.astype(np.longdouble)).astype(x.dtype)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    np.testing.assert_array_equal(np.signbit(found[3:]), np.signbit(wanted[3:]))


def test_coefficients_are_those_that_are_derived() -> None:
    made = tables()
    assert list(made) == list(COEFFICIENTS)
    for name, numbers in made.items():
        np.testing.assert_allclose(COEFFICIENTS[name], numbers, rtol=1e-7 if "f32" in name else 0)
