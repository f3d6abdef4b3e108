"""Steps with weights as calls of the layers of `nn`, where one does just that."""

from __future__ import annotations

from collections.abc import Callable

from gradc.importing.foreign import Operand, Step, Tensor
from gradc.importing.parts import Call, owner
from gradc.importing.recurrent import ATTENTION, LOOPS, WEIGHTS


def as_layer(step: Step) -> Call | None:
    """The call of a layer that a step is; None where it is none."""
    if step.op in LOOPS:
        return None
    find = _LAYERS.get(step.op)
    return find(step) if find else None


def cell_members(step: Step) -> dict[str, Tensor] | None:
    """The weights of a loop's cell by their names, where they are weights of one module."""
    names = WEIGHTS[step.op]
    return _weights(step, dict(zip(names, step.operands[-len(names) :], strict=True)))


_STATES = ("mean", "var")
"""What a layer keeps rather than learns, by its name."""


def _weights(step: Step, members: dict[str, Operand]) -> dict[str, Tensor] | None:
    found = {n: t for n, t in members.items() if isinstance(t, Tensor)}
    roles = {n: "state" if n in _STATES else "param" for n in members}
    if len(found) < len(members) or any(t.role != roles[n] for n, t in found.items()):
        return None
    owners = {owner(t) for t in found.values()}
    return found if len(owners) == 1 and len(set(found.values())) == len(found) else None


def _call(
    step: Step, layer: str, members: dict[str, Operand], told: dict[str, Operand]
) -> Call | None:
    weights = _weights(step, members)
    if weights is None:
        return None
    path = owner(next(iter(weights.values())))
    (x, *_) = step.operands
    if not isinstance(x, Tensor):  # a layer takes an array
        return None
    return Call(layer, path, (x,), told, step.results, weights, step)


def _x(step: Step) -> Tensor | None:
    x = step.operands[0]
    return x if isinstance(x, Tensor) else None


def _argument(step: Step, position: int, name: str) -> Operand:
    if name in step.attrs:
        return step.attrs[name]
    return step.operands[position] if len(step.operands) > position else None


def _dense(step: Step) -> Call | None:
    x, w, b = _x(step), step.operands[1], _argument(step, 2, "bias")
    if x is None or not isinstance(w, Tensor) or w.rank != 2:
        return None
    told: dict[str, Operand] = {"units": w.shape[1]}
    members: dict[str, Operand] = {"W": w}
    if b is None:
        told["bias"] = False
    elif isinstance(b, Tensor) and b.shape == (w.shape[1],):
        members["b"] = b
    else:
        return None
    return _call(step, "Dense", members, told)


def _convolution(layer: str, rank: int, output: int) -> Callable[[Step], Call | None]:
    def find(step: Step) -> Call | None:
        w, b = step.operands[1], step.attrs.get("bias")
        if not isinstance(w, Tensor) or w.rank != rank or len(set(w.shape[2:])) != 1:
            return None
        groups = step.attrs.get("groups", 1)
        assert isinstance(groups, int)
        channels = w.shape[output]
        assert isinstance(channels, int)
        channels *= groups if output else 1
        told: dict[str, Operand] = {"channels": channels, "size": w.shape[2]}
        told |= {n: a for n, a in step.attrs.items() if n != "bias"}
        members: dict[str, Operand] = {"W": w}
        if b is None:
            told["bias"] = False
        elif isinstance(b, Tensor) and b.shape == (channels,):
            members["b"] = b
        else:
            return None
        return _call(step, layer, members, told)

    return find


def _embedding(step: Step) -> Call | None:
    table = step.operands[1]
    if not isinstance(table, Tensor) or table.rank != 2 or step.attrs:
        return None
    told: dict[str, Operand] = {"count": table.shape[0], "width": table.shape[1]}
    return _call(step, "Embedding", {"table": table}, told)


def _scaled(*names: str, axis: int, default: float, layer: str) -> Callable[[Step], Call | None]:
    """A normalisation with a weight (and a bias) of the size of an axis."""

    def find(step: Step) -> Call | None:
        x = _x(step)
        members = {name: step.attrs.get(name) for name in names}
        if x is None or step.attrs.get("axis", (-1,)) not in ((-1,), -1, (x.rank - 1,)):
            return None
        if any(not isinstance(t, Tensor) or t.shape != (x.shape[axis],) for t in members.values()):
            return None
        told: dict[str, Operand] = {}
        if layer == "GroupNorm":
            told["groups"] = step.operands[1]
        if step.attrs.get("eps", default) != default:
            told["eps"] = step.attrs["eps"]
        return _call(step, layer, members, told)

    return find


def _batch_norm(step: Step) -> Call | None:
    names = ("weight", "bias", *_STATES)
    members = dict(zip(names, step.operands[1:], strict=False))
    if len(members) < len(names):
        return None
    told = {
        name: step.attrs[name]
        for name, usual in (("momentum", 0.1), ("eps", 1e-5))
        if step.attrs.get(name, usual) != usual
    }
    return _call(step, "BatchNorm", members, told)


def _prelu(step: Step) -> Call | None:
    weight = step.operands[1]
    if not isinstance(weight, Tensor) or weight.rank:
        return None
    return _call(step, "PReLU", {"weight": weight}, {})


def _attention(step: Step) -> Call | None:
    names = ("Wqkv", "bqkv", "Wo", "bo")
    told: dict[str, Operand] = {"heads": step.attrs["heads"]}
    if step.attrs.get("causal"):
        told["causal"] = True
    return _call(step, "MultiHeadAttention", dict(zip(names, step.operands[1:], strict=True)), told)


_LAYERS: dict[str, Callable[[Step], Call | None]] = {
    "linear": _dense,
    "conv1d": _convolution("Conv1d", 3, 0),
    "conv2d": _convolution("Conv2d", 4, 0),
    "conv_transpose2d": _convolution("ConvTranspose2d", 4, 1),
    "embedding": _embedding,
    "layer_norm": _scaled("weight", "bias", axis=-1, default=1e-5, layer="LayerNorm"),
    "rms_norm": _scaled("weight", axis=-1, default=1e-6, layer="RMSNorm"),
    "group_norm": _scaled("weight", "bias", axis=1, default=1e-5, layer="GroupNorm"),
    "instance_norm": _scaled("weight", "bias", axis=1, default=1e-5, layer="InstanceNorm"),
    "batch_norm": _batch_norm,
    "prelu": _prelu,
    ATTENTION: _attention,
}
