"""The pages that tell a story: their files, their commands, and what these print.

- A block `graph NAME`, or of another language with a name behind it, is a file.
- A block `console` holds commands and what they print; `make docs` writes that again, but for
  what is the machine's: rounding, and how much `gradc verify` has time for. A command that fails
  is followed by `$ echo $?`.
- A block `python` is a doctest; one without prompts is quoted from a file of the examples.
- A block `sh` is for the reader.
- A picture, `![what it shows](pictures/name.svg)`, is a file that a command has written.

The blocks of a page share a folder and their names. README.md starts in the repository.
"""

import contextlib
import doctest
import importlib
import io
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from gradc.cli import main

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
# Every text for readers; some of them tell a story.
ALL = sorted(ROOT.glob("*.md")) + [
    page
    for folder in ("docs", "examples", "benchmarks", "editors")
    for page in sorted((ROOT / folder).rglob("*.md"))
    if "node_modules" not in page.parts
]
PAGES = [README, DOCS / "tutorial.md", DOCS / "module.md", DOCS / "python.md"]
PAGES += [page for name in ("how-to", "lessons") for page in sorted((DOCS / name).glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)

_PICTURE = re.compile(r"^!\[[^]]*\]\((pictures/\S+\.svg)\)$", re.MULTILINE)
_NUMBER = re.compile(r"\d+\.?\d*(?:e[-+]?\d+)?")
_FENCE = re.compile(r"^ *(`{3,}).*?^ *\1`* *$", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


class PageError(Exception):
    """A command of a page fails, or a doctest does not give what it shows."""


def retold(page: Path) -> dict[Path, str]:
    """What a page's files hold today: its text with what commands print, and its pictures."""
    scope: dict[str, object] = {}

    def block(match: re.Match[str]) -> str:
        language, name, body = match.groups()
        if name:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(body, encoding="utf-8")
        elif language == "console":
            body = _session(body, page)
        elif language == "python" and ">>>" in body:
            _doctest(body, page, scope)
        return f"```{language}{' ' + name if name else ''}\n{body}```"

    before = list(sys.path)
    with tempfile.TemporaryDirectory() as made, contextlib.chdir(made):
        folder = str(Path.cwd())
        if page == README:
            shutil.copytree(ROOT / "examples", "examples")
        sys.path.insert(0, "")
        try:
            text = BLOCK.sub(block, page.read_text(encoding="utf-8"))
            drawn = {page.parent / path: Path(path).name for path in _PICTURE.findall(text)}
            pictures = {path: Path(name).read_text("utf-8") for path, name in drawn.items()}
            return {page: text, **pictures}
        finally:
            sys.path[:] = before
            for name in [n for n, m in sys.modules.items() if _comes_from(m, folder)]:
                del sys.modules[name]


def _comes_from(module: object, folder: str) -> bool:
    return str(getattr(module, "__file__", None) or "").startswith(folder)


def _session(body: str, page: Path) -> str:
    """A session as it goes today; what a command printed stays where only the machine differs."""
    _, *parts = re.split(r"^\$ (.*)\n", body, flags=re.MULTILINE)
    commands = parts[::2]
    shown, code = [], 0
    for command, before, after in zip(commands, parts[1::2], [*commands[1:], ""], strict=True):
        if command == "echo $?":
            printed = f"{code}\n"
        else:
            code, printed = _ran(command)
            if code and after != "echo $?":
                raise PageError(f"{page.name}: `{command}` ends with {code}: {printed}")
            if _but_for_the_machine(command, before, printed):
                printed = before
        shown.append(f"$ {command}\n{printed}")
    return "".join(shown)


def _but_for_the_machine(command: str, one: str, other: str) -> bool:
    """Whether two texts say the same, and their numbers to six digits or next to nothing.

    At how many places `verify` looks is a question of time, so its numbers are not compared.
    """
    if _NUMBER.sub("", one).split() != _NUMBER.sub("", other).split():
        return False
    pairs = zip(map(float, _NUMBER.findall(one)), map(float, _NUMBER.findall(other)), strict=True)
    agree = all([math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6) for a, b in pairs])
    return agree or command.startswith("gradc verify")


def _ran(command: str) -> tuple[int, str]:
    """The exit code of a command, and what it prints."""
    verb, *words = shlex.split(command)
    if verb == "cd":
        os.chdir(words[0])
        return 0, ""
    if verb == "gradc" and not {"|", ">", "&&", "<"} & set(words):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = main([*words, "--color=never"] if words[0] != "--version" else words)
        return code, out.getvalue()
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    around = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS", "GRADC"))}
    told = {"PATH": programs, "PYTHONUTF8": "1", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**around, **told},
        check=False,
    )
    return done.returncode, done.stdout


def _doctest(body: str, page: Path, scope: dict[str, object]) -> None:
    importlib.invalidate_caches()  # files were written since the last look
    test = doctest.DocTestParser().get_doctest(body, scope, page.name, str(page), 0)
    out = io.StringIO()
    if doctest.DocTestRunner(verbose=False).run(test, out=out.write, clear_globs=False).failed:
        raise PageError(out.getvalue())
    scope.update(test.globs)
