"""The derived files of the repository: what each should hold, worked out anew."""

import contextlib
import io
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from gradc.cli import BUG, main
from gradc.commands.dispatch import parser_of
from gradc.commands.error import GROUPS
from gradc.commands.units import compile_file
from gradc.compiler import Compilation
from gradc.library.catalogue import all_stanzas, page, summary
from gradc.library.loader import Stanza, standard_library
from gradc.report.codes import CODES
from gradc.verification.emitted import Module, ModuleError
from gradc.verification.prove import each_loss, prove
from tests.docs.command_line import command_line_page
from tests.docs.pages import PAGES, retold
from tests.editor.textmate import grammar
from tests.library.proofs import table
from tests.passes.test_passes import cases as pass_cases
from tests.passes.test_passes import expected as after_pass

ROOT = Path(__file__).parent.parent
ERRORS = ROOT / "tests" / "errors"
GOLDENS = ROOT / "tests" / "goldens"
EXAMPLES = ROOT / "examples"
OPERATIONS = ROOT / "docs" / "operations"
EXTENSION = ROOT / "editors" / "vscode"

_OPTIONS = "# options: "


class RefusedError(Exception):
    """What would be blessed is wrong in itself."""


@dataclass(frozen=True)
class Derived:
    """A file and what it should hold."""

    path: Path
    text: str

    @property
    def is_current(self) -> bool:
        return self.path.exists() and self.path.read_bytes() == self.text.encode()

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()


def run(words: list[str], folder: Path) -> tuple[int, str, str]:
    """A command's exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = main(words)
    if code == BUG:
        raise RefusedError(f"gradc {shlex.join(words)}: {err.getvalue()}")
    return code, out.getvalue(), err.getvalue()


# --- errors ---


def error_cases() -> list[Path]:
    """The graphs that provoke diagnostics: `E0302_matmul.graph` beside `E0302_matmul.txt`.

    A first line `# options: -D H=4` adds words to the call.
    """
    return sorted(ERRORS.glob("*.graph"))


def code_of(case: Path) -> str:
    return case.stem.partition("_")[0]


def expected_error(case: Path) -> Derived:
    """What `gradc check` says about a case."""
    first = case.read_bytes().split(b"\n")[0].decode("utf-8", "replace")
    words = shlex.split(first.removeprefix(_OPTIONS)) if first.startswith(_OPTIONS) else []
    _, out, err = run(["check", "--color=never", case.name, *words], ERRORS)
    code = code_of(case)
    wanted = not case.stem.endswith("_ignored")
    if (f"[{code}]: " in err) != wanted:
        verb = "does not give" if wanted else "gives"
        raise RefusedError(f"{case.name} {verb} {code}:\n{err}")
    return Derived(case.with_suffix(".txt"), out + err)


def errors() -> Iterator[Derived]:
    for case in error_cases():
        yield expected_error(case)


# --- goldens ---


def golden_cases() -> list[Path]:
    """The graphs whose modules are kept, of tests and of examples.

    A file `options` beside a graph holds the words that `compile` gets.
    """
    folders = sorted([*GOLDENS.glob("*"), *EXAMPLES.glob("*")])
    found = [folder / f"{folder.name}.graph" for folder in folders]
    return [graph for graph in found if graph.exists()]


def expected_module(graph: Path) -> Derived:
    """The module of a graph, run and proven at one point before it is believed."""
    options = graph.parent / "options"
    words = shlex.split(options.read_text(encoding="utf-8")) if options.exists() else []
    code, text, err = run(["compile", graph.name, "-o", "-", "--color=never", *words], graph.parent)
    if code:
        raise RefusedError(f"{graph}: {err}")
    _prove(graph, text, words)
    return Derived(graph.with_suffix(".py"), text)


def _prove(graph: Path, text: str, words: list[str]) -> None:
    for loss, part in each_loss(_compilation(graph, words).graph):
        try:
            module = Module(text, graph.stem, loss)
        except ModuleError as failure:
            raise RefusedError(f"{graph}: {failure}") from None
        verdict = prove(part, module, seed=0, given={}, points=1)
        if not verdict.is_right:
            wrong = [f"{f.name}: {f.wrong}" for f in verdict.findings if f.wrong]
            raise RefusedError(f"{graph}: {'; '.join([*verdict.problems, *wrong])}")


def _compilation(graph: Path, words: list[str]) -> Compilation:

    with contextlib.chdir(graph.parent):
        arguments = parser_of("compile").parse([graph.name, *words])
        compilation, _ = compile_file(graph.name, arguments)
    return compilation


def goldens() -> Iterator[Derived]:
    for graph in golden_cases():
        yield expected_module(graph)


# --- pages ---


def proofs() -> Iterator[Derived]:
    yield Derived(ROOT / "gradc" / "library" / "proofs.txt", table())


def docs() -> Iterator[Derived]:
    yield from operations_pages()
    yield Derived(ROOT / "docs" / "errors.md", errors_page())
    yield Derived(ROOT / "docs" / "command-line.md", command_line_page())
    for told in PAGES:
        for path, text in retold(told).items():
            yield Derived(path, text)


def operations_pages() -> Iterator[Derived]:
    """`docs/operations`: the pages of `gradc ops` by the library's files, and a list."""
    library = standard_library()
    families: dict[str, list[Stanza]] = {}
    for stanza in all_stanzas(library):
        families.setdefault("internal" if stanza.internal else stanza.file, []).append(stanza)
    introductions = {name: _introduction(text) for name, text in library.texts.items()}
    introductions["internal"] = "What rules and bodies of the others call; a graph cannot."
    families["internal"] = families.pop("internal")
    parts = [
        "# Operations\n\nMade from the library by `make docs`; `gradc ops NAME` prints the page of"
        " one operation.\nA rule reads: given the operands, the result and its cotangent (`dy` for"
        " `y`), the cotangent of `x` is `dx`.\n"
    ]
    for family, stanzas in families.items():
        introduction = introductions[family]
        file = f"{family}.md"
        links = [f"- [{s.name}]({file}#{s.name.lower()}): {summary(s)}\n" for s in stanzas]
        parts.append(f"## [{family}]({file})\n\n{introduction}\n\n{''.join(links)}")
        pages = "\n".join(_page(s.name) for s in stanzas)
        yield Derived(OPERATIONS / file, f"# {family}\n\n{introduction}\n\n{pages}")
    yield Derived(OPERATIONS / "README.md", "\n".join(parts))


def _introduction(text: str) -> str:
    """The comment that a file of the library begins with."""
    lines = takewhile(lambda line: line.startswith("# "), text.splitlines())
    return " ".join(line.removeprefix("# ") for line in lines)


def _page(name: str) -> str:
    text = page(standard_library(), name)
    assert text is not None
    return f"## {name}\n\n```\n{text}```\n"


_HOW_SHOWN = """\
Made from the catalogue and the tests' cases by `make docs`.

## Where they are shown

- The first place (`-->`, marked `^^^`) is in what you wrote: at the argument at fault where it is
  one, else at the call. What is found in the body of a function or layer, however deep, is shown
  at your call of it. The bodies on the way follow as notes, from the outermost to the one at
  fault: `note: in f` with the line in a function of yours or of a file that you import, `note: in
  mse_loss` with the formula for one of the library. A comment `# gradc: ignore[W905]` silences a
  warning on the line of the call, or on the line at fault in a function of yours.
- What is wrong in a function of yours whatever it is called with is shown in its body: its text
  and its names (E01, E02, E0402, W909), and the types in a statement that depends on no
  parameter.
- What is wrong with a call and with none of its arguments (a parameter of a layer that does not
  reach the loss, calls that nest too deeply) is shown at the call.
- What is wrong with the file as a whole is shown at the last value that it makes, or at its first
  statement; what is wrong with an option names the option.
- A name that means nothing is told once, with the other places where it stands. More than three
  warnings of one kind (the same but for names, types and numbers), or errors that say the same,
  are told as one, with a count and the lines of the others. As data (`--output-format`) each of
  those is told.
- `--output-format json`, `github` and `sarif` give the same first place; the line in each body is
  a further span (`related location`), and the names of the bodies are `notes`.
"""


def errors_page() -> str:
    """`docs/errors.md`: every code, its meaning, and what the cases of the tests print."""

    parts = [f"# Diagnostics\n\n{_HOW_SHOWN}"]
    for prefix, title in GROUPS.items():
        parts.append(f"## {prefix}: {title}\n")
        for code, meaning in CODES.items():
            if not code.startswith(prefix):
                continue
            parts.append(f"### {code}\n\n{meaning[0].upper()}{meaning[1:]}.\n")
            shown = [c for c in error_cases() if code_of(c) == code]
            if shown:
                text = expected_error(shown[0]).text
                parts.append(f"```\n{text.rpartition(chr(10) * 2)[0] or text.rstrip()}\n```\n")
    return "\n".join(parts)


def passes() -> Iterator[Derived]:
    for case in pass_cases():
        yield Derived(case, after_pass(case))


def editors() -> Iterator[Derived]:
    yield Derived(EXTENSION / "syntaxes" / "graph.tmLanguage.json", grammar())


SETS = {
    "goldens": goldens,
    "errors": errors,
    "passes": passes,
    "proofs": proofs,
    "docs": docs,
    "editors": editors,
}


def bless(names: list[str], *, check: bool) -> int:
    """Writes what is not current, or with `check` only says so."""
    stale = 0
    for name in names:
        for derived in SETS[name]():
            if derived.is_current:
                continue
            stale += 1
            print(f"{derived.name} is stale" if check else f"wrote {derived.name}")
            if not check:
                derived.path.write_bytes(derived.text.encode())
    return int(check and stale > 0)
