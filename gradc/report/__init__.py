"""Diagnostics as text and as data: what a person sees, and what other programs read."""
