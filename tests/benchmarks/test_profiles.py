"""Where the time of -O2 goes: each statement has its name, and all together take the whole time."""

import numpy as np
import pytest

from benchmarks.clocked import PYTHON, shares
from benchmarks.contenders import HAND
from benchmarks.profiles import profiled
from benchmarks.work import Case, Row, compiled, work_called

MODULE = """
import numpy as np

class Workspace:
    pass

def _doubled(x, out):
    return np.multiply(x, 2, out=out)

def value_and_grad(params, y, workspace=None):
    x = params["x"]
    z = np.empty(3)
    for start in range(0, 3):
        block = slice(start, start + 1)
        np.tanh(x[block], out=z[block])
        z[block] += y[block]
        z[block] = x[block]
    if len(z) > 2:
        _doubled(z, out=z)
    J = z @ x
    J += float(np.dot(z, y).sum())
    return J, {"x": z}
"""


def test_statements_have_names_and_are_counted() -> None:
    given = {"params": {"x": np.ones(3)}, "y": np.ones(3)}
    found = {s.name: s.calls for s in shares(MODULE, "value_and_grad", given, 3)}
    python = found.pop(PYTHON)
    assert found == {"tanh": 3, "add": 3, "copy": 3, "_doubled": 1, "matmul": 1, "dot": 1}
    assert python == 2 + 3 + 1 + 1  # x and z, each block, the loop, and what the length decides


def test_all_of_them_take_the_time_of_the_function() -> None:
    work = work_called("softmax")
    case = Case.of(work, Row("small", {"N": 700, "D": 100}))
    found = shares(
        compiled(work, case.row, 2).source,
        "value_and_grad",
        {"params": case.params, **case.inputs},
        3,
    )
    blocks = -(-700 // (65_536 // 101 + 1))
    assert {s.name: s.calls for s in found}["exp"] == blocks
    assert all(s.seconds >= 0 for s in found)
    assert found == sorted(found, key=lambda s: -s.seconds)


@pytest.mark.parametrize(("goal", "is_shown"), [(1e-6, True), (1e6, False)])
def test_rows_that_miss_a_goal_have_a_table(goal: float, is_shown: bool) -> None:
    work = work_called("chain")
    text = profiled(work, Row("small", {"N": 3000}, goals={HAND: goal}), 0.02)
    if not is_shown:
        assert text == ""
        return
    assert text.startswith("## small\n\n-O2 over by hand: ")
    assert "| functions: `tanh` | 1 |" in text
    assert "| passes: `multiply` | " in text
    assert text.splitlines()[-1].startswith("Functions and products alone are ")
