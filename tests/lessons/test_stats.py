"""`gradc stats`: N + P against N × P, and formulas of cost."""

import json

from gradc.lessons.pages.stats import measured
from gradc.lessons.run.subject import Subject
from gradc.syntax.parser import read_text
from tests.lessons.conftest import TWO_RELU, Tell, rows

NETWORK = """\
dim B
dim D = 64, H = 256, K = 10
input x: [B, D]
input label: i64[B]
param W1: [D, H] ~ he_normal
param b1: [H] = 0
param W2: [H, K] ~ he_normal
param b2: [K] = 0
z1 = x @ W1 + b1
h1 = relu(z1)
output logits = h1 @ W2 + b2
loss J = cross_entropy(logits, label)
"""

# 9,999 units of ten weights each, one after the other, and ten more at the end.
COURSE = """\
dim T = 9999
param W: [T, 10] ~ normal(0.1)
param v: [10] = 1
scan a = 0.0 over w in W {
    next a = tanh(a + sum(w))
}
loss J = a * sum(v)
"""


def test_the_case_of_the_course(tell: Tell) -> None:
    lines = rows(tell("stats", COURSE))
    assert ["nodes", "N = 10,000"] in lines
    assert ["parameters", "P = 100,000"] in lines
    (backprop,) = [row for row in lines if row[:1] == ["backpropagation"]]
    (bumps,) = [row for row in lines if row[:1] == ["a bump for each parameter"]]
    assert backprop[1] == "N + P = 110,000"
    assert bumps[1] == "N × P = 1,000,000,000"
    # What was executed bears it out: some operations a node, against as many for each parameter.
    executed = int(backprop[2].split(" = ")[1].replace(",", ""))
    assert executed < 110_000
    assert int(bumps[2].split(" = ")[1].replace(",", "")) > 1_000_000_000


def test_a_graph_of_the_course(tell: Tell) -> None:
    lines = rows(tell("stats", TWO_RELU))
    assert [
        "backpropagation",
        "N + P = 11",
        "9 forwards + 11 backwards = 20",
    ] in lines
    assert ["a bump for each parameter", "N × P = 28", "5 × 9 = 45"] in lines


def test_backward_does_not_depend_on_how_many_parameters_there_are() -> None:
    counted = []
    for width in (10, 1000):
        text = f"param W: [{width}] = 1\na = tanh(W)\nloss J = sum(a)\n"
        subject = Subject.of(read_text("net.graph", text.encode()))
        counted.append(measured(subject.run(subject.arguments())))
    few, many = counted
    assert (few.parameters, many.parameters) == (10, 1000)
    assert (few.forward, few.backward) == (many.forward, many.backward)


def test_steps_grow_with_the_depth_and_bumps_with_its_square() -> None:
    def chain(depth: int) -> int:
        lines = [f"param w{i} = 1\na{i + 1} = a{i} * w{i}" for i in range(depth)]
        text = "input a0 = 1\n" + "\n".join(lines) + f"\nloss J = a{depth} + 0\n"
        subject = Subject.of(read_text("net.graph", text.encode()))
        counts = measured(subject.run(subject.arguments()))
        assert (counts.nodes, counts.parameters) == (depth + 1, depth)
        return counts.forward + counts.backward

    assert chain(80) - chain(40) == chain(120) - chain(80)


def test_costs_are_formulas_in_the_free_dimensions(tell: Tell) -> None:
    lines = rows(tell("stats", NETWORK))
    assert ["nodes", "N = 522*B + 1"] in lines
    assert ["parameters", "P = 19,210"] in lines
    (forward,) = [row for row in lines if row[:1] == ["forward"]]
    # 2·B·64·256 and 2·B·256·10 for the products; the biases, the relu, and the loss on top.
    assert int(forward[1].partition("*B")[0]) - 2 * 64 * 256 - 2 * 256 * 10 < 1000
    fixed = rows(tell("stats", NETWORK, "-D", "B=32"))
    assert ["nodes", "N = 16,705"] in fixed


def test_data(tell: Tell) -> None:
    data = json.loads(tell("stats", TWO_RELU, "--format", "json"))
    assert (data["N"], data["P"], data["N + P"], data["N * P"]) == (7, 4, 11, 28)
    assert data["forward"]["flops"] == "9"
