"""Modules of torch of different kinds, as people write them, each with inputs."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Mlp(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 3)
        )


class BasicBlock(nn.Module):
    def __init__(self, fan_in: int, channels: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(fan_in, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride != 1 or fan_in != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(fan_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(8, 8), BasicBlock(8, 8))
        self.layer2 = nn.Sequential(BasicBlock(8, 16, 2), BasicBlock(16, 16))
        self.layer3 = nn.Sequential(BasicBlock(16, 32, 2), BasicBlock(32, 32))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = torch.flatten(self.avgpool(x), 1)
        return self.fc(x)


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


class DoubleConv(nn.Module):
    def __init__(self, fan_in: int, channels: int):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(fan_in, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inc = DoubleConv(1, 4)
        self.down1 = DoubleConv(4, 8)
        self.down2 = DoubleConv(8, 16)
        self.pool = nn.MaxPool2d(2)
        self.up1 = nn.ConvTranspose2d(16, 8, 2, 2)
        self.dec1 = DoubleConv(16, 8)
        self.up2 = nn.ConvTranspose2d(8, 4, 2, 2)
        self.dec2 = DoubleConv(8, 4)
        self.out = nn.Conv2d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.inc(x)
        x2 = self.down1(self.pool(x1))
        x3 = self.down2(self.pool(x2))
        y = self.dec1(torch.cat([self.up1(x3), x2], dim=1))
        y = self.dec2(torch.cat([self.up2(y), x1], dim=1))
        return self.out(y)


class MixerMlp(nn.Module):
    def __init__(self, size: int, hidden: int):
        super().__init__()
        self.fc1 = nn.Linear(size, hidden)
        self.fc2 = nn.Linear(hidden, size)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class MixerBlock(nn.Module):
    def __init__(self, tokens: int, size: int):
        super().__init__()
        self.norm1 = nn.LayerNorm(size)
        self.tokens = MixerMlp(tokens, 2 * tokens)
        self.norm2 = nn.LayerNorm(size)
        self.channels = MixerMlp(size, 4 * size)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x).transpose(1, 2)
        x = x + self.tokens(y).transpose(1, 2)
        return x + self.channels(self.norm2(x))


class Mixer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 4, 4)
        self.blocks = nn.Sequential(*[MixerBlock(16, 16) for _ in range(4)])
        self.norm = nn.LayerNorm(16)
        self.head = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x).flatten(2).transpose(1, 2)
        x = self.blocks(x)
        return self.head(self.norm(x).mean(1))


class GraphAttention(nn.Module):
    def __init__(self, fan_in: int, size: int):
        super().__init__()
        self.W = nn.Linear(fan_in, size, bias=False)
        self.a1 = nn.Parameter(torch.randn(size, 1) * 0.3)
        self.a2 = nn.Parameter(torch.randn(size, 1) * 0.3)

    def forward(self, x: Tensor, adj: Tensor) -> Tensor:
        h = self.W(x)
        e = F.leaky_relu(h @ self.a1 + (h @ self.a2).T, 0.2)
        e = e.masked_fill(adj == 0, float("-inf"))
        return torch.softmax(e, dim=1) @ h


class GraphNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = GraphAttention(6, 8)
        self.conv2 = GraphAttention(8, 3)

    def forward(self, x: Tensor, adj: Tensor) -> Tensor:
        x = F.elu(self.conv1(x, adj))
        return F.log_softmax(self.conv2(x, adj), dim=-1)


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


class AutoEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 8, 3, 2, 1),
            nn.ReLU(),
            nn.Conv2d(8, 16, 3, 2, 1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(256, 10),
        )
        self.decoder = nn.Sequential(
            nn.Linear(10, 256),
            nn.Unflatten(1, (16, 4, 4)),
            nn.ConvTranspose2d(16, 8, 3, 2, 1, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(8, 1, 3, 2, 1, output_padding=1),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        z = self.encoder(x)
        return {"recon": self.decoder(z), "z": z}


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


class Squeeze(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // 4, 1)
        self.fc2 = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        w = x.mean((2, 3), keepdim=True)
        return x * torch.sigmoid(self.fc2(F.silu(self.fc1(w))))


class Inverted(nn.Module):
    def __init__(self, fan_in: int, channels: int, size: int):
        super().__init__()
        hidden = fan_in * 4
        self.expand = nn.Conv2d(fan_in, hidden, 1, bias=False)
        self.bn0 = nn.BatchNorm2d(hidden)
        self.dw = nn.Conv2d(hidden, hidden, size, padding=size // 2, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.se = Squeeze(hidden)
        self.project = nn.Conv2d(hidden, channels, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.is_residual = fan_in == channels

    def forward(self, x: Tensor) -> Tensor:
        y = F.silu(self.bn0(self.expand(x)))
        y = F.silu(self.bn1(self.dw(y)))
        y = self.bn2(self.project(self.se(y)))
        return x + y if self.is_residual else y


class Mobile(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1, bias=False)
        self.blocks = nn.Sequential(Inverted(8, 8, 3), Inverted(8, 16, 5), Inverted(16, 16, 3))
        self.head = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(self.stem(x)).mean((2, 3)))


class Written(nn.Module):
    """Writes into what it has, and gives one layer two inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x).clone()
        y[:, 0] = 0
        y[:, 2:4] *= 2
        return self.fc(y.relu_())


def _ids(count: int, *shape: int) -> Tensor:
    return torch.randint(0, count, shape)


def _ring(count: int) -> Tensor:
    return (torch.eye(count) + torch.ones(count, count).tril()).clamp(max=1)


MODELS: dict[str, tuple[Callable[[], nn.Module], Callable[[], tuple[Any, ...]]]] = {
    "mlp": (Mlp, lambda: (torch.randn(4, 8),)),
    "resnet": (ResNet, lambda: (torch.randn(2, 3, 32, 32),)),
    "encoder": (Encoder, lambda: (_ids(50, 2, 12),)),
    "lstm": (lambda: Recurrent(nn.LSTM), lambda: (_ids(30, 3, 7),)),
    "gru": (lambda: Recurrent(nn.GRU), lambda: (_ids(30, 3, 7),)),
    "rnn": (lambda: Recurrent(nn.RNN), lambda: (_ids(30, 3, 7),)),
    "last_state": (LastState, lambda: (torch.randn(5, 3, 6),)),
    "unet": (UNet, lambda: (torch.randn(1, 1, 16, 16),)),
    "mixer": (Mixer, lambda: (torch.randn(2, 3, 16, 16),)),
    "graph": (GraphNet, lambda: (torch.randn(5, 6), _ring(5))),
    "gpt": (Gpt, lambda: (_ids(40, 2, 16),)),
    "auto_encoder": (AutoEncoder, lambda: (torch.randn(2, 1, 16, 16),)),
    "decoder": (Decoder, lambda: (torch.randn(2, 5, 8), torch.randn(2, 7, 8))),
    "temporal": (Temporal, lambda: (torch.randn(2, 4, 10),)),
    "mobile": (Mobile, lambda: (torch.randn(2, 3, 16, 16),)),
    "written": (Written, lambda: (torch.randn(3, 6),)),
}
"""Each model with what it is called with."""
