"""Graphs as modules of Python's that are built by a compiler of C."""
