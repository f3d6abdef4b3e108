"""Text to tree, and the canonical layout of a text."""
