"""Extensions, made in a hurry, beside the modules of NumPy's that they stand for."""

import shutil
import tempfile
from functools import cache
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gradc.building.cc import ENDINGS, Compiler, build, find_compiler
from gradc.building.extension import extension_of
from gradc.compiler import Options, compile_source
from gradc.records import replace
from gradc.source import Source

needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
STRICT = ("-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers")


@cache
def compiler() -> Compiler:
    """The compiler, in a hurry, and severe."""
    found = find_compiler()
    flags = tuple(["-O1" if flag == "-O3" else flag for flag in found.flags])
    return replace(found, flags=(*flags, *STRICT))


def source_of(given: str | Path) -> Source:
    """A graph, in a file or as a text."""
    if isinstance(given, Path):
        return Source(str(given), given.read_text(encoding="utf-8"))
    return Source("net.graph", given)


@cache
def extension(
    given: str | Path, level: int = 1, also: tuple[str, ...] = (), *, sparse: bool = False
) -> Any:
    """The extension of a graph, imported."""
    options = Options(level=level, also=also, sparse=sparse)
    source = source_of(given)
    called = Path(source.name).stem
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{called}{ENDINGS[0]}")
        path.write_bytes(build(extension_of(source, options, called), compiler()))
        return load(path)


def load(path: Path) -> ModuleType:
    """An extension in a file."""
    called = path.name.partition(".")[0]
    spec = spec_from_file_location(called, path, loader=ExtensionFileLoader(called, str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def module(given: str | Path, also: tuple[str, ...] = (), *, sparse: bool = False) -> Any:
    """The module of NumPy's."""
    source = source_of(given)
    called = Path(source.name).stem
    made = ModuleType(called)
    exec(compile_source(source, Options(also=also, sparse=sparse)).text, made.__dict__)
    return made
