"""The blocks of docs/language.md: each compiles, or is refused with the code it is headed by."""

import re
from pathlib import Path

import pytest

from gradc.compiler import compile_source
from gradc.diagnostics import DiagnosticError
from gradc.source import Source

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```graph(?: (E\d{4}))?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("code", "text"), BLOCKS)
def test_a_block(code: str, text: str) -> None:
    source = Source("net.graph", text)
    if not code:
        assert compile_source(source).text
        return
    with pytest.raises(DiagnosticError) as caught:
        compile_source(source)
    assert [d.code for d in caught.value.diagnostics if d.is_error] == [code]


def test_the_page_shows_both_kinds() -> None:
    assert len([code for code, _ in BLOCKS if code]) >= 10
    assert len(BLOCKS) >= 25
    assert PAGE.count("```") == 2 * len(BLOCKS)
