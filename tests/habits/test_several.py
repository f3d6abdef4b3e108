"""Whatever has several results, used as one value or for one name: each help leads to a graph.

And whatever reduces an axis: where the wrong one is gone, the other one is told.
"""

import pytest

from gradc.compiler import compile_source
from gradc.diagnostics import Diagnostic, DiagnosticError, Help
from gradc.remedies.tries import edited
from gradc.source import Source
from tests.library.cases import LIBRARY, cases_of


def errors_of(text: str) -> list[Diagnostic]:
    try:
        compile_source(Source("several.graph", text))
    except DiagnosticError as failure:
        return [d for d in failure.diagnostics if d.is_error]
    return []


def calls() -> dict[str, tuple[str, str]]:
    """For each callable of several results: declarations, and a call."""
    found: dict[str, tuple[str, str]] = {}
    for name in sorted(LIBRARY.callable_names()):
        try:
            case = cases_of(name)[0]
        except (KeyError, DiagnosticError, IndexError):
            continue
        if case.grouped or case.known:
            continue
        declared = "".join(f"{o.declare()}\n" for o in case.operands)
        call = f"{name}({', '.join(case.order)})"
        (first,) = errors_of(f"{declared}k = {call}\noutput k\n")[:1] or (None,)
        if first is not None and first.message.startswith("one target for"):
            found[name] = declared, call
    return found


CALLS = calls()


def test_there_are_some() -> None:
    assert {"eigh", "svd", "qr", "slogdet"} <= CALLS.keys()


@pytest.mark.parametrize("name", sorted(CALLS))
def test_several_results_are_no_value(name: str) -> None:
    declared, call = CALLS[name]
    text = f"{declared}output k = 2 * {call}\n"
    (found,) = errors_of(text)
    (help_,) = found.helps
    assert found.code == "E0305"
    assert isinstance(help_, Help)
    assert f"{call}[0]" in help_
    assert not errors_of(edited(text, help_.replacements))


@pytest.mark.parametrize("name", sorted(CALLS))
def test_several_results_have_several_names(name: str) -> None:
    declared, call = CALLS[name]
    text = f"{declared}first = {call}\noutput first\n"
    (found,) = errors_of(text)
    (help_,) = found.helps
    assert isinstance(help_, Help)
    assert "first, _" in help_
    assert not errors_of(edited(text, help_.replacements))


REDUCTIONS = ("sum", "mean", "max", "min", "prod", "var", "std", "logsumexp", "median", "norm")


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("line", ["{0} + x", "x * {0}", "x - 2 * {0}", "x @ {0}"])
@pytest.mark.parametrize("axis", [0, 1])
def test_what_lacks_the_wrong_axis_is_told_with_the_right_one(
    name: str, line: str, axis: int
) -> None:
    shape = "[4, 3]" if axis else "[3, 4]"
    call = f"{name}(m, axis={axis})"
    text = f"input m: {shape}\ninput x: [3]\noutput k = {line.format(call)}\n"
    (found,) = errors_of(text)
    assert found.code == "E0302"
    assert f"`{name}(m, axis={1 - axis})` is [3]" in found.helps[0]
    assert isinstance(found.helps[0], Help)
    assert not errors_of(edited(text, found.helps[0].replacements))


def test_what_has_several_results_is_named_behind_its_call_alone() -> None:
    """`hidden = LSTMCell(…)` is refused itself, so no help shows it; of one result it is shown."""
    head = "from nn import GRUCell, LSTMCell\ninput x: [5, 3]\n"
    loop = (
        "scan h, c = zeros([3]), zeros([3]) over t in x {\n    next h, c = LSTMCell(t, h, c)\n}\n"
    )
    (found,) = errors_of(f"{head}{loop}loss J = sum(h) + sum(c)\n")
    assert found.code == "E0210"
    assert [str(h) for h in found.helps] == ["name it: `LSTMCell(t, h, c) as cell`"]
    loop = "scan h = zeros([3]) over t in x {\n    next h = GRUCell(t, h) + 1\n}\n"
    (found,) = errors_of(f"{head}{loop}loss J = sum(h)\n")
    assert found.code == "E0210"
    assert "`cell = GRUCell(t, h)`" in found.helps[0]
