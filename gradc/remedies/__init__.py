"""Remedies: what a help shows to write, written into the text and tried before it is said."""
