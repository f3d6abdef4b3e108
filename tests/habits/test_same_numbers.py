"""What a help writes for a call of another system gives the numbers that the other system gives."""

from typing import Any

import numpy as np
import pytest
from scipy import special, stats
from scipy.spatial import distance

from gradc.diagnostics import Help
from gradc.remedies.tries import edited
from tests.compiled import build
from tests.habits.test_habits import errors_of

DECLARED = """\
input x: [5]
input y: [5]
input p: [5]
input A: [3, 4]
input M: [4, 4]
"""
RNG = np.random.default_rng(5)
SQUARE = RNG.normal(size=(4, 4))
GIVEN: dict[str, Any] = {
    "x": RNG.uniform(0.3, 2, 5),
    "y": RNG.uniform(1, 3, 5),
    "p": RNG.uniform(0.1, 0.9, 5),
    "A": RNG.normal(size=(3, 4)),
    "M": np.linalg.cholesky(SQUARE @ SQUARE.T + np.eye(4)),
}
x, y, p, A, M = GIVEN.values()
CASES: dict[str, Any] = {
    "z = nthroot(x, 3)": x ** (1 / 3),
    "z = sind(x)": np.sin(np.deg2rad(x)),
    "z = cosd(x)": np.cos(np.deg2rad(x)),
    "z = tand(x)": np.tan(np.deg2rad(x)),
    "z = sinpi(x)": np.sin(np.pi * x),
    "z = asec(y)": np.arccos(1 / y),
    "z = acsc(y)": np.arcsin(1 / y),
    "z = acot(y)": np.arctan(1 / y),
    "z = radbas(x)": np.exp(-(x**2)),
    "z = hardlim(x - 1)": x >= 1,
    "z = rescale(x)": (x - x.min()) / np.ptp(x),
    "z = dnorm(x)": stats.norm.pdf(x),
    "z = normpdf(x, 1, 2)": stats.norm.pdf(x, 1, 2),
    "z = dnorm(x, mean=y, sd=p)": stats.norm.pdf(x, y, p),
    "z = normal_logpdf(x, 1, p)": stats.norm.logpdf(x, 1, p),
    "z = pnorm(x, y, 2)": stats.norm.cdf(x, y, 2),
    "z = qnorm(p)": stats.norm.ppf(p),
    "z = norminv(p, y, 2)": stats.norm.ppf(p, y, 2),
    "z = plogis(x)": special.expit(x),
    "z = qlogis(p)": special.logit(p),
    "z = seq_len(4)": np.arange(1, 5),
    "z = seq(2, 6)": np.arange(2, 7),
    "z = seq(0, 6, 2)": np.arange(0, 7, 2),
    "z = rowSums(A)": A.sum(1),
    "z = colMeans(A)": A.mean(0),
    "z = crossprod(A)": A.T @ A,
    "z = tcrossprod(A)": A @ A.T,
    "z = pmax(x, y)": np.maximum(x, y),
    "z = factorial(x)": special.factorial(x),
    "z = nchoosek(y, x)": special.binom(y, x),
    "z = lchoose(y, x)": np.log(special.binom(y, x)),
    "z = beta(x, y)": special.beta(x, y),
    "z = betaln(x, y)": special.betaln(x, y),
    "z = head(x, 2)": x[:2],
    "z = tail(x, 2)": x[-2:],
    "z = scale(A)": A - A.mean(0),
    "z = matrix(A, 4, 3)": A.reshape(4, 3),
    "z = chol2inv(M.T)": np.linalg.inv(M @ M.T),
    "z = cholesky_inverse(M)": np.linalg.inv(M @ M.T),
    "z = cholesky_solve(A.T, M)": np.linalg.solve(M @ M.T, A.T),
    "z = cho_solve(M, A.T)": np.linalg.solve(M @ M.T, A.T),
    "z = backsolve(M.T, A.T)": np.linalg.solve(M.T, A.T),
    "z = forwardsolve(M, A.T)": np.linalg.solve(M, A.T),
    "z = UpperTriangular(A)": np.triu(A),
    "z = Symmetric(M)": (M + M.T) / 2,
    "z = xlog1py(x, y)": special.xlog1py(x, y),
    "z = xdivy(x, y)": x / y,
    "z = multiply_no_nan(x, y)": x * y,
    "z = reciprocal_no_nan(x)": 1 / x,
    "z = crelu(A)": np.maximum(np.concatenate([A, -A], -1), 0),
    "z = global_norm(A, x)": np.sqrt((A**2).sum() + (x**2).sum()),
    "z = zero_fraction(x)": 0,
    "z = squareplus(x)": (x + np.sqrt(x**2 + 4)) / 2,
    "z = hardmax(A)": np.eye(4)[A.argmax(1)],
    "z = squared_relu(A)": np.maximum(A, 0) ** 2,
    "z = kl_normal(x, y)": -0.5 * (1 + y - x**2 - np.exp(y)).sum(),
    "z = smoothstep(x)": np.clip(x, 0, 1) ** 2 * (3 - 2 * np.clip(x, 0, 1)),
    "z = rbf_kernel(A, M)": np.exp(-distance.cdist(A, M, "sqeuclidean") / 2),
    "z = manhattan(A, A[0])": abs(A - A[0]).sum(-1),
    "z = logspace(0, 2, 5)": np.logspace(0, 2, 5),
    "z = geomspace(1, 8, 4)": np.geomspace(1, 8, 4),
    "z = ldexp(x, 3)": np.ldexp(x, 3),
    "z = frac(y)": y % 1,
    "z = rsub(x, y)": y - x,
    "z = isclose(x, y)": np.isclose(x, y),
    "z = signbit(A)": np.signbit(A),
    "z = vecmat(x[:3], A)": x[:3] @ A,
    "z = atleast_2d(x)": np.atleast_2d(x),
    "z = cumulative_trapezoid(x)": np.cumsum((x[1:] + x[:-1]) / 2),
    "z = hanning(6)": np.hanning(6),
    "z = hamming(6)": np.hamming(6),
    "z = correlate(x, y[:3])": np.correlate(x, y[:3], "full"),
    "z = matrix_norm(A)": np.linalg.norm(A),
    "z = addr(M, x[:4], y[:4])": M + np.outer(x[:4], y[:4]),
    "z = entr(p)": special.entr(p),
    "z = rel_entr(x, y)": special.rel_entr(x, y),
    "z = log_expit(x)": special.log_expit(x),
    "z = boxcox(x, 0.5)": special.boxcox(x, 0.5),
    "z = exprel(x)": special.exprel(x),
    "z = cosm1(x)": special.cosm1(x),
    "z = powm1(x, y)": special.powm1(x, y),
    "z = pseudo_huber(1.5, x)": special.pseudo_huber(1.5, x),
    "z = poch(x, y)": special.poch(x, y),
    "z = lisht(x)": x * np.tanh(x),
    "z = trelu(x)": np.where(x > 1, x, 0),
    "z = argsort(A, axis=1, descending=True)": np.argsort(-A, 1),
    "z = cumsum(A, dim=1, reverse=True)": np.cumsum(A[:, ::-1], 1)[:, ::-1],
    "z = cumprod(A, axis=0, reverse=True)": np.cumprod(A[::-1], 0)[::-1],
    "z = cumsum(A, axis=1, exclusive=True)": np.cumsum(A, 1) - A,
    "z = mse_loss(x, y, weight=p)": np.mean(p * (x - y) ** 2),
    "z = l1_loss(x, y, sample_weight=p)": np.mean(p * abs(x - y)),
    "z = huber_loss(x, y, delta=0.5, weight=p)": np.mean(p * special.huber(0.5, x - y)),
    "z = binary_cross_entropy(p, x / 4, weight=y)": np.mean(
        -y * (x / 4 * np.log(p) + (1 - x / 4) * np.log(1 - p))
    ),
    "z = binary_cross_entropy_with_logits(x, p, pos_weight=y)": np.mean(
        (1 - p) * x + (1 + (y - 1) * p) * np.log1p(np.exp(-x))
    ),
    "z = weighted_cross_entropy_with_logits(p, x, pos_weight=y)": (1 - p) * x
    + (1 + (y - 1) * p) * np.log1p(np.exp(-x)),
}


def followed(text: str) -> str:
    """The text with what the help of its only mistake says to write."""
    (found,) = errors_of(text)
    shown = [help_ for help_ in found.helps if isinstance(help_, Help)]
    assert shown, found.helps
    return edited(text, shown[0].replacements)


@pytest.mark.parametrize("line", CASES)
def test_the_numbers_are_those_of_the_other_system(line: str) -> None:
    text = followed(f"{DECLARED}{line}\noutput out = 1 * z\n")
    module = build(text)
    np.testing.assert_allclose(module.outputs(**GIVEN).out, CASES[line], rtol=1e-9, atol=1e-12)


EXTREMES: dict[str, tuple[Any, Any]] = {
    "max": (A.max(1), A.argmax(1)),
    "min": (A.min(1), A.argmin(1)),
    "sort": (np.sort(A, 1), np.argsort(A, 1)),
    "topk": (np.sort(A, 1)[:, :1:-1], np.argsort(A, 1)[:, :1:-1]),
}
MANNERS = ("A.{}({})", "torch.{}(A, {})", "{}(A, {})")
TAKEN = {
    "z = {}[0]": 0,
    "z = {}[1]": 1,
    "z = {}.values": 0,
    "z = {}.indices": 1,
    "z, k = {}": 0,
    "_, z = {}": 1,
}


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("name", EXTREMES)
def test_one_of_the_two_results_of_torch_is_taken(name: str, manner: str, taken: str) -> None:
    line = taken.format(manner.format(name, "2" if name == "topk" else "dim=1"))
    text = f"{DECLARED}{line}\noutput out = 1 * z\n"
    wanted = EXTREMES[name][TAKEN[taken]]
    changed = followed(text) if errors_of(text) else text
    np.testing.assert_allclose(build(changed).outputs(**GIVEN).out, wanted)


def test_all_results_have_names_behind_a_prefix() -> None:
    text = followed(f"{DECLARED}u = np.linalg.svd(A)\noutput out = 1 * u\n")
    assert "\nu, _, _ = svd(A)\n" in text
