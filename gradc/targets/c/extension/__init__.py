"""A module of Python's around the functions of a source."""
