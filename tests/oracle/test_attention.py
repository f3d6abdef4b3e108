"""Attention, blocks of transformers and the example's whole model against torch's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.agreement import Tensors, agree, call, torch

D, HEADS = 8, 2
GPT = Path(__file__).parent.parent.parent / "examples" / "gpt" / "gpt.graph"

ATTENTION = """
from nn import MultiHeadAttention
dim B, T
input x: [B, T, 8]
input t: [B, T, 8]
output y = MultiHeadAttention(x, 2, CAUSAL) as attn
loss J = sum(y * t)
wrt x, attn.Wqkv, attn.bqkv, attn.Wo, attn.bo
"""

BLOCK = """
from nn import TransformerBlock
dim B, T
input x: [B, T, 8]
input t: [B, T, 8]
output y = TransformerBlock(x, 2, causal=CAUSAL) as block
loss J = sum(y * t)
"""


def later(steps: int) -> Any:
    """True where attention must not look."""
    return torch.ones(steps, steps, dtype=torch.bool).triu(1)


def attention_weights(params: Tensors, prefix: str) -> dict[str, Any]:
    return {
        "in_proj_weight": params[f"{prefix}Wqkv"].T,
        "in_proj_bias": params[f"{prefix}bqkv"],
        "out_proj.weight": params[f"{prefix}Wo"].T,
        "out_proj.bias": params[f"{prefix}bo"],
    }


def block_weights(params: Tensors, pick: Callable[[Any], Any] = lambda tensor: tensor) -> Any:
    """The weights of torch's layer from those of a block, or of one slice of several blocks."""
    own = {n.removeprefix("block."): pick(t) for n, t in params.items() if n.startswith("block.")}
    attention = attention_weights(own, "attn.")
    return {
        **{f"self_attn.{n}": t for n, t in attention.items()},
        **{f"norm{k}.{n}": own[f"norm{k}.{n}"] for k in (1, 2) for n in ("weight", "bias")},
        "linear1.weight": own["up.W"].T,
        "linear1.bias": own["up.b"],
        "linear2.weight": own["down.W"].T,
        "linear2.bias": own["down.b"],
    }


def block(width: int, heads: int) -> Any:
    return torch.nn.TransformerEncoderLayer(
        width, heads, 4 * width, dropout=0, activation="gelu", batch_first=True,
        norm_first=True, dtype=torch.float64,
    )  # fmt: skip


@pytest.mark.parametrize("causal", [False, True])
def test_attention(causal: bool) -> None:
    def model(params: Tensors, given: Tensors) -> dict[str, Any]:
        layer = torch.nn.MultiheadAttention(D, HEADS, batch_first=True, dtype=torch.float64)
        x = given["x"]
        mask = later(x.shape[1]) if causal else None
        weights = attention_weights(params, "attn.")
        y, _ = call(layer, weights, x, x, x, attn_mask=mask, need_weights=False)
        return {"y": y, "J": (y * given["t"]).sum()}

    agree(ATTENTION.replace("CAUSAL", str(causal).lower()), model, B=3, T=5)


@pytest.mark.parametrize("causal", [False, True])
def test_block(causal: bool) -> None:
    def model(params: Tensors, given: Tensors) -> dict[str, Any]:
        x = given["x"]
        mask = later(x.shape[1]) if causal else None
        y = call(block(D, HEADS), block_weights(params), x, src_mask=mask)
        return {"y": y, "J": (y * given["t"]).sum()}

    agree(BLOCK.replace("CAUSAL", str(causal).lower()), model, B=3, T=5)


def gpt(params: Tensors, given: Tensors) -> dict[str, Any]:
    """The model of examples/gpt."""
    ids = given["ids"]
    h = params["token"][ids] + params["place"][: ids.shape[1]]
    layer = block(h.shape[-1], 4)
    for n in range(4):
        weights = block_weights(params, lambda tensor, n=n: tensor[n])
        h = call(layer, weights, h, src_mask=later(ids.shape[1]))
    final = torch.nn.functional.layer_norm(
        h, h.shape[-1:], params["final.weight"], params["final.bias"]
    )
    logits = final @ params["token"].T
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), given["following"].flatten())
    return {"logits": logits, "J": loss}


def test_gpt() -> None:
    text = GPT.read_text(encoding="utf-8").replace("dtype f32", "dtype f64")
    assert "f32" not in text
    agree(text, gpt, B=2, T=7)
