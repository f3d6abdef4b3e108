"""C's own: a header and a source that need a C99 compiler and its libm."""
