"""What is told of an edit is that edit: known from how the text was edited, not from the diff."""

import random
import re
from pathlib import Path

import numpy as np
import pytest

from gradc.comparison.change import Change, Comparison
from gradc.comparison.compare import Version, compare, version
from gradc.comparison.told import as_text
from gradc.compiler import Options
from gradc.diagnostics import DiagnosticError
from gradc.report.text import Paint
from gradc.source import Source
from gradc.verification.emitted import Module, ModuleError, Point
from gradc.verification.prove import each_loss
from gradc.verification.sample import Sampler
from tests.comparison.editing import Edited, edited
from tests.comparison.test_compared import GRAPHS
from tests.seldom import seldom

_EACH = 2  # edits of a kind and a graph, drawn from all
_MOST = {"parameter": 6, "dimension": 6, "dtype": 18}  # lines of such an edit, its costs with it
_LINES = 40  # of any other


def told_of(found: Comparison, kind: str) -> list[Change]:
    return [c for c in found.changes if c.kind == kind and not c.follows]


def drawn(text: str) -> list[Edited]:
    """Some edits of each kind."""
    found: list[Edited] = []
    everything = list(edited(text))
    for kind in dict.fromkeys(e.kind for e in everything):
        of_kind = [e for e in everything if e.kind == kind]
        random.Random(3).shuffle(of_kind)
        found += of_kind[:_EACH]
    return found


def read(text: str, path: Path) -> Version:
    return version(Source(str(path), text), Options())


@pytest.mark.parametrize(
    "path", seldom(GRAPHS, lambda path: GRAPHS.index(path) % 2 > 0), ids=lambda path: path.stem
)
def test_what_is_told_is_the_edit(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    try:
        old = read(text, path)
    except DiagnosticError:
        pytest.skip("a file of functions")
    for edit in drawn(text):
        try:
            new = read(edit.text, path)
        except DiagnosticError:
            continue  # of other types, or a name that means something else there
        found = compare(old, new)
        page = as_text(found, "net.graph", Paint(False))
        try:
            judge(edit, found, old, new)
        except AssertionError as failure:
            raise AssertionError(f"{edit.kind} {edit.name} {edit.line}\n{page}") from failure
        is_known = edit.kind != "dtype" or told_of(found, "dtype")  # some of it stays otherwise
        most = _MOST.get(edit.kind, _LINES) if is_known else _LINES
        assert page.count("\n") <= most, (edit.kind, page)


def judge(edit: Edited, found: Comparison, old: Version, new: Version) -> None:
    values = told_of(found, "value")
    lines = {c.after.line for c in values if c.after is not None}
    if edit.kind in ("parameter", "dimension"):
        (change,) = found.changes
        assert (change.kind, change.what) == (edit.kind, "renamed")
        assert (change.name, change.message) == (f"{edit.name}_new", f"was called {edit.name}")
        assert edit.kind == "dimension" or not found.figures
    elif edit.kind == "dtype":
        given = [*old.joint.arguments.values(), *(o.value for o in old.joint.outputs)]
        stays = {o.value.type.dtype for o in new.joint.outputs} - {edit.name, "i64", "bool"}
        if not stays and all(v.type.dtype != edit.name for v in given):
            (change,) = [c for c in found.changes if c.kind == "dtype"]
            assert change.name == edit.name
            assert not [c for c in found.changes if c.kind in ("input", "parameter", "saved")]
    elif edit.kind == "stop":
        assert values == []
        if not re.search(r"\b(grad|jvp|vjp|hvp)\(", edit.text):  # those are values
            assert not [c for c in found.changes if c.kind in ("value", "output", "input")]
        stopped(edit, found, old, new)
    elif edit.kind == "loss":
        assert [c.name for c in values] == [edit.name]
        assert lines == {edit.line}
    elif edit.kind == "statement" and values:
        (added,) = [c for c in values if c.what == "new"]
        assert added.name == "inserted"
        (changed,) = [c for c in values if c.what == "changed"]
        assert changed.after is not None
        assert changed.after.line == edit.line
        assert "inserted" in changed.message
        assert not [c for c in values if c.what == "gone"]
    elif edit.kind == "operation or number":
        assert len(values) <= 1
        assert lines <= {edit.line}
        for change in values:
            quoted = re.findall(r"`([^`]*)`", change.message)
            written = [" ".join(t.split()) for t in (edit.text, old.modules[0].source.text)]
            assert all(t.rstrip("…") in w for t, w in zip(quoted[:2], written, strict=False))


def stopped(edit: Edited, found: Comparison, old: Version, new: Version) -> None:
    """The gradients that the emitted modules have otherwise are told, and those that are 0 now."""
    (loss, graph), *others = each_loss(old.compilation.graph)
    if others:
        return
    modules = [Module(v.compilation.text, "module", loss) for v in (old, new)]
    loss = graph.loss
    try:
        point: Point = next(next(iter(Sampler(graph, 7, {}).points(1))))
        before, after = (m.gradients(point) for m in modules)
    except (ModuleError, ValueError, np.linalg.LinAlgError):
        return
    told = {c.name: c.message for c in found.changes if c.kind == "gradient"}
    name = f"d{loss}/d{edit.name}" if loss else f"the gradient by {edit.name}"
    if edit.name in before and not np.array_equal(before[edit.name], after[edit.name]):
        assert name in told
        if not np.any(after[edit.name]) and np.any(before[edit.name]):
            assert told[name].startswith("is 0 now")
    for other in before:
        is_same = np.array_equal(before[other], after[other], equal_nan=True)
        shown = f"d{loss}/d{other}" if loss else f"the gradient by {other}"
        assert is_same or shown in told
