"""Pictures of a graph: what is drawn, where it stands, and how it is written down."""
