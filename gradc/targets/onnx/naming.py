"""Names of tensors: the user's own, and of all else the path that says what it is of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from gradc.targets.onnx.model import Body, Tensor, all_operators

NEXT = "next_"
"""What the name of a state begins with where it comes out."""


def named(body: Body, constants: Iterable[Tensor]) -> None:
    """Names all tensors, each once: first what the user named, then the rest in its order."""
    tensors = list(dict.fromkeys([*_tensors(body), *constants]))
    taken = {t.name for t in tensors if t.name}
    numbers: dict[str, int] = {}
    nameless = [t for t in tensors if not t.name]
    for tensor in [*(t for t in nameless if t.is_users), *(t for t in nameless if not t.is_users)]:
        tensor.name = free(tensor.wish, taken, numbers)
        taken.add(tensor.name)


def free(wish: str, taken: Collection[str], numbers: dict[str, int] | None = None) -> str:
    """A name, numbered where it is taken; `numbers` are the last ones of names so far."""
    numbers = {} if numbers is None else numbers
    name = wish
    while name in taken:
        numbers[wish] = numbers.get(wish, 1) + 1
        name = f"{wish}_{numbers[wish]}"
    return name


def _tensors(body: Body) -> Iterator[Tensor]:
    yield from body.inputs
    for operator in all_operators(body.operators):
        for inner in operator.bodies.values():
            yield from inner.inputs
        yield from operator.outputs
