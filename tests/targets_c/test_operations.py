"""Operations and functions of the library in C, by their own examples, against NumPy."""

import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Compilation, Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.verification.emitted import Point
from tests.library.cases import FUNCTIONS, LIBRARY, OPS, Case, cases_of
from tests.library.running import Running
from tests.targets_c.agreement import C, agree_at, close
from tests.targets_c.built import Built, build

NOT_YET = {
    "cholesky", "cofactors", "convolve", "correlate", "det", "eigh", "erfcx", "erfinv", "expm",
    "expm_slope", "inv", "inverse", "last_along_axis", "last_put", "pad_copied", "pinv",
    "polygamma", "qr", "searchsorted", "sinc_derivative", "slogdet", "solve", "svd",
}  # fmt: skip
"""Operations that C cannot write."""

NAMES = [*OPS, *FUNCTIONS]
CHUNKS = [NAMES[i : i + 20] for i in range(0, len(NAMES), 20)]
SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-30, 1e30)

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


def compiled(case: Case, number: int) -> Compilation | str:
    """The C of a case, or the operation that it has none for."""
    source = Source(f"case_{number}.graph", case.source)
    try:
        return compile_source(source, Options(), library=LIBRARY, target=C)
    except DiagnosticError as refused:
        (diagnostic,) = refused.diagnostics
        assert diagnostic.message.endswith("cannot be written in C yet"), diagnostic.message
        return diagnostic.message.split("`")[1]


@pytest.mark.parametrize("names", CHUNKS, ids=lambda names: f"{names[0]}-{names[-1]}")
def test_an_example_gives_what_numpy_gives(names: list[str], tmp_path: Path) -> None:
    cases = [case for name in names for case in cases_of(name)]
    found = [(case, compiled(case, n)) for n, case in enumerate(cases)]
    assert {refused for _, refused in found if isinstance(refused, str)} <= NOT_YET
    ready = [(case, made) for case, made in found if not isinstance(made, str)]
    library = build([made for _, made in ready], tmp_path, "-O0")
    for case, made in ready:
        running, built = Running(case, 0), Built(made, library)
        (part,) = built.program.parts
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            agree_at(built, part, running.module, running.point)
            if LIBRARY.names("op").count(case.name) and is_elementwise(case):
                at_the_edges(built, running)


def is_elementwise(case: Case) -> bool:
    return LIBRARY.operation(case.name).traits.elementwise


def at_the_edges(built: Built, running: Running) -> None:
    """NaN, infinities, zeros, and numbers far from 1: each met with each."""
    arrays = {n: special(a, n) for n, a in running.params.items()}
    point = Point({}, running.point.inputs, arrays, running.point.cotangents)
    (part,) = built.program.parts
    wanted, _ = running.module.forward(point)
    for got, value in zip(built.backward(part, point, 1.0)[0], wanted, strict=True):
        close(got, value, f"{running.case.label} at the edges")


def special(array: Any, name: str) -> Any:
    """An array of special numbers; other names begin elsewhere among them."""
    count = np.size(array)
    numbers = np.resize(np.roll(SPECIAL, sum(map(ord, name))), count)
    return numbers.reshape(np.shape(array)).astype(np.asarray(array).dtype)[()]


def test_what_c_cannot_write_is_known() -> None:
    """The list is of operations that are there, and is as short as it can be."""
    cases = [case for name in NOT_YET for case in cases_of(name)]
    assert {compiled(case, 0) for case in cases} == NOT_YET
