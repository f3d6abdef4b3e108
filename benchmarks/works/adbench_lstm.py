"""ADBench's LSTM: two layers of diagonal weights that guess the next of 14 characters."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.work import Row, Values, Work

GRAPH = """\
dim T
dim C = 14
## A text: a row for each character, 1 where it is that one.
input text: [T, C]
input start: [4, C]
## Weights and bias of each layer: forget, input, output, change.
param main: [4, 4 * C]
## What is done to the input, and to the output: a factor and a summand.
param extra: [3, C]
fn cell(weight, bias, x, h, c) {
    gates = concatenate([x, h, x, h]) * weight + bias
    forget, new, out, change = split(gates, 4)
    next_c = c * sigmoid(forget) + sigmoid(new) * tanh(change)
    return sigmoid(out) * tanh(next_c), next_c
}
scan h1, c1, h2, c2 = start[0], start[1], start[2], start[3] over x in text[:-1] {
    next h1, c1 = cell(main[0], main[1], x * extra[0], h1, c1)
    next h2, c2 = cell(main[2], main[3], next h1, h2, c2)
    output top = next h2
}
guess = top * extra[1] + extra[2]
score = guess - log(2 + sum(exp(guess), axis=1, keepdims=true))
loss J = -mean(text[1:] * score)
"""


def data(rng: Any, T: int, C: int) -> tuple[Values, Values]:
    """Normal weights, a text of characters drawn alike."""
    params = {"main": rng.normal(size=(4, 4 * C)), "extra": rng.normal(size=(3, C))}
    text = np.eye(C)[rng.integers(0, C, T)]
    return params, {"text": text, "start": rng.normal(size=(4, C))}


class Layer:
    """One layer along the whole text.

    Forget and output gates see only the input: they are made for all steps at once. Within the
    loop are the two that see the last step, with one tanh. What the cotangents of a step are
    multiplied by is made for all steps at once too, before the loop that goes back.
    """

    def __init__(self, T: int, C: int) -> None:
        self.C = C
        self.scale, self.shift = np.array([[0.5], [1.0]]), np.array([[0.5], [0.0]])
        self.outer, self.inner = np.empty((T, 2, C)), np.empty((T, 2, C))
        self.h, self.c = np.empty((T + 1, C)), np.empty((T + 1, C))
        self.tanh_c, self.dh, self.dc = (np.empty((T, C)) for _ in range(3))
        self.product = np.empty(C)
        forget, out = self.outer.transpose(1, 0, 2)
        new, change = self.inner.transpose(1, 0, 2)
        self.steps = list(
            zip(self.h[:-1], self.inner, new, change, forget, self.c[:-1], self.c[1:], strict=True)
        )
        self.ends = list(zip(self.tanh_c, out, self.h[1:], strict=True))

    def forward(self, weight: Any, bias: Any, x: Any, h: Any, c: Any) -> Any:
        """The output of each step."""
        self.x = x
        # Forget, input, output, change: the first and third are the outer ones.
        self.weights, biases = weight.reshape(4, self.C), bias.reshape(4, self.C)
        half = 0.5 * self.weights[::2]
        np.multiply(x[:, None], half, self.outer)
        np.add(self.outer, 0.5 * biases[::2], self.outer)
        np.tanh(self.outer, self.outer)
        np.multiply(self.outer, 0.5, self.outer)
        np.add(self.outer, 0.5, self.outer)

        self.h[0], self.c[0] = h, c
        scale, shift, product = self.scale, self.shift, self.product
        scaled, summand = scale * self.weights[1::2], scale * biases[1::2]
        steps = zip(self.steps, self.ends, strict=True)
        for (h, z, new, change, forget, c, next_c), (tanh_c, out, next_h) in steps:
            np.multiply(scaled, h, z)
            np.add(z, summand, z)
            np.tanh(z, z)
            np.multiply(z, scale, z)
            np.add(z, shift, z)
            np.multiply(new, change, product)
            np.multiply(forget, c, next_c)
            np.add(next_c, product, next_c)
            np.tanh(next_c, tanh_c)
            np.multiply(out, tanh_c, next_h)
        return self.h[1:]

    def backward(self, dh: Any) -> tuple[Any, Any, Any]:
        """The gradients of weight and bias, and the cotangent of the input."""
        forget, out = self.outer.transpose(1, 0, 2)
        new, change = self.inner.transpose(1, 0, 2)
        by_h = out * (1 - self.tanh_c * self.tanh_c)
        to_gates = np.empty_like(self.inner)
        to_gates[:, 0] = change * new * (1 - new)
        to_gates[:, 1] = new * (1 - change * change)
        to_h = np.einsum("tgc,gc->tc", to_gates, self.weights[1::2])
        np.copyto(self.dh, dh)
        steps = zip(self.dh, self.dc, by_h, to_h, forget, strict=True)
        last_h, last_c, product = np.zeros(self.C), np.zeros(self.C), self.product
        for d, dc, slope, back, kept in list(steps)[::-1]:
            np.add(d, last_h, d)
            np.multiply(d, slope, product)
            np.add(last_c, product, dc)
            np.multiply(dc, back, last_h)
            np.multiply(dc, kept, last_c)

        d = np.empty((len(dh), 4, self.C))
        np.multiply(self.dc * self.c[:-1], forget * (1 - forget), d[:, 0])
        np.multiply(self.dh * self.tanh_c, out * (1 - out), d[:, 2])
        np.multiply(to_gates, self.dc[:, None], d[:, 1::2])
        dweight = np.empty((4, self.C))
        dweight[::2] = np.einsum("tgc,tc->gc", d[:, ::2], self.x)
        dweight[1::2] = np.einsum("tgc,tc->gc", d[:, 1::2], self.h[:-1])
        dx = np.einsum("tgc,gc->tc", d[:, ::2], self.weights[::2])
        return dweight.reshape(-1), d.sum(axis=0).reshape(-1), dx


class ByHand:
    """Layer by layer: the second runs when the first is through."""

    def __init__(self, params: Values, inputs: Values) -> None:
        self.main, self.extra = params.values()
        self.text, self.start = inputs["text"], inputs["start"]
        T, C = len(self.text) - 1, self.text.shape[1]
        self.first, self.second = Layer(T, C), Layer(T, C)

    def __call__(self) -> tuple[float, Any]:
        main, extra, start = self.main, self.extra, self.start
        x, gold = self.text[:-1], self.text[1:]
        h = self.first.forward(main[0], main[1], x * extra[0], start[0], start[1])
        top = self.second.forward(main[2], main[3], h, start[2], start[3])
        guess = top * extra[1]
        guess += extra[2]
        p = np.exp(guess)
        total = 2 + p.sum(axis=1, keepdims=True)
        said = gold.sum(axis=1, keepdims=True)
        J = (float(np.dot(said[:, 0], np.log(total[:, 0]))) - float(np.vdot(gold, guess))) / p.size

        d = p * (said / total)
        d -= gold
        d *= 1 / p.size
        dmain, dextra = np.empty_like(main), np.empty_like(extra)
        np.einsum("tc,tc->c", d, top, out=dextra[1])
        np.add.reduce(d, 0, None, dextra[2])
        dmain[2], dmain[3], dh = self.second.backward(d * extra[1])
        dmain[0], dmain[1], dx = self.first.backward(dh)
        np.einsum("tc,tc->c", dx, x, out=dextra[0])
        return J, (dmain, dextra)


def _cell(np_: Any, sigmoid: Any, weight: Any, bias: Any, x: Any, h: Any, c: Any) -> Any:
    C = len(h)
    z = np_.concatenate([x, h, x, h]) * weight + bias
    forget, new, out = sigmoid(z[:C]), sigmoid(z[C : 2 * C]), sigmoid(z[2 * C : 3 * C])
    c = c * forget + new * np_.tanh(z[3 * C :])
    return out * np_.tanh(c), c


def _cost(np_: Any, by: Any, top: Any, gold: Any) -> Any:
    guess = top * by["extra"][1] + by["extra"][2]
    score = guess - np_.log(2 + np_.exp(guess).sum(1))[:, None]
    return -(gold * score).mean()


def in_jax(jax: Any) -> Any:
    jnp, sigmoid = jax.numpy, jax.nn.sigmoid

    def loss(by: Any, given: Any) -> Any:
        main, text = by["main"], given["text"]

        def step(carried: Any, x: Any) -> Any:
            h1, c1, h2, c2 = carried
            h1, c1 = _cell(jnp, sigmoid, main[0], main[1], x * by["extra"][0], h1, c1)
            h2, c2 = _cell(jnp, sigmoid, main[2], main[3], h1, h2, c2)
            return (h1, c1, h2, c2), h2

        _, top = jax.lax.scan(step, tuple(given["start"]), text[:-1])
        return _cost(jnp, by, top, text[1:])

    return loss


def _unrolled(np_: Any, sigmoid: Any) -> Any:
    def loss(by: Any, given: Any) -> Any:
        main, text = by["main"], given["text"]
        h1, c1, h2, c2 = given["start"]
        top = []
        for x in text[:-1]:
            h1, c1 = _cell(np_, sigmoid, main[0], main[1], x * by["extra"][0], h1, c1)
            h2, c2 = _cell(np_, sigmoid, main[2], main[3], h1, h2, c2)
            top.append(h2)
        return _cost(np_, by, np_.stack(top), text[1:])

    return loss


def in_torch(torch: Any) -> Any:
    return _unrolled(torch, torch.sigmoid)


def in_autograd(autograd: Any) -> Any:
    import autograd.numpy as anp

    return _unrolled(anp, lambda z: 0.5 * (1 + anp.tanh(0.5 * z)))


WORK = Work(
    graph=GRAPH,
    rows=(Row("ADBench LSTM, 1,024 characters", {"T": 1024}, {"C": 14}, goals={"by hand": 1.15}),),
    data=data,
    by_hand=ByHand,
    peers={"JAX": in_jax, "torch": in_torch, "autograd": in_autograd},
    torch_compiles=False,
)
