"""What loops read is known before they are written: memory is given away by it."""

from pathlib import Path
from typing import Any

import pytest

from gradc.compiler import Options, compile_source
from gradc.ir.node import Value
from gradc.source import Source
from gradc.targets.c.groups import Member, roots
from gradc.targets.c.loops import Loops
from gradc.targets.c.reading import Reader
from tests.library.cases import FUNCTIONS, LIBRARY, OPS, cases_of
from tests.seldom import seldom
from tests.targets_c.agreement import C, agree

NAMES = [*OPS, *FUNCTIONS]
CHUNKS = [NAMES[i : i + 20] for i in range(0, len(NAMES), 20)]


@pytest.mark.parametrize(
    "names",
    seldom(CHUNKS, lambda names: "max_pool2d" not in names and CHUNKS.index(names) % 4 > 0),
    ids=lambda names: f"{names[0]}-{names[-1]}",
)
def test_what_is_read_is_known(names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    read: set[Value] = set()
    element, write = Reader._element, Loops._write

    def noting(reader: Reader, value: Value, index: Any) -> Any:
        if value not in reader.inner:  # of what that is made of, some may not be asked for
            read.update(roots(value, reader))
        return element(reader, value, index)

    def writing(loops: Loops, member: Member, index: Any, text: Any) -> None:
        read.clear()
        write(loops, member, index, text)
        unknown = [v.name for v in read - member.reads]
        assert not unknown, f"{label}: `{member.statement.node}` reads {unknown}"

    monkeypatch.setattr(Reader, "_element", noting)
    monkeypatch.setattr(Loops, "_write", writing)
    for case in [case for name in names for case in cases_of(name)]:
        label = case.label
        compile_source(Source("net.graph", case.source), Options(), library=LIBRARY, target=C)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_largest_element_is_there_for_the_last_who_asks(level: int, tmp_path: Path) -> None:
    """Its derivative's derivative asks twice where it was."""
    text = """\
param x: [3, 3]
e = sum(max_pool1d(x[newaxis], 2) ** 2)
loss J = sum(grad(e, x) ** 2)
"""
    agree(Source("net.graph", text), tmp_path, Options(level=level), "-O0")
