"""What the verbs that compile have in common: options, one file at a time, warnings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.files import read_bytes
from gradc.commands.options import EXPRESSION, option
from gradc.commands.settings import Settings, settings_for
from gradc.commands.status import working
from gradc.diagnostics import Diagnostic, DiagnosticError, error
from gradc.limits import Limits
from gradc.patterns import pattern
from gradc.records import replace

if TYPE_CHECKING:
    from gradc.compiler import Compilation, Observer, Options
    from gradc.source import Source, Span
    from gradc.targets.target import Target

_DIM = pattern(r"([^\W\d]\w*)=(-?[0-9]+(?:_[0-9]+)*)")
_PRAGMA = pattern(r"#\s*gradc:\s*ignore\[([^\]]*)\]")


def each_file(names: Iterable[str], console: Console, work: Callable[[str], int]) -> int:
    """Does the work for every file; one that fails does not stop the others.

    The exit code is the worst of all.
    """
    worst = 0
    with working() as at:
        for name in names:
            at(name)
            try:
                code = work(name)
            except DiagnosticError as failure:
                console.report(failure.diagnostics, shown_name(name))
                code = 1
            except UsageError as failure:
                console.refuse(failure, shown_name(name))
                code = 2
            worst = max(worst, code)
    return worst


def shown_name(name: str) -> str:
    """What diagnostics call a file."""
    return name


def is_file(name: str) -> bool:
    """Whether a graph has a file, rather than standing in the call or in standard input."""
    return name not in ("-", EXPRESSION)


def source_of(name: str, arguments: Any, limits: Limits) -> Source:
    """The source of a graph. Raises DiagnosticError."""
    return as_source(name, bytes_of(name, arguments, limits))


def bytes_of(name: str, arguments: Any, limits: Limits) -> bytes:
    """What a graph is written as: in the call, or in a file."""
    if arguments.expression is None:
        return read_bytes(name, limits.bytes)
    text: str = arguments.expression
    return text.encode("utf-8", "surrogateescape")


def as_source(name: str, data: bytes) -> Source:
    """The source in the bytes of a graph. Raises DiagnosticError."""
    from gradc.syntax.characters import read_text

    return replace(read_text(name, data), is_expression=name == EXPRESSION)


def compile_options(arguments: Any, settings: Settings) -> Options:
    """The options of a compilation."""
    from gradc.compiler import Options

    wrt, dims, root = check_options(arguments)
    level = settings.level if arguments.level is None else int(arguments.level)
    return Options(
        level=level,
        wrt=wrt,
        dims=dims,
        root=root,
        unroll=arguments.unroll,
        sparse=_sparse(arguments, settings),
        checkpoint=arguments.checkpoint,
        max_memory=arguments.max_memory,
        blas=option(arguments, "blas", None),
        also=settings.also if arguments.also is None else _also(arguments.also),
        limits=limits_of(arguments, settings),
    )


def _also(given: list[str] | None) -> tuple[str, ...]:
    """`--also` as names. Raises BadOption where gradc has none of a name."""
    from gradc.also import also_of

    try:
        return also_of(_split(given or [], "--also", "pack,hvp"))
    except DiagnosticError as failure:
        raise BadOption(failure.diagnostics[0]) from None


def _sparse(arguments: Any, settings: Settings) -> bool:
    """`--sparse`. Raises UsageError where nothing that is asked for could be."""
    asked = settings.also if arguments.also is None else _also(arguments.also)
    has_matrices = not {"jacobian", "hessian"}.isdisjoint(asked)
    if arguments.sparse and not has_matrices:
        message = "`--sparse` says how `--also jacobian` and `--also hessian` come out"
        raise UsageError(message, ["`--also jacobian --sparse`"])
    return bool(arguments.sparse) or (settings.sparse and has_matrices)


def limits_of(arguments: Any, settings: Settings) -> Limits:
    """What the call may cost."""
    return Limits(
        bytes=option(arguments, "max_bytes", settings.max_bytes),
        nodes=option(arguments, "max_nodes", settings.max_nodes),
    )


def check_options(
    arguments: Any,
) -> tuple[tuple[str, ...] | None, dict[str, int], Path | None]:
    """`--wrt`, `-D` and `--root` as values. Raises UsageError where an option makes no sense."""
    root = Path(arguments.root) if arguments.root is not None else None
    if root is not None and not root.is_dir():
        raise UsageError(f"`--root`: there is no folder {root}")
    if arguments.checkpoint is not None and arguments.checkpoint < 1:
        raise UsageError("`--checkpoint` takes a number of steps, 1 or more")
    _also(arguments.also)
    return _names(arguments.wrt), _dimensions(arguments), root


def _names(given: list[str] | None) -> tuple[str, ...] | None:
    return None if given is None else _split(given, "--wrt", "w,hidden.W")


def _split(given: list[str], option: str, example: str) -> tuple[str, ...]:
    """The names that an option gives, each once."""
    names = [name.strip() for text in given for name in text.split(",")]
    if not all(names):
        message = f"`{option}` takes names, with a comma between two"
        raise UsageError(message, [f"`{option} {example}`"])
    return tuple(dict.fromkeys(names))


def _dimensions(arguments: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for text in arguments.dims:
        name, size = _dimension(text, arguments)
        if name in found:
            message, helps = f"`-D {name}` is given twice", ("a dimension has one size",)
            raise BadOption(Diagnostic("E0501", message, None, helps=helps))
        found[name] = size
    return found


def _dimension(text: str, arguments: Any) -> tuple[str, int]:
    """`NAME=VALUE`. A mistake is a diagnostic with a code, and still a wrong call."""
    match = _DIM.fullmatch(text.strip())
    if match is not None and int(match[2]) >= 0:
        return match[1], int(match[2])
    name, equals, value = text.partition("=")
    shown = name.strip() if name.strip().isidentifier() else "D"
    helps: tuple[str, ...] = (f"write `-D NAME=VALUE`, for example `-D {shown}=64`",)
    if not equals:
        message = f"`-D {text}` gives no value"
    elif match is None and name.isidentifier():
        message = f"`-D {text}`: `{value}` is not an integer"
        helps = _of_another_kind(name, value, arguments) or helps
    elif match is None:
        message = f"`-D {text}`: `{name}` is no name"
    else:
        message = f"`-D {text}`: a dimension cannot be negative"
        helps = (f"write `-D {name}={value[1:]}`",)
    raise BadOption(Diagnostic("E0501", message, None, helps=helps))


def _of_another_kind(name: str, value: str, arguments: Any) -> tuple[str, ...]:
    """What a name is that a graph of the call declares as no dimension; nothing of others."""
    files = arguments.files if isinstance(arguments.files, list) else [arguments.files]
    for file in files:
        try:
            data = b"" if file == "-" else bytes_of(file, arguments, Limits())
        except (DiagnosticError, UsageError):
            continue  # which is told where the file is read
        text = data.decode("utf-8", "replace")
        line = rf"(?m)^[ \t]*(const|param|input) {re.escape(name)} *(?:[:=~]|$)"
        declared = pattern(line).search(text)
        if declared is None:
            continue
        if declared[1] == "const":
            told = f"`{name}` is a constant of the file, and `-D` fixes dimensions"
            return (f"{told}: write `const {name} = {value}` there",)
        what = "an input" if declared[1] == "input" else "a parameter"
        return (f"`{name}` is {what}, and `-D` fixes dimensions: the caller gives its value",)
    return ()


class BadOption(UsageError):
    """An option's value that has a diagnostic of its own."""

    def __init__(self, diagnostic: Diagnostic):
        self.diagnostic = diagnostic
        super().__init__(diagnostic.message, diagnostic.helps)


def _needs_loop(compilation: Compilation, name: str) -> None:
    """Raises UsageError where `--checkpoint` has no loop to cut."""
    from gradc.ir.loop import has_scan
    from gradc.report.snippet import harmless

    if has_scan(compilation.written.nodes):
        return
    helps = ["leave it out: it says how many steps of a `scan` are run again, rather than saved"]
    raise UsageError(f"`--checkpoint`: {harmless(name)} has no `scan`", helps)


def compile_file(
    name: str,
    arguments: Any,
    observe: Observer | None = None,
    called: str | None = None,
    target: Target | None = None,
) -> tuple[Compilation, Settings]:
    """Reads and compiles one file with the options that hold for it.

    The texts are for files that are `called` so, where that is not the graph's own name; without
    a target they are for that which the arguments name.
    """
    source, options, settings = read_unit(name, arguments)
    from gradc.compiler import compile_source
    from gradc.targets.offered import target_of
    from gradc.targets.target import Missing

    options = replace(options, called=called)
    if target is None:
        target = target_of(option(arguments, "target", "numpy"), options.blas)
    try:
        compilation = compile_source(source, options, observe=observe, target=target)
    except Missing as failure:
        message = f"`--target {failure.package}` needs the package {failure.package}"
        helps = [f"`pip install 'gradc[{failure.package}]'`"]
        raise UsageError(f"{message}, which is not installed", helps) from None
    if arguments.checkpoint is not None and len(arguments.files) == 1:
        _needs_loop(compilation, name)
    # A configuration speaks of all graphs below it, a call of this one.
    check_also(options.also if arguments.also else (), compilation)
    return compilation, settings


def read_unit(name: str, arguments: Any) -> tuple[Source, Options, Settings]:
    """The source of a file, and the options that hold for it."""
    settings = settings_for(name)
    # First: a missing file is said at once, without the compiler.
    source = source_of(name, arguments, limits_of(arguments, settings))
    return source, compile_options(arguments, settings), settings


def say_choice(compilation: Compilation, name: str, console: Console) -> None:
    """Says what was chosen to keep a budget of memory, where there is one."""
    if compilation.choice is None:
        return
    told = [f"{what}: {words}" for what, words in compilation.choice.told()]
    from gradc.report.snippet import harmless

    console.say("\n  ".join([f"{harmless(shown_name(name))}: {told[0]}", *told[1:]]))


def check_also(also: Iterable[str], compilation: Compilation) -> None:
    """Refuses functions that a graph cannot have. Raises DiagnosticError."""
    for name in also:
        if (reason := _why_not(name, compilation)) is not None:
            message = f"`--also {name}`: {reason}"
            place = compilation.graph.outputs[-1].span
            raise error("E0503", message, place, helps=(f"leave `{name}` out",))


def _why_not(also: str, compilation: Compilation) -> str | None:
    """Why a graph has no such function."""
    from gradc.also import DERIVATIVES

    graph = compilation.graph
    if also == "pack" and not (graph.params or compilation.joint.gradients):
        return "there are no parameters to pack"
    if also in DERIVATIVES and all(o.kind != also for o in compilation.program.offered):
        if also in ("hvp", "hessian") and not graph.loss:
            return "there is no loss"
        return "there is nothing to differentiate by"
    return None


# --- warnings ---


def report_warnings(
    warnings: Iterable[Diagnostic], name: str, arguments: Any, settings: Settings, console: Console
) -> int:
    """Reports the warnings that nothing silences; 1 where they count as errors."""
    found = list(unsilenced(warnings, settings.ignore))
    console.report(found, shown_name(name))
    strict = option(arguments, "warnings", settings.warnings) == "error"
    console.warnings_are_errors |= strict
    return int(strict and bool(found))


def unsilenced(warnings: Iterable[Diagnostic], ignored: Iterable[str]) -> Iterator[Diagnostic]:
    """Without the codes ignored, and those that `# gradc: ignore[…]` silences on their line.

    Of what a call led to, on the line of the call or of what is at fault in the user's function.
    """
    ignored = set(ignored)
    pragmas: dict[Source, set[tuple[int, str]]] = {}
    for warning in warnings:
        if warning.code in ignored:
            continue
        places = [] if warning.span is None else [warning.span]
        places += [note.places[0].span for note in warning.notes if note.places]
        if not any(_is_ignored(warning.code, span, pragmas) for span in places):
            yield warning


def _is_ignored(code: str, span: Span, pragmas: dict[Source, set[tuple[int, str]]]) -> bool:
    """Whether a comment on the lines of a place ignores a code; pragmas are noted once a source."""
    if span.source not in pragmas:
        pragmas[span.source] = set(_pragmas(span.source))
    last = span.source.line_of(max(span.end - 1, span.start))
    return any((line, code) in pragmas[span.source] for line in range(span.line, last + 1))


def _pragmas(source: Source) -> Iterator[tuple[int, str]]:
    """The line and the code of everything that a comment of the source ignores."""
    from gradc.syntax.characters import comments_of

    for offset, comment in comments_of(source):
        for match in _PRAGMA.finditer(comment):
            for code in match[1].split(","):
                yield source.line_of(offset), code.strip()
