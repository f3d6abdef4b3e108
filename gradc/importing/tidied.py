"""Steps that need not be there: what nothing reads, and arrays of nothing that are cut."""

from __future__ import annotations

from gradc.importing.foreign import Model, Operand, SizeOf, Step, Tensor
from gradc.importing.parts import replaced
from gradc.ir.types import Type

_FILLED = ("zeros", "ones", "full")


def tidied(model: Model) -> None:
    """Takes out of a model what its text can do without; results keep their types."""
    instead: dict[Tensor, Tensor] = {}
    kept: list[Step] = []
    keys = _keys(model)
    for step in model.steps:
        _redirect(step, instead)
        other = _same(step) or _chosen(step) or _unstacked(step)
        if other is not None:
            instead[step.result] = other
            continue
        _cut(step)
        if step.results[0] in keys:
            kept.extend(_turned_first(step))
        kept.append(step)
    model.outputs = {n: instead.get(t, t) for n, t in model.outputs.items()}
    model.steps = needed(model, kept)


def _redirect(step: Step, instead: dict[Tensor, Tensor]) -> None:
    def by(leaf: Operand) -> Operand:
        if isinstance(leaf, SizeOf):
            return SizeOf(instead.get(leaf.tensor, leaf.tensor), leaf.axis)
        return instead.get(leaf, leaf) if isinstance(leaf, Tensor) else leaf

    step.operands = tuple(replaced(o, by) for o in step.operands)
    step.attrs = {n: replaced(a, by) for n, a in step.attrs.items()}


def _same(step: Step) -> Tensor | None:
    """The operand that a step gives as it is."""
    first = step.operands[0] if step.operands else None
    if not isinstance(first, Tensor) or len(step.results) > 1 or first.type != step.result.type:
        return None
    other = step.operands[1] if len(step.operands) > 1 else None
    neutral = {"multiply": 1, "divide": 1, "add": 0, "subtract": 0, "power": 1}.get(step.op)
    if neutral is not None and type(other) in (int, float) and other == neutral:
        return first
    if step.op in ("reshape", "broadcast_to", "astype"):
        return first
    return _undone(step, first)


def _chosen(step: Step) -> Tensor | None:
    """The branch of a `where` whose condition is known."""
    if step.op != "where" or not isinstance(step.operands[0], bool):
        return None
    branch = step.operands[1 if step.operands[0] else 2]
    return branch if isinstance(branch, Tensor) and branch.type == step.result.type else None


def _keys(model: Model) -> set[Tensor]:
    """What is read as the second operand of products alone: the keys of attention, mostly."""
    read: set[Tensor] = set()
    other = set(model.outputs.values())
    for step in model.steps:
        is_product = step.op == "matmul" and len(step.operands) == 2
        right = step.operands[1] if is_product else None
        left = Step("", step.operands[:1] if is_product else step.operands, step.attrs)
        other.update(left.tensors())
        if isinstance(right, Tensor):
            read.add(right)
    return read - other


def _turned_first(step: Step) -> list[Step]:
    """A turn in one, said as two axes that are exchanged and a `.mT`: what stands before that."""
    axes, x = step.attrs.get("axes"), step.operands[0]
    if step.op != "transpose" or not isinstance(axes, tuple) or not isinstance(x, Tensor):
        return []
    inner = (*axes[:-2], axes[-1], axes[-2])
    moved = [i for i, axis in enumerate(inner) if i != axis]
    if len(moved) != 2 or x.rank < 3:
        return []
    shape = tuple(x.shape[i] for i in inner if isinstance(i, int))
    made = Tensor("", Type(x.dtype, shape))
    first = Step("swapaxes", (x, *moved), {}, (made,), step.frames, step.where)
    made.maker = first
    step.op, step.operands, step.attrs = "matrix_transpose", (made,), {}
    return [first]


def _undone(step: Step, first: Tensor) -> Tensor | None:
    """What a step gives back that turns what another has turned."""
    before = first.maker
    if before is None or before.op != step.op or step.op not in _TURNS:
        return None
    source = before.operands[0]
    if step.op == "swapaxes" and set(step.operands[1:]) != set(before.operands[1:]):
        return None
    if step.attrs or before.attrs or not isinstance(source, Tensor):
        return None
    return source


def _unstacked(step: Step) -> Tensor | None:
    """The array that is taken out of several that were stacked."""
    entries = step.attrs.get("entries")
    stacked = step.operands[0] if step.op == "index" else None
    made = stacked.maker if isinstance(stacked, Tensor) else None
    if made is None or made.op != "stack" or made.attrs.get("axis", 0) != 0:
        return None
    arrays = made.operands[0]
    if not isinstance(arrays, tuple) or not isinstance(entries, tuple) or len(entries) != 1:
        return None
    (place,) = entries
    found = arrays[place] if type(place) is int else None
    return found if isinstance(found, Tensor) and found.type == step.result.type else None


_TURNS = ("transpose", "matrix_transpose", "swapaxes", "negative", "logical_not")


def _cut(step: Step) -> None:
    """`zeros([2, N, 8])[0]` is `zeros([N, 8])`."""
    if step.op != "index" or not isinstance(step.operands[0], Tensor):
        return
    made = step.operands[0].maker
    if made is None or made.op not in _FILLED:
        return
    step.op = made.op
    step.operands = (step.result.shape, *made.operands[1:])
    step.attrs = dict(made.attrs)


def needed(model: Model, steps: list[Step]) -> list[Step]:
    """The steps that outputs need."""
    wanted = set(model.outputs.values())
    kept = []
    for step in reversed(steps):
        if wanted.isdisjoint(step.results):
            continue
        wanted.update(step.tensors())
        kept.append(step)
    return kept[::-1]
