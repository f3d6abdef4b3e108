"""Layers as single steps, recurrent ones and attention: what they take and give, and as what.

`lstm(x, h, c, W, U, b)` gives all outputs, the last output and the last cell; `gru(x, h, W, U, b,
c)` and `rnn(x, h, W, U, b)` all outputs and the last. `x` is [.., T, D] with time along `axis`, 0
or 1, where the outputs have it too; W, U, b and c are laid out as in the layers LSTMCell, GRUCell
and RNNCell of `nn`. `reverse` goes from the end.
"""

from __future__ import annotations

from gradc.importing.foreign import Step, Tensor
from gradc.ir.types import Type

ATTENTION = "multi_head_attention"
"""`(x, Wqkv, bqkv, Wo, bo)` with `heads` and `causal`: what MultiHeadAttention of `nn` does."""

LOOPS = {"lstm": "LSTMCell", "gru": "GRUCell", "rnn": "RNNCell"}
"""The layer of `nn` that is one step of each."""

CARRIED = {"lstm": ("h", "c"), "gru": ("h",), "rnn": ("h",)}
WEIGHTS = {"lstm": ("W", "U", "b"), "gru": ("W", "U", "b", "c"), "rnn": ("W", "U", "b")}


def layer_types(step: Step) -> tuple[Type, ...]:
    """The types of what attention or a loop gives."""
    if step.op == ATTENTION:
        (x, *_) = step.operands
        assert isinstance(x, Tensor)
        return (x.type,)
    x, h = step.operands[:2]
    assert isinstance(x, Tensor)
    assert isinstance(h, Tensor)
    axis = step.attrs["axis"]
    assert isinstance(axis, int)
    shape = list(h.shape)
    shape.insert(axis, x.shape[axis])
    states = (h.type,) * len(CARRIED[step.op])
    return (Type(h.dtype, tuple(shape)), *states)
