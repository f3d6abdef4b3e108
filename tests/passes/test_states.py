"""States are kept from -O1 on: as derived, each stack is one of its own."""

import pytest

from gradc.compiler import Options, compile_source
from gradc.ir.loop import all_nodes
from gradc.ir.node import Scan
from gradc.source import Source

TEXT = """\
input x: [5]
param w
scan h = 0.0 over x_t in x {
    next h = tanh(w * h + x_t)
}
loss J = h * h
"""


@pytest.mark.parametrize(("level", "kept"), [(0, False), (1, True)])
def test_where_states_are_kept(level: int, kept: bool) -> None:
    program = compile_source(Source("net.graph", TEXT), Options(level=level)).program
    scans = [n for r in program.routines for n in all_nodes(r.nodes) if isinstance(n, Scan)]
    assert any(s.states is not None for scan in scans for s in scan.carried) is kept
