"""Graphs that allocate in many ways, and sizes at which that is megabytes."""

from __future__ import annotations

from collections.abc import Mapping

GRAPHS: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "erf": (
        """
dim N
input x: f32[N]
param w = 1
y = erf(w*x)
loss J = sum(y*x)
""",
        {"N": 500000},
    ),
    "erfc": (
        """
dim N
input x: f32[N]
param w = 1
y = erfc(w*x)
loss J = sum(y*x)
""",
        {"N": 1000000},
    ),
    "erfcx": (
        """
dim N
input x: [N]
param w = 1
y = erfcx(w*x)
loss J = sum(y*x)
""",
        {"N": 1000000},
    ),
    "lgamma": (
        """
dim N
input x: [N]
param w = 1
y = lgamma(w*x)
loss J = sum(y*x)
""",
        {"N": 250000},
    ),
    "polygamma": (
        """
dim N
input x: [N]
param w = 1
y = polygamma(2, w*x)
loss J = sum(y*x)
""",
        {"N": 250000},
    ),
    "digamma": (
        """
dim N
input x: [N]
param w = 1
y = digamma(w*x)
loss J = sum(y*x)
""",
        {"N": 250000},
    ),
    "sinc": (
        """
dim N
input x: [N]
param w = 1
y = sinc(w*x)
loss J = sum(y*x)
""",
        {"N": 250000},
    ),
    "embedding": (
        """
dim N
input ids: i64[N]
param E: [50, 64]
h = tanh(take(E, ids, axis=0))
loss J = sum(h*h)
""",
        {"N": 30000},
    ),
    "along": (
        """
dim N
input ids: i64[N, 4]
input x: [N, 30]
param w: [30]
y = take_along_axis(x*w, ids, axis=1)
loss J = sum(y*y)
""",
        {"N": 50000},
    ),
    "sorted": (
        """
dim N
input x: [N, 30]
param w: [30]
y = sort(x*w, axis=0)
loss J = sum(y*y)
""",
        {"N": 12500},
    ),
    "masks": (
        """
dim N
input x: [N, 30]
param w: [30]
z = x*w
y = where(z > 0.1, log(z), z) + max(z, axis=0)
output u = abs(z)
loss J = sum(y*u)
""",
        {"N": 50000},
    ),
    "attention": (
        """
dim B, T
input x: f32[B, T, 32]
param w: f32[32, 96]
qkv = x @ w
q = qkv[:, :, :32]
k = qkv[:, :, 32:64]
v = qkv[:, :, 64:]
s = tril(q @ transpose(k, [0, 2, 1]))
p = softmax(s)
loss J = sum((p @ v)**2)
""",
        {"B": 8, "T": 400},
    ),
    "einsum": (
        """
dim B, T
input x: f32[B, T, 32]
param w: f32[32, 4, 16]
q = einsum('btd,dhk->bhtk', x, w)
s = einsum('bhtk,bhsk->bhts', q, q)
loss J = sum(s*s)
""",
        {"B": 8, "T": 300},
    ),
    "einsum3": (
        """
dim N
input x: [N, 40]
input y: [N, 40]
param w: [40, 40]
q = einsum('ni,ij,nj->n', x, w, y)
loss J = sum(q*q)
""",
        {"N": 15000},
    ),
    "einsum1": (
        """
dim N
input x: [N, 40]
param w: [40]
q = einsum('ni->in', x*w)
r = einsum('ni->n', tanh(x*w))
loss J = sum(q*q) + sum(r)
""",
        {"N": 15000},
    ),
    "transposed": (
        """
dim N
input x: [N, 40]
param w: [40, 30]
z = (x @ w).T
h = tanh(z) + reshape(z, [-1])[0]
r = reshape(h, [-1])
loss J = sum(r*r)
""",
        {"N": 15000},
    ),
    "conv": (
        """
dim N
input x: f32[N, 6, 40, 40]
param w: f32[8, 3, 3, 3]
y = relu(conv2d(x, w, stride=2, padding=1, groups=2))
z = max_pool2d(y, 3, stride=2, padding=1)
loss J = sum(z*z)
""",
        {"N": 60},
    ),
    "conv_deep": (
        """
dim N
input x: f32[N, 3, 30, 30]
param w: f32[8, 3, 3, 3]
param v: f32[8, 8, 3, 3]
y = tanh(conv2d(x, w, padding='same'))
z = avg_pool2d(conv2d(y, v), 2)
loss J = sum(z*z)
""",
        {"N": 60},
    ),
    "loop": (
        """
dim T, N
input x: [T, N]
param w: [N]
scan h = zeros([N]) over x_t in x {
    a = tanh(h*w + x_t)
    next h = sin(a)*cos(a)
}
loss J = sum(h)
""",
        {"T": 100, "N": 10000},
    ),
    "loop_small": (
        """
dim T, N
input x: [T, N]
param w: [N]
scan h = zeros([N]) over x_t in x {
    a = tanh(h*w + x_t)
    next h = sin(a)*cos(a)
}
loss J = sum(h)
""",
        {"T": 4000, "N": 300},
    ),
    "cumulated": (
        """
dim N
input x: [N, 40]
param w: [40]
y = cumsum(exp(x*w), axis=0)
z = concatenate([y, x], axis=1)
p = pad(z, [[1, 1], [0, 0]])
loss J = sum(p*p) + sum(cumprod(x*w, axis=1))
""",
        {"N": 40000},
    ),
    "hot": (
        """
dim N
input c: i64[N]
param w: [50]
h = one_hot(c, 50) * w
t = tile(w, [N, 2])
loss J = sum(h*h) + sum(tanh(t))
""",
        {"N": 40000},
    ),
    "chain": (
        """
dim N
input x: [N]
param w = 1
z = x*w
y = sin(z)*cos(z) + z**3 - exp(-z)
u = y/(1 + y**2)
loss J = mean(u)
""",
        {"N": 1000000},
    ),
    "layer_norm": (
        """
from nn import LayerNorm
dim N
input x: f32[N, 512]
param w: f32[512, 512]
n = LayerNorm(x @ w)
z = gelu(n)
q = softmax(z)
loss J = mean(q*z)
""",
        {"N": 4000},
    ),
    "reductions": (
        """
dim N
input x: [N, 40]
param w: [40]
z = x*w
y = var(z, axis=1) + prod(z, axis=1) + logsumexp(z, axis=1) + norm(z, axis=1)
a = argmax(z, axis=0)
loss J = sum(y) + sum(std(z, axis=0)) + sum(a)
""",
        {"N": 10000},
    ),
    "windows": (
        """
dim N
input x: [N]
param w: [16]
y = sliding_window(tanh(x*w[0]), 16) @ w
loss J = sum(y*y)
""",
        {"N": 125000},
    ),
    "dropout": (
        """
dim N
input x: f32[N, 100]
param w: f32[100, 100]
y = dropout(relu(x @ w), 0.2)
loss J = sum(y*y)
""",
        {"N": 30000},
    ),
    "drawn": (
        """
dim N
input x: f32[N, 100]
param w: f32[100]
y = x*w + random_normal([N, 100], dtype='f32')
loss J = sum(y*y)
""",
        {"N": 30000},
    ),
    "solved": (
        """
dim N
input x: [N, 20, 20]
param w: [20]
y = solve(x + eye(20)*w, x)
loss J = sum(y*y) + sum(det(x*w))
""",
        {"N": 3000},
    ),
}
