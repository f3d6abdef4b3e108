"""How views lie in memory, as NumPy has it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradc.elaborate import elaborate
from gradc.ir.layout import Layout
from gradc.ir.node import Apply
from gradc.ir.sizes import known
from gradc.library.loader import standard_library
from gradc.passes.memory.views import viewed
from gradc.source import Source
from gradc.syntax.parser import parse

LIBRARY = standard_library()
WHOLES = {
    "as it is": np.zeros((3, 4, 5)),
    "transposed": np.zeros((5, 4, 3)).transpose(2, 1, 0),
    "every other": np.zeros((6, 4, 10))[::2, :, ::2],
}
VIEWS: dict[str, Any] = {
    "x[1]": lambda x: x[1],
    "x[..., 1]": lambda x: x[..., 1],
    "x[::-1, ..., 1:4:2]": lambda x: x[::-1, ..., 1:4:2],
    "x[newaxis, :, 2]": lambda x: x[np.newaxis, :, 2],
    "x[1:, ..., newaxis]": lambda x: x[1:, ..., np.newaxis],
    "transpose(x, [1, 2, 0])": lambda x: x.transpose(1, 2, 0),
    "x.mT": lambda x: x.swapaxes(1, 2),
    "broadcast_to(x, [2, 3, 4, 5])": lambda x: np.broadcast_to(x, (2, 3, 4, 5)),
    "diagonal(x, axis1=0, axis2=2)": lambda x: np.diagonal(x, axis1=0, axis2=2),
    "sliding_window(x, [2, 3], stride=[1, 2])": lambda x: np.lib.stride_tricks.sliding_window_view(
        x, (2, 3), axis=(1, 2)
    )[:, :, ::2],
    "reshape(x, [3, 20])": lambda x: x.reshape(3, 20),
}


@pytest.mark.parametrize("whole", WHOLES)
@pytest.mark.parametrize("text", VIEWS)
def test_a_view_lies_as_in_numpy(text: str, whole: str) -> None:
    source = Source("net.graph", f"input x: [3, 4, 5]\noutput y = {text}\n")
    graph, _ = elaborate(parse(source), LIBRARY)
    (node,) = graph.nodes
    assert isinstance(node, Apply)
    x = WHOLES[whole]
    found = viewed(node, layout(x), lambda size: known(size, {}))
    expected = VIEWS[text](x)
    assert found == (layout(expected) if np.shares_memory(x, expected) else None)


def layout(x: Any) -> Layout:
    """Of a length of 1 the distance to a neighbour is as good as any: there is none."""
    pairs = zip(x.shape, x.strides, strict=True)
    return Layout(x.shape, tuple([0 if n == 1 else s // 8 for n, s in pairs]), 8)
