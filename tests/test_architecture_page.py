"""`docs/architecture.md` names the stages, packages and files that there are, and no others."""

import re
from pathlib import Path

import pytest

from gradc.commands.emit import STAGES

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "gradc"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
# The folders whose files are all named, and the section that does so.
TOLD = {
    "ir": "The graph",
    "elaborate": "Elaboration",
    "passes": "The passes",
    "passes/blocks": "Blocks",
    "passes/contract": "Contractions",
    "passes/loops": "Loops",
    "passes/memory": "Memory",
    "passes/plan": "The plan",
    "targets": "Targets",
    "targets/told": "Targets",
    "targets/python": "Targets",
    "targets/assembly": "Targets",
    "targets/numpy": "Targets",
    "targets/c": "Targets",
    "targets/c/elements": "Targets",
    "targets/c/extension": "Targets",
    "targets/c/nests": "Targets",
    "targets/jax": "Targets",
    "targets/onnx": "Targets",
    "targets/onnx/operations": "Targets",
    "editor": "Editors",
    "importing": "Imports",
    "importing/torch": "Imports",
    "": "The house",
}


def packages(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir() if (p / "__init__.py").exists()}


def named(text: str) -> set[str]:
    """The files and folders that a text has between backticks."""
    return set(re.findall(r"`([\w./]+(?:\.py|/))`", text))


def test_the_stages_that_can_be_shown_are_those_of_emit() -> None:
    assert tuple(re.findall(r"\*\*(\w+)\*\*", SECTIONS["From text to module"])) == STAGES


@pytest.mark.parametrize("folder", TOLD)
def test_each_file_has_its_place(folder: str) -> None:
    here = PACKAGE / folder
    files = {p.name for p in here.glob("*.py")} - {"__init__.py"}
    rooms = {f"{name}/" for name in packages(here)}
    assert (files | rooms) - named(SECTIONS[TOLD[folder]]) == set()


def test_the_lessons_have_their_rooms() -> None:
    rooms = {f"{name}/" for name in packages(PACKAGE / "lessons")}
    assert rooms - named(SECTIONS["Lessons"]) == set()


@pytest.mark.parametrize("section", SECTIONS)
def test_what_is_named_is_there(section: str) -> None:
    homes = [ROOT, PACKAGE, PACKAGE / "lessons"]
    homes += [PACKAGE / folder for folder, title in TOLD.items() if title == section]
    found = named(SECTIONS[section])
    assert {name for name in found if not any((home / name).exists() for home in homes)} == set()
