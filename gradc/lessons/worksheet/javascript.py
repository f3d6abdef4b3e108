"""The operations of a graph as JavaScript: the `js` clauses of their stanzas."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gradc.ir.operation import Operation


def javascript(op: Operation) -> str:
    """An expression of JavaScript over operands and attributes; empty where there is none.

    Of an operation that works element by element it is over numbers, else over arrays.
    """
    return "".join(op.spellings.get("js", ()))


def attributes_read(op: Operation) -> list[str]:
    """The attributes that the expression names, so that the page has to know them."""
    words = set(re.findall(r"\w+", javascript(op)))
    return [f.name for f in op.attributes if f.name in words]


def table_of(operations: Iterable[Operation]) -> str:
    """A table from the operations' names to functions of arrays and attributes."""
    by_name = {op.name: op for op in operations}
    rows = [f"  {name}: {_function(op)},\n" for name, op in sorted(by_name.items())]
    return f"const OPERATIONS = {{\n{''.join(rows)}}};\n"


def _function(op: Operation) -> str:
    """`([x, y]) => each((x, y) => x + y, [x, y])`."""
    operands = ", ".join(f.name for f in op.operands)
    attributes = ", ".join(attributes_read(op))
    formals = f"[{operands}], {{ {attributes} }}" if attributes else f"[{operands}]"
    body = javascript(op)
    if op.traits.elementwise:
        body = f"each(({operands}) => {body}, [{operands}])"
    return f"({formals}) => {body}"
