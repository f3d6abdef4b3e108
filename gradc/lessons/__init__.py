"""Readers of a graph that teach it: what each value is, what each derivative is, and why.

They run a graph and describe it; they never change one.
"""
