"""Special functions that JAX does not have, or not for all numbers."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from gradc.targets.python.helpers.approximations import _erfcx_right


def _erfcx(x: Any) -> jax.Array:
    """exp(x**2) * erfc(x), within 1e-13 of itself; inf far below 0."""
    right = _erfcx_right(jnp.abs(x))
    return jnp.where(x < 0, 2 * jnp.exp(x * x) - right, right)


def _sinc_derivative(n: int, x: Any) -> jax.Array:
    """The n-th derivative of sin(pi * x) / (pi * x): a series near 0, recurrence beyond it."""
    z = jnp.pi * x
    near = jnp.abs(z) < 3 + n
    inner, outer = jnp.where(near, z, 0), jnp.where(near, 1, z)
    series = jnp.zeros_like(inner)
    factor = 1.0
    for k in range(40 + 4 * n):  # the integral of t**n * cos(z * t + n * pi / 2), term by term
        turn = (n + k) % 4
        if turn % 2 == 0:
            series = series + (1 - turn) * factor / (n + k + 1) * inner**k
        factor /= k + 1
    y = jnp.sin(outer) / outer
    for k in range(1, n + 1):
        wave = (jnp.sin(outer), jnp.cos(outer), -jnp.sin(outer), -jnp.cos(outer))[k % 4]
        y = (wave - k * y) / outer
    return jnp.pi**n * jnp.where(near, series, y)


def _polygamma(n: int, x: Any) -> jax.Array:
    """The n-th derivative of digamma: its series from 16 on, recurrence and reflection below."""
    z = jnp.where(x < 0.5, 1 - x, x) if n < 2 else jnp.where(x > 0, x, jnp.nan)
    angle = jnp.pi * (x - jnp.round(x))
    total = jnp.zeros_like(z)
    for _ in range(16 + n):
        total = total + z ** -(n + 1.0)
        z = z + 1
    # (k + n)! / k! * B(k + 1) / (k + 1) for k = 1, 3, 5 …, from Euler's summation.
    bernoulli = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
    series = jnp.zeros_like(z)
    for k in range(15, 0, -2):
        rising = 1.0
        for factor in range(k + 1, k + n + 1):
            rising *= factor
        series = series / (z * z) + rising * bernoulli[k // 2] / (k + 1)
    if n == 0:
        y = jnp.log(z) - 0.5 / z - series / (z * z) - total
        return jnp.where(x < 0.5, y - jnp.pi / jnp.tan(angle), y)
    factorial = 1.0
    for factor in range(1, n + 1):
        factorial *= factor
    tail = factorial / n / z**n + 0.5 * factorial / z ** (n + 1) + series / z ** (n + 2)
    y = tail + factorial * total
    if n == 1:
        y = jnp.where(x < 0.5, (jnp.pi / jnp.sin(angle)) ** 2 - y, y)
    return y if n % 2 else -y
