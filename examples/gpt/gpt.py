"""A transformer that guesses the next character of a text: four blocks, causal attention.

Compiled by gradc 0.1.0 from gpt.graph at -O1. Edit the graph, not this file.

Dimensions
    B, T  free
    V, D, HEADS, LONGEST = 74, 48, 4, 32

Inputs
    ids        i64[B, T]  Characters by their places in the alphabet, one text a row.
    following  i64[B, T]  The character after each of them.

Parameters
    token               f32[74, 48]      ~ normal(0.1)
        A vector for each character, which scores it as well.
    place               f32[32, 48]      ~ normal(0.1)     A vector for each place in the text.
    block.norm1.weight  f32[4, 48]       = 1
    block.norm1.bias    f32[4, 48]       = 0
    block.attn.Wqkv     f32[4, 48, 144]  ~ glorot_uniform
    block.attn.bqkv     f32[4, 144]      = 0
    block.attn.Wo       f32[4, 48, 48]   ~ glorot_uniform
    block.attn.bo       f32[4, 48]       = 0
    block.norm2.weight  f32[4, 48]       = 1
    block.norm2.bias    f32[4, 48]       = 0
    block.up.W          f32[4, 48, 192]  ~ glorot_uniform
    block.up.b          f32[4, 192]      = 0
    block.down.W        f32[4, 192, 48]  ~ glorot_uniform
    block.down.b        f32[4, 48]       = 0
    final.weight        f32[48]          = 1
    final.bias          f32[48]          = 0

Outputs
    logits  f32[B, T, 74]  One score for each character that may follow.
    J       f32            the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f32 = np.dtype(np.float32)
_i64 = np.dtype(np.int64)

Params = TypedDict("Params", {
    "token": npt.NDArray[np.float32], "place": npt.NDArray[np.float32],
    "block.norm1.weight": npt.NDArray[np.float32], "block.norm1.bias": npt.NDArray[np.float32],
    "block.attn.Wqkv": npt.NDArray[np.float32], "block.attn.bqkv": npt.NDArray[np.float32],
    "block.attn.Wo": npt.NDArray[np.float32], "block.attn.bo": npt.NDArray[np.float32],
    "block.norm2.weight": npt.NDArray[np.float32], "block.norm2.bias": npt.NDArray[np.float32],
    "block.up.W": npt.NDArray[np.float32], "block.up.b": npt.NDArray[np.float32],
    "block.down.W": npt.NDArray[np.float32], "block.down.b": npt.NDArray[np.float32],
    "final.weight": npt.NDArray[np.float32], "final.bias": npt.NDArray[np.float32],
})
Gradients = Params


class Outputs(NamedTuple):
    logits: npt.NDArray[np.float32]  # f32[B, T, 74]
    J: np.float32


class Prediction(NamedTuple):
    logits: npt.NDArray[np.float32]  # f32[B, T, 74]


class Saved(NamedTuple):
    ids: Any  # i64[B, T]
    following: Any  # i64[B, T]
    token: Any  # f32[74, 48]
    block_norm1_weight: Any  # f32[4, 48]
    block_attn_Wqkv: Any  # f32[4, 48, 144]
    block_attn_Wo: Any  # f32[4, 48, 48]
    block_norm2_weight: Any  # f32[4, 48]
    block_up_W: Any  # f32[4, 48, 192]
    block_down_W: Any  # f32[4, 192, 48]
    final_weight: Any  # f32[48]
    norm1_rstd_steps: Any  # f32[4, B, T, 1]
    norm1_hat_steps: Any  # f32[4, B, T, 48]
    norm1_steps: Any  # f32[4, B, T, 48]
    qkv_steps: Any  # f32[4, B, T, 144]
    weights_steps: Any  # f32[4, B, 4, T, T]
    joined_steps: Any  # f32[4, B, T, 4, 12]
    norm2_rstd_steps: Any  # f32[4, B, T, 1]
    norm2_hat_steps: Any  # f32[4, B, T, 48]
    norm2_steps: Any  # f32[4, B, T, 48]
    up_steps: Any  # f32[4, B, T, 192]
    cdf_steps: Any  # f32[4, B, T, 192]
    down_gelu_steps: Any  # f32[4, B, T, 192]
    final_rstd: Any  # f32[B, T, 1]
    final_hat: Any  # f32[B, T, 48]
    final: Any  # f32[B, T, 48]
    logp: Any  # f32[B*T, 74]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "token": rng.normal(0, 0.1, (74, 48)).astype(np.float32),
        "place": rng.normal(0, 0.1, (32, 48)).astype(np.float32),
        "block.norm1.weight": np.ones((4, 48), np.float32),
        "block.norm1.bias": np.zeros((4, 48), np.float32),
        "block.attn.Wqkv": (np.sqrt(6 / 192) * rng.uniform(-1, 1, (4, 48, 144))).astype(np.float32),
        "block.attn.bqkv": np.zeros((4, 144), np.float32),
        "block.attn.Wo": (np.sqrt(6 / 96) * rng.uniform(-1, 1, (4, 48, 48))).astype(np.float32),
        "block.attn.bo": np.zeros((4, 48), np.float32),
        "block.norm2.weight": np.ones((4, 48), np.float32),
        "block.norm2.bias": np.zeros((4, 48), np.float32),
        "block.up.W": (np.sqrt(6 / 240) * rng.uniform(-1, 1, (4, 48, 192))).astype(np.float32),
        "block.up.b": np.zeros((4, 192), np.float32),
        "block.down.W": (np.sqrt(6 / 240) * rng.uniform(-1, 1, (4, 192, 48))).astype(np.float32),
        "block.down.b": np.zeros((4, 48), np.float32),
        "final.weight": np.ones(48, np.float32),
        "final.bias": np.zeros(48, np.float32),
    }


def forward(
    params: Params, *, ids: npt.ArrayLike, following: npt.ArrayLike
) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    (
        token, place, block_norm1_weight, block_norm1_bias, block_attn_Wqkv, block_attn_bqkv,
        block_attn_Wo, block_attn_bo, block_norm2_weight, block_norm2_bias, block_up_W, block_up_b,
        block_down_W, block_down_b, final_weight, final_bias,
    ) = _params(params)
    ids = _array("ids", ids, _i64, (None, None), "i64[B, T]")
    B, T = ids.shape
    following = _array("following", following, _i64, (B, T), "i64[B, T]")
    _indices("ids", ids, 74)
    _labels("following", following, 74)
    if T > 32:
        raise ValueError(f"ids: the slice bound T lies outside an axis of 32 (T = {T})")

    # x = take(token, ids, axis=0) + place[:T]
    x = token.take(ids, axis=0) + place[:T]  # f32[B, T, 48]

    # scan h = x times 4 unshared
    h = x  # f32[B, T, 48]
    norm1_rstd_steps = np.empty((4, B, T, 1), np.float32)
    norm1_hat_steps = np.empty((4, B, T, 48), np.float32)
    norm1_steps = np.empty((4, B, T, 48), np.float32)
    qkv_steps = np.empty((4, B, T, 144), np.float32)
    weights_steps = np.empty((4, B, 4, T, T), np.float32)
    joined_steps = np.empty((4, B, T, 4, 12), np.float32)
    norm2_rstd_steps = np.empty((4, B, T, 1), np.float32)
    norm2_hat_steps = np.empty((4, B, T, 48), np.float32)
    norm2_steps = np.empty((4, B, T, 48), np.float32)
    up_steps = np.empty((4, B, T, 192), np.float32)
    cdf_steps = np.empty((4, B, T, 192), np.float32)
    down_gelu_steps = np.empty((4, B, T, 192), np.float32)
    for t in range(4):
        # next h = TransformerBlock(h, HEADS) as block
        # block.norm1 = LayerNorm(x)
        norm1_hat = h - h.mean(axis=2, keepdims=True)  # f32[B, T, 48]
        norm1_rstd = 1 / np.sqrt((norm1_hat**2).mean(axis=2, keepdims=True) + 1e-5)  # f32[B, T, 1]
        norm1_hat *= norm1_rstd
        norm1 = norm1_hat * block_norm1_weight[t] + block_norm1_bias[t]  # f32[B, T, 48]

        # block.attn = MultiHeadAttention(norm1, heads, causal)
        qkv = norm1 @ block_attn_Wqkv[t]  # f32[B, T, 144]
        qkv += block_attn_bqkv[t]
        scores = (  # f32[B, 4, T, T]
            qkv[:, :, :48].reshape(B, T, 4, 12).transpose(0, 2, 1, 3)
            @ qkv[:, :, 48:96].reshape(B, T, 4, 12).transpose(0, 2, 3, 1)
        )
        scores *= 12**-0.5
        weights = np.where(np.tri(T, dtype=bool), scores, -np.inf)  # f32[B, 4, T, T]
        del scores
        weights -= weights.max(axis=3, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=3, keepdims=True)
        joined = (  # f32[B, T, 4, 12]
            weights @ qkv[:, :, 96:].reshape(B, T, 4, 12).transpose(0, 2, 1, 3)
        ).transpose(0, 2, 1, 3)
        attn = joined.reshape(B, T, 48) @ block_attn_Wo[t]  # f32[B, T, 48]
        attn += block_attn_bo[t]

        # block: h = x + attn
        h += attn

        # block.norm2 = LayerNorm(h)
        norm2_hat = h - h.mean(axis=2, keepdims=True)  # f32[B, T, 48]
        norm2_rstd = 1 / np.sqrt((norm2_hat**2).mean(axis=2, keepdims=True) + 1e-5)  # f32[B, T, 1]
        norm2_hat *= norm2_rstd
        norm2 = norm2_hat * block_norm2_weight[t] + block_norm2_bias[t]  # f32[B, T, 48]

        # block.up = Dense(norm2, expand * x.shape[-1])
        up = norm2 @ block_up_W[t]  # f32[B, T, 192]
        up += block_up_b[t]

        # block.down = Dense(gelu(up), x.shape[-1])
        cdf = 0.5 * (1 + _erf_single(up * 2**-0.5))  # f32[B, T, 192]
        down_gelu = up * cdf  # f32[B, T, 192]
        down = down_gelu @ block_down_W[t]  # f32[B, T, 48]
        down += block_down_b[t]

        # block: return h + down
        h += down

        norm1_rstd_steps[t] = norm1_rstd
        norm1_hat_steps[t] = norm1_hat
        norm1_steps[t] = norm1
        qkv_steps[t] = qkv
        weights_steps[t] = weights
        joined_steps[t] = joined
        norm2_rstd_steps[t] = norm2_rstd
        norm2_hat_steps[t] = norm2_hat
        norm2_steps[t] = norm2
        up_steps[t] = up
        cdf_steps[t] = cdf
        down_gelu_steps[t] = down_gelu

    # final = LayerNorm(h)
    final_hat = np.subtract(h, h.mean(axis=2, keepdims=True), out=h)  # f32[B, T, 48]
    final_rstd = 1 / np.sqrt((final_hat**2).mean(axis=2, keepdims=True) + 1e-5)  # f32[B, T, 1]
    final_hat *= final_rstd
    final = final_hat * final_weight + final_bias  # f32[B, T, 48]

    logits = final @ token.T  # f32[B, T, 74]

    # loss J = cross_entropy(logits, following)
    logits_flat = logits.reshape(-1, 74)  # f32[B*T, 74]
    logp = logits_flat - logits_flat.max(axis=1, keepdims=True)  # f32[B*T, 74]
    logp -= np.log(np.exp(logp).sum(axis=1, keepdims=True))
    J = -logp[np.arange(B * T), following.reshape(-1)].mean()  # f32

    return Outputs(logits, J), Saved(
        ids, following, token, block_norm1_weight, block_attn_Wqkv, block_attn_Wo,
        block_norm2_weight, block_up_W, block_down_W, final_weight, norm1_rstd_steps,
        norm1_hat_steps, norm1_steps, qkv_steps, weights_steps, joined_steps, norm2_rstd_steps,
        norm2_hat_steps, norm2_steps, up_steps, cdf_steps, down_gelu_steps, final_rstd, final_hat,
        final, logp,
    )


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    (
        ids, following, token, block_norm1_weight, block_attn_Wqkv, block_attn_Wo,
        block_norm2_weight, block_up_W, block_down_W, final_weight, norm1_rstd_steps,
        norm1_hat_steps, norm1_steps, qkv_steps, weights_steps, joined_steps, norm2_rstd_steps,
        norm2_hat_steps, norm2_steps, up_steps, cdf_steps, down_gelu_steps, final_rstd, final_hat,
        final, logp,
    ) = saved
    B, T = ids.shape
    dJ = _scalar("dJ", dJ, _f32)

    labels_flat = following.reshape(-1)  # i64[B*T]

    # J = cross_entropy(logits, following)
    #     dJ/dlogits = (np.exp(logp) - one_hot(labels_flat)) / (B * T)   [B, T, 74]
    dJ_dlogits_flat = np.exp(logp)  # f32[B*T, 74]
    dJ_dlogits_flat[np.arange(B * T), labels_flat] -= 1
    dJ_dlogits_flat *= dJ / (B * T)
    dJ_dlogits = dJ_dlogits_flat.reshape(B, T, 74)  # f32[B, T, 74]

    # logits = final @ token.T                dJ/dfinal = dJ/dlogits @ token   [B, T, 74] @ [74, 48]
    #     dJ/dtoken = dJ/dlogits_flat.T @ final   [74, B*T] @ [B*T, 48]
    dJ_dfinal = dJ_dlogits @ token  # f32[B, T, 48]
    dJ_dtoken = dJ_dlogits_flat.T @ final.reshape(-1, 48)  # f32[74, 48]
    del dJ_dlogits_flat, dJ_dlogits

    # final = LayerNorm(h)
    #     dJ/dfinal.weight = (dJ/dfinal * final_hat).sum(axis=(0, 1))   [48]
    #     dJ/dfinal.bias = dJ/dfinal.sum(axis=(0, 1))   [48]
    dJ_dfinal_hat = dJ_dfinal * final_weight  # f32[B, T, 48]
    dJ_dh = final_rstd * (  # f32[B, T, 48]
        dJ_dfinal_hat
        - dJ_dfinal_hat.mean(axis=2, keepdims=True)
        - final_hat * (dJ_dfinal_hat * final_hat).mean(axis=2, keepdims=True)
    )
    dJ_dfinal_weight = (dJ_dfinal * final_hat).sum(axis=(0, 1))  # f32[48]
    dJ_dfinal_bias = dJ_dfinal.sum(axis=(0, 1))  # f32[48]

    # scan h = x times 4 unshared
    dJ_dblock_norm1_weight = np.empty((4, 48), np.float32)
    dJ_dblock_norm1_bias = np.empty((4, 48), np.float32)
    dJ_dblock_attn_Wqkv = np.empty((4, 48, 144), np.float32)
    dJ_dblock_attn_bqkv = np.empty((4, 144), np.float32)
    dJ_dblock_attn_Wo = np.empty((4, 48, 48), np.float32)
    dJ_dblock_attn_bo = np.empty((4, 48), np.float32)
    dJ_dblock_norm2_weight = np.empty((4, 48), np.float32)
    dJ_dblock_norm2_bias = np.empty((4, 48), np.float32)
    dJ_dblock_up_W = np.empty((4, 48, 192), np.float32)
    dJ_dblock_up_b = np.empty((4, 192), np.float32)
    dJ_dblock_down_W = np.empty((4, 192, 48), np.float32)
    dJ_dblock_down_b = np.empty((4, 48), np.float32)
    for t in reversed(range(4)):
        norm1_hat = norm1_hat_steps[t]  # f32[B, T, 48]
        qkv = qkv_steps[t]  # f32[B, T, 144]
        weights = weights_steps[t]  # f32[B, 4, T, T]
        norm2_hat = norm2_hat_steps[t]  # f32[B, T, 48]
        up = up_steps[t]  # f32[B, T, 192]

        # next h = TransformerBlock(h, HEADS) as block
        #     dJ/dh += dJ/dh_norm2 + dJ/dh_norm1   [B, T, 48]
        # block.down = Dense(gelu(up), x.shape[-1])
        #     dJ/dblock.down.b[t] = dJ/dh.sum(axis=(0, 1))   [48]
        #     dJ/dblock.down.W[t] = down_gelu_steps[t].T @ dJ/dh   [192, B*T] @ [B*T, 48]
        dJ_dblock_down_b[t] = dJ_dh.sum(axis=(0, 1))
        dJ_dblock_down_W[t] = down_gelu_steps[t].reshape(-1, 192).T @ dJ_dh.reshape(-1, 48)
        dJ_dup = up * (0.3989422804014327 * np.exp(-0.5 * up * up))  # f32[B, T, 192]
        dJ_dup += cdf_steps[t]
        dJ_dup *= dJ_dh @ block_down_W[t].T

        # block.up = Dense(norm2, expand * x.shape[-1])
        #     dJ/dblock.up.b[t] = dJ/dup.sum(axis=(0, 1))   [192]
        #     dJ/dblock.up.W[t] = norm2_steps[t].T @ dJ/dup   [48, B*T] @ [B*T, 192]
        dJ_dblock_up_b[t] = dJ_dup.sum(axis=(0, 1))
        dJ_dnorm2 = dJ_dup @ block_up_W[t].T  # f32[B, T, 48]
        dJ_dblock_up_W[t] = norm2_steps[t].reshape(-1, 48).T @ dJ_dup.reshape(-1, 192)
        del dJ_dup

        # block.norm2 = LayerNorm(h)
        #     dJ/dblock.norm2.weight[t] = (dJ/dnorm2 * norm2_hat).sum(axis=(0, 1))   [48]
        #     dJ/dblock.norm2.bias[t] = dJ/dnorm2.sum(axis=(0, 1))   [48]
        dJ_dnorm2_hat = dJ_dnorm2 * block_norm2_weight[t]  # f32[B, T, 48]
        dJ_dh_norm2 = norm2_rstd_steps[t] * (  # f32[B, T, 48]
            dJ_dnorm2_hat
            - dJ_dnorm2_hat.mean(axis=2, keepdims=True)
            - norm2_hat * (dJ_dnorm2_hat * norm2_hat).mean(axis=2, keepdims=True)
        )
        dJ_dblock_norm2_weight[t] = (dJ_dnorm2 * norm2_hat).sum(axis=(0, 1))
        dJ_dblock_norm2_bias[t] = dJ_dnorm2.sum(axis=(0, 1))
        dJ_dh += dJ_dh_norm2

        # block.attn = MultiHeadAttention(norm1, heads, causal)
        #     dJ/dblock.attn.bo[t] = dJ/dh.sum(axis=(0, 1))   [48]
        #     dJ/dblock.attn.Wo[t] = joined_steps[t].T @ dJ/dh   [48, B*T] @ [B*T, 48]
        #     dJ/dblock.attn.bqkv[t] = dJ/dqkv.sum(axis=(0, 1))   [144]
        #     dJ/dblock.attn.Wqkv[t] = norm1_steps[t].T @ dJ/dqkv   [48, B*T] @ [B*T, 144]
        dJ_dblock_attn_bo[t] = dJ_dh.sum(axis=(0, 1))
        dJ_dblock_attn_Wo[t] = joined_steps[t].reshape(-1, 48).T @ dJ_dh.reshape(-1, 48)
        dJ_dseen = (  # f32[B, 4, T, 12]
            (dJ_dh @ block_attn_Wo[t].T).reshape(B, T, 4, 12).transpose(0, 2, 1, 3)
        )
        dJ_dmasked = (  # f32[B, 4, T, T]
            dJ_dseen @ qkv[:, :, 96:].reshape(B, T, 4, 12).transpose(0, 2, 3, 1)
        )
        dJ_dmasked -= (weights * dJ_dmasked).sum(axis=3, keepdims=True)
        dJ_dmasked *= weights
        dJ_dscores_product = (  # f32[B, 4, T, T]
            np.where(np.tri(T, dtype=bool), dJ_dmasked, 0) * 12**-0.5
        )
        del dJ_dmasked
        dJ_dk = (  # f32[B, T, 4, 12]
            qkv[:, :, :48].reshape(B, T, 4, 12).transpose(0, 2, 3, 1) @ dJ_dscores_product
        ).transpose(0, 3, 1, 2)
        dJ_dq = (  # f32[B, T, 4, 12]
            dJ_dscores_product @ qkv[:, :, 48:96].reshape(B, T, 4, 12).transpose(0, 2, 1, 3)
        ).transpose(0, 2, 1, 3)
        dJ_dqkv = np.concatenate(  # f32[B, T, 144]
            [
                dJ_dq.reshape(B, T, 48),
                dJ_dk.reshape(B, T, 48),
                (weights.mT @ dJ_dseen).transpose(0, 2, 1, 3).reshape(B, T, 48),
            ],
            axis=2,
        )
        dJ_dblock_attn_bqkv[t] = dJ_dqkv.sum(axis=(0, 1))
        dJ_dnorm1 = dJ_dqkv @ block_attn_Wqkv[t].T  # f32[B, T, 48]
        dJ_dblock_attn_Wqkv[t] = norm1_steps[t].reshape(-1, 48).T @ dJ_dqkv.reshape(-1, 144)

        # block.norm1 = LayerNorm(x)
        #     dJ/dblock.norm1.weight[t] = (dJ/dnorm1 * norm1_hat).sum(axis=(0, 1))   [48]
        #     dJ/dblock.norm1.bias[t] = dJ/dnorm1.sum(axis=(0, 1))   [48]
        dJ_dnorm1_hat = dJ_dnorm1 * block_norm1_weight[t]  # f32[B, T, 48]
        dJ_dh_norm1 = norm1_rstd_steps[t] * (  # f32[B, T, 48]
            dJ_dnorm1_hat
            - dJ_dnorm1_hat.mean(axis=2, keepdims=True)
            - norm1_hat * (dJ_dnorm1_hat * norm1_hat).mean(axis=2, keepdims=True)
        )
        dJ_dblock_norm1_weight[t] = (dJ_dnorm1 * norm1_hat).sum(axis=(0, 1))
        dJ_dblock_norm1_bias[t] = dJ_dnorm1.sum(axis=(0, 1))
        dJ_dh += dJ_dh_norm1

    # x = take(token, ids, axis=0) + place[:T]
    #     dJ/dtoken += _scatter_add(dJ/dh, ids, (74, 48), 0)   [74, 48]
    dJ_dplace_part = dJ_dh.sum(axis=0)  # f32[T, 48]
    dJ_dplace = np.zeros((32, 48), dJ_dplace_part.dtype)  # f32[32, 48]
    dJ_dplace[:T] = dJ_dplace_part
    dJ_dtoken += _scatter_add(dJ_dh, ids, (74, 48), 0)

    return {
        "token": dJ_dtoken, "place": dJ_dplace, "block.norm1.weight": dJ_dblock_norm1_weight,
        "block.norm1.bias": dJ_dblock_norm1_bias, "block.attn.Wqkv": dJ_dblock_attn_Wqkv,
        "block.attn.bqkv": dJ_dblock_attn_bqkv, "block.attn.Wo": dJ_dblock_attn_Wo,
        "block.attn.bo": dJ_dblock_attn_bo, "block.norm2.weight": dJ_dblock_norm2_weight,
        "block.norm2.bias": dJ_dblock_norm2_bias, "block.up.W": dJ_dblock_up_W,
        "block.up.b": dJ_dblock_up_b, "block.down.W": dJ_dblock_down_W,
        "block.down.b": dJ_dblock_down_b, "final.weight": dJ_dfinal_weight,
        "final.bias": dJ_dfinal_bias,
    }


def value_and_grad(
    params: Params, *, ids: npt.ArrayLike, following: npt.ArrayLike
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, ids=ids, following=following)
    return float(outputs.J), backward(saved)


def predict(params: Params, *, ids: npt.ArrayLike) -> Prediction:
    """The outputs that need no following."""
    (
        token, place, block_norm1_weight, block_norm1_bias, block_attn_Wqkv, block_attn_bqkv,
        block_attn_Wo, block_attn_bo, block_norm2_weight, block_norm2_bias, block_up_W, block_up_b,
        block_down_W, block_down_b, final_weight, final_bias,
    ) = _params(params)
    ids = _array("ids", ids, _i64, (None, None), "i64[B, T]")
    B, T = ids.shape
    _indices("ids", ids, 74)
    if T > 32:
        raise ValueError(f"ids: the slice bound T lies outside an axis of 32 (T = {T})")
    x = token.take(ids, axis=0) + place[:T]
    h = x
    for t in range(4):
        norm1_hat = h - h.mean(axis=2, keepdims=True)
        norm1_rstd = 1 / np.sqrt((norm1_hat**2).mean(axis=2, keepdims=True) + 1e-5)
        qkv = (
            (norm1_hat * norm1_rstd * block_norm1_weight[t] + block_norm1_bias[t])
            @ block_attn_Wqkv[t]
        )
        qkv += block_attn_bqkv[t]
        scores = (
            qkv[:, :, :48].reshape(B, T, 4, 12).transpose(0, 2, 1, 3)
            @ qkv[:, :, 48:96].reshape(B, T, 4, 12).transpose(0, 2, 3, 1)
        )
        scores *= 12**-0.5
        weights = np.where(np.tri(T, dtype=bool), scores, -np.inf)
        del scores
        weights -= weights.max(axis=3, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=3, keepdims=True)
        joined = (
            weights @ qkv[:, :, 96:].reshape(B, T, 4, 12).transpose(0, 2, 1, 3)
        ).transpose(0, 2, 1, 3)
        attn = joined.reshape(B, T, 48) @ block_attn_Wo[t]
        attn += block_attn_bo[t]
        h += attn
        norm2_hat = h - h.mean(axis=2, keepdims=True)
        norm2_rstd = 1 / np.sqrt((norm2_hat**2).mean(axis=2, keepdims=True) + 1e-5)
        up = (norm2_hat * norm2_rstd * block_norm2_weight[t] + block_norm2_bias[t]) @ block_up_W[t]
        up += block_up_b[t]
        up *= 0.5 * (1 + _erf_single(up * 2**-0.5))
        down = up @ block_down_W[t]
        down += block_down_b[t]
        h += down
    final_hat = np.subtract(h, h.mean(axis=2, keepdims=True), out=h)
    final_rstd = 1 / np.sqrt((final_hat**2).mean(axis=2, keepdims=True) + 1e-5)
    final = final_hat * final_rstd * final_weight + final_bias
    del x, h, final_hat
    logits = final @ token.T
    return Prediction(logits)


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    return (
        _array("token", params["token"], _f32, (74, 48)),
        _array("place", params["place"], _f32, (32, 48)),
        _array("block.norm1.weight", params["block.norm1.weight"], _f32, (4, 48)),
        _array("block.norm1.bias", params["block.norm1.bias"], _f32, (4, 48)),
        _array("block.attn.Wqkv", params["block.attn.Wqkv"], _f32, (4, 48, 144)),
        _array("block.attn.bqkv", params["block.attn.bqkv"], _f32, (4, 144)),
        _array("block.attn.Wo", params["block.attn.Wo"], _f32, (4, 48, 48)),
        _array("block.attn.bo", params["block.attn.bo"], _f32, (4, 48)),
        _array("block.norm2.weight", params["block.norm2.weight"], _f32, (4, 48)),
        _array("block.norm2.bias", params["block.norm2.bias"], _f32, (4, 48)),
        _array("block.up.W", params["block.up.W"], _f32, (4, 48, 192)),
        _array("block.up.b", params["block.up.b"], _f32, (4, 192)),
        _array("block.down.W", params["block.down.W"], _f32, (4, 192, 48)),
        _array("block.down.b", params["block.down.b"], _f32, (4, 48)),
        _array("final.weight", params["final.weight"], _f32, (48,)),
        _array("final.bias", params["final.bias"], _f32, (48,)),
    )


def _array(name: str, value: Any, dtype: Any, shape: Any, declared: str = "") -> npt.NDArray[Any]:
    """The argument as an array of this type; None in a shape stands for any size."""
    if type(value) is np.ndarray and value.dtype is dtype:
        found, free = value.shape, shape.count(None)
        if found == shape or (len(found) == len(shape) and found[free:] == shape[free:]):
            return value  # as it should be, and the first sizes free
    try:
        array = given = np.asarray(value)
    except ValueError:
        raise ValueError(_refusal(name, "a ragged sequence", dtype, shape, declared)) from None
    if array.shape != shape:
        differ = [n for n, m in zip(shape, array.shape) if n not in (None, m)]
        if differ or array.ndim != len(shape):
            raise ValueError(_refusal(name, given, dtype, shape, declared))
    if array.dtype != dtype:
        typed = array.size or given is value  # an empty list has no element type
        loses = typed and not np.can_cast(array.dtype, dtype, "same_kind")
        array = given if loses else _narrowed(name, array, dtype)
        if loses or (array.dtype.kind == "i" and (array != given).any()):
            raise TypeError(_refusal(name, given, dtype, shape, declared))
    return array


def _scalar(name: str, value: Any, dtype: Any) -> Any:
    if type(value) is float and dtype is _f32 and -3e38 < value < 3e38:
        return np.float32(value)
    if type(value) is dtype.type:
        return value
    return _array(name, value, dtype, ())[()]


def _refusal(name: str, found: Any, dtype: Any, shape: Any, declared: str) -> str:
    """What is wrong with an argument: what it should be, and what came."""
    kind = dtype.name.replace("float", "f").replace("int", "i")
    declared = declared or (f"{kind}{list(shape)}" if shape else kind)
    if not isinstance(found, str):
        found = f"{found.dtype}{list(found.shape)}"
    return f"{name}: expected {declared}, got {found}"


def _narrowed(name: str, array: Any, dtype: Any) -> Any:
    """The array in another element type; refuses a float that is too large for it."""
    with np.errstate(over="ignore"):
        narrow = array.astype(dtype)
    if np.isinf(narrow).any():
        for place in np.argwhere(np.isinf(narrow) & np.isfinite(array)).tolist():
            number = str(array[tuple(place)]).replace("e+", "e")
            at = f", at {place}" * bool(place)
            raise ValueError(f"{name}: {number} does not fit f{8 * narrow.itemsize}{at}")
    return narrow


def _labels(name: str, array: Any, size: int) -> None:
    """Refuses a label that is not among so many; without signs negative ones are large."""
    if array.size and array.astype(np.uint64).max() >= size:
        _indices(name, array, size, 0, ValueError)


def _indices(name: str, array: Any, size: int, low: Any = None, kind: Any = IndexError) -> None:
    """Refuses what does not count along an axis of this size, from its end either unless told."""
    low = -size if low is None else low
    if array.size and (array.min() < low or array.max() >= size):
        place = np.argwhere((array < low) | (array >= size))[0].tolist()
        found = f"{array[tuple(place)]}" + f" at {place}" * bool(place)
        raise kind(f"{name}: expected {low} <= {name} < {size}, got {found}")


def _erf_single(x: Any) -> Any:
    """The error function within 5e-7, for f32: x times a quotient of polynomials in x**2."""
    top = (
        6.806739275668332e-06, 0.00041185087412654004, 0.004234877903049351,
        0.05578123293289321, 0.19304913678191896, 1.128379168250265,
    )
    bottom = (
        2.614172036853933e-07, 7.26769614237176e-05, 0.0014237028487798556,
        0.016313498184339477, 0.1175738581196921, 0.5044187517872778, 1.0,
    )
    return _odd_quotient(np.clip(x, -4, 4), top, bottom)


def _odd_quotient(x: Any, top: Any, bottom: Any) -> Any:
    """x times a quotient of polynomials in x**2, their coefficients from the highest; within ±1."""
    square = x * x
    y = top[0] * square + top[1]
    for c in top[2:]:
        y *= square
        y += c
    below = bottom[0] * square + bottom[1]
    for c in bottom[2:]:
        below *= square
        below += c
    y *= x
    y /= below
    return np.clip(y, -1, 1)


def _scatter_add(x: Any, indices: Any, shape: Any, axis: int = 0) -> Any:
    """Zeros of a shape with x added at positions along an axis; repeated ones add up."""
    y = np.zeros(shape, x.dtype)
    if len(shape) == 1:
        np.add.at(y, np.ravel(indices), np.ravel(x))
        return y
    # NumPy adds at positions in one flat axis several times faster than at rows.
    size, after = shape[axis], int(np.prod(shape[axis + 1 :]))
    before = np.arange(int(np.prod(shape[:axis])))[:, None] * size
    rows = (before + np.ravel(indices) % max(size, 1)).reshape(-1, 1)
    rows *= after
    x, flat, within = x.reshape(len(rows), after), y.reshape(-1), np.arange(after)
    if after < 16:  # few columns: one after the other, with the same positions for all
        for column in within:
            np.add.at(flat[column:], rows[:, 0], x[:, column])
        return y
    step = 32768 // after + 1  # rows whose positions stay in cache
    for start in range(0, len(rows), step):
        block = slice(start, start + step)
        np.add.at(flat, (rows[block] + within).reshape(-1), x[block].reshape(-1))
    return y


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "gpt.graph",
    "sha256": "eef925b32f384df6710a6fb8150cc32516ffe42ac064cc77d4e1fdd70f6d4ea5",
    "options": ["-O1"], "dims": {"B": None, "T": None, "V": 74, "D": 48, "HEADS": 4, "LONGEST": 32},
    "loss": "J",
    "losses": {
        "J": [
            "token", "place", "block.norm1.weight", "block.norm1.bias", "block.attn.Wqkv",
            "block.attn.bqkv", "block.attn.Wo", "block.attn.bo", "block.norm2.weight",
            "block.norm2.bias", "block.up.W", "block.up.b", "block.down.W", "block.down.b",
            "final.weight", "final.bias",
        ],
    },
    "inputs": {
        "ids": {"argument": "ids", "dtype": "int64", "shape": ["B", "T"]},
        "following": {"argument": "following", "dtype": "int64", "shape": ["B", "T"]},
    },
    "params": {
        "token": {"argument": "token", "dtype": "float32", "shape": [74, 48]},
        "place": {"argument": "place", "dtype": "float32", "shape": [32, 48]},
        "block.norm1.weight": {
            "argument": "block.norm1.weight", "dtype": "float32", "shape": [4, 48],
        },
        "block.norm1.bias": {"argument": "block.norm1.bias", "dtype": "float32", "shape": [4, 48]},
        "block.attn.Wqkv": {
            "argument": "block.attn.Wqkv", "dtype": "float32", "shape": [4, 48, 144],
        },
        "block.attn.bqkv": {"argument": "block.attn.bqkv", "dtype": "float32", "shape": [4, 144]},
        "block.attn.Wo": {"argument": "block.attn.Wo", "dtype": "float32", "shape": [4, 48, 48]},
        "block.attn.bo": {"argument": "block.attn.bo", "dtype": "float32", "shape": [4, 48]},
        "block.norm2.weight": {
            "argument": "block.norm2.weight", "dtype": "float32", "shape": [4, 48],
        },
        "block.norm2.bias": {"argument": "block.norm2.bias", "dtype": "float32", "shape": [4, 48]},
        "block.up.W": {"argument": "block.up.W", "dtype": "float32", "shape": [4, 48, 192]},
        "block.up.b": {"argument": "block.up.b", "dtype": "float32", "shape": [4, 192]},
        "block.down.W": {"argument": "block.down.W", "dtype": "float32", "shape": [4, 192, 48]},
        "block.down.b": {"argument": "block.down.b", "dtype": "float32", "shape": [4, 48]},
        "final.weight": {"argument": "final.weight", "dtype": "float32", "shape": [48]},
        "final.bias": {"argument": "final.bias", "dtype": "float32", "shape": [48]},
    },
    "outputs": {
        "logits": {"argument": "logits", "dtype": "float32", "shape": ["B", "T", 74]},
        "J": {"argument": "J", "dtype": "float32", "shape": []},
    },
    "state": {},
}
