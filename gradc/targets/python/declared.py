"""What a module declares before its functions: its constants, and the types of elements."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.ir.node import Value
from gradc.ir.types import DTYPES
from gradc.targets.python import attributes
from gradc.targets.python.door import element_type
from gradc.targets.python.expression import Atom, Call, Expr, Items, text
from gradc.targets.python.shared import Shared
from gradc.targets.python.statements import statement


def constant_lines(shared: Shared) -> list[str]:
    """The module-level constants, which no one can write to."""
    lines: list[str] = []
    for name, node in shared.constants.values():
        data, dtype, shape = node.attrs
        kind = node.result.type
        if not shape:
            expr: Expr = Call(attributes.scalar_type(dtype), [attributes.scalar_text(data, kind)])
        else:
            expr = Call(Atom("np.array"), [attributes.nested(data, kind), attributes.dtype(dtype)])
            if not isinstance(data, tuple):
                sizes = Items([Atom(str(s)) for s in shape])
                expr = Call(
                    Atom("np.full"),
                    [sizes, attributes.scalar_text(data, kind), attributes.dtype(dtype)],
                )
        lines += statement(f"{name} = ", expr, indent=0)
        if shape:
            lines.append(f"{name}.flags.writeable = False")
    return lines


def element_types(values: Iterable[Value]) -> list[str]:
    """The element types that doors expect, as what arrays of them refer to."""
    used = {value.type.dtype for value in values}
    return [
        f"{element_type(name)} = {text(Call(Atom('np.dtype'), [attributes.dtype(name)]))}"
        for name in DTYPES
        if name in used
    ]
