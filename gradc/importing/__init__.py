"""Models from elsewhere: a foreign program becomes a graph's text and its weights.

A front (`onnx/`, `torch/`) says a foreign program in gradc's operations to a `Making`, which types
each step at once. `raising` finds what patterns of steps are, `structure` layers; `text` writes.
"""
