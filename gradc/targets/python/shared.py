"""What the functions of a module share: names, constants, helpers."""

from __future__ import annotations

from typing import Any

from gradc.ir.node import Apply, Value
from gradc.records import dataclass, field
from gradc.targets.python.expression import Atom, Expr
from gradc.targets.python.identifiers import Names


@dataclass(slots=True)
class Shared:
    """What the functions of a module share: names, constants, helpers."""

    module: Names
    spelled: dict[Value, str] = field(default_factory=dict)  # names known in every function
    dims: dict[str, str] = field(default_factory=dict)  # what each dimension is called
    constants: dict[Any, tuple[str, Apply]] = field(default_factory=dict)
    helpers: set[str] = field(default_factory=set)
    floats: set[Value] = field(default_factory=set)  # what every function gets as Python's floats

    def constant_array(self, node: Apply) -> Expr:
        """A module-level constant; equal ones are one."""
        key = (repr(node.attrs), node.result.type)
        if key not in self.constants:
            self.constants[key] = (self.module.claim(node.result.name), node)
        return Atom(self.constants[key][0])
