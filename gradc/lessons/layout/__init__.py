"""A layered layout from left to right: ranks, order within a rank, coordinates, routes.

It knows nothing of graphs of values: rectangles with ports go in, places and curves come out.
"""
