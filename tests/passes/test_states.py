"""States are kept from -O1 on: as derived, each stack is one of its own."""

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.ir.loop import all_nodes
from gradc.ir.node import Scan, Value
from gradc.ir.program import Program
from gradc.source import Source
from tests.compiled import build

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
    assert bool(_states(program)) is kept


def _states(program: Program) -> set[Value]:
    scans = [n for r in program.routines for n in all_nodes(r.nodes) if isinstance(n, Scan)]
    return {s.states for scan in scans for s in scan.carried if s.states is not None}


@pytest.mark.parametrize(
    ("collected", "read", "called"),
    [
        ("next h", "hs", ("hs", True)),
        ("h", "hs", ("hs", False)),
        ("sin(h)", "hs", ("h_steps", False)),
        ("next h", "hs)\noutput hs\noutput i = (hs", ("h_steps", False)),
    ],
)
def test_what_states_are_called(collected: str, read: str, called: tuple[str, bool]) -> None:
    """After what the user calls their ends, where that is no result; else as the beginnings are."""
    text = TEXT.replace("}\n", f"    output hs = {collected}\n}}\n") + f"output o = sum({read})\n"
    program = compile_source(Source("net.graph", text), Options(level=1)).program
    assert {(v.name, v.named) for v in _states(program)} == {called}


OUTSIDE = """\
input x: [5, 3]
param w: [3]
scan h = zeros([3]) over x_t in x {
    next h = tanh(h + x_t)
    output before = h
    output after = next h
}
loss J = sum(before * w) + sum(square(after) * w)
"""


def test_gradients_without_a_loop_read_states_too() -> None:
    module = build(OUTSIDE)
    assert _states(compile_source(Source("net.graph", OUTSIDE)).program)
    x = np.linspace(-1.0, 1.0, 15).reshape(5, 3)
    h = [np.zeros(3)]
    for row in x:
        h.append(np.tanh(h[-1] + row))
    wanted = np.sum(h[:-1], axis=0) + np.sum(np.square(h[1:]), axis=0)
    for gradients in (module.gradients(x=x), module.value_and_grad(module.init_params(), x=x)[1]):
        np.testing.assert_allclose(gradients["w"], wanted)
