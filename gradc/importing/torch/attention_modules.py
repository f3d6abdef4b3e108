"""Calls of `nn.MultiheadAttention`, whose thirty nodes are one layer or a few steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from gradc.importing.foreign import Frame, Operand, Tensor
from gradc.importing.raising import causal_mask
from gradc.importing.recurrent import ATTENTION
from gradc.importing.torch.aten import TorchMaking
from gradc.importing.torch.frames import frames_of
from gradc.records import dataclass

KIND = "MultiheadAttention"
_SCORES = ("scaled_dot_product_attention", "baddbmm", "bmm")
_PARTS = ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")


@dataclass(slots=True, eq=False)
class Attention:
    """One call: its nodes, what it reads and gives, and how.

    `sources` are those of queries, keys and values, `mask` is added to the scores or says what is
    seen, `weights` are the placeholders of its weights.
    """

    frames: tuple[Frame, ...]
    nodes: list[torch.fx.Node]
    sources: tuple[torch.fx.Node, torch.fx.Node, torch.fx.Node]
    mask: torch.fx.Node | None
    result: torch.fx.Node
    weights: dict[str, torch.fx.Node]
    width: int  # of a head
    is_batch_first: bool
    is_causal: bool


def attentions(nodes: Sequence[torch.fx.Node]) -> Iterator[Attention]:
    """The calls that are as torch writes them; the nodes of others are said one by one."""
    calls: dict[Frame, list[torch.fx.Node]] = {}
    for node in nodes:
        frames = frames_of(node) if node.op == "call_function" else ()
        if frames and frames[-1].kind == KIND:
            calls.setdefault(frames[-1], []).append(node)
        elif len(frames) > 1 and frames[-2].kind == KIND:
            calls.setdefault(frames[-2], []).append(node)
    for own in calls.values():
        found = _attention(own)
        if found is not None:
            yield found


def _attention(nodes: list[torch.fx.Node]) -> Attention | None:
    inside = set(nodes)
    given = [n for n in nodes if any(u not in inside for u in n.users)]
    linears = [n for n in nodes if _is(n, "linear")]
    weights = _weights(nodes)
    scores = next((n for n in nodes if _is(n, *_SCORES)), None)
    if len(given) != 1 or not 2 <= len(linears) <= 4 or len(weights) != 4 or scores is None:
        return None
    if any(_is(n, "dropout") and n.args[1] and n.args[2] for n in nodes):
        return None
    plain = [_source(n.args[0], inside) for n in linears[:-1]]
    if any(s is None for s in plain):
        return None
    sources = [s for s in plain if s is not None]
    ways = [turned for _, turned in sources]
    q, k, v = {1: (0, 0, 0), 2: (0, 1, 1), 3: (0, 1, 2)}[len(sources)]
    mask, is_causal = _mask(scores)
    heads = scores.meta.get("val") if _is(scores, "scaled_dot_product_attention") else None
    first = scores.args[1] if _is(scores, "baddbmm") else scores.args[0]
    assert isinstance(first, torch.fx.Node)
    width = int((heads if heads is not None else first.meta["val"]).shape[-1])
    if len(set(ways)) != 1:
        return None
    return Attention(
        frames_of(nodes[0])[: 1 + _depth(nodes[0])], nodes,
        (sources[q][0], sources[k][0], sources[v][0]),
        mask, given[0], weights, width, ways[0], is_causal,
    )  # fmt: skip


def _depth(node: torch.fx.Node) -> int:
    return next(i for i, f in enumerate(frames_of(node)) if f.kind == KIND)


def _is(node: Any, *names: str) -> bool:
    schema = getattr(getattr(node, "target", None), "_schema", None)
    return schema is not None and schema.name.rpartition("::")[2] in names


def _weights(nodes: list[torch.fx.Node]) -> dict[str, torch.fx.Node]:
    """The placeholders of its weights, by what they are called in the module."""
    found = {}
    for node in nodes:
        for given in node.all_input_nodes:
            for part in _PARTS:
                if given.op == "placeholder" and given.name.endswith(part.replace(".", "_")):
                    found[part] = given
    return found


def _source(argument: Any, inside: set[torch.fx.Node]) -> tuple[torch.fx.Node, bool] | None:
    """What a projection reads, and whether its first two axes were swapped before."""
    if argument not in inside:
        return argument, False
    if _is(argument, "transpose") and argument.args[0] not in inside:
        return argument.args[0], True
    return None


def _mask(scores: torch.fx.Node) -> tuple[torch.fx.Node | None, bool]:
    given = list(scores.args)
    if _is(scores, "scaled_dot_product_attention"):
        mask = given[3] if len(given) > 3 else scores.kwargs.get("attn_mask")
        is_causal = bool(given[5] if len(given) > 5 else scores.kwargs.get("is_causal", False))
        return (mask if isinstance(mask, torch.fx.Node) else None), is_causal
    mask = given[0] if _is(scores, "baddbmm") else None
    return (mask if isinstance(mask, torch.fx.Node) else None), False


def attend(
    m: TorchMaking, call: Attention, sources: Sequence[Tensor], mask: Tensor | None,
    weights: dict[str, np.ndarray[Any, Any]],
) -> Tensor | None:  # fmt: skip
    """The result of a call; None where its mask is one for each head or example."""
    path = ".".join(call.frames[-1].path)
    q, k, v = (t if call.is_batch_first else m.apply("swapaxes", t, 0, 1) for t in sources)
    size = q.shape[-1]
    assert isinstance(size, int)
    heads = size // call.width
    is_causal = call.is_causal
    if mask is not None and any(n != 1 for n in mask.shape[:-2]):
        return None
    if mask is not None and mask.is_known and causal_mask(mask, q.shape[-2], k.shape[-2]):
        mask, is_causal = None, True
    inner, bias = weights["in_proj_weight"], weights["in_proj_bias"]
    outer, last = weights["out_proj.weight"], weights["out_proj.bias"]
    if sources[0] is sources[1] is sources[2] and mask is None:
        own = [
            m.own_param(f"{path}.{name}", data)
            for name, data in (("Wqkv", inner.T), ("bqkv", bias), ("Wo", outer.T), ("bo", last))
        ]
        y = m.apply(ATTENTION, q, *own, heads=heads, causal=is_causal)
    else:
        seen = [
            _heads(m, _projected(m, t, f"{path}.{name}", inner[part], bias[part]), heads)
            for t, name, part in zip(
                (q, k, v), ("q_proj", "k_proj", "v_proj"), _thirds(size), strict=True
            )
        ]
        attrs: dict[str, Operand] = {} if mask is None else {"mask": mask}
        attrs |= {"causal": True} if is_causal else {}
        z = m.apply("scaled_dot_product_attention", *seen, **attrs)  # type: ignore[arg-type]
        joined = m.apply("reshape", m.apply("swapaxes", z, 1, 2), q.shape)
        y = _projected(m, joined, f"{path}.out_proj", outer, last)
    return y if call.is_batch_first else m.apply("swapaxes", y, 0, 1)


def _thirds(size: int) -> list[slice]:
    return [slice(i * size, (i + 1) * size) for i in range(3)]


def _projected(m: TorchMaking, x: Tensor, path: str, weight: Any, bias: Any) -> Tensor:
    return m.apply(
        "linear", x, m.own_param(f"{path}.weight", weight.T), m.own_param(f"{path}.bias", bias)
    )


def _heads(m: TorchMaking, x: Tensor, heads: int) -> Tensor:
    split = m.apply("reshape", x, (*x.shape[:-1], heads, -1))
    return m.apply("swapaxes", split, 1, 2)


def feeds(node: torch.fx.Node, other: torch.fx.Node, inside: set[torch.fx.Node]) -> bool:
    """Whether a node is one that another, of the same call, is made of."""
    if node is other:
        return True
    later = [u for u in node.users if u in inside and u <= other]
    return any(feeds(user, other, inside) for user in later)
