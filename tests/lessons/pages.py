"""The pages of `docs/lessons`: their files, their commands, and what these print.

- A block `graph NAME` is a file.
- A block `console` holds commands and what they print; `make docs` writes that again.
- A block `python` is a doctest. The blocks of a page share a folder and their names.
"""

import contextlib
import doctest
import io
import re
import shlex
import sys
import tempfile
from pathlib import Path

from gradc.cli import main

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted((ROOT / "docs" / "lessons").glob("*.md"))
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class LessonError(Exception):
    """A command of a page fails, or a doctest does not give what it shows."""


def refreshed(page: Path) -> str:
    """The text of a page with what its commands print today."""
    scope: dict[str, object] = {}

    def block(match: re.Match[str]) -> str:
        language, name, body = match.groups()
        if language == "graph":
            Path(name).write_text(body, encoding="utf-8")
        elif language == "console":
            body = _session(body, page)
        elif language == "python":
            _doctest(body, page, scope)
        return f"```{language}{' ' + name if name else ''}\n{body}```"

    before = list(sys.path)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        sys.path.insert(0, folder)
        try:
            return _BLOCK.sub(block, page.read_text(encoding="utf-8"))
        finally:
            sys.path[:] = before
            for name in [n for n, m in sys.modules.items() if _comes_from(m, folder)]:
                del sys.modules[name]


def _comes_from(module: object, folder: str) -> bool:
    return str(getattr(module, "__file__", None) or "").startswith(folder)


def _session(body: str, page: Path) -> str:
    shown = []
    for line in body.splitlines():
        if not line.startswith("$ "):
            continue
        words = shlex.split(line[2:])
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = main([*words[1:], "--color=never"])
        if words[0] != "gradc" or code:
            raise LessonError(f"{page.name}: `{line[2:]}` ends with {code}: {out.getvalue()}")
        shown.append(f"{line}\n{out.getvalue()}")
    return "".join(shown)


def _doctest(body: str, page: Path, scope: dict[str, object]) -> None:
    test = doctest.DocTestParser().get_doctest(body, scope, page.name, str(page), 0)
    out = io.StringIO()
    if doctest.DocTestRunner(verbose=False).run(test, out=out.write, clear_globs=False).failed:
        raise LessonError(out.getvalue())
    scope.update(test.globs)
