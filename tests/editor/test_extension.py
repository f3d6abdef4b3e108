"""The extension for VS Code fits the language and the package."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gradc import __version__
from tests.derived import EXTENSION, editors

PACKAGE = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))


def test_the_grammar_is_current() -> None:
    stale = [derived.name for derived in editors() if not derived.is_current]
    assert stale == [], "python -m tests.bless editors"


def test_its_version_is_that_of_gradc() -> None:
    lock = json.loads((EXTENSION / "package-lock.json").read_text(encoding="utf-8"))
    assert PACKAGE["version"] == lock["version"] == lock["packages"][""]["version"] == __version__


def test_the_files_that_it_names_are_there() -> None:
    (language,) = PACKAGE["contributes"]["languages"]
    (grammar,) = PACKAGE["contributes"]["grammars"]
    assert language["extensions"] == [".graph"]
    assert grammar["language"] == language["id"] == "graph"
    for file in (language["configuration"], grammar["path"]):
        assert json.loads((EXTENSION / file).read_text(encoding="utf-8"))
    scope = json.loads((EXTENSION / grammar["path"]).read_text(encoding="utf-8"))["scopeName"]
    assert scope == grammar["scopeName"]


def test_it_starts_the_command() -> None:
    assert PACKAGE["contributes"]["configuration"]["properties"]["gradc.server"]["default"] == [
        "gradc",
        "lsp",
    ]


def test_the_lock_names_no_machine() -> None:
    """Where packages come from is for whoever installs them to say."""
    lock = (EXTENSION / "package-lock.json").read_text(encoding="utf-8")
    assert re.findall(r'"resolved"', lock) == []


@pytest.mark.slow
def test_the_grammar_colours_as_it_should() -> None:
    """Cut into tokens by the libraries of VS Code."""
    if shutil.which("node") is None or not (EXTENSION / "node_modules").is_dir():
        pytest.skip("needs node, and `npm ci` in editors/vscode")
    run = subprocess.run(
        ["node", "--test", str(EXTENSION / "test")], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout


def test_paths_are_as_the_extension_has_them() -> None:
    assert Path(PACKAGE["main"]).parent == Path("dist")
    ignored = (EXTENSION / ".vscodeignore").read_text(encoding="utf-8").split()
    for needed in ("!dist/**", "!syntaxes/**", "!language-configuration.json", "!package.json"):
        assert needed in ignored
