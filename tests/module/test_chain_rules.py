"""The chain rules over the code are true where they stand: each is worked out there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.ir.graph import Graph
from gradc.source import Source
from gradc.verification.emitted import Module, Point
from gradc.verification.sample import Sampler
from tests.fuzz.chunks import CHUNK, chunks
from tests.fuzz.generate import generate
from tests.fuzz.points import point_of as point_of_program
from tests.module.chain_rules import Verdict, judged
from tests.module.rule_rows import rows

ROOT = Path(__file__).parents[2]
GOLDENS = sorted(ROOT.glob("tests/goldens/*/*.graph"))
EXAMPLES = sorted(ROOT.glob("examples/*/*.graph"))
LEVELS = (0, 1, 2)
SLOWLY = [pytest.param(0, marks=pytest.mark.slow), 1, 2]

OVERWRITTEN = """dim B
input x: [B, 3]
input y: [B, 3]
param w: [3] = 1
p = softmax(x * w)
loss J = mean((p - y)**2 * exp(-p))
"""


def point_of(text: str, graph: Graph, loss: str | None) -> Point:
    """A random point at which the loss is a number."""
    module = Module(text, "net.py", loss).in_double()
    _, candidates = Sampler(graph, 0, {}).points(2)
    return next(point for point in candidates if np.isfinite(module.value(point)))


def verdict(source: Source, level: int, *, change: tuple[str, str] = ("", "")) -> Verdict:
    """The verdict over all functions of a module, some text of which is changed."""
    made = compile_source(source, Options(level=level))
    text, found = made.text.replace(*change) if change[0] else made.text, Verdict()
    for loss in [loss.name for loss in made.graph.losses] or [None]:
        one_of = loss if made.graph.further else None
        point = point_of(made.text, made.graph, one_of)
        found.add(judged(text, made.graph, point, one_of))
    assert found.count == len(list(rows(text))), "a rule stands where none is looked for"
    return found


@cache
def verdict_of(path: Path, level: int) -> Verdict:
    return verdict(Source(path.name, path.read_text(encoding="utf-8")), level)


@pytest.mark.parametrize("level", SLOWLY)
@pytest.mark.parametrize("path", [*GOLDENS, *EXAMPLES], ids=lambda path: path.stem)
def test_each_rule_is_true_where_it_stands(path: Path, level: int) -> None:
    found = verdict_of(path, level)
    assert found.false + found.unread == []


def test_most_rules_are_held_to_what_the_code_leaves() -> None:
    found = Verdict()
    for path in GOLDENS:
        found.add(verdict_of(path, 2))
    assert len(found.true) > 180
    assert len(found.true) > 12 * len(found.defining)


@pytest.mark.parametrize("level", LEVELS)
def test_a_buffer_that_is_overwritten_is_told_by_what_it_was_made_of(level: int) -> None:
    source = Source("net.graph", OVERWRITTEN)
    found = verdict(source, level)
    assert found.true
    assert found.false + found.unread == []
    if level == 2:
        told = "- dJ/dJ_product * J_power * J_exp\n"
        changed = verdict(source, level, change=(told, "- J_power\n"))
        assert [re.sub(r"^\S+ ", "", row) for row in changed.false] == [
            "dJ/dp = dJ/dJ_product * J_exp * (2 * J_difference) - J_power"
        ]


@pytest.mark.parametrize("seed", [196, 246, 445])
def test_what_has_been_overwritten_is_not_spoken_of(seed: int) -> None:
    """Arrays of these graphs are written over in the place of others that rules are made of."""
    program = generate(seed)
    source = Source("net.graph", program.text())
    made = compile_source(source, Options(level=2))
    assert judged(made.text, made.graph, point_of_program(program, source)).false == []


@pytest.mark.parametrize("first", chunks(10, 120))
def test_no_rule_of_a_random_graph_is_false(first: int) -> None:
    found = Verdict()
    for seed in range(first, first + CHUNK):
        program = generate(seed)
        if not all(value.array.size for step in program.steps for value in step.results):
            continue  # loops over nothing leave nothing to be looked at
        source = Source("net.graph", program.text())
        wrt = None if program.wrt is None else tuple(program.wrt)
        for level in LEVELS:
            made = compile_source(source, Options(level=level, wrt=wrt))
            each = judged(made.text, made.graph, point_of_program(program, source))
            assert each.false == [], f"seed {seed} at -O{level}"
            found.add(each)
    assert len(found.true) > 10 * len(found.unread)
