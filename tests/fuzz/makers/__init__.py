"""Makers of statements, by kind of operation. Each adds a statement to a pool, or does not."""

from __future__ import annotations

from tests.fuzz.makers import (
    choices,
    elementwise,
    joining,
    linear,
    made,
    movement,
    networks,
    own,
    picking,
    reductions,
)

MAKERS = [
    *choices.MAKERS,
    *elementwise.MAKERS,
    *joining.MAKERS,
    *linear.MAKERS,
    *made.MAKERS,
    *movement.MAKERS,
    *networks.MAKERS,
    *own.MAKERS,
    *picking.MAKERS,
    *reductions.MAKERS,
]
"""Pairs of a weight and a maker."""
