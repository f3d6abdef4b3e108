"""Mutants of derivative rules and of passes: what the tests would not notice, they do not hold."""
