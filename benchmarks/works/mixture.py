"""ADBench's mixture of Gaussians: its log-likelihood with a Wishart prior, by all parameters."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.work import Row, Values, Work

GRAPH = """\
dim N
dim D = 10, K = 25
input x: [N, D]
## Where each element of a D × D matrix stands in a row of icf, and which of them are there.
input place: i64[D * D]
input below: [D, D]
param alpha: [K]
param mu: [K, D]
## The inverse roots of the covariances: the logarithms of the diagonal, and what is below it.
param icf: [K, D * (D + 1) // 2]
diagonal = exp(icf[:, :D])
rest = icf[:, D:]
L = reshape(take(icf, place, axis=1), [K, D, D]) * below
centred = x[:, newaxis, :] - mu
y = diagonal * centred + einsum("kij,nkj->nki", L, centred)
each = alpha + sum(icf[:, :D], axis=1) - 0.5 * sum(square(y), axis=2)
prior = 0.5 * (sum(square(diagonal)) + sum(square(rest)))
constant = -0.5 * N * D * log(2 * pi)
loss J = sum(logsumexp(each, axis=1)) - N * logsumexp(alpha) + prior + constant
"""
_BLOCK = 32_768  # differences of points and components that stay in cache


def data(rng: Any, N: int, D: int, K: int) -> tuple[Values, Values]:
    """As ADBench draws them: everything normal."""
    below = np.tril(np.ones((D, D)), -1)
    place = np.zeros((D, D), np.int64)
    # Column by column, behind the diagonal.
    place.T[below.T > 0] = D + np.arange(D * (D - 1) // 2)
    params = {"alpha": rng.normal(size=K), "mu": rng.random((K, D))}
    params["icf"] = 0.5 * rng.normal(size=(K, D * (D + 1) // 2))
    return params, {"x": rng.normal(size=(N, D)), "place": place.reshape(-1), "below": below}


class ByHand:
    """Q (x - mu) is x Qᵀ - Q mu: one product for a block of points and all components at once.

    The last column of the points is 1, and meets - Q mu; so the same product backwards gives the
    cotangent of Q and that of Q mu together.
    """

    def __init__(self, params: Values, inputs: Values) -> None:
        self.alpha, self.mu, self.icf = params.values()
        self.x, place, self.below = inputs["x"], inputs["place"], inputs["below"]
        (N, D), K = self.x.shape, len(self.alpha)
        self.N, self.D, self.K = N, D, K
        # The elements below the diagonal in the order of icf.
        self.rows, self.columns = np.nonzero(self.below)
        self.where = place.reshape(D, D)[self.rows, self.columns]
        self.points = np.ones((N, D + 1))
        self.A = np.empty((K * D, D + 1))
        self.block = max(128, _BLOCK // (K * D))
        self.y, self.t = np.empty((self.block, K * D)), np.empty((self.block, K))
        self.most, self.total = np.empty(self.block), np.empty(self.block)
        self.ones = np.ones(self.block)

    def __call__(self) -> tuple[float, Any]:
        N, D, K, A, mu = self.N, self.D, self.K, self.A, self.mu
        along = np.arange(D)
        Q = np.zeros((K, D, D))
        diagonal = np.exp(self.icf[:, :D])
        Q[:, self.rows, self.columns] = self.icf[:, self.where]
        Q[:, along, along] = diagonal
        self.points[:, :D] = self.x
        A[:, :D] = Q.reshape(K * D, D)
        np.negative(np.matmul(Q, mu[:, :, None]).reshape(-1), A[:, D])
        J, weights, dA = self._points(self.alpha + self.icf[:, :D].sum(axis=1))

        rest = self.icf[:, D:]
        shifted = np.exp(self.alpha - self.alpha.max())
        J -= N * (math.log(shifted.sum()) + self.alpha.max())
        J += 0.5 * (float(np.vdot(diagonal, diagonal)) + float((rest * rest).sum()))
        J -= 0.5 * N * D * math.log(2 * math.pi)
        # dA holds the cotangents of Q and of - Q mu, both with their sign turned.
        dA = dA.reshape(K, D, D + 1)
        sums = dA[:, :, D]
        dmu = np.matmul(sums[:, None, :], Q)[:, 0]
        dQ = sums[:, :, None] * mu[:, None, :] - dA[:, :, :D]
        dicf = np.empty_like(self.icf)
        dicf[:, self.where] = dQ[:, self.rows, self.columns]
        dicf[:, D:] += rest
        dicf[:, :D] = (dQ[:, along, along] + diagonal) * diagonal + weights[:, None]
        return J, (weights - N / shifted.sum() * shifted, dmu, dicf)

    def _points(self, constant: Any) -> tuple[float, Any, Any]:
        """The sum over points of the logarithms, and what comes back to the components."""
        J, weights, dA = 0.0, np.zeros(self.K), np.zeros_like(self.A)
        AT = self.A.T
        for i in range(0, self.N, self.block):
            x = self.points[i : i + self.block]
            n = len(x)
            y, t, most, total = self.y[:n], self.t[:n], self.most[:n], self.total[:n]
            np.dot(x, AT, y)
            y3 = y.reshape(n, self.K, self.D)
            np.einsum("nki,nki->nk", y3, y3, out=t)
            np.multiply(t, -0.5, t)
            np.add(t, constant, t)
            np.maximum.reduce(t, 1, None, most)
            np.subtract(t, most[:, None], t)
            np.exp(t, t)
            np.add.reduce(t, 1, None, total)
            np.divide(t, total[:, None], t)
            np.log(total, total)
            J += float(total.sum()) + float(most.sum())
            weights += np.dot(self.ones[:n], t)
            np.multiply(y3, t[:, :, None], y3)
            dA += np.dot(y.T, x)
        return J, weights, dA


def _in(np_: Any, logsumexp: Any) -> Any:
    def loss(by: Any, given: Any) -> Any:
        icf, x = by["icf"], given["x"]
        (N, D), K = x.shape, icf.shape[0]
        diagonal, rest = np_.exp(icf[:, :D]), icf[:, D:]
        L = icf[:, given["place"]].reshape((K, D, D)) * given["below"]
        centred = x[:, None, :] - by["mu"]
        y = diagonal * centred + np_.einsum("kij,nkj->nki", L, centred)
        each = by["alpha"] + icf[:, :D].sum(1) - 0.5 * (y * y).sum(2)
        prior = 0.5 * ((diagonal * diagonal).sum() + (rest * rest).sum())
        constant = -0.5 * N * D * math.log(2 * math.pi)
        likelihood = logsumexp(each, 1).sum() - N * logsumexp(by["alpha"], 0)
        return likelihood + prior + constant

    return loss


def in_jax(jax: Any) -> Any:
    return _in(jax.numpy, jax.scipy.special.logsumexp)


def in_torch(torch: Any) -> Any:
    return _in(torch, torch.logsumexp)


def in_autograd(autograd: Any) -> Any:
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    return _in(anp, logsumexp)


WORK = Work(
    graph=GRAPH,
    rows=(
        Row(
            "mixture, K 25, D 10",
            {"N": 1000},
            {"D": 10, "K": 25},
            goals={"by hand": 1.15, "JAX": 0.4},
        ),
        Row(
            "mixture, K 50, D 20",
            {"N": 1000},
            {"D": 20, "K": 50},
            goals={"by hand": 1.15, "JAX": 0.16},
        ),
        Row("mixture, K 5, D 2", {"N": 10_000}, {"D": 2, "K": 5}, goals={"by hand": 1.15}),
    ),
    data=data,
    by_hand=ByHand,
    peers={"JAX": in_jax, "torch": in_torch, "autograd": in_autograd},
)
