"""Making a graph smaller while something holds of it."""
