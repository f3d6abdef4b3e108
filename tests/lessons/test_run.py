"""Running a graph: the numbers of values and derivatives."""

import numpy as np
import pytest

from gradc.lessons.run.point import ArgumentError
from gradc.lessons.run.subject import Run, Subject
from gradc.syntax.parser import read_text

UNIT = """\
input x = -2
input y = 2
param w = 2
param b = 8
c = w * x
a = c + b
d = a - y
loss J = 0.5 * d**2
"""


def subject(text: str) -> Subject:
    return Subject.of(read_text("test.graph", text.encode()))


def by_name(run: Run) -> tuple[dict[str, float], dict[str, float]]:
    values = {v.name: x for v, x in run.values.items() if v.named}
    return values, {v.name: x for v, x in run.derivatives.items() if v.named}


def test_the_values_and_derivatives_of_a_linear_unit() -> None:
    unit = subject(UNIT)
    values, derivatives = by_name(unit.run(unit.arguments()))
    assert values == {"x": -2, "y": 2, "w": 2, "b": 8, "c": -4, "a": 4, "d": 2, "J": 2}
    assert derivatives == {"J": 1, "d": 2, "a": 2, "c": 2, "b": 2, "w": -4}


def test_given_values_stand_in_for_examples_and_starting_values() -> None:
    unit = subject(UNIT)
    values, derivatives = by_name(unit.run(unit.arguments({"x": 2, "y": 1, "w": -2})))
    assert (values["J"], derivatives["w"]) == (4.5, 6)


def test_a_bump_on_the_way_reaches_the_loss() -> None:
    unit = subject(UNIT)
    arguments = unit.arguments()
    d = next(v for v in unit.run(arguments).values if v.name == "d")
    assert unit.loss_at(arguments, {d: 2.001}) == pytest.approx(2.0020005)


def test_each_use_of_a_value_contributes() -> None:
    graph = subject("param w = 3\nloss J = w * w + w\n")
    run = graph.run(graph.arguments())
    w = graph.graph.arguments["w"]
    assert [part.amount for part in run.parts if part.value is w] == [1, 3, 3]
    assert run.gradient("w") == 7


def test_parameters_start_as_in_the_module() -> None:
    graph = subject("dim D = 3\nparam w: [D] ~ normal(1)\nloss J = sum(w)\n")
    drawn = [graph.run(graph.arguments(seed=seed)) for seed in (0, 0, 1)]
    first, second, third = (run.values[graph.graph.arguments["w"]] for run in drawn)
    assert np.array_equal(first, np.random.default_rng(0).normal(0, 1, 3))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, third)


def test_what_nobody_gave_is_drawn_and_named() -> None:
    graph = subject("dim B\ninput x: [B]\ninput n: i64[B]\nparam w = 1\nloss J = sum(w * x * n)\n")
    arguments = graph.arguments({"x": [1.0, 2.0]})
    assert arguments.drawn == ("n",)
    assert arguments.dims == {"B": 2}


def test_scans_calls_and_random_numbers_run() -> None:
    graph = subject(
        "dim T = 3\ninput x: [T] = [1, 2, 3]\nparam w = 0.5\n"
        "fn ste(x) = sign(x)\nvjp ste(x) -> y; dy {\n    dx = dy\n}\n"
        "scan h = 0.0 over x_t in x {\n    next h = w * h + x_t\n}\n"
        "loss J = ste(h) * h + 0 * random_normal([])\n"
    )
    run = graph.run(graph.arguments())
    values, derivatives = by_name(run)
    assert values["h"] == 4.25
    assert derivatives["h"] == 1 + 4.25
    assert run.gradient("w") == pytest.approx((2 * 0.5 * 1 + 2) * 5.25)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"z": 1}, "no input or parameter `z`"),
        ({"x": [1, 2]}, "`x` is f64; this has shape [2]"),
        ({"x": "one"}, "`x` is f64; this is no such array"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        subject(UNIT).arguments(given)
    assert message in refusal.value.message


def test_a_shape_that_does_not_fit_is_told_by_sizes_that_are_not_said_already() -> None:
    graph = subject("dim N\ninput x: [3]\ninput u: [N]\ninput v: [N]\nloss J = sum(x) + u @ v\n")
    with pytest.raises(ArgumentError) as refusal:
        graph.arguments({"x": [1, 2]})
    assert refusal.value.message == "`x` is f64[3]; this has shape [2]"
    with pytest.raises(ArgumentError) as refusal:
        graph.arguments({"u": [1, 2], "v": [1, 2, 3]})
    assert refusal.value.message == "`v` is f64[N], here [2]; this has shape [3]"
