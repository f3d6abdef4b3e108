"""The worksheet: a page on which the values and derivatives of a graph are filled in."""
