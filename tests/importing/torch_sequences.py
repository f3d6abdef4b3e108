"""Modules of torch over sequences, as people write them."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(50, 16)
        self.pos = nn.Parameter(torch.randn(1, 12, 16) * 0.02)
        layer = nn.TransformerEncoderLayer(16, 4, 32, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
        self.head = nn.Linear(16, 5)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embed(ids) + self.pos
        x = self.encoder(x)
        return self.head(x.mean(dim=1))


class Recurrent(nn.Module):
    def __init__(self, kind: type[nn.RNNBase]):
        super().__init__()
        self.embed = nn.Embedding(30, 8)
        self.rnn = kind(8, 12, num_layers=2, batch_first=True, bidirectional=True)
        self.out = nn.Linear(24, 30)

    def forward(self, ids: Tensor) -> Tensor:
        y, _ = self.rnn(self.embed(ids))
        return self.out(y)


class LastState(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(6, 10)
        self.fc = nn.Linear(10, 2)

    def forward(self, x: Tensor) -> Tensor:
        _, h = self.gru(x)
        return self.fc(h[-1])


class CausalSelfAttention(nn.Module):
    def __init__(self, size: int, heads: int, length: int):
        super().__init__()
        self.c_attn = nn.Linear(size, 3 * size)
        self.c_proj = nn.Linear(size, size)
        self.n_head = heads
        mask = torch.tril(torch.ones(length, length)).view(1, 1, length, length)
        self.register_buffer("bias", mask)

    def forward(self, x: Tensor) -> Tensor:
        b, t, c = x.size()
        q, k, v = self.c_attn(x).split(c, dim=2)
        q = q.view(b, t, self.n_head, c // self.n_head).transpose(1, 2)
        k = k.view(b, t, self.n_head, c // self.n_head).transpose(1, 2)
        v = v.view(b, t, self.n_head, c // self.n_head).transpose(1, 2)
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        att = att.masked_fill(self.bias[:, :, :t, :t] == 0, float("-inf"))
        att = F.softmax(att, dim=-1)
        y = (att @ v).transpose(1, 2).contiguous().view(b, t, c)
        return self.c_proj(y)


class Block(nn.Module):
    def __init__(self, size: int, heads: int, length: int):
        super().__init__()
        self.ln_1 = nn.LayerNorm(size)
        self.attn = CausalSelfAttention(size, heads, length)
        self.ln_2 = nn.LayerNorm(size)
        self.c_fc = nn.Linear(size, 4 * size)
        self.c_proj = nn.Linear(4 * size, size)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.c_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wte = nn.Embedding(40, 16)
        self.wpe = nn.Embedding(16, 16)
        self.h = nn.ModuleList([Block(16, 2, 16) for _ in range(3)])
        self.ln_f = nn.LayerNorm(16)
        self.lm_head = nn.Linear(16, 40, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, idx: Tensor) -> Tensor:
        pos = torch.arange(idx.size(1))
        x = self.wte(idx) + self.wpe(pos)
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


class Reader(nn.Module):
    def __init__(self, size: int):
        super().__init__()
        self.q = nn.Linear(size, size)
        self.read = nn.MultiheadAttention(size, 2, batch_first=True)
        self.norm = nn.LayerNorm(size)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        a, _ = self.read(self.q(x), memory, memory)
        return self.norm(x + a)


class Decoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([Reader(8) for _ in range(2)])
        self.dec = nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x, memory)
        mask = nn.Transformer.generate_square_subsequent_mask(5)
        return self.dec(x, memory, tgt_mask=mask)


class Temporal(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(4, 4, 3, padding=2**i, dilation=2**i), nn.GroupNorm(2, 4), nn.SiLU()
            )
            for i in range(3)
        )
        self.head = nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.net:
            x = x + layer(x)
        return self.head(x.amax(-1))
