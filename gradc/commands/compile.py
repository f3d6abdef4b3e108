"""Writes the module of each graph beside it, or where `-o` says: NumPy's or JAX's, a header and a
source of C, or a model of ONNX.

A module that is up to date is left untouched. A file that `-o` names is overwritten, whatever it
held, except where it is something that was read: a graph, an import, the configuration. For Make,
`--depfile` and `--stamp` say what was read and that all is done; both are left as they are where
a graph fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.files import read_data
from gradc.commands.folders import graphs_of
from gradc.commands.makefiles import Rule, check_folder, depfile, shown, touch
from gradc.commands.options import Choice, Parser, option
from gradc.commands.output import (
    check_imports,
    check_target,
    check_targets,
    refuse_folder,
    write_file,
)
from gradc.commands.settings import settings_for
from gradc.commands.streams import write_bytes
from gradc.commands.units import (
    compile_file,
    each_file,
    is_file,
    limits_of,
    report_warnings,
    say_choice,
)
from gradc.reading import real_path
from gradc.records import dataclass, field

if TYPE_CHECKING:
    from gradc.compiler import Compilation
    from gradc.targets.target import Target


WRITTEN = {"numpy": (".py",), "c": (".h", ".c"), "jax": (".py",), "onnx": (".onnx",)}
"""The targets, and the suffixes of the files that each writes; the last names them all."""

_NOT_FOR = {
    "numpy": ("blas", "gradients", "params"),
    "c": ("gradients", "params"),
    "jax": ("also", "max_memory", "blas", "gradients", "params"),
    "onnx": ("also", "max_memory", "blas", "diff"),
}
"""What a target does not have."""


def configure(parser: Parser) -> None:
    parser.add_files()
    parser.add_output("the graph's name with .py, .c or .onnx; standard output for `-` and `-e`")
    parser.add_compile_options()
    parser.add_argument(
        "--target",
        type=Choice(*WRITTEN),
        metavar="|".join(WRITTEN),
        help="numpy: a module (default); c: NAME.h and NAME.c, in C99, which need libm alone; "
        "jax: a module of pure functions; onnx: a model of what `forward` makes",
    )
    parser.add_argument(
        "--gradients",
        action="store_true",
        help="with `--target onnx`: the model gives the gradients, too",
    )
    parser.add_argument(
        "--params",
        metavar="FILE.npz",
        help="with `--target onnx`: the parameters that are written into the model; without it they"
        " are inputs",
    )
    parser.add_blas_option()
    parser.add_warning_options()
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit 1 where a module is missing or stale",
    )
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change")
    parser.add_argument(
        "--depfile",
        metavar="FILE",
        help="write rules for Make there: each module, its graph and what that imports",
    )
    parser.add_argument(
        "--stamp", metavar="FILE", help="touch this file where all is done, for Make to look at"
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="compile again whenever a graph, or what it imports, changes; Ctrl-C ends it",
    )


def run(arguments: Any, console: Console) -> int:
    _check_call(arguments)
    if arguments.watch:
        from gradc.commands.watch import watch

        return watch(arguments, console, lambda names, own: compile_all(names, arguments, own))
    names, code = graphs_of(arguments, console)
    return max(code, compile_all(names, arguments, console, incomplete=code > 0))


def _check_call(arguments: Any) -> None:
    target = option(arguments, "target", "numpy")
    for word in _NOT_FOR.get(target, ()):
        if getattr(arguments, word) not in (None, False):
            message = f"`--{word.replace('_', '-')}` is not for `--target {target}`"
            helps = ["`--target onnx`"] if word in ("gradients", "params") else []
            raise UsageError(message, helps or ["leave it out, or `--target`"])
    looks = "--check" if arguments.check else "--diff" if arguments.diff else None
    for word in ("depfile", "stamp", "watch"):
        if looks and getattr(arguments, word):
            raise UsageError(f"`{looks}` writes nothing, so `--{word}` has nothing to do")
    if arguments.watch and not all(map(is_file, arguments.files)):
        raise UsageError("`--watch` needs files to watch")


def compile_all(
    names: list[str], arguments: Any, console: Console, *, incomplete: bool = False
) -> int:
    """Compiles graphs; `incomplete` says that not all of them could be found."""
    outputs = _Outputs.of(names, arguments)
    code = each_file(names, console, lambda name: _compile(name, outputs, arguments, console))
    if code or incomplete:
        return code
    if outputs.depfile is not None:
        write_file(outputs.depfile, depfile(outputs.rules, outputs.stamp))
    if outputs.stamp is not None:
        touch(outputs.stamp)
    return 0


@dataclass(slots=True)
class _Outputs:
    """Where the results of a call go."""

    modules: dict[str, Path | None]  # by the names of graphs; None is standard output
    suffixes: tuple[str, ...]  # of the files of each
    depfile: Path | None
    stamp: Path | None
    rules: list[Rule] = field(default_factory=list)  # of the modules that are made

    @classmethod
    def of(cls, names: list[str], arguments: Any) -> _Outputs:
        """Raises UsageError where something would be written that is read, or written twice."""
        modules, suffixes = _modules(names, arguments), _suffixes(arguments)
        rules, stamp = (
            None if path is None else Path(path) for path in (arguments.depfile, arguments.stamp)
        )
        for word, path in (("--depfile", arguments.depfile), ("--stamp", arguments.stamp)):
            if path == "-":
                raise UsageError(
                    f"`{word}` needs the name of a file", ["`./-` is a file called `-`"]
                )
        for path in (rules, stamp):
            if path is not None:
                check_target(path, names)
                check_folder(path)
        if rules is not None:
            if None in modules.values():
                raise UsageError(
                    "`--depfile` needs a module in a file", ["name that file with `-o`"]
                )
            made = [p for m in modules.values() if m is not None for p in _all_of(m, suffixes)]
            others = [stamp, *made]
            if any(other is not None and real_path(other) == real_path(rules) for other in others):
                raise UsageError(f"two results would be written to {rules}")
        return cls(modules, suffixes, rules, stamp)

    def files(self, target: Path, compilation: Compilation) -> dict[Path, str | bytes]:
        """What a compilation made, by the files that it goes to."""
        texts = [compilation.files[suffix] for suffix in self.suffixes]
        return dict(zip(_all_of(target, self.suffixes), texts, strict=True))

    def check(self, target: Path | None, imported: Iterable[Path]) -> None:
        """Refuses to write anything that is imported."""
        made = [] if target is None else _all_of(target, self.suffixes)
        for path in (*made, self.depfile, self.stamp):
            if path is not None:
                check_imports(path, imported)


def _suffixes(arguments: Any) -> tuple[str, ...]:
    return WRITTEN[option(arguments, "target", "numpy")]


def _all_of(target: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """The files of a module: that which is named, and those beside it."""
    return [*(target.with_suffix(suffix) for suffix in suffixes[:-1]), target]


def _modules(names: list[str], arguments: Any) -> dict[str, Path | None]:
    """Where each graph's module goes."""
    if arguments.output is not None and len(set(names)) > 1:
        raise UsageError(
            "`-o` names one file, and there are several graphs",
            ["without `-o` each module is written beside its graph"],
        )
    suffixes = _suffixes(arguments)
    targets = {name: _target(name, arguments.output, suffixes) for name in names}
    check_targets(targets, lambda target: _all_of(target, suffixes), suffixes[-1])
    return targets


def _target(name: str, output: str | None, suffixes: tuple[str, ...]) -> Path | None:
    suffix = suffixes[-1]
    if len(suffixes) > 1 and (output == "-" or (output is None and not is_file(name))):
        raise UsageError("`--target c` writes two files", [f"name one of them: `-o net{suffix}`"])
    if output is not None:
        refuse_folder(Path(output), f"{Path(name).stem if is_file(name) else 'net'}{suffix}")
        _refuse_other(output, suffixes)
        if len(suffixes) > 1 and Path(output).suffix != suffix:
            message = f"cannot write {output}: the name of a source of C ends in {suffix}"
            raise UsageError(message, [f"`-o {Path(output).stem or 'net'}{suffix}`"])
        return None if output == "-" else Path(output)
    if not is_file(name):
        return None
    path = Path(name)
    if not path.name:
        raise UsageError(f"cannot read {name!r}: this is no name of a file")
    return path.with_suffix(suffix)


_BUILT = (".so", ".pyd", ".dylib", ".dll", ".pyx", ".o", ".a", ".pyc")


def _refuse_other(output: str, suffixes: Sequence[str]) -> None:
    """Raises UsageError where a file is named as what another verb or target writes."""
    suffix = Path(output).suffix
    if suffix in _BUILT:
        message = f"cannot write {output}: `compile` writes text"
        raise UsageError(message, ["`gradc build` makes an extension that Python imports"])
    others = {last: name for name, (*_, last) in WRITTEN.items() if last != ".py"}
    if suffix in others and suffix not in suffixes:
        message = (
            f"cannot write {output}: that is the name of what `--target {others[suffix]}` writes"
        )
        raise UsageError(message, [f"`--target {others[suffix]} -o {output}`"])


def _offered(name: str, arguments: Any) -> Target | None:
    """The target where the call asks more of it than its name says."""
    if option(arguments, "target", "numpy") != "onnx":
        return None
    from gradc.targets.onnx.target import Onnx

    params = None
    if arguments.params is not None:
        limits = limits_of(arguments, settings_for(name))
        params = read_data(arguments.params, limits, "--params")
    return Onnx(gradients=arguments.gradients, params=params)


def _compile(name: str, outputs: _Outputs, arguments: Any, console: Console) -> int:
    target = outputs.modules[name]
    called = None if target is None else target.stem
    offered = _offered(name, arguments)
    compilation, settings = compile_file(name, arguments, called=called, target=offered)
    code = report_warnings(compilation.warnings, name, arguments, settings, console)
    say_choice(compilation, name, console)
    if arguments.check or arguments.diff:
        if target is None:
            helps = ["name it with `-o`"]
            raise UsageError("`--check` and `--diff` need a file to compare with", helps)
        for path, text in outputs.files(target, compilation).items():
            from gradc.commands.changes import show_change

            code = max(code, show_change(path, text, compilation.source, arguments, console))
        return code
    if code:
        return code
    outputs.check(target, compilation.imported)
    if target is None:
        (content,) = compilation.files.values()
        if isinstance(content, bytes):
            write_bytes(content)
        else:
            console.write(content)
        return 0
    graph = Path(name) if is_file(name) else None
    imported = tuple(map(shown, compilation.imported))
    for path, text in outputs.files(target, compilation).items():
        write_file(path, text)
        outputs.rules.append(Rule(path, graph, imported))
    return 0
