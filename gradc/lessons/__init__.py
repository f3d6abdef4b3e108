"""Readers of a graph that teach it: what each value is, what each derivative is, and why.

They run a graph and describe it; they never change one. `run` computes, `words` writes formulas
and numbers, `pages` puts together what a verb shows, `draw` makes pictures (`layout` says where
everything stands), and `worksheet` makes a page that is filled in.
"""
