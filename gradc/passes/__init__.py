"""The stages between the tree and the program. Each is a verb with its own module."""
