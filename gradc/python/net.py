"""Graphs compiled from Python: `gradc.compile` and what it gives."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from gradc.commands.check import warnings_of
from gradc.commands.failure import UsageError
from gradc.commands.output import check_imports, check_target, write_file
from gradc.commands.settings import settings_for
from gradc.commands.units import unsilenced
from gradc.compiler import Compilation, Options, compile_source, read
from gradc.diagnostics import DiagnosticError, error, near_miss
from gradc.lessons.draw.compose import Look, picture_of
from gradc.lessons.draw.svg import svg
from gradc.lessons.pages.explain import explain_page
from gradc.lessons.pages.trace import trace_page
from gradc.lessons.run.point import ArgumentError
from gradc.lessons.run.subject import CannotInterpretError, LossError, Run, Subject
from gradc.lessons.worksheet.sheet import worksheet
from gradc.lessons.worksheet.table import UnsupportedError
from gradc.python import arguments, running
from gradc.python.arguments import Names
from gradc.python.errors import Problem, call_error, graph_error, problems
from gradc.python.shown import Page, Picture, Sheet
from gradc.records import replace
from gradc.source import Source
from gradc.syntax.characters import read_text
from gradc.targets.offered import OFFERED, target_of

_MODELS = {"onnx"}  # targets that write no text


def _texts_of(compilation: Compilation) -> dict[str, str]:
    """The files of a target that writes texts, by their suffixes."""
    return {suffix: text for suffix, text in compilation.files.items() if isinstance(text, str)}


class Net:
    """A compiled graph. What its module offers is offered here too: `net.value_and_grad(…)`."""

    def __init__(self, compilation: Compilation, options: Options, ignored: Sequence[str] = ()):
        self._compilation, self._options = compilation, options
        self._point: dict[str, Any] = {}
        self._file = compilation.source.name
        found = unsilenced(compilation.warnings, ignored)
        self.warnings: tuple[Problem, ...] = problems(found, self._file)

    @property
    def source(self) -> str:
        """The text that `gradc compile` would write; of C, that of `net.c`."""
        return [*self.files.values()][-1]

    @property
    def files(self) -> Mapping[str, str]:
        """All texts that `gradc compile` would write, by the suffixes of their files."""
        return MappingProxyType(_texts_of(self._compilation))

    @cached_property
    def module(self) -> ModuleType:
        """The emitted module, run when it is first asked for.

        C is built for that, as `gradc build` does; an OSError says what is missing where that
        cannot be.
        """
        if len(self.files) > 1:
            from gradc.python.built import built  # noqa: PLC0415 - for those who ask for C

            return built(self._compilation.source, self._options, _module_name(self._file))
        return running.run(self.source, self._file, ModuleType(_module_name(self._file)))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name != "__graph__":
            raise AttributeError(name)
        return getattr(self.module, name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(n for n in vars(self.module) if not n.startswith("_"))]

    def __repr__(self) -> str:
        return f"<gradc.Net of {self._file}>"

    def write(self, path: str | os.PathLike[str]) -> bool:
        """Writes the module in one step; False where the file holds it already. Of C the path is
        that of the source, and the header goes beside it.

        Raises OSError where that cannot be, and then the old file stands.
        """
        target = Path(path)
        try:
            texts = self._texts(target)
            for file in texts:
                check_target(file, [self._file])
                check_imports(file, self._compilation.imported)
            return any([write_file(file, text) for file, text in texts.items()])
        except UsageError as failure:
            raise OSError(str(failure)) from None

    def _texts(self, target: Path) -> dict[Path, str]:
        """The texts by their files; of C, whose names are in the texts, for these names."""
        (*others, own), compilation = self.files, self._compilation
        if not others:
            return {target: self.source}
        if target.suffix != own:
            message = f"cannot write {target}: the name of a source of C ends in {own}"
            raise UsageError(message)
        if target.stem != Path(self._file).stem:
            options = replace(self._options, called=target.stem)
            with _reported(self._file):
                compilation = compile_source(compilation.source, options, target=compilation.target)
        return {target.with_suffix(suffix): text for suffix, text in _texts_of(compilation).items()}

    # --- lessons ---

    def at(self, given: Mapping[str, Any] | None = None, seed: int = 0, **values: Any) -> Net:
        """The same graph, looked at with these values: `net.at(x=3).trace()`.

        Raises GraphError where it cannot be run there.
        """
        other = Net(self._compilation, self._options)
        other.warnings = self.warnings
        other._point = {"given": {**(given or {}), **values}, "seed": seed}
        other._run(None)
        return other

    def explain(
        self,
        wrt: Names | None = None,
        *,
        loss: str | None = None,
        epsilon: Sequence[float] = (),
        order: str = "backward",
    ) -> Page:
        """The derivation step by step, as `gradc explain` prints it.

        Of several losses `loss` is the one that is told, here and below; else it is the first.
        """
        run = self._run(wrt, loss)
        if run.subject.loss is None:
            outputs = run.subject.graph.outputs
            message = f"{self._file} has no loss, so there is nothing to explain"
            helps = ("say what is to be differentiated: `loss J = …`",)
            found = error("E0503", message, outputs[-1].span, helps=helps)
            raise graph_error(found.diagnostics, self._file)
        return Page(explain_page(run, list(epsilon), order))

    def trace(self, wrt: Names | None = None, *, loss: str | None = None) -> Page:
        """Every value forwards and every derivative backwards, as `gradc trace` prints them."""
        return Page(trace_page(self._run(wrt, loss)))

    def draw(self, wrt: Names | None = None, *, loss: str | None = None) -> Picture:
        """The computation graph as a picture, as `gradc draw` makes it."""
        run = self._run(wrt, loss)
        shown = None if run.arguments.drawn else run
        return Picture(svg(picture_of(run.graph, self._file, shown, Look()), "auto"))

    def sheet(
        self, wrt: Names | None = None, *, loss: str | None = None, answers: bool = False
    ) -> Sheet:
        """The worksheet to fill in, as `gradc draw -o net.html` makes it."""
        try:
            return Sheet(worksheet(self._run(wrt, loss), self._file, answers=answers))
        except UnsupportedError as failure:
            raise call_error(UsageError(f"no worksheet: {failure}")) from None

    def _repr_svg_(self) -> str:
        return self.draw()

    def _run(self, wrt: Names | None, loss: str | None = None) -> Run:
        """All values and derivatives where the graph is looked at."""
        options = self._options
        by = arguments.names("wrt", wrt) or options.wrt
        told = None if loss is None else arguments.word("loss", loss)
        try:
            with _reported(self._file):
                subject = Subject.of(
                    self._compilation.source,
                    Options(wrt=by, dims=options.dims, root=options.root, limits=options.limits),
                    told,
                )
            given, seed = self._point.get("given", {}), self._point.get("seed", 0)
            return subject.run(subject.arguments(given, seed))
        except ArgumentError as failure:
            raise call_error(failure) from None
        except LossError as failure:
            raise call_error(UsageError(f"`loss`: {failure}", failure.helps)) from None
        except CannotInterpretError as failure:
            found = UsageError(f"this graph cannot be run step by step: {failure}")
            raise call_error(found) from None
        except (ValueError, IndexError) as failure:
            found = UsageError(f"the graph cannot be run at these values: {failure}")
            raise call_error(found) from None


def compile(
    text: str,
    *,
    name: str = "net.graph",
    level: int = 1,
    also: Names = (),
    dims: Mapping[str, int] | None = None,
    wrt: Names | None = None,
    target: str = "numpy",
    root: str | os.PathLike[str] | None = None,
    max_memory: int | str | None = None,
) -> Net:
    """The net of a graph's text. Raises GraphError with all that is wrong with it.

    `name` is what messages call it; its imports are looked for beside a file of that name. The rest
    is as on the command line: `-O`, `--also`, `-D`, `--wrt`, `--target`, `--root`, `--max-memory`
    (bytes, or a text such as `2GB`).
    """
    data, file = _given(text, name)
    options = arguments.options(level, also, dims, wrt, root, max_memory)
    with _reported(file):
        return _compiled(read_text(file, data), options, target)


def compile_file(
    path: str | os.PathLike[str],
    *,
    level: int | None = None,
    also: Names | None = None,
    dims: Mapping[str, int] | None = None,
    wrt: Names | None = None,
    target: str = "numpy",
    root: str | os.PathLike[str] | None = None,
    max_memory: int | str | None = None,
) -> Net:
    """The net of a file. `level` and `also` are those of its `[tool.gradc]`, where not given."""
    name = arguments.file_name("path", path)
    try:
        settings = settings_for(name)
    except UsageError as failure:
        raise call_error(failure) from None
    given_level = settings.level if level is None else level
    given_also = settings.also if also is None else also
    options = arguments.options(given_level, given_also, dims, wrt, root, max_memory)
    with _reported(name):
        return _compiled(read(name), options, target, settings.ignore)


def load(
    path: str | os.PathLike[str],
    *,
    level: int | None = None,
    also: Names | None = None,
    dims: Mapping[str, int] | None = None,
    wrt: Names | None = None,
    target: str = "numpy",
    root: str | os.PathLike[str] | None = None,
    max_memory: int | str | None = None,
) -> ModuleType:
    """The module of a file, compiled and run."""
    net = compile_file(
        path, level=level, also=also, dims=dims, wrt=wrt, target=target, root=root,
        max_memory=max_memory,
    )  # fmt: skip
    return net.module


def check(
    text: str,
    *,
    name: str = "net.graph",
    dims: Mapping[str, int] | None = None,
    wrt: Names | None = None,
    root: str | os.PathLike[str] | None = None,
) -> tuple[Problem, ...]:
    """What is wrong with a graph, warnings included; nothing is raised.

    A text of functions alone is fine, as for `gradc check`.
    """
    data, file = _given(text, name)
    options = arguments.options(1, (), dims, wrt, root, None)
    try:
        found = warnings_of(read_text(file, data), options)
    except DiagnosticError as failure:
        return problems(failure.diagnostics, file)
    return problems(unsilenced(found, ()), file)


def _given(text: str, name: str) -> tuple[bytes, str]:
    """A text as a file would hold it, and what messages call it. Raises TypeError."""
    return arguments.graph_text(text).encode("utf-8", "surrogatepass"), arguments.word("name", name)


def _compiled(source: Source, options: Options, target: str, ignored: Sequence[str] = ()) -> Net:
    offered = {*OFFERED} - _MODELS
    if arguments.word("target", target) not in offered:
        helps = near_miss(target, offered) or (f"there is {', '.join(sorted(offered))}",)
        if target in _MODELS:
            helps = (f"`gradc compile --target {target}` writes a model, which is no module",)
        raise error("E0506", f"there is no target `{target}`", None, helps=helps)
    return Net(compile_source(source, options, target=target_of(target)), options, ignored)


@contextmanager
def _reported(name: str) -> Iterator[None]:
    """Diagnostics as the error that the interface has for them."""
    try:
        yield
    except DiagnosticError as failure:
        raise graph_error(failure.diagnostics, name) from None


def _module_name(file: str) -> str:
    stem = Path(file).stem
    return stem if stem.isidentifier() and stem not in sys.builtin_module_names else "net"
