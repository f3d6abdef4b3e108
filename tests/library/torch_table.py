"""Operations in torch's words; a text stands for torch's function of that name.

It is given the arguments in the example's order.
"""

# ruff: noqa: PLW0108 (the lambdas give torch's functions our names of parameters)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.library.torch_functions import (
    F,
    L,
    add_along_axis,
    attention,
    axes_of,
    batch_norm,
    clip,
    conv,
    cov,
    cross_entropy,
    diagonal,
    diff,
    expand_dims,
    flat,
    gradient,
    index_put,
    interpolate,
    kl_div,
    max_over,
    meshgrid,
    nll_loss,
    norm,
    pad,
    pool,
    prod,
    quantile,
    reduced,
    repeat,
    roll,
    scatter_add,
    solve,
    split,
    spread,
    squeeze,
    t,
    take,
    take_along_axis,
    trapezoid,
    triangular_solve,
    triplet,
)

Spelling = str | Callable[..., Any]

_SAME = """
add subtract multiply divide power:pow negative abs hypot exp exp2 expm1 log log2 log10 log1p
logaddexp sqrt rsqrt square reciprocal lerp xlogy logit fmax fmin where copysign sin cos tan
arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh deg2rad rad2deg sinc sigmoid
erf erfc erfinv lgamma digamma polygamma remainder matmul outer inner kron vdot:dot tril triu ravel
swapaxes moveaxis matrix_power:L.matrix_power inv:L.inv pinv:L.pinv det:L.det logdet
expm:matrix_exp cdist
cholesky:L.cholesky relu:F.relu relu6:F.relu6 leaky_relu:F.leaky_relu elu:F.elu selu:F.selu
celu:F.celu silu:F.silu mish:F.mish softplus:F.softplus softsign:F.softsign
softshrink:F.softshrink hardshrink:F.hardshrink hardtanh:F.hardtanh hardswish:F.hardswish
log_sigmoid:F.logsigmoid glu:F.glu pixel_shuffle:F.pixel_shuffle
pixel_unshuffle:F.pixel_unshuffle nan_to_num
"""

TORCH: dict[str, Spelling] = (
    {
        name: spelling or name
        for name, _, spelling in (word.partition(":") for word in _SAME.split())
    }
    | {
        "stop_gradient": lambda x: x.detach(),
        "matrix_transpose": lambda x: x.mT,
        "prelu": lambda x, weight: t.where(x > 0, x, weight * x),
        "hardsigmoid": lambda x: F.relu6(x + 3) / 6,  # its own divides by 6 in f32
        "maximum": lambda x, y: t.maximum(x, t.as_tensor(y)),
        "minimum": lambda x, y: t.minimum(x, t.as_tensor(y)),
        "cbrt": lambda x: t.sign(x) * t.abs(x) ** (1 / 3),
        "vdot": lambda a, b: t.dot(a.ravel(), b.ravel()),
        "clip": clip,
        "gelu": lambda x, approximate="none": F.gelu(x, approximate=approximate),
        "softmax": lambda x, axis=-1: t.softmax(x, axis),
        "log_softmax": lambda x, axis=-1: t.log_softmax(x, axis),
        "sum": reduced("sum"),
        "mean": lambda x, axis=None, keepdims=False: reduced("mean")(1.0 * x, axis, keepdims),
        "max": max_over("amax"),
        "min": max_over("amin"),
        "prod": prod,
        "var": spread("var"),
        "std": spread("std"),
        "logsumexp": reduced("logsumexp"),
        "norm": norm,
        "cosine_similarity": lambda a, b, axis=-1: F.cosine_similarity(a, b, axis),
        "cumsum": flat("cumsum"),
        "cumprod": flat("cumprod"),
        "cummax": lambda x, axis=-1: t.cummax(x, axis)[0],
        "cummin": lambda x, axis=-1: t.cummin(x, axis)[0],
        "logcumsumexp": lambda x, axis=-1: t.logcumsumexp(x, axis),
        "topk": lambda x, k, axis=-1, largest=True: tuple(t.topk(x, k, axis, largest)),
        "sort": lambda x, axis=-1: t.sort(x, axis)[0],
        # movement
        "reshape": lambda x, shape: t.reshape(x, tuple(shape)),
        "expand_dims": expand_dims,
        "squeeze": squeeze,
        "transpose": lambda x, axes=None: t.permute(x, axes or tuple(reversed(range(x.ndim)))),
        "broadcast_to": lambda x, shape: t.broadcast_to(x, shape),
        "concatenate": lambda arrays, axis=0: t.cat(arrays, axis),
        "stack": lambda arrays, axis=0: t.stack(arrays, axis),
        "split": split,
        "pad": pad,
        "flip": lambda x, axis=None: t.flip(x, axes_of(axis, x)),
        "roll": roll,
        "tile": lambda x, reps: t.tile(x, reps),
        "repeat": repeat,
        "meshgrid": meshgrid,
        "diagonal": diagonal,
        "diag": lambda x, k=0: t.diag(x, k),
        "tril": lambda x, k=0: t.tril(x, k),
        "triu": lambda x, k=0: t.triu(x, k),
        # picked
        "take": take,
        "scatter_add": scatter_add,
        "take_along_axis": take_along_axis,
        "add_along_axis": add_along_axis,
        "index_put": index_put,
        "embedding": lambda ids, table: F.embedding(ids, table),
        "full_like": lambda x, fill_value: x * 0 + fill_value,
        # sampled functions, statistics
        "diff": diff,
        "gradient": gradient,
        "trapezoid": trapezoid,
        "quantile": quantile,
        "nansum": reduced("nansum"),
        "nanmean": reduced("nanmean"),
        "cov": cov,
        # linear algebra
        "einsum": lambda subscripts, arrays: t.einsum(subscripts, *arrays),
        "tensordot": lambda a, b, axes=2: t.tensordot(a, b, axes),
        "cross": lambda a, b: L.cross(*t.broadcast_tensors(a, b)),
        "solve": solve,
        "triangular_solve": triangular_solve,
        "slogdet": lambda x: tuple(L.slogdet(x)),
        "qr": lambda x: tuple(L.qr(x)),
        "eigh": lambda x: tuple(L.eigh(x)),
        "svd": lambda x: tuple(L.svd(x, full_matrices=False)),
        "lstsq": lambda a, b: L.pinv(a) @ b,
        # windows
        "conv1d": conv("conv1d"),
        "conv2d": conv("conv2d"),
        "conv3d": lambda x, w, **options: F.conv3d(x, w, **options),
        "conv_transpose1d": lambda x, w, **options: F.conv_transpose1d(x, w, **options),
        "conv_transpose2d": lambda x, w, **options: F.conv_transpose2d(x, w, **options),
        "max_pool1d": pool("max_pool1d"),
        "max_pool2d": pool("max_pool2d"),
        "max_pool3d": pool("max_pool3d"),
        "avg_pool1d": pool("avg_pool1d"),
        "avg_pool2d": pool("avg_pool2d"),
        "avg_pool3d": pool("avg_pool3d"),
        "adaptive_avg_pool1d": lambda x, output_size: F.adaptive_avg_pool1d(x, output_size),
        "adaptive_avg_pool2d": lambda x, output_size: F.adaptive_avg_pool2d(x, output_size),
        "interpolate": interpolate,
        "global_avg_pool2d": lambda x: F.adaptive_avg_pool2d(x, 1)[..., 0, 0],
        # normalisation
        "layer_norm": lambda x, axis=(-1,), weight=None, bias=None: F.layer_norm(
            x, x.shape[min(axis) :], weight, bias
        ),
        "rms_norm": lambda x, axis=(-1,), weight=None: (
            # torch's own knows the last axes alone.
            F.rms_norm(x, x.shape[-1:], weight, 1e-6)
            if tuple(axis) == (-1,)
            else x * t.rsqrt(t.mean(x * x, tuple(axis), keepdim=True) + 1e-6)
        ),
        "batch_norm": batch_norm,
        "group_norm": lambda x, num_groups, weight, bias: F.group_norm(x, num_groups, weight, bias),
        "instance_norm": lambda x, weight: F.instance_norm(x, weight=weight),
        "normalize": lambda x, p=2, axis=1: F.normalize(x, p, axis),
        "linear": lambda x, weight, bias=None: F.linear(x, weight.T, bias),
        "scaled_dot_product_attention": attention,
        # losses
        "mse_loss": lambda x, target, **o: F.mse_loss(x, target, **o),
        "l1_loss": lambda x, target, **o: F.l1_loss(x, target, **o),
        "huber_loss": lambda x, target, **o: F.huber_loss(x, target, **o),
        "smooth_l1_loss": lambda x, target, **o: F.smooth_l1_loss(x, target, **o),
        "binary_cross_entropy": lambda x, target: F.binary_cross_entropy(x, target),
        "binary_cross_entropy_with_logits": lambda x, target, **o: (
            F.binary_cross_entropy_with_logits(*t.broadcast_tensors(x, target), **o)
        ),
        "cross_entropy": cross_entropy,
        "nll_loss": nll_loss,
        "kl_div": kl_div,
        "cosine_embedding_loss": lambda x1, x2, target: F.cosine_embedding_loss(x1, x2, target),
        "triplet_margin_loss": triplet,
        "gaussian_nll_loss": lambda x, target, var, **o: F.gaussian_nll_loss(x, target, var, **o),
        "poisson_nll_loss": lambda x, target, **o: F.poisson_nll_loss(x, target, **o),
    }
)
"""Every operation that torch has too."""


def function_of(name: str) -> Callable[..., Any]:
    """What computes an operation with torch."""
    spelling = TORCH[name]
    if not isinstance(spelling, str):
        return spelling
    module = {"F": F, "L": L}.get(spelling.partition(".")[0], t)
    found = getattr(module, spelling.rpartition(".")[2])
    return lambda **arguments: found(*arguments.values())
