"""Large and deep inputs: refused or read, in linear time and without recursion."""

import gc
import time
from contextlib import suppress

import pytest
from sexpr import statement

from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.syntax.formatter import format_text
from gradc.syntax.parser import parse
from gradc.syntax.tree import MAX_DEPTH


def first_error(text: str) -> tuple[str, int]:
    with pytest.raises(DiagnosticError) as caught:
        parse(Source("test.graph", text))
    diagnostic = caught.value.diagnostics[0]
    return diagnostic.code, diagnostic.span.column


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("x = " + "(" * 100_000, 4 + 101),
        ("x = " + "[" * 100_000 + "]" * 100_000, 4 + 101),
        ("x = " + "-" * 50_000 + "a", 4 + 50_000 - 99),
        ("x = " + "not " * 50_000 + "a", 5 + 4 * (50_000 - 100)),
        ("x = a" + "**a" * 50_000, 6 + 3 * (50_000 - 100)),
        ("x = a" + ".T" * 50_000, 7 + 2 * 99),
        ("x = a" + "()" * 50_000, 7 + 2 * 99),
        ("x = a" + "[0]" * 50_000, 8 + 3 * 99),
    ],
)
def test_deep_nesting_is_refused_at_its_place(text, column):
    assert first_error(text) == ("E0116", column)


def test_the_limit_itself_is_legal():
    assert statement("x = " + "-" * (MAX_DEPTH - 1) + "a").value.depth == MAX_DEPTH
    deepest = "x = " + "[" * (MAX_DEPTH - 1) + "a" + "]" * (MAX_DEPTH - 1)
    assert statement(deepest).value.depth == MAX_DEPTH
    assert format_text(Source("t", deepest))
    assert first_error("x = " + "-" * MAX_DEPTH + "a") == ("E0116", 5)


@pytest.mark.parametrize(
    "text",
    [
        "x = a" + " + a" * 50_000,
        "x = a" + " or a and a" * 20_000,
        "x = f(" + "a, " * 50_000 + "a)",
        "x = [" + "[1, 2], " * 20_000 + "]",
        "a, " * 50_000 + "b = f(x)",
        "x = " + "a" * 1_000_000,
        "# c\n" * 200_000,
        "## d\n" * 100_000 + "x = 1",
        "\n" * 500_000 + "x = 1",
    ],
)
def test_long_inputs_are_read(text):
    assert parse(Source("test.graph", text)).statements is not None


def test_a_long_operation_can_be_formatted():
    text = "x = (a" + " + a" * 5_000 + ")"
    assert format_text(Source("t", text)).count("\n    + a") == 5_000


def seconds(lines: int) -> float:
    source = Source("test.graph", "v17 = v3 * v12 + sin(v4)\n" * lines)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        parse(source)
        times.append(time.perf_counter() - start)
    return min(times)


def test_the_time_is_linear():
    seconds(100)
    assert seconds(8_000) / 8_000 < 2 * seconds(2_000) / 2_000


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("text", ["x = 1", "x = ="])
def test_the_garbage_collector_is_left_as_it_was(enabled, text):
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with suppress(DiagnosticError):
            parse(Source("test.graph", text))
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()
