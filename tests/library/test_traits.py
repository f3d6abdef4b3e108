"""What stanzas state of themselves, held against what NumPy does and what their rules say."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from gradc.ir.cost import flops_of
from gradc.ir.fact import FINITE, written
from gradc.ir.library import rules_of
from gradc.ir.node import Node, Scan, Value
from gradc.ir.operation import Operation
from gradc.library.clauses import StanzaError
from gradc.library.loader import StandardLibrary, standard_library
from gradc.passes.facts import Facts
from gradc.passes.inline import inline, inline_fragment
from gradc.targets.numpy.spelling import spelling_of
from gradc.targets.python.spelling import SpellingError
from gradc.verification.interpret import Interpreter
from tests.library.cases import ALL_CASES, LIBRARY, OPS, Case, by_operation

STANZA = """
op halve(x) -> y: common(x) {
    vjp dx = dy / 2
    elementwise
    numpy "x / 2"
}
"""


def nodes_of(case: Case) -> list[tuple[Node, dict[Value, Any]]]:
    """The nodes of the operation itself, each with the values that it reads and makes."""
    graph = inline(case.compile(0).graph)
    values: dict[Value, Any] = {v: np.asarray(case.draw()[n]) for n, v in graph.given}
    Interpreter(dict(case.dims), np.random.default_rng(0)).run(graph.nodes, values)
    return [(n, values) for n in graph.nodes if n.name == case.name]


@pytest.mark.parametrize("name", OPS)
def test_ufuncs_and_operators_say_so(name: str) -> None:
    op = LIBRARY.operation(name)
    spelling = spelling_of(op)
    function: Any = eval(spelling.ufunc, {"np": np}) if spelling.ufunc else None
    is_general = function is not None and function.signature is not None  # of rows or matrices
    by_element = not is_general and bool(spelling.ufunc or spelling.operator not in ("", "@"))
    assert not by_element or op.traits.elementwise
    assert not spelling.copies_first or op.traits.overwrites
    assert spelling.operator != "@" or op.traits.heavy
    assert ("rng" in re.findall(r"\w+", spelling.text)) == op.traits.impure
    assert "training" not in re.findall(r"\w+", spelling.text) or op.traits.in_training
    if spelling.ufunc:
        assert isinstance(function, np.ufunc)
        assert function.nin == len(op.operands)


def test_what_is_an_instruction_an_element_is_light() -> None:
    """What processors have an instruction for that takes no longer than to read an element."""
    spellings = {name: spelling_of(LIBRARY.operation(name)) for name in OPS}
    assert {name for name in OPS if LIBRARY.operation(name).traits.light} == {
        name
        for name, spelling in spellings.items()
        if spelling.operator in ("+", "-", "*")
        or spelling.ufunc in ("np.abs", "np.absolute", "np.maximum", "np.minimum")
    }


@by_operation()
def test_what_works_element_by_element_says_so(case: Case) -> None:
    """Changing one element of an operand changes that element of the result, and no other."""
    for node, values in nodes_of(case):
        operands = [np.asarray(values[v]) for v in node.operands]
        if node.traits.impure or not operands or not max(o.size for o in operands):
            continue
        if _leaks(node, operands, dict(case.dims)):
            assert not node.traits.elementwise
        elif node.traits.elementwise:
            shapes = [o.shape for o in operands]
            assert np.shape(values[node.result]) == np.broadcast_shapes(*shapes)


def _leaks(node: Node, operands: list[Any], dims: dict[str, int]) -> bool:
    """Whether an element reaches another place of the result."""

    def run(arrays: list[Any]) -> Any:
        given = dict(zip(node.operands, arrays, strict=True))
        return [np.array(r) for r in Interpreter(dims).evaluate(node, given)]

    before = run(operands)
    for i, operand in enumerate(operands):
        if len(set(node.operands)) < len(node.operands) or not operand.size:
            continue
        changed = operand.copy()
        changed.flat[0] = not changed.flat[0] if operand.dtype == bool else changed.flat[0] + 1
        after = run([*operands[:i], changed, *operands[i + 1 :]])
        for old, new in zip(before, after, strict=True):
            try:
                wide = np.broadcast_shapes(operand.shape, new.shape)
            except ValueError:
                return True
            if wide != new.shape:
                return True
            mark = np.zeros(operand.shape, bool)
            mark.flat[0] = True
            moved = np.asarray(old != new) & ~(np.isnan(old) & np.isnan(new))
            if np.any(moved & ~np.broadcast_to(mark, new.shape)):
                return True
    return False


@by_operation()
def test_what_a_rule_leaves_out_is_known(case: Case) -> None:
    """Given cotangents that are NaN throughout, what was left out is still 0."""
    for node, values in nodes_of(case):
        wanted = [c and v.type.is_float for v, c in zip(node.operands, node.carries, strict=True)]
        if isinstance(node, Scan) or not any(wanted):
            continue
        fragment = rules_of(node, LIBRARY)(node, wanted, [True] * len(node.results), {})
        nodes = inline_fragment(fragment).nodes
        given = [values[v] for v in (*node.operands, *node.results)]
        given += [np.full(np.shape(values[r]), np.nan) for r in node.results]
        inside = dict(zip(fragment.parameters, given, strict=True))
        made = Interpreter(dict(case.dims)).run(nodes, inside)
        facts = Facts()
        for parameter in fragment.parameters:
            facts.state(parameter, FINITE)
        facts.visit(nodes)
        for result in fragment.results:
            if result is not None and not np.isnan(made[result]).all():
                assert facts[result].left_out


@by_operation([c for c in ALL_CASES if c.name in OPS])
def test_what_is_known_of_numbers_holds(case: Case) -> None:
    """What an operation makes of its example's numbers lies within what it says of them."""
    for node, values in nodes_of(case):
        if isinstance(node, Scan):
            continue
        facts = Facts()
        for v in node.operands:
            facts.state(v, written(tuple(np.asarray(values[v], float).ravel().tolist())))
        facts.visit([node])
        for r in node.results:
            made, fact = np.asarray(values[r], float), facts[r]
            assert np.isnan(made).any() <= fact.nan
            slack = 1e-9 * np.abs(made)
            assert np.all((fact.low - slack <= made) & (made <= fact.high + slack))
            assert fact.has_zero or np.all(made)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("matmul-0", 2 * 2 * 3 * 4), ("einsum-0", 2 * 2 * 3 * 4), ("einsum-3", 2 * 2 * 3 * 4),
        ("conv2d_output-0", 2 * 27 * (2 * 4 * 3 * 4)), ("conv2d_input-0", 2 * 27 * (2 * 4 * 3 * 4)),
        ("tanh-0", 6), ("sum-0", 6), ("take-0", 0),
    ],
)  # fmt: skip
def test_arithmetic_is_counted(name: str, expected: int) -> None:
    case = next(c for c in ALL_CASES if c.label == name)
    ((node, _),) = nodes_of(case)
    assert flops_of(node) == expected


def library(text: str) -> Operation:
    """The operation of a stanza, in a library of its own beside the rest."""
    return StandardLibrary({**standard_library().texts, "own": text}).operation("halve")


def test_a_stanza_loads() -> None:
    assert library(STANZA).traits.elementwise


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("elementwise", "elementvise"),
        ("elementwise", "analitic"),
        ("elementwise", "elementwise x"),
        ("elementwise", "elementwise\n    elementwise"),
        ("elementwise", "view z"),
        ("elementwise", "view"),
        ("elementwise", "overwrites z"),
        ("elementwise", "flops many"),
        ("elementwise", "flops"),
        ("elementwise", "impure sometimes"),
        ('numpy "x / 2"', 'nunpy "x / 2"'),
        ('numpy "x / 2"', "numpy"),
    ],
)
def test_a_clause_that_no_one_knows_is_refused(right: str, wrong: str) -> None:
    with pytest.raises(StanzaError):
        library(STANZA.replace(right, wrong))


@pytest.mark.parametrize(
    "wrong", ['numpy ufnc "np.tanh"', 'numpy "x / 2" "x / 3"', 'numpy "x" statements "y = x"']
)
def test_a_spelling_that_makes_no_sense_is_refused(wrong: str) -> None:
    with pytest.raises(SpellingError):
        library(STANZA.replace('numpy "x / 2"', wrong))


SPECIAL = np.array([0, -0.0, 1, -1, 2.5, 1.7e308, -1.7e308, 1e-300, np.inf, -np.inf, np.nan])


@by_operation([c for c in ALL_CASES if c.name in OPS])
def test_what_is_quiet_makes_nothing_wrong(case: Case) -> None:
    """Of infinities and NaN too it makes others without complaint."""
    rng = np.random.default_rng(0)
    for node, values in nodes_of(case):
        for _ in range(30 * node.traits.quiet):
            given = {v: np.asarray(values[v]) for v in node.operands}
            drawn = {v: rng.choice(SPECIAL, o.shape) for v, o in given.items() if v.type.is_float}
            with np.errstate(all="raise", under="ignore"):
                Interpreter(dict(case.dims)).evaluate(node, given | drawn)


@pytest.mark.parametrize("name", [n for n in OPS if spelling_of(LIBRARY.operation(n)).ufunc])
def test_ufuncs_that_never_complain_are_quiet(name: str) -> None:
    op = LIBRARY.operation(name)
    function: Any = eval(spelling_of(op).ufunc, {"np": np})
    operands = np.broadcast_arrays(*np.ix_(*[SPECIAL] * function.nin))
    loud = False
    try:
        with np.errstate(all="raise", under="ignore"):
            made = function(*operands)
    except FloatingPointError:
        loud = True
    known = loud or not np.issubdtype(made.dtype, np.floating)
    assert known or op.traits.quiet
