"""A model as data: operators in their order, tensors by name. `proto.py` makes a file of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gradc.ir.node import Node
from gradc.ir.types import Type
from gradc.records import dataclass, field

OPSET = 18
"""The version of ONNX's operators: the first in which scatters add, in 2022."""

IR_VERSION = 8
"""The version of the file format that came with those."""


@dataclass(slots=True, eq=False)
class Tensor:
    """A value of a model. What makes it may name it later; until then its name is only a wish."""

    dtype: str  # as in types of the language: `f32`
    wish: str
    name: str = ""
    kind: Type | None = None  # where its shape is known
    is_users: bool = False  # the user named it


@dataclass(slots=True, eq=False)
class Operator:
    """A node of a model. `bodies` are its attributes that are models, of the steps of a `Scan`."""

    kind: str
    inputs: list[Tensor]
    outputs: list[Tensor]
    attributes: Mapping[str, Any]
    node: Node | None = None  # of the graph, that it is made for
    bodies: Mapping[str, Body] = field(default_factory=dict)
    doc: str = ""


@dataclass(slots=True, eq=False)
class Body:
    """Operators, and what goes in and out; what else they read stands around them."""

    name: str
    inputs: list[Tensor] = field(default_factory=list)
    operators: list[Operator] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Model:
    """A whole model. `constants` are by tensor, and `told` is what it says of itself by key."""

    body: Body
    constants: dict[Tensor, np.ndarray[Any, Any]]
    docs: Mapping[Tensor, str]  # of inputs and outputs
    doc: str
    version: str
    told: Mapping[str, str]
    dims: Mapping[str, int]  # that arguments have settled


def all_operators(operators: Iterable[Operator]) -> Iterable[Operator]:
    """The operators and those of their bodies."""
    for operator in operators:
        yield operator
        for body in operator.bodies.values():
            yield from all_operators(body.operators)
