"""Functions by their series: derivatives of sinc and of digamma, and the logarithm of gamma."""

from __future__ import annotations

from typing import Any

import numpy as np


def _sinc_derivative(n: int, x: Any) -> Any:
    """The n-th derivative of sin(pi * x) / (pi * x): a series near 0, recurrence beyond it."""
    z = np.pi * x.astype(np.float64)
    near = np.abs(z) < 3 + n
    inner, outer = np.where(near, z, 0), np.where(near, 1, z)
    series = np.zeros_like(inner)
    factor = 1.0
    for k in range(40 + 4 * n):  # the integral of t**n * cos(z * t + n * pi / 2), term by term
        turn = (n + k) % 4
        if turn % 2 == 0:
            series = series + (1 - turn) * factor / (n + k + 1) * inner**k
        factor /= k + 1
    y = np.sin(outer) / outer
    for k in range(1, n + 1):
        wave = (np.sin(outer), np.cos(outer), -np.sin(outer), -np.cos(outer))[k % 4]
        y = (wave - k * y) / outer
    return (np.pi**n * np.where(near, series, y)).astype(np.result_type(x, 1.0))[()]


def _lgamma(x: Any) -> Any:
    """The logarithm of |gamma|: Stirling's series from 8 on, recurrence and reflection below."""
    wide = x.astype(np.float64)
    turned = np.where(wide < 0.5, 1 - wide, wide)
    near = np.minimum(turned, 8)
    skipped = near * (near + 1) * (near + 2) * (near + 3)
    skipped *= (near + 4) * (near + 5) * (near + 6) * (near + 7)
    z = np.where(turned < 8, turned + 8, turned)
    inverse = 1 / z
    series = np.zeros_like(z)
    for c in (1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12):
        series = series * inverse * inverse + c
    y = (z - 0.5) * (np.log(z) - 1) - 0.5 + 0.9189385332046728 + series * inverse
    y = np.where(np.isinf(z), np.inf, np.where(turned < 8, y - np.log(skipped), y))
    with np.errstate(divide="ignore", invalid="ignore"):
        angle = np.pi * (wide - np.round(wide))
        beyond = np.log(np.pi / np.abs(np.sin(angle))) - y
    return np.where(wide < 0.5, beyond, y).astype(np.result_type(x, 1.0))[()]


def _polygamma(n: int, x: Any) -> Any:
    """The n-th derivative of digamma: its series from 16 on, recurrence and reflection below."""
    wide = x.astype(np.float64)
    z = np.where(wide < 0.5, 1 - wide, wide) if n < 2 else np.where(wide > 0, wide, np.nan)
    angle = np.pi * (wide - np.round(wide))
    factorial = float(np.prod(np.arange(1.0, n + 1)))
    total = np.zeros_like(z)
    for _ in range(16 + n):
        total += z ** -(n + 1.0)
        z = z + 1
    # (k + n)! / k! * B(k + 1) / (k + 1) for k = 1, 3, 5 …, from Euler's summation.
    bernoulli = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
    series = np.zeros_like(z)
    for k in range(15, 0, -2):
        rising = float(np.prod(np.arange(k + 1.0, k + n + 1)))
        series = series / (z * z) + rising * bernoulli[k // 2] / (k + 1)
    if n == 0:
        y = np.log(z) - 0.5 / z - series / (z * z) - total
        with np.errstate(divide="ignore"):
            y = np.where(wide < 0.5, y - np.pi / np.tan(angle), y)
    else:
        tail = factorial / n / z**n + 0.5 * factorial / z ** (n + 1) + series / z ** (n + 2)
        y = (-1) ** (n + 1) * (factorial * total + tail)
    if n == 1:
        with np.errstate(divide="ignore"):
            y = np.where(wide < 0.5, (np.pi / np.sin(angle)) ** 2 - y, y)
    return y.astype(np.result_type(x, 1.0))[()]
