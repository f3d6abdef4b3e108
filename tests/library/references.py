"""What operations should give: NumPy's or SciPy's function of that name, or a definition."""

# ruff: noqa: PLW0108 (the lambdas give NumPy's functions our names of parameters)

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.special

from tests.library.definitions import (
    Reference,
    add_along_axis,
    affine,
    attention,
    axes_of,
    batch_norm,
    cosine_embedding_loss,
    cosine_similarity,
    cross_entropy,
    expm_slope,
    gaussian_nll,
    group_norm,
    huber,
    index_put,
    kl_div,
    last_put,
    layer_norm,
    linear_adjoint,
    loss,
    loss_at_labels,
    norm,
    pixel_shuffle,
    pixel_unshuffle,
    qr_adjoint,
    recurrence,
    reduced,
    rms_norm,
    rope,
    scatter_add,
    sinc_derivative,
    softmax,
    standard,
    svd_left,
    triplet_margin_loss,
)
from tests.library.sampled import SAMPLED, last_along_axis, put_along_axis, topk
from tests.library.windows import WINDOWS

REFERENCES: dict[str, Reference] = {
    **SAMPLED,
    **WINDOWS,
    "abs": np.abs,
    "at_least": lambda x, low: np.maximum(x, low),
    "at_most": lambda x, high: np.minimum(x, high),
    "between": lambda x, low, high: np.clip(x, low, high),
    "clip": lambda x, **bounds: np.clip(x, bounds.get("min"), bounds.get("max")),
    "arctan2": lambda y, x: np.arctan2(y, x),
    "astype": lambda x, dtype: x.astype({"f64": np.float64, "bool": bool}[dtype]),
    "stop_gradient": lambda x: x,
    "checkpoint": lambda x: x,
    "square": np.square,
    "rsqrt": lambda x: x**-0.5,
    "lerp": lambda a, b, t: (1 - t) * a + t * b,
    "guard_in_doubt": lambda x, dy: np.where(dy == 0, 0, x),
    "leading": lambda x, count: x[:count],
    "guard": lambda x, dy: np.where(dy == 0, 0, x),
    "nonzero": lambda x: np.where(x == 0, 1, x),
    "xlogy": scipy.special.xlogy,
    "log1mexp": lambda x: np.log(1 - np.exp(x)),
    "sigmoid_difference": lambda a, b: 1 / (1 + np.exp(-a)) - 1 / (1 + np.exp(-b)),
    "logit": scipy.special.logit,
    "sigmoid": scipy.special.expit,
    "erf": scipy.special.erf,
    "erfc": scipy.special.erfc,
    "erfcx": scipy.special.erfcx,
    "erfinv": scipy.special.erfinv,
    "ndtr": scipy.special.ndtr,
    "log_ndtr": scipy.special.log_ndtr,
    "sinc_derivative": sinc_derivative,
    "lgamma": scipy.special.gammaln,
    "polygamma": scipy.special.polygamma,
    "digamma": scipy.special.digamma,
    "where": lambda cond, x, y: np.where(cond, x, y),
    # reductions and scans
    "keep": lambda y, x, axis: np.expand_dims(y, axis),
    "var": lambda x, axis=None, correction=0, keepdims=False: x.var(
        axes_of(axis), ddof=correction, keepdims=keepdims
    ),
    "std": lambda x, axis=None, correction=0, keepdims=False: x.std(
        axes_of(axis), ddof=correction, keepdims=keepdims
    ),
    "average": lambda x, axis=None, weights=None: np.average(x, axis=axis, weights=weights),
    "weighted_mean": lambda x, weights, axis, keepdims: np.average(
        x, axis=axis, weights=np.broadcast_to(weights, x.shape), keepdims=keepdims
    ),
    "finite_max": lambda x, axis: x.max(axis=axis, keepdims=True),
    "top": lambda x, axis: x.max(axis=axis, keepdims=True),
    "max_of_some": lambda x, axis: x.max(axis=axis, keepdims=True),
    "look_up": lambda labels, table: table[labels],
    "max_or_least": lambda x, axis: x.max(axis=axis, keepdims=True),
    "logsumexp": lambda x, axis=None, keepdims=False: scipy.special.logsumexp(
        x, axis=axes_of(axis), keepdims=keepdims
    ),
    "norm": norm,
    "vector_norm": norm,
    "matrix_norm": norm,
    "line_norms": lambda m, ord: np.abs(m).sum(-2),  # noqa: A006
    "singular": lambda m: np.linalg.svd(m, compute_uv=False),
    "euclidean_norm": lambda x, axis, keepdims: np.linalg.norm(x, axis=axis, keepdims=keepdims),
    "power_norm": lambda x, p, axis, keepdims: norm(x, p, axis, keepdims),
    "cosine_similarity": cosine_similarity,
    "product_of_others": lambda x: np.stack(
        [np.delete(x, j, axis=-1).prod(axis=-1) for j in range(x.shape[-1])], axis=-1
    ),
    "cumsum": lambda x, axis=None: np.cumsum(x, axis),
    "cumprod": lambda x, axis=None: np.cumprod(x, axis),
    "sums_to_come": lambda x, axis: np.flip(np.cumsum(np.flip(x, axis), axis), axis),
    "cumprod_adjoint": lambda dy, x, axis: np.stack(
        [
            sum(
                dy[:, i] * np.delete(x[:, : i + 1], j, axis=1).prod(axis=1)
                for i in range(j, x.shape[1])
            )
            for j in range(x.shape[1])
        ],
        axis=1,
    ),
    "recurrence": recurrence,
    "cummax": lambda x, axis=-1: np.maximum.accumulate(x, axis),
    "cummin": lambda x, axis=-1: np.minimum.accumulate(x, axis),
    "running_adjoint": lambda dy, x, y, axis: np.zeros(x.shape),  # nothing is tied
    "logcumsumexp": lambda x, axis=-1: np.log(np.cumsum(np.exp(x), axis)),
    "topk": topk,
    "backwards_next": lambda x, axis: np.concatenate([0 * x[:, :1], x[:, :0:-1]], axis=axis),
    "shifted": lambda x, axis, fill=0: np.insert(np.delete(x, -1, axis), 0, fill, axis),
    # movement
    "reshape": lambda x, shape: np.reshape(x, shape),
    "expand_dims": lambda x, axis: np.expand_dims(x, axes_of(axis)),
    "squeeze": lambda x, axis=None: np.squeeze(x, axes_of(axis)),
    "transpose": lambda x, axes=None: np.transpose(x, axes),
    "swapaxes": lambda x, axis1, axis2: np.swapaxes(x, axis1, axis2),
    "moveaxis": lambda x, source, destination: np.moveaxis(x, source, destination),
    "broadcast_to": lambda x, shape: np.broadcast_to(x, shape),
    "concatenate": lambda arrays, axis=0: np.concatenate(arrays, axis),
    "stack": lambda arrays, axis=0: np.stack(arrays, axis),
    "split": lambda x, sections, axis=0: np.split(x, sections, axis),
    "pad": lambda x, pad_width, **options: np.pad(x, pad_width, **options),
    "pad_constant": lambda x, pad_width, **options: np.pad(x, pad_width, **options),
    "pad_copied": lambda x, pad_width, mode: np.pad(x, pad_width, mode),
    "flip": lambda x, axis=None: np.flip(x, axes_of(axis)),
    "roll": lambda x, shift, axis=None: np.roll(x, shift, axis),
    "tile": lambda x, reps: np.tile(x, reps),
    "repeat": lambda x, repeats, axis=None: np.repeat(x, repeats, axis),
    "meshgrid": lambda arrays, indexing="xy": np.meshgrid(*arrays, indexing=indexing),
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "tril": lambda x, k=0: np.tril(x, k),
    "triu": lambda x, k=0: np.triu(x, k),
    "diagonal": lambda x, **options: np.diagonal(x, **options),
    "diagonal_adjoint": lambda x, shape, **options: linear_adjoint(
        lambda v: np.diagonal(v, **options), shape, x
    ),
    "diag": lambda x, k=0: np.diag(x, k),
    "trace": lambda x, offset=0: np.trace(x, offset),
    # made from nothing, and picked
    "zeros_like": lambda x: np.zeros_like(x),
    "ones_like": lambda x: np.ones_like(x),
    "full_like": lambda x, fill_value: np.full_like(x, fill_value),
    "zeros": lambda shape: np.zeros(shape),
    "ones": lambda shape: np.ones(shape),
    "full": lambda shape, fill_value: np.full(shape, fill_value),
    "tri": lambda n, m=None, k=0: np.tri(n, m, k),
    "eye": lambda n, m=None, k=0: np.eye(n, m, k),
    "arange": lambda start, stop=None, step=1: np.arange(start, stop, step),
    "one_hot": lambda labels, num_classes: np.eye(num_classes)[labels],
    "take": lambda x, indices, axis=None: np.take(x, indices, axis),
    "scatter_add": scatter_add,
    "put_along_axis": put_along_axis,
    "last_along_axis": last_along_axis,
    "take_along_axis": lambda x, indices, axis=-1: np.take_along_axis(x, indices, axis),
    "add_along_axis": add_along_axis,
    "index_put": index_put,
    "last_put": last_put,
    "pick": lambda x, labels: np.array([row[i] for row, i in zip(x, labels, strict=True)]),
    "unpick": lambda x, labels, size: np.eye(size)[labels] * x[:, None],
    "less_at": lambda x, labels, amount: (
        x - np.eye(x.shape[1])[labels] * np.reshape(amount, (-1, 1))
    ),
    # linear algebra
    "rows": lambda x: x.reshape(-1, x.shape[-1]),
    "einsum": lambda subscripts, arrays: np.einsum(subscripts, *arrays),
    "matrix_transpose": lambda x: np.swapaxes(x, -1, -2),
    "columns_of": lambda x, axes: x.transpose(1, 0, 2).reshape(3, 8),
    "rows_of": lambda x, axes: x.transpose(2, 0, 1).reshape(8, 3),
    "solve": np.linalg.solve,
    "solve_vector": lambda a, b: np.linalg.solve(a, b[..., None])[..., 0],
    "triangular_solve": lambda a, b, lower=True: scipy.linalg.solve_triangular(a, b, lower=lower),
    "inv": lambda x: np.linalg.inv(x),
    "inverse": lambda x: np.linalg.inv(x),
    "cofactors": lambda x: np.linalg.det(x)[..., None, None] * np.linalg.inv(x).mT,
    "pinv": lambda x: np.linalg.pinv(x),
    "lstsq": lambda a, b: np.linalg.lstsq(a, b)[0],
    "det": lambda x: np.linalg.det(x),
    "slogdet": lambda x: tuple(np.linalg.slogdet(x)),
    "logdet": lambda x: np.log(np.linalg.det(x)),
    "cholesky": lambda x: np.linalg.cholesky(x),
    "half_lower": lambda x: np.tril(x) * (1 - np.eye(*x.shape) / 2),
    "eigh": lambda x: tuple(np.linalg.eigh(x)),
    "over_gaps": lambda x, w: np.array([[0, x[0, 1]], [-x[1, 0], 0]]) / (w[1] - w[0]),
    "svd": lambda x: tuple(np.linalg.svd(x, full_matrices=False)),
    "qr": lambda x: tuple(np.linalg.qr(x)),
    "qr_adjoint": lambda dq, dr, q, r: qr_adjoint(dq, dr, q, r),
    "qr_adjoint_wide": lambda dq, dr, q, r, x: np.concatenate(
        [qr_adjoint(dq + x[:, 2:] @ dr[:, 2:].T, dr[:, :2], q, r[:, :2]), q @ dr[:, 2:]], axis=1
    ),
    "expm_slope": expm_slope,
    "beside_itself": lambda x, v: np.block([[x, v], [0 * x, x]]),
    "expm": lambda x: scipy.linalg.expm(x),
    "cdist": lambda x1, x2, p=2: norm(x1[..., :, None, :] - x2[..., None, :, :], p, -1),
    "svd_left": lambda du, u, s: svd_left(du, u, s),
    "matrix_power": lambda x, n: np.linalg.matrix_power(x, n),
    "power_of_matrix": lambda x, n: np.linalg.matrix_power(x, n),
    "quadratic_form": lambda x, a: np.einsum("...i,ij,...j->...", x, a, x),
    # windows
    "stretched": lambda x, count, apart, mode: x[:, [0, 0, 1, 2]],
    "repeat_to": lambda x, count, each: x.repeat(each, axis=-1),
    "corner_places": lambda n, count: np.linspace(0, n - 1, count),
    "mixed_at": lambda x, places: np.stack([np.interp(places, range(4), row) for row in x]),
    "pad_images": lambda x, around: np.pad(x, [(0, 0), *around]),
    "global_avg_pool2d": lambda x: x.mean(axis=(-2, -1)),
    # activations
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x, negative_slope=0.01: np.maximum(x, negative_slope * x),
    "prelu": lambda x, weight: np.maximum(x, weight * x),
    "elu": lambda x, alpha=1.0: np.where(x > 0, x, alpha * (np.exp(x) - 1)),
    "selu": lambda x: 1.05070098735548 * np.where(x > 0, x, 1.67326324235438 * np.expm1(x)),
    "celu": lambda x, alpha=1.0: np.where(x > 0, x, alpha * np.expm1(x / alpha)),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "gelu": lambda x, approximate="none": (
        x * scipy.special.ndtr(x)
        if approximate == "none"
        else x / (1 + np.exp(-np.sqrt(8 / np.pi) * (x + 0.044715 * x**3)))
    ),
    "gelu_exact": lambda x: x * scipy.special.ndtr(x),
    "gelu_tanh": lambda x: x / (1 + np.exp(-np.sqrt(8 / np.pi) * (x + 0.044715 * x**3))),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "softplus": lambda x: np.logaddexp(0, x),
    "log_sigmoid": scipy.special.log_expit,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "softshrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
    "hardshrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "hardtanh": lambda x: np.clip(x, -1, 1),
    "hardsigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hardswish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "glu": lambda x, axis=-1: (
        np.split(x, 2, axis)[0] * scipy.special.expit(np.split(x, 2, axis)[1])
    ),
    "softmax": softmax,
    "softmax_of_some": softmax,
    "softmax_or_zero": softmax,
    "log_softmax": lambda x, axis=-1: scipy.special.log_softmax(x, axis=axis),
    # normalisation
    "standardised": lambda x, axis, eps: (
        standard(x, axis, eps),
        1 / np.sqrt(x.var(axis, keepdims=True) + eps),
    ),
    "standardised_adjoint": lambda dy, y, rstd, axis: (
        rstd * (dy - dy.mean(axis, keepdims=True) - y * (dy * y).mean(axis, keepdims=True))
    ),
    "affine": affine,
    "with_bias": lambda x, bias: x + bias,
    "layer_norm": layer_norm,
    "rms_norm": rms_norm,
    "batch_norm": batch_norm,
    "batch_norm_own": batch_norm,
    "channels": lambda v, x: v[:, None],
    "group_norm": group_norm,
    "instance_norm": lambda x, weight=None: group_norm(x, x.shape[1], weight),
    "linear": lambda x, weight, bias=0: x @ weight + bias,
    "embedding": lambda ids, table: table[ids],
    "embedding_but_padding": lambda ids, table, padding: table[ids],
    "normalize": lambda x, p=2, axis=1: x / norm(x, p, axis, True),
    "scaled_dot_product_attention": attention,
    "with_mask": lambda scores, mask: scores + mask,
    "hidden_later": lambda scores: np.where(np.tri(*scores.shape, dtype=bool), scores, -np.inf),
    "rope": rope,
    "to_heads": lambda x, heads: np.stack(np.split(x, heads, axis=-1), axis=-3),
    # losses
    "reduce_loss": lambda x, reduction: reduced(x, reduction),
    "each_loss": lambda dy, like, reduction: dy / like.size,
    "mse_loss": loss(lambda x, target: (x - target) ** 2),
    "l1_loss": loss(lambda x, target: np.abs(x - target)),
    "huber_loss": loss(huber),
    "smooth_l1_loss": loss(
        lambda x, target, beta=1.0: huber(x, target, beta) / beta if beta else np.abs(x - target)
    ),
    "binary_cross_entropy": loss(
        lambda x, target: -(target * np.log(x) + (1 - target) * np.log(1 - x))
    ),
    "binary_cross_entropy_with_logits": loss(lambda x, target: np.log(1 + np.exp(x)) - x * target),
    "cross_entropy": cross_entropy,
    "cross_entropy_of_labels": cross_entropy,
    "cross_entropy_of_probabilities": lambda logits, probabilities, **options: cross_entropy(
        logits, probabilities, **options
    ),
    "smoothed": lambda p, amount: (1 - amount) * p + amount / p.shape[-1],
    "counted_loss": loss_at_labels,
    "weighted_sum": lambda x, weight: (x * weight).sum(-1),
    "nll_loss": loss_at_labels,
    "loss_at_labels": loss_at_labels,
    "kl_div": kl_div,
    "hinge_loss": loss(lambda x, target: np.maximum(0, 1 - x * target)),
    "cosine_embedding_loss": cosine_embedding_loss,
    "triplet_margin_loss": triplet_margin_loss,
    "gaussian_nll_loss": loss(
        lambda x, target, var, full=False: gaussian_nll(
            x, target, var[:, None] if var.ndim < x.ndim else var, full
        )
    ),
    "poisson_nll_loss": loss(
        lambda x, target, log_input=True, full=False: (
            (np.exp(x) - target * x if log_input else x - target * np.log(x + 1e-8))
            + (target * np.log(target) - target + np.log(2 * np.pi * target) / 2 if full else 0)
        )
    ),
    "stirling": lambda n: n * np.log(n) - n + np.log(2 * np.pi * n) / 2,
}


def reference(name: str) -> Reference | None:
    """The function that an operation is compared with."""
    return REFERENCES.get(name) or getattr(np, name, None)
