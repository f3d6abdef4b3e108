"""The page on C: its files, compiled as it says, print what it says."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gradc.cli import main
from tests.docs.pages import BLOCK, DOCS

PAGE = DOCS / "how-to" / "c.md"


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_the_program_of_the_page_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    for _, name, body in blocks:
        if name:
            Path(name).write_text(body, encoding="utf-8")
    assert main(["compile", "alarm.graph", "--target", "c"]) == 0
    (commands,) = [body for language, _, body in blocks if language == "sh"]
    (printed,) = [body for language, _, body in blocks if language == "text"]
    command = re.sub(r"^cc ", "cc -Wall -Wextra -pedantic -Werror ", commands)
    ran = subprocess.run(
        ["bash", "-ec", command], capture_output=True, text=True, check=False, timeout=120
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, printed, "")
