"""The pages say what the commands print."""

from pathlib import Path

import pytest

from tests.docs.pages import ALL, BLOCK, PAGES, ROOT, retold

# The recipes of that page are followed by `tests/test_recipes.py`.
FOLLOWED = ROOT / "CONTRIBUTING.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_shows_what_its_commands_print(page: Path) -> None:
    for path, text in retold(page).items():
        assert path.exists(), f"run `make docs`, which writes {path.name}"
        assert text == path.read_text(encoding="utf-8"), "run `make docs`"


def test_what_looks_as_if_it_ran_is_run() -> None:
    blocks = {page: BLOCK.findall(page.read_text(encoding="utf-8")) for page in ALL}
    told = {page for page in ALL if {"console", "python"} & {b[0] for b in blocks[page]}}
    assert told - {*PAGES, FOLLOWED} == set()
