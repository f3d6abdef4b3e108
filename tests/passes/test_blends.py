"""What weighs one of two values may cancel: `(1 - z) * h + z * c` has `z` once."""

from itertools import product

import pytest

from gradc.compiler import compile_source
from gradc.ir.node import Scan
from gradc.source import Source

GIVEN = "input x: [4]\nparam w: [4] = 1\nparam c: [4] = 2\nz = sigmoid(x * w)\n"
STEPS = "scan h = zeros([4]) times 3 {\n    z = sigmoid(x * w + h)\n    next h = "

ONE = ["(1 - z) * w", "w * (1 - z)"]
OTHER = ["z * c", "c * z"]
WITHIN = ["{}", "where(x > 0, {}, w)", "2 * ({})", "tanh({})"]


def said(text: str) -> tuple[bool, bool]:
    """Whether a module has a second sigmoid for `1 - z`, and whether the user is warned of it."""
    compilation = compile_source(Source("net.graph", text))
    nodes = list(compilation.program.graph.nodes)
    nodes += [inner for n in nodes if isinstance(n, Scan) for inner in n.nodes]
    turned = {n.result for n in nodes if n.name == "negative"}
    is_written = any(n.name == "sigmoid" and n.operands[0] in turned for n in nodes)
    return is_written, "W904" in [d.code for d in compilation.warnings]


@pytest.mark.parametrize("within", WITHIN)
def test_a_weight_is_what_is_left_of_the_other(within: str) -> None:
    for one, other in product(ONE, OTHER):
        for terms in ((one, other), (other, one)):
            blend = within.format(" + ".join(terms))
            assert said(f"{GIVEN}loss J = sum({blend})\n") == (False, False), blend
            assert said(f"{GIVEN}{STEPS}{blend}\n}}\nloss J = sum(h)\n") == (False, False), blend


@pytest.mark.parametrize(
    "lines",
    [
        "loss J = sum((1 - z) * w)",
        "loss J = sum((1 - z) * w + c)",
        "loss J = sum((1 - z) * w + x * c)",
        "loss J = sum(z * c - (1 - z) * w)",
        "loss J = sum(log(w + (1 - z)) + z * c)",
        "q = 1 - z\noutput r = q * w + z * c\noutput q\nloss J = sum(q)",
        "p = (1 - z) * w\noutput r = p + z * c\nloss J = sum(p * x)",
        "output q = 1 - z\nloss J = sum(q * w + z * c)",
    ],
)
def test_elsewhere_digits_count(lines: str) -> None:
    assert said(f"{GIVEN}{lines}\n") == (True, True)


def test_a_step_whose_weight_is_read_elsewhere() -> None:
    step = f"{STEPS}(1 - z) * w + z * c\n    output g = 1 - z\n}}\n"
    assert said(f"{GIVEN}{step}loss J = sum(h) + sum(g)\n") == (True, True)
