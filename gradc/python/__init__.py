"""gradc from Python: what `gradc.__all__` names. Texts in, modules and lessons out."""
