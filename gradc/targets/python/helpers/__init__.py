"""Functions that modules of several targets may need."""
