"""Extensions of random programs give what their NumPy modules give."""

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.building.cc import ENDINGS, build
from gradc.building.extension import extension_of
from gradc.compiler import Options, compile_source
from gradc.verification.emitted import Module, Point
from tests.building.made import compiler, load, needs_compiler
from tests.seldom import seldom
from tests.targets_c.agreement import agree_on
from tests.targets_c.programs import Case, compiled, is_rounding, level_of, point_of, within

pytestmark = needs_compiler


@pytest.mark.parametrize("seed", seldom(range(10), lambda seed: seed >= 5))
def test_some_programs_agree(seed: int) -> None:
    held(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100, 140, 20))
def test_more_programs_agree(first: int) -> None:
    for seed in range(first, first + 20):
        held(seed)


def held(seed: int) -> None:
    """Holds a program to its module: two calls of each function, wherever rounding allows it."""
    case = compiled(seed)
    assert isinstance(case, Case), case
    source, graph = case.compilation.source, case.compilation.program.graph
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        text = compile_source(source, Options(level=0)).text
        called = Path(source.name).stem
        extension = extension_of(source, Options(level=level_of(seed)), called)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"{called}{ENDINGS[0]}")
            path.write_bytes(build(extension, compiler()))
            made = vars(load(path))
        several = len(graph.losses) > 1
        for part in case.compilation.program.parts:
            loss = part.graph.loss if several else None
            plain, built = Module(text, "net.py", loss), Module(text, "net.so", loss, made)
            point = point_of(case, case.compilation.program, plain)
            try:
                for _ in range(2):
                    agree(built, plain, point)
            except AssertionError:
                if not is_rounding(case, part, plain, point):
                    raise


def agree(built: Module, plain: Module, point: Point) -> None:
    """Compares outputs, gradients and both at once."""
    limits = within(plain)
    for name, one, other in zip(
        plain.forward(point)[0]._fields,
        built.forward(point)[0],
        plain.forward(point)[0],
        strict=True,
    ):
        agree_on(one, other, name, rtol=limits)
    gradients: Any = plain.gradients(point, 0.5)
    sizes = [np.abs(np.nan_to_num(g)).max(initial=0) for g in gradients.values()]
    largest = max(map(float, sizes), default=1e-3)
    for name, slope in built.gradients(point, 0.5).items():
        agree_on(slope, gradients[name], f"d{name}", largest, limits)
    at_once = plain.at_once(point)
    if at_once is not None:
        found = built.at_once(point)
        assert found is not None
        for name, slope in found[1].items():
            agree_on(slope, at_once[1][name], f"d{name}, at once", 2 * largest, limits)
