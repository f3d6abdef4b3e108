"""What is asked of derivatives of values, and what comes out: nodes to append."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gradc.budget import Budget
from gradc.ir.graph import Input, Param
from gradc.ir.node import Node, Value
from gradc.ir.types import Check
from gradc.records import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """A value to differentiate, by others; `nodes` make it, from what the file is given."""

    nodes: Sequence[Node]
    of: Value
    by: Sequence[Value]
    params: Sequence[Param]
    inputs: Sequence[Input]
    budget: Budget


@dataclass(frozen=True, slots=True)
class Derived:
    """Nodes to append, and what they make: None where no differentiable path leads.

    Each of `loops` takes the place of the one with the same results, and collects more.
    """

    nodes: Sequence[Node]
    results: Sequence[Value | None]
    loops: Sequence[Node]
    checks: Sequence[Check]


class Derivatives(Protocol):
    """Differentiates values."""

    def gradient(self, asked: Asked, name: str) -> Derived:
        """The derivatives of a scalar, called after `name`."""

    def tangent(self, asked: Asked, along: Sequence[Value]) -> Derived:
        """How a value moves where others move along directions."""
