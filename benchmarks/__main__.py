"""`python -m benchmarks` runs them all."""

from benchmarks import checkpoint, compiling, digits, drawing, steps

digits.main()
compiling.main()
checkpoint.main()
steps.main()
drawing.main()
