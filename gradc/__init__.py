"""gradc compiles a graph description into the backpropagation code an engineer would write."""

__version__ = "0.1.0"
