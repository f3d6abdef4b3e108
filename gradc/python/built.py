"""A graph that is run as C: an extension, built in a folder that is left behind for nobody."""

from __future__ import annotations

import tempfile
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from gradc.building.cc import ENDINGS, BuildError, build, find_compiler
from gradc.building.extension import extension_of
from gradc.compiler import Options
from gradc.source import Source


def built(source: Source, options: Options, called: str) -> ModuleType:
    """The extension of a graph. Raises OSError where there is no compiler, or none that works."""
    try:
        data = build(extension_of(source, options, called), find_compiler())
    except BuildError as failure:
        helps = [f"  = help: {text}" for text in failure.helps]
        raise OSError("\n".join([str(failure), *helps])) from None
    with tempfile.TemporaryDirectory(prefix="gradc-") as folder:
        path = Path(folder, f"{called}{ENDINGS[0]}")
        path.write_bytes(data)
        return _loaded(path, called)


def _loaded(path: Path, called: str) -> ModuleType:
    spec = spec_from_file_location(called, path, loader=ExtensionFileLoader(called, str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
