"""Long runs: `python -m tests.loops --seeds 5000` prints each failure with its smallest graph."""

import sys

from tests.fuzz.__main__ import main
from tests.loops.generate import generate
from tests.loops.judge import judge
from tests.loops.shrink import shrink

if __name__ == "__main__":
    sys.exit(main("tests.loops", __doc__, generate, judge, shrink))
