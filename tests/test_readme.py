"""What README.md quotes stands in the examples, and what it counts is there.

Its commands and its sessions are run with those of the other pages (`tests/docs`).
"""

import re
from collections.abc import Iterator

from gradc.library.catalogue import public_stanzas
from gradc.library.loader import standard_library
from tests.docs.pages import BLOCK, README, ROOT

TEXT = README.read_text(encoding="utf-8")


def test_graphs_and_modules_are_quoted_from_the_examples() -> None:
    quoted = [
        body
        for language, _, body in BLOCK.findall(TEXT)
        if language in ("graph", "python") and ">>>" not in body
    ]
    assert len(quoted) >= 2
    files = [
        path.read_text(encoding="utf-8")
        for path in (ROOT / "examples").glob("*/*")
        if path.suffix in {".graph", ".py"}
    ]
    for block in quoted:
        assert any(block.strip("\n") in text for text in files), block


def sources(folder: str) -> Iterator[str]:
    """The Python below a folder, without what gradc has written."""
    for path in (ROOT / folder).rglob("*.py"):
        if "goldens" not in path.parts:
            yield path.read_text(encoding="utf-8")


def counted(words: str) -> int:
    """The number that the page says before some words."""
    (found,) = re.findall(rf"([\d,]+) {words}", " ".join(TEXT.split()))
    return int(found.replace(",", ""))


def test_the_counts_are_about_right() -> None:
    tests = list(sources("tests"))
    there = {
        "operations, functions and layers": len(public_stanzas(standard_library())),
        "lines of Python": sum(text.count("\n") for text in sources("gradc")),
        "tests": sum(len(re.findall(r"^ *def test_", text, re.MULTILINE)) for text in tests),
        "lines of tests": sum(text.count("\n") for text in tests),
    }
    for words, number in there.items():
        assert 0.85 <= counted(words) / number <= 1.15, (words, number)


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= 210
