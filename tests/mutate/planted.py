"""Runs tests on a mutant of a module, in a process that has not imported the compiler yet."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest


class Planted(MetaPathFinder, Loader):
    """Imports one module from a text, which is never written anywhere."""

    def __init__(self, module: str, text: str):
        self._module, self._text = module, text

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._module:
            return None
        folder = Path(*name.split("."))
        spec = spec_from_loader(name, self, is_package=folder.is_dir())
        if spec is not None and folder.is_dir():
            spec.submodule_search_locations = [str(folder.absolute())]
        return spec

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._text, f"<mutant of {self._module}>", "exec"), vars(module))


def run(module: str, text: str, stages: Sequence[Sequence[str]], seconds: int) -> None:
    """Exits 1 at the first stage of which a test fails, ends when it has run so long.

    Nothing is printed.
    """
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    assert module not in sys.modules
    sys.meta_path.insert(0, Planted(module, text))
    silent = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silent, stream)
    for tests in stages:
        code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests])
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            sys.exit(1)
