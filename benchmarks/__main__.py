"""`python -m benchmarks` runs them all."""

from benchmarks import compiling, digits

digits.main()
compiling.main()
