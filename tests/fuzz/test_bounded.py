"""Some of the hostile and the mutated files; `tests.hostile` and `tests.mutated` make more."""

import os
import sys

import pytest

from tests.mutated import judge as judge_mutated
from tests.mutated import mutated
from tests.seldom import seldom

if os.name == "nt":
    pytest.skip("limits of processes differ", allow_module_level=True)

from tests import hostile


@pytest.mark.parametrize("seed", seldom(range(len(hostile.KINDS)), lambda seed: seed % 2))
def test_hostile_files(seed):
    name, case = hostile.case_of(seed)
    assert hostile.judge(case) is None, name


def test_the_judge_sees_what_is_taken_badly(monkeypatch):
    case = hostile.Case(hostile.TAIL, ("compile", "-o", "-"))
    monkeypatch.setattr(hostile, "MEMORY", 10_000_000)  # too little for Python itself
    assert "exit code" in hostile.judge(case)
    monkeypatch.undo()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert hostile.judge(case) == "exit code 1, and not a word"


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("first", seldom(range(0, 600, 100), lambda first: first >= 300))
def test_mutated_graphs(first):
    for seed in range(first, first + 100):
        assert judge_mutated(seed) is None, f"python -m tests.mutated --print {seed}"


def test_mutated_graphs_differ_from_what_they_were():
    same = sum(path.read_bytes() == data for path, data in map(mutated, range(200)))
    assert same < 40
