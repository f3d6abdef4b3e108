"""Calls of the library with arguments of every kind in every place: see `generate.py`."""
