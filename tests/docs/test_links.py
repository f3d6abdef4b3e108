"""Links between pages lead to files and headings that exist."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import ALL, ROOT, prose

_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")


@cache
def anchors(page: Path) -> set[str]:
    """What can stand behind `#`: the headings, spelled as GitHub and MyST spell them."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.*?)(?: +#*)?$", prose(page), re.MULTILINE):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        count = 0
        while (numbered := f"{slug}-{count}" if count else slug) in found:
            count += 1
        found.add(numbered)
    return found


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "``", prose(page))
    for target in _LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        assert there == ROOT or ROOT in there.parents, target
        if anchor:
            assert anchor in anchors(there), target
