"""`python -m benchmarks` runs them all."""

from benchmarks import checkpoint, compiling, digits

digits.main()
compiling.main()
checkpoint.main()
