"""Two cores over one: both are timed, and give the same gradients."""

import os
import shutil

import pytest

from benchmarks import threads
from benchmarks.handover import handover
from benchmarks.work import Row, work_called


def test_the_works_are_there() -> None:
    for name, rows in threads.LARGE.items():
        assert {row.name for row in work_called(name).rows} >= set(rows)


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_both_are_timed_and_agree() -> None:
    work = work_called("layer_norm")
    one, found, different = threads.compared(work, Row("small", {"N": 600, "D": 128}), 0.05)
    assert one > 0
    assert 0 < found.low <= found.high
    assert different == []


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="there is one core")
def test_a_word_goes_from_core_to_core() -> None:
    # Faster than light goes across a chip, it was not handed over; slower, a thread was not there.
    assert 1e-9 < handover() < 1e-4
