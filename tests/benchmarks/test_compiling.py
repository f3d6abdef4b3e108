"""What compiling costs, stage by stage."""

import pytest

from benchmarks.compiling import stages


def test_each_stage_of_a_compilation_has_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    stages(20)
    head, *rows, total = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert head == ["stage", "µs", "calls"]
    names = [name for name, _, _ in rows]
    assert names[:3] == ["mask", "parse", "elaborate"]
    assert names[-3:] == ["verify_plan", "lower", "inspect"]
    assert abs(sum(int(calls) for _, _, calls in rows) - int(total[2])) <= len(rows)
