"""Proving the gradients of a module, by ways that share nothing with the derivative rules.

- `allowed` draws sizes that a graph allows, `sample` a point: sizes, arrays, labels.
- `emitted` runs a module's text and calls its functions.
- `interpret` runs the graph itself, in double precision or with complex numbers.
- `dual` runs it on dual numbers, values and tangents together.
- `symbolic` runs a graph of scalars on symbols, by SymPy's formulas of the operations.
- `formulas` holds its gradients against those that SymPy makes.
- `differences` has the two ways to a derivative: central differences and the complex step.
- `blame` finds the first wrong adjoint where a gradient is wrong.
- `prove` puts them together into a `Verdict`.
"""
