"""Which expressions stand within others, and what operations their clauses name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeAlias

from gradc.ir.loop import all_nodes
from gradc.ir.node import Apply
from gradc.ir.operation import Operation
from gradc.ir.plan import Plan
from gradc.targets.python.spelling import Spelling

SpellingOf: TypeAlias = Callable[[Operation], Spelling]


def joins(node: Apply, users: Sequence[Apply], spelling_of: SpellingOf) -> bool:
    """Whether a node is written within its users: one that names the value once, or several,
    where it is as short as a name. Statements stand alone."""
    if any([spelling_of(n.op).statements for n in (node, *users)]):
        return False
    if len(users) == 1:
        (user,) = users
        return user.operands.index(node.result) not in _repeated(user.op, spelling_of)
    is_short = node.name == "transpose" and node.result.type.rank == 2
    return is_short and not any([_repeated(u.op, spelling_of) for u in users])


@cache
def _repeated(op: Operation, spelling_of: SpellingOf) -> frozenset[int]:
    """The operands that its spelling names more than once."""
    words = re.findall(r"\w+", spelling_of(op).text)
    return frozenset(i for i, f in enumerate(op.operands) if words.count(f.name) > 1)


def operations_of(plan: Plan) -> set[Operation]:
    """The operations that a plan applies."""
    blocks = plan.blocks.values()
    return {n.op for b in blocks for n in all_nodes(b.nodes) if isinstance(n, Apply)}


@cache
def functions_in(texts: tuple[str, ...], packages: tuple[str, ...]) -> frozenset[str]:
    """The functions of packages that texts name, with the modules on the way: `np.linalg.inv`
    and `np.linalg`."""
    found: set[str] = set()
    for path in re.findall(rf"\b(?:{'|'.join(packages)})(?:\.\w+)+", "\n".join(texts)):
        parts = path.split(".")
        found |= {".".join(parts[: i + 1]) for i in range(1, len(parts))}
    return frozenset(found)
