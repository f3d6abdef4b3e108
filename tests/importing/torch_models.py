"""Modules of torch of different kinds, as people write them, each with inputs."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.importing.torch_images import AutoEncoder, Mixer, Mobile, ResNet, UNet
from tests.importing.torch_sequences import Decoder, Encoder, Gpt, LastState, Recurrent, Temporal


class Mlp(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 3)
        )


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
