"""What spellings make of a few known numbers: without NumPy, and the same on every machine."""
