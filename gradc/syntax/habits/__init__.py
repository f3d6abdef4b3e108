"""Statements and signs that people bring along from other languages.

Like `syntax/mistakes.py`, whose functions are asked after these: each knows one habit and returns
None where the refusal is about another.
"""
