"""What targets that are written in Python share: expressions, layout, doors."""
