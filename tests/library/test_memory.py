"""Which results share memory with an operand: what a stanza says, held against NumPy.

Writing in place rests on it. A result that shares memory and is not called a `view` could be
overwritten while its operand is still needed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradc.passes.inline import inline
from gradc.verification.interpret import Interpreter
from tests.library.cases import Case, by_operation

SPELLED_ELSEWHERE = {"astype", "einsum"}
"""`special.py` copies for einsum, and `x.astype` copies; the interpreter does neither."""


@by_operation()
def test_only_views_share_memory(case: Case) -> None:
    graph = inline(case.compile(0).graph)
    drawn = case.draw()
    values = {v: np.asarray(drawn[name]) for name, v in graph.given}
    interpreter = Interpreter(dict(case.dims))
    for node in graph.nodes:
        if node.traits.impure:
            return
        operands = [np.asarray(values[v]) for v in node.operands]
        results = interpreter.evaluate(node, values)
        values.update(zip(node.results, map(np.asarray, results), strict=True))
        for result in results:
            shared = [i for i, x in enumerate(operands) if _shares(result, x)]
            if node.name in SPELLED_ELSEWHERE:
                continue
            allowed = [node.traits.view]
            assert set(shared) <= set(allowed), (node.name, shared)


def _shares(result: Any, operand: Any) -> bool:
    return bool(np.asarray(result).size) and np.shares_memory(np.asarray(result), operand)
