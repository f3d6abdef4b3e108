"""One module a verb: `configure` adds its arguments to a parser, `run` does the work.

These modules import nothing heavy at their top; what a verb needs it imports when it runs.
"""

from __future__ import annotations

VERBS: dict[str, str] = {
    "compile": "write the NumPy module of a graph",
    "build": "build a graph as a Python extension, by the compiler of C",
    "import": "write the graph of an ONNX file or of a program of torch.export",
    "check": "report errors and warnings; write nothing",
    "verify": "prove the gradients of the emitted module by differences",
    "trace": "show every value forwards and every derivative backwards",
    "draw": "draw the graph, a curve, or a worksheet to fill in",
    "explain": "derive the gradients step by step, with their numbers",
    "why": "say why a gradient is zero, blocked, huge or no number",
    "stats": "count steps, operations and memory: N + P against N × P",
    "diff": "say what a change of a graph means",
    "fmt": "lay out graphs canonically",
    "lsp": "answer an editor: diagnostics, hover, completion, rename",
    "ops": "list the operations, or show the page of one",
    "emit": "print what the compiler holds after a stage",
    "reduce": "make a graph smaller while a command fails on it",
    "error": "explain a diagnostic",
    "completions": "print completions for a shell",
}
"""The verbs in the order of `gradc --help`, each with a line on what it does."""
