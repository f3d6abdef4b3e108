"""`python -m benchmarks` measures every work; names of works measure these."""

from benchmarks import machine

machine.pin()

import sys  # noqa: E402  NumPy reads how many threads it may use when it is loaded

from benchmarks.command import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
