"""Random programs in C give what their NumPy modules give."""

import shutil

import pytest

from tests.seldom import seldom
from tests.targets_c.programs import judged

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


@pytest.mark.parametrize("first", seldom([0, 24], bool))
def test_some_programs_agree(first: int) -> None:
    assert [*judged(range(first, first + 24), "-O0")] == []


def test_programs_that_showed_faults_agree() -> None:
    # Loops of backward that begin with what they make anew, and read a number of backward: 20832,
    # 24140. Carried arrays that are written where another view of them is read: 22443, 24065,
    # 24413. What `predict` makes of a loop that was made short: 23141.
    # An input called as a total: 40562. A loss called as a loop: 102020. A dimension called
    # `lambda`: 101990. Places among what is added to: 42242.
    seeds = (20832, 22443, 23141, 24065, 24140, 24413, 40562, 42242, 101990, 102020)
    assert [*judged(seeds, "-O0")] == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 1100, 50))
def test_more_programs_agree(first: int) -> None:
    assert [*judged(range(first, first + 50), "-O1")] == []
