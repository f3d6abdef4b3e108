"""What the benchmarks do with what they measure."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import contenders, machine, measure, memory, results, rounds, table
from benchmarks.contenders import HAND
from benchmarks.growth import Series, growth, scalar_statements
from benchmarks.measure import Measured, measured
from benchmarks.rounds import ratio
from benchmarks.work import Case, Row, Step, work_called

ROOT = Path(__file__).parents[2]
UNIT = work_called("unit")


def _run(*words: str) -> "subprocess.CompletedProcess[str]":
    call = [sys.executable, "-m", "benchmarks", *words]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The contenders that are always there; others may be added."""
    others = {*contenders.PEERS, "C"}
    kept = {n: c for n, c in contenders.CONTENDERS.items() if n not in others}
    monkeypatch.setattr(contenders, "CONTENDERS", kept)
    monkeypatch.setattr(measure, "CONTENDERS", kept)
    return kept


def test_a_work_prints_its_rows_and_its_goals() -> None:
    done = _run("unit")
    assert done.returncode == 0, done.stderr
    head, row, *goals = done.stdout.splitlines()
    assert head.split()[:4] == ["over", "NumPy", "by", "hand"]
    assert row.startswith("linear unit")
    assert any([g.startswith("    -O2 over by hand: ") and "goal 3.8" in g for g in goals])


def test_a_work_that_there_is_not_is_told() -> None:
    done = _run("units")
    assert done.returncode == 2
    assert "no work is called units; there are unit, logistic" in done.stderr


def test_who_disagrees_is_not_timed(alone: dict[str, Any]) -> None:
    def off(case: Case) -> Step:
        return lambda: (2.0, (-4.0, 2.0001))

    alone["off"] = off
    found = measured(UNIT, UNIT.rows[0], seconds=0.0)
    assert found.wrong == {"off": "b"}
    assert set(found.taken) == {HAND, "-O0", "-O1", "-O2"}
    assert any(["off disagrees with NumPy by hand: b" in g for g in table.goals(found)])


def test_who_is_absent_is_said_and_left_out(alone: dict[str, Any]) -> None:
    def missing(case: Case) -> Step:
        raise ImportError("no such module")

    alone["missing"] = missing
    found = measured(UNIT, UNIT.rows[0], seconds=0.0)
    assert found.absent == {"missing": "not installed"}
    assert "| linear unit |" in table.times([found])


def test_goals_are_judged_by_the_median() -> None:
    row = Row("a row", goals={HAND: 1.5, "JAX": 1.0})
    found = Measured(row, {HAND: [1.0, 1.0, 1.0], "-O2": [1.0, 1.4, 9.0]}, {}, {})
    assert found.over("-O2", HAND) == ratio([1.0, 1.4, 9.0], [1.0, 1.0, 1.0])
    text = table.goals_table([found])
    assert "| a row | by hand | 1.4 (1 to 9) | 1.5 | met |" in text
    assert "| a row | JAX | – | 1 | not measured |" in text
    assert "1 of 2 goals are met." in text
    assert table.verdict(1.39, found.over("-O2", HAND)) == table.MISSED


def test_steps_are_timed_in_turn() -> None:
    order = []
    steps = {name: lambda name=name: order.append(name) for name in "abc"}
    taken = rounds.timed(steps, 0.0, fewest=3)
    assert [len(t) for t in taken.values()] == [3, 3, 3]
    turns = [name for i, name in enumerate(order) if i == 0 or order[i - 1] != name]
    assert "".join(turns) == "abc" + "abc" + "bca" + "cab"


@pytest.mark.skipif(not memory.can_be_measured(), reason="the system counts no peaks")
def test_the_peak_counts_what_is_let_go_again() -> None:
    code = "from benchmarks import memory as m; import numpy as np; n = 5_000_000;"
    code += "print(m.peak(lambda: np.add(np.ones(n), np.ones(n))[:1].copy()))"
    call = [sys.executable, "-c", code]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True)
    assert 0.95 * 120e6 < float(done.stdout) < 1.1 * 120e6


def test_costs_grow_by_the_unit() -> None:
    series = Series("statement", (4, 40), scalar_statements, ("-O1", "-O2"))
    head, _, *lines = growth(series, seconds=0.0).splitlines()
    assert head == "| µs a statement | -O1 | -O2 |"
    assert [line.split(" | ")[0] for line in lines] == ["| 4", "| 40", "| most over fewest"]
    assert all([float(cell.strip("| *")) > 0 for cell in lines[-1].split(" | ")[1:]])


def test_the_page_says_what_is_met_and_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "all_growth", lambda: ["| µs a step |"])
    monkeypatch.setattr(results, "_printed", lambda: "compiling\n")
    peaks = {HAND: 4e6, "-O2": 5e6, "JAX": 6e6}
    monkeypatch.setattr(memory, "can_be_measured", lambda: True)
    monkeypatch.setattr(memory, "peaks", lambda work, place, names: peaks)
    row = Row("a row", goals={HAND: 2.0, "JAX": 0.5})
    taken = {HAND: [1.0, 1.0], "-O2": [1.5, 1.5], "JAX": [2.0, 2.0]}
    text = results.page([("a", 0, Measured(row, taken, {"torch": "not installed"}, {}))])
    assert "| a row | JAX | 0.75 (0.75 to 0.75) | 0.5 | **missed** |" in text
    assert "1 of 2 goals are met." in text
    assert "- torch: not installed (a row)" in text
    assert "| a row | 4.0 | – | – | 5.0 | – | 6.0 | – | – | – | – | **missed** |" in text
    assert "is met in 0 of 1 rows." in text
    assert "| µs a step |" in text
    assert "```text\ncompiling\n```" in text


def test_the_machine_is_described_without_its_name() -> None:
    said = f"{machine.processor()} {machine.cores()} {machine.kernels()} {machine.versions()}"
    assert os.uname().nodename not in said
