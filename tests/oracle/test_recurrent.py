"""Recurrent cells in a scan, against torch's layers."""

from __future__ import annotations

import pytest

from tests.oracle.agreement import Tensors, agree, call, torch

D, H = 3, 4

LSTM = """
from nn import LSTMCell
dim T, B
input x: [T, B, 3]
input h0: [B, 4]
input c0: [B, 4]
scan h, c = h0, c0 over x_t in x {
    next h, c = LSTMCell(x_t, h, c) as cell
    output hs = next h
}
output hs, h, c
loss J = sum(square(hs)) + sum(h * c)
wrt x, h0, c0, cell.W, cell.U, cell.b
"""

ONE_STATE = """
from nn import CELL
dim T, B
input x: [T, B, 3]
input h0: [B, 4]
scan h = h0 over x_t in x {
    next h = CELL(x_t, h) as cell
    output hs = next h
}
output hs, h
loss J = sum(square(hs)) + sum(h)
wrt x, h0, WEIGHTS
"""


def weights(params: Tensors, **biases: str) -> dict[str, object]:
    """The names that torch gives to the weights of one layer; it keeps matrices transposed."""
    return {
        "weight_ih_l0": params["cell.W"].T,
        "weight_hh_l0": params["cell.U"].T,
        **{
            f"bias_{kind}_l0": params[f"cell.{name}"]
            if name
            else torch.zeros_like(params["cell.b"])
            for kind, name in biases.items()
        },
    }


def lstm(params: Tensors, given: Tensors) -> dict[str, object]:
    layer = torch.nn.LSTM(D, H, dtype=torch.float64)
    start = (given["h0"][None], given["c0"][None])
    hs, (h, c) = call(layer, weights(params, ih="b", hh=""), given["x"], start)
    return {"hs": hs, "h": h[0], "c": c[0], "J": (hs**2).sum() + (h * c).sum()}


def gru(params: Tensors, given: Tensors) -> dict[str, object]:
    layer = torch.nn.GRU(D, H, dtype=torch.float64)
    hs, h = call(layer, weights(params, ih="b", hh="c"), given["x"], given["h0"][None])
    return {"hs": hs, "h": h[0], "J": (hs**2).sum() + h.sum()}


def rnn(params: Tensors, given: Tensors) -> dict[str, object]:
    layer = torch.nn.RNN(D, H, dtype=torch.float64)
    hs, h = call(layer, weights(params, ih="b", hh=""), given["x"], given["h0"][None])
    return {"hs": hs, "h": h[0], "J": (hs**2).sum() + h.sum()}


@pytest.mark.parametrize("steps", [1, 7, 50])
def test_lstm(steps: int) -> None:
    agree(LSTM, lstm, T=steps, B=2)


@pytest.mark.parametrize("steps", [1, 7, 50])
def test_gru(steps: int) -> None:
    text = ONE_STATE.replace("CELL", "GRUCell").replace("WEIGHTS", "cell.W, cell.U, cell.b, cell.c")
    agree(text, gru, T=steps, B=2)


@pytest.mark.parametrize("steps", [1, 7, 50])
def test_rnn(steps: int) -> None:
    text = ONE_STATE.replace("CELL", "RNNCell").replace("WEIGHTS", "cell.W, cell.U, cell.b")
    agree(text, rnn, T=steps, B=2)
