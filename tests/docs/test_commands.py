"""The commands and options that pages name are those that there are."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradc.commands import VERBS
from gradc.commands.dispatch import parser_of
from tests.docs.pages import ALL, BLOCK, README, ROOT, prose

# What was is told there.
PAGES = [page for page in ALL if page.name != "CHANGELOG.md"]
_CALL = re.compile(r"(?:^|[/\s])gradc ((?:[^\n&|;)]|\\\n)*)", re.MULTILINE)


def calls(page: Path) -> Iterator[str]:
    """The words behind `gradc` in what a reader may type."""
    text = page.read_text(encoding="utf-8")
    for language, _, body in BLOCK.findall(text):
        if language == "console":
            body = "\n".join(line[2:] for line in body.splitlines() if line.startswith("$ "))
        elif language != "sh":
            continue
        yield from (call.replace("\\\n", " ") for call in _CALL.findall(body))


def mentions(page: Path) -> Iterator[str]:
    """The words behind `gradc` within a sentence, some of them left out."""
    for span in re.findall(r"`(?:\.venv/bin/)?gradc ([^`]+)`", prose(page)):
        yield " ".join(span.split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_is_named_exists(page: Path) -> None:
    for call in calls(page):
        verb, *words = shlex.split(call, comments=True)
        if verb not in ("--version", "--help"):
            parser_of(verb).parse(words)
    for mention in mentions(page):
        verb, *words = mention.split()
        if verb.startswith("-") or verb == "COMMAND":
            continue
        assert verb in VERBS, mention
        known = {name for action in parser_of(verb)._actions for name in action.option_strings}
        for word in words:
            if re.match(r"\[?--?[a-z]", word):
                option = word.strip("[]").partition("=")[0]
                assert option in {*known, "--help"} or option[:2] in known, mention


def test_the_readme_names_every_command() -> None:
    text = README.read_text(encoding="utf-8")
    assert [verb for verb in VERBS if f"`gradc {verb}" not in text] == []
