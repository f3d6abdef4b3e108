"""`compare` on every graph that is there: written otherwise it is the same, edited it is not."""

import random
from pathlib import Path

import numpy as np
import pytest

from gradc.comparison.compare import Version, compare, version
from gradc.compiler import Options
from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.verification.emitted import Module, ModuleError, Point
from gradc.verification.prove import each_loss
from gradc.verification.sample import Sampler
from tests.comparison.rewriting import edits, renamed

ROOT = Path(__file__).parent.parent.parent
GRAPHS = sorted(
    path
    for folder in ("examples", "tests/goldens", "tests/programs")
    for path in (ROOT / folder).rglob("*.graph")
    if "import" not in path.read_text(encoding="utf-8")
)
_EDITS = 4  # of a graph, drawn from all


def read(text: str, path: Path, level: int = 1) -> Version:
    return version(Source(str(path), text), Options(level=level))


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
@pytest.mark.parametrize("level", [0, 1])
def test_a_graph_that_is_written_otherwise_is_the_same(path: Path, level: int) -> None:
    text = path.read_text(encoding="utf-8")
    try:
        old = read(text, path, level)
    except DiagnosticError:
        pytest.skip("a file of functions")
    for seed in range(2):
        other = renamed(text, random.Random(seed))
        assert other != text
        found = compare(old, read(other, path, level))
        assert found.is_empty, (found.changes, found.figures)


def numbers(compiled: Version) -> list[np.ndarray]:
    """The outputs and gradients at a point: what the emitted module says, not the comparison."""
    (loss, graph), *_ = each_loss(compiled.compilation.graph)
    module = Module(compiled.compilation.text, "module", loss)
    point: Point = next(next(iter(Sampler(graph, 7, {}).points(1))))
    outputs, _ = module.forward(point)
    values = [np.asarray(module.output(outputs, o.name), float) for o in graph.outputs]
    return [*values, *(np.asarray(g, float) for g in module.gradients(point).values())]


def differ(old: Version, new: Version) -> bool:
    pairs = zip(numbers(old), numbers(new), strict=True)
    return any(a.shape != b.shape or not np.array_equal(a, b, equal_nan=True) for a, b in pairs)


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_an_edit_that_changes_numbers_is_told_at_its_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    drawn = edits(text)
    random.Random(1).shuffle(drawn)
    old = None
    for line, edited in drawn[:_EDITS]:
        try:
            old = old or read(text, path)
            new = read(edited, path)
            are_other = differ(old, new)
        except (DiagnosticError, ModuleError, ValueError, np.linalg.LinAlgError):
            continue
        found = compare(old, new)
        places = [c.after.line for c in found.changes if c.after is not None and not c.follows]
        if are_other:
            assert not found.is_empty, edited
            is_used_elsewhere = text.split("\n")[line - 1].startswith("const ")
            assert line in places or is_used_elsewhere, (line, found.changes)
