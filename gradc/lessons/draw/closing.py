"""Groups as single boxes, where a picture would be too large with them open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from gradc.ir.node import Value
from gradc.lessons.draw.picture import Box, Flow, Group

READABLE = 60  # boxes up to which every group is open


def closed(root: Group, choice: str, opened: Collection[str] = ()) -> Group:
    """The picture with its groups "open", "closed", or as many open as stay readable ("auto").

    Those that are `opened` by their names are open, and what they stand in.
    """
    if choice == "open":
        return root
    depth = _depth(root)
    levels = range(depth, -1, -1) if choice == "auto" else [0]
    result = root
    for level in levels:
        result = _at_level(root, level, opened)
        if choice == "auto" and sum(1 for _ in result.boxes()) <= READABLE:
            break
    return result


def _depth(group: Group) -> int:
    inner = [_depth(m) + 1 for m in group.members if isinstance(m, Group)]
    return max(inner, default=0)


def _at_level(root: Group, level: int, opened: Collection[str]) -> Group:
    """A copy in which groups nested deeper than `level` are boxes."""
    uses = Counter(v for box in root.boxes() for v in set(box.takes))

    def copy(group: Group, left: int) -> Group:
        members: list[Box | Group] = []
        for member in group.members:
            if not isinstance(member, Group):
                members.append(member)
            elif left or any(g.name in opened for g in (member, *member.groups())):
                members.append(copy(member, max(left - 1, 0)))
            else:
                members.append(_box(member, uses))
        return Group(group.title, members, group.hint, group.name)

    return copy(root, level)


def _box(group: Group, uses: Mapping[Value, int]) -> Box:
    """The group as one box: what leaves it is what others take, or what ends in it."""
    inside = Counter(v for box in group.boxes() for v in set(box.takes))
    flows: list[Flow] = []
    ends = []
    for box in group.boxes():
        if box.kind in ("loss", "output"):
            ends.append(box.kind)
        flows += [
            f for f in box.flows
            if not box.is_leaf and (uses[f.value] > inside[f.value] or not uses[f.value])
        ]  # fmt: skip
    count = sum(not box.is_leaf for box in group.boxes())
    owned = sum(box.kind == "param" for box in group.boxes())
    notes = [f"{count} steps"] * (count > 1) + [f"{owned} parameter{'s' * (owned != 1)}"] * bool(
        owned
    )
    kind = "loss" if "loss" in ends else "closed"
    return Box(kind, group.title, group.hint, ", ".join(notes), takes=group.takes(), flows=flows)
