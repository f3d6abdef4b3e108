"""The NumPy target: lower a program to a view of a module."""
