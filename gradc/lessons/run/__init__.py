"""A graph at a point: its values, its derivatives, its steps, its cost."""
