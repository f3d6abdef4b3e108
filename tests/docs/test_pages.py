"""The pages say what the commands print."""

from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, refreshed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_shows_what_its_commands_print(page: Path) -> None:
    assert refreshed(page) == page.read_text(encoding="utf-8"), "run `make docs`"
