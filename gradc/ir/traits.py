"""Traits: what passes and targets may know of an operation beyond its types and its rule.

The stanza states them, and nothing reads them off a spelling or a list of names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from gradc.ir.fact import Attrs, Fact, Operands
from gradc.ir.sizes import Size
from gradc.ir.types import Type
from gradc.records import dataclass

FlopsRule: TypeAlias = Callable[[Sequence[Type], Sequence[Type], Sequence[Any]], Size]
"""The arithmetic operations of a node, from types of operands and of results, and attributes."""

RangeRule: TypeAlias = Callable[[Operands, Attrs], Fact]
"""What is known of a node's result, from facts of operands, and attributes."""


@dataclass(frozen=True, slots=True)
class Traits:
    """Memory facts are by operand: `view` is the one that the result may share memory with, and the
    result may take over the memory of those in `overwrites` where they die.
    """

    elementwise: bool = False  # an element depends on that element of each operand alone
    along: bool = False  # elements that differ along other axes than `axis` are apart
    adds: bool = False  # what it makes of the parts of an array adds up to what it makes of that
    analytic: bool = False  # right on complex numbers too
    literal: bool = False  # a number or a size: written where it is used
    static: bool = False  # an array of compile time, made once
    fresh: bool = False  # cheap to make and often written to: better two than one that is kept
    heavy: bool = False  # a product or a decomposition, worth a statement of its own
    light: bool = False  # an instruction an element: made as fast as it is read
    none: bool = False  # its result carries no derivative
    positive: bool = False  # its operand is a positive definite matrix
    impure: bool = False  # draws random numbers
    in_training: bool = False  # draws while training alone
    selects: frozenset[int] = frozenset()  # of these, what is not chosen does not count
    doubts: bool = False  # asks whether numbers are finite
    quiet: bool = False  # never makes NaN or an infinity of other numbers
    kink: str = ""  # where it passes nothing back, in words
    view: int | None = None
    readonly: bool = False  # the view cannot be written through
    overwrites: frozenset[int] = frozenset()
    range: RangeRule | None = None  # anything may come, where it says nothing
    flops: FlopsRule | None = None  # one an element of its largest array, where it says nothing
