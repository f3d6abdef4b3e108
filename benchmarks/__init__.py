"""Measurements of gradc and of what it emits, side by side with a peer in one run."""
