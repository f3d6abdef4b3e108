"""The compiler of C: which one, with what it is called, and what it makes."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from gradc.building.extension import Extension
from gradc.records import dataclass

FLAGS = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math")
_ALWAYS = ("-fPIC", "-fvisibility=hidden")
_MARK = "GRADC_BUILD"


class BuildError(Exception):
    """Nothing could be built; `helps` say what to do, and `said` is what the compiler said."""

    def __init__(self, message: str, helps: Sequence[str] = (), said: str = ""):
        self.message, self.helps, self.said = message, tuple(helps), said
        super().__init__(f"{message}\n{said}".rstrip())


@dataclass(frozen=True, slots=True)
class Compiler:
    """A compiler that is there: its words, and all that its results depend on but the text."""

    words: tuple[str, ...]
    flags: tuple[str, ...]
    known: bytes  # what it predefines: its version, the machine
    linked: tuple[str, ...] = ()  # libraries beside libm

    def mark(self, files: Mapping[str, str]) -> str:
        """What a result says of its making: it stays while nothing changes."""
        called = [*self.words, *self.flags, *self.linked]
        made_of = [*files.items(), *called, sys.version, EXTENSION_SUFFIXES]
        return f"gradc build {sha256(repr(made_of).encode() + self.known).hexdigest()}"


_BARE: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    ((), ("-lopenblas",)),
    ((), ("-lcblas",)),
    ((), ("-lcblas", "-lblas")),
    ((), ("-lblas",)),
)
"""The ways to link a CBLAS that compilers find by themselves."""

_PROBE = """
#include <cblas.h>

int main(void) {
    const double one = 1;
    double product = 0;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, 1, 1, 1, 1, &one, 1, &one, 1, 0,
                &product, 1);
    return product != 1;
}
"""

ENDINGS = tuple(EXTENSION_SUFFIXES)
"""What names of extensions end in, the most telling first."""


def find_compiler(*, openmp: bool = False, blas: str | None = None) -> Compiler:
    """`$CC`, or cc, and the `blas` where one is asked for. Raises BuildError where there is none
    that works."""
    words = tuple(shlex.split(os.environ.get("CC", ""))) or ("cc",)
    if shutil.which(words[0]) is None:
        raise BuildError(
            f"there is no compiler of C: `{words[0]}` is not found",
            [
                "Debian, Ubuntu: `apt install gcc`; Fedora: `dnf install gcc`; macOS:"
                " `xcode-select --install`",
                "`CC` names another one: `CC=clang gradc build net.graph`",
            ],
        )
    include = sysconfig.get_paths()["include"]
    if not Path(include, "Python.h").is_file():
        raise BuildError(
            f"the headers of Python are missing: there is no {include}/Python.h",
            ["Debian, Ubuntu: `apt install python3-dev`; Fedora: `dnf install python3-devel`"],
        )
    flags = [*FLAGS, *(["-fopenmp"] if openmp else ["-fopenmp-simd"])]
    known = _run([*words, *flags, "-dM", "-E", "-x", "c", os.devnull], None)
    found, linked = ((), ()) if blas is None else _cblas(words)
    return Compiler(words, (*flags, *_ALWAYS, *found, f"-I{include}"), known, linked)


def _cblas(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The flags with which a CBLAS is found, and those that link it. Raises BuildError."""
    for flags, linked in (*_packaged(), *_BARE):
        with tempfile.TemporaryDirectory(prefix="gradc-") as name:
            Path(name, "probe.c").write_text(_PROBE, encoding="utf-8")
            try:
                _run([*words, *flags, "probe.c", "-o", "probe", *linked], Path(name))
            except BuildError:
                continue
            return flags, linked
    raise BuildError(
        "there is no CBLAS: nothing links that has `cblas.h`",
        [
            "Debian, Ubuntu: `apt install libopenblas-dev`; Fedora: `dnf install openblas-devel`;"
            " macOS: `brew install openblas`",
            "`CC` may say where one is: `CC='cc -I/opt/include -L/opt/lib'`",
            "without `--blas` the extension brings a kernel of its own",
        ],
    )


def _packaged() -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """What pkg-config knows of those that are installed."""
    if shutil.which("pkg-config") is None:
        return
    for package in ("openblas", "cblas", "blas"):
        try:
            told = [
                tuple(shlex.split(_run(["pkg-config", what, package], None).decode()))
                for what in ("--cflags", "--libs")
            ]
        except BuildError:
            continue
        yield told[0], told[1]


def is_current(target: Path, mark: str) -> bool:
    """Whether a module was built of just this."""
    try:
        return mark.encode() in target.read_bytes()
    except OSError:
        return False


def build(extension: Extension, compiler: Compiler) -> bytes:
    """The module as a file. Raises BuildError with what the compiler said."""
    mark = compiler.mark(extension.files)
    try:
        return _built(extension, compiler, mark)
    except OSError as failure:
        where = failure.filename or tempfile.gettempdir()
        raise BuildError(f"cannot build in {where}: {failure.strerror}") from None


def _built(extension: Extension, compiler: Compiler, mark: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="gradc-") as name:
        folder = Path(name)
        for file, text in extension.files.items():
            (folder / file).write_text(text, encoding="utf-8")
        shared = ["-bundle", "-undefined", "dynamic_lookup"]
        shared = shared if sys.platform == "darwin" else ["-shared"]
        sources = [f"./{source}" for source in extension.sources]
        define = f'-D{_MARK}="{mark}"'
        words = [*compiler.words, *compiler.flags, define, *shared, *sources, "-o", "made"]
        _run([*words, *compiler.linked, "-lm"], folder)
        return (folder / "made").read_bytes()


def _run(words: Sequence[str], folder: Path | None) -> bytes:
    piped = subprocess.PIPE
    try:
        process = subprocess.Popen(
            words, cwd=folder, stdin=subprocess.DEVNULL, stdout=piped, stderr=piped
        )
        written, said = process.communicate()
    except OSError as failure:
        raise BuildError(f"cannot run `{words[0]}`: {failure.strerror}") from None
    if process.returncode != 0:
        helps = [f"it was called as `{shlex.join(words)}`"]
        message = f"`{words[0]}` fails (exit code {process.returncode})"
        raise BuildError(message, helps, said.decode(errors="replace").strip())
    return written
