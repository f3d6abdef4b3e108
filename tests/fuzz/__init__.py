"""Random graphs, compiled and compared with a reference that shares no code with gradc."""
