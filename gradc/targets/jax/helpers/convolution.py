"""Convolutions, and their ways back."""

from __future__ import annotations

from typing import Any

import jax


# fmt: off
def _conv2d(
    x: Any, w: Any,
    stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), groups: int = 1,
) -> jax.Array:
    """The convolution of images [N, C, H, W] with weights [O, C / groups, h, w]."""
    return jax.lax.conv_general_dilated(
        x, w, stride, padding, rhs_dilation=dilation, feature_group_count=groups,
    )


def _conv2d_weight(
    dy: Any, x: Any, shape: Any,
    stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), groups: int = 1,
) -> jax.Array:
    """The cotangent of the weights of `_conv2d`: images convolved with dy."""
    ends = [
        d * (k - 1) + s * (m - 1) + 1 - n - before
        for d, k, s, m, n, (before, _) in zip(
            dilation, shape[2:], stride, dy.shape[2:], x.shape[2:], padding
        )
    ]
    around = [(before, end) for (before, _), end in zip(padding, ends)]
    return jax.lax.conv_general_dilated(
        x, dy, dilation, around, rhs_dilation=stride,
        dimension_numbers=("CNHW", "IOHW", "CNHW"), batch_group_count=groups,
    )


def _conv2d_input(
    dy: Any, w: Any, shape: Any,
    stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), groups: int = 1,
) -> jax.Array:
    """The cotangent of the images of `_conv2d`: a convolution with the weights turned round."""
    o, c, *size = w.shape
    turned = w.reshape(groups, o // groups, c, *size)[..., ::-1, ::-1].swapaxes(1, 2)
    turned = turned.reshape(groups * c, o // groups, *size)
    around = []
    for d, k, s, m, n, (before, _) in zip(
        dilation, size, stride, dy.shape[2:], shape[2:], padding
    ):
        start = d * (k - 1) - before
        around.append((start, n - (s * (m - 1) + 1) - start + d * (k - 1)))
    return jax.lax.conv_general_dilated(
        dy, turned, (1, 1), around, lhs_dilation=stride, rhs_dilation=dilation,
        feature_group_count=groups,
    )
# fmt: on
