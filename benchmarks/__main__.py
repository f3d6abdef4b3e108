"""`python -m benchmarks` runs them all."""

from benchmarks import checkpoint, compiling, digits, drawing

digits.main()
compiling.main()
checkpoint.main()
drawing.main()
