"""The extension that gradc builds of a graph, imported from a folder of its own."""

from __future__ import annotations

import importlib.util
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.work import Absent, Row, Work
from gradc.building.cc import ENDINGS, BuildError, build, find_compiler
from gradc.building.extension import extension_of
from gradc.compiler import Options
from gradc.source import Source

LEVEL = 2


def extension(work: Work, row: Row, *, openmp: bool = False) -> Any:
    """The module of a row's graph, whose memory is its own; raises `Absent` where nothing can be
    compiled."""
    data = _built(row.graph or work.graph, tuple(row.dims.items()), openmp=openmp)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"work{ENDINGS[0]}")
        path.write_bytes(data)
        spec = importlib.util.spec_from_file_location("work", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


@cache
def _built(text: str, dims: tuple[tuple[str, int], ...], *, openmp: bool) -> bytes:
    options = Options(level=LEVEL, dims=dict(dims))
    made = extension_of(Source("work.graph", text), options, "work")
    try:
        return build(made, find_compiler(openmp=openmp))
    except BuildError as failure:
        raise Absent(str(failure).splitlines()[0]) from failure
