"""The NumPy backend: lower a program to a view of a module."""
