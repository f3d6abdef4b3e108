"""Operations and functions of the library in C, by their own examples, against NumPy."""

import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Compilation, Options, compile_source
from gradc.source import Source
from gradc.verification.emitted import Point
from tests.library.cases import FUNCTIONS, LIBRARY, OPS, Case, cases_of
from tests.library.running import Running
from tests.seldom import seldom
from tests.targets_c.agreement import C, agree_at, agree_on
from tests.targets_c.built import Built, build

NAMES = [*OPS, *FUNCTIONS]
CHUNKS = [NAMES[i : i + 20] for i in range(0, len(NAMES), 20)]
SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-30, 1e30)

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


def compiled(case: Case, number: int) -> Compilation:
    source = Source(f"case_{number}.graph", case.source)
    return compile_source(source, Options(), library=LIBRARY, target=C)


@pytest.mark.parametrize(
    "names",
    seldom(CHUNKS, lambda names: CHUNKS.index(names) % 6 > 0),
    ids=lambda names: f"{names[0]}-{names[-1]}",
)
def test_an_example_gives_what_numpy_gives(names: list[str], tmp_path: Path) -> None:
    cases = [case for name in names for case in cases_of(name)]
    ready = [(case, compiled(case, n)) for n, case in enumerate(cases)]
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
        agree_on(got, value, f"{running.case.label} at the edges")


def special(array: Any, name: str) -> Any:
    """An array of special numbers; other names begin elsewhere among them."""
    count = np.size(array)
    numbers = np.resize(np.roll(SPECIAL, sum(map(ord, name))), count)
    return numbers.reshape(np.shape(array)).astype(np.asarray(array).dtype)[()]
