"""Short loops within others give what NumPy gives, however compilers unroll them."""

import shutil
from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from gradc.targets.c.rolled import rolled
from gradc.verification.emitted import Module
from gradc.verification.sample import Sampler
from tests.library.cases import cases_of
from tests.library.running import Running
from tests.seldom import seldom
from tests.targets_c.agreement import C, agree_at
from tests.targets_c.built import Built, build
from tests.targets_c.test_operations import NAMES, compiled

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")

FLAGS = {
    "alone": ["-O3"],
    "as an extension": "-O3 -march=native -fno-math-errno -fno-trapping-math -fopenmp-simd".split(),
}
SUMS = [
    f"sum({element.format(of=of)})"
    for element in ("{of}", "{of} ** 3", "abs({of}) * y", "where({of} > 0.5, {of}, y * y)")
    for of in ("x[:, ::-1]", "x[:, ::2][:, ::-1]", "roll(x, 1, axis=1)", "flip(x, axis=0)")
]
UNROLLED = "huber_loss smooth_l1_loss softmax logcumsumexp cumprod clip sort max_pool2d".split()


@pytest.mark.parametrize("columns", seldom([4, 8], lambda columns: columns == 8))
@pytest.mark.parametrize("flags", FLAGS.values(), ids=FLAGS)
def test_sums_of_elements_in_another_order(flags: list[str], columns: int, tmp_path: Path) -> None:
    given = f"dim B\ninput x: [B, {columns}]\ninput y = 0.3\nparam w = 1\n"
    sources = [Source(f"n{i}.graph", f"{given}loss J = w * {s}\n") for i, s in enumerate(SUMS)]
    made = [compile_source(source, target=C) for source in sources]
    library = build(made, tmp_path, *flags)
    wrong = []
    for source, compilation, sum_ in zip(sources, made, SUMS, strict=True):
        plain = compile_source(source, Options(level=0))
        built = Built(compilation, library)
        point = next(iter([*Sampler(plain.program.graph, 0, {}).points(2)][1]))
        wrong += [sum_ for p in built.program.parts if differs(built, p, plain.text, point)]
    assert wrong == []


def differs(built: Built, part: object, text: str, point: object) -> bool:
    try:
        agree_at(built, part, Module(text, "net.py"), point)
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("flags", FLAGS.values(), ids=FLAGS)
def test_operations_whose_steps_choose(flags: list[str], tmp_path: Path) -> None:
    assert unrolled(UNROLLED, flags, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, len(NAMES), 40))
def test_all_operations(first: int, tmp_path: Path) -> None:
    assert unrolled(NAMES[first : first + 40], FLAGS["as an extension"], tmp_path) == []


def unrolled(names: list[str], flags: list[str], folder: Path) -> list[str]:
    """The examples of operations that do not agree."""
    cases = [case for name in names for case in cases_of(name)]
    made = [compiled(case, number) for number, case in enumerate(cases)]
    library = build(made, folder, *flags)
    wrong = []
    for case, compilation in zip(cases, made, strict=True):
        running, built = Running(case, 0), Built(compilation, library)
        try:
            agree_at(built, built.program.parts[0], running.module, running.point)
        except AssertionError as failure:
            wrong.append(f"{case.label}: {failure}")
    return wrong


def test_which_loops_say_so() -> None:
    lines = [
        "    for (int64_t i = 0; i < n; i++) {",
        "        for (int64_t j = 0; j < 3; j++) {",
        "            for (int64_t k = 2 - 1; k >= 0; k--) a[k] = 0;",
        "    #pragma omp simd \\",
        "        reduction(+: t)",
        "    for (int64_t j = 0; j < 9; j++) {",
        "    for (int64_t j = 0; j < 17; j++) {",
        "    #pragma omp parallel for collapse(2) \\",
        "        if (parallel: n*2 > 16384)",
        "    for (int64_t i = 0; i < n; i++) {",
        "        for (int64_t j = 0; j < 2; j++) {",
        "            for (int64_t k = 0; k < 2; k++) {",
    ]
    told = [n for n, line in enumerate(rolled(lines)) if "ROLLED" in line]
    assert told == [1, 2, 11]
    assert rolled(lines)[1] == "        ROLLED for (int64_t j = 0; j < 3; j++) {"


RUN_ALONG = ["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp", "sort", "flip", "max", "min"]
SIZES = [(1, 1), (3, 1), (1, 3), (2, 1, 3), (0, 1), (1, 0), (2, 3)]


@pytest.mark.slow
def test_axes_of_one_or_no_element(tmp_path: Path) -> None:
    """All that a source holds is used there: it is compiled with warnings as errors."""
    texts = [
        f"dtype {dtype}\nparam a: {list(sizes)}\noutput y = {op}(a, axis={axis})\n"
        for op in RUN_ALONG
        for sizes in SIZES
        for axis in range(len(sizes))
        for dtype in ("f32", "f64")
        if sizes[axis] or op not in ("cummax", "cummin", "max", "min")
    ]
    sources = [Source(f"n{i}.graph", text) for i, text in enumerate(texts)]
    made = [compile_source(source, target=C) for source in sources]
    library = build(made, tmp_path, "-O0")
    for source, compilation in zip(sources, made, strict=True):
        plain = compile_source(source, Options(level=0))
        built = Built(compilation, library)
        point = next(iter([*Sampler(plain.program.graph, 0, {}).points(2)][1]))
        (part,) = built.program.parts
        agree_at(built, part, Module(plain.text, "net.py"), point)
