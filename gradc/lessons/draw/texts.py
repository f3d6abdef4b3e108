"""A picture in the languages of other programs: Graphviz's DOT, and Mermaid."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gradc.ir.node import Value
from gradc.lessons.draw.picture import Box, Flow, Group, Picture

_DOT_SHAPES = {
    "input": "ellipse", "param": "hexagon", "state": "ellipse", "const": "box", "tag": "plain",
    "closed": "box3d", "loss": "box", "output": "box", "op": "box",
}  # fmt: skip
_DOT_FILLS = {
    "input": "#e3effc", "param": "#fdeedb", "state": "#efe6fb", "loss": "#fbe4e6",
    "output": "#e4f4e8", "closed": "#eceef8",
}  # fmt: skip
_MERMAID_SHAPES = {
    "input": '(["{}"])', "param": '{{{{"{}"}}}}', "state": '[("{}")]', "closed": '[["{}"]]',
}  # fmt: skip


def dot(picture: Picture) -> str:
    """The picture for `dot -Tsvg`."""
    lines = [
        f"digraph {_dot(picture.title)} {{",
        f"    rankdir=LR; label={_dot(picture.title)}; labelloc=t; fontname=sans",
        '    node [fontname=monospace, style="rounded,filled", fillcolor=white]',
        "    edge [fontname=monospace, fontsize=10]",
    ]
    names = _names(picture)

    def node(box: Box) -> str:
        label = "\n".join([box.title, *([box.note] if box.note else []), *box.column])
        fill = _DOT_FILLS.get(box.kind)
        style = f", fillcolor={_dot(fill)}" if fill else ""
        hint = f", tooltip={_dot(box.hint)}" if box.hint else ""
        shape = _DOT_SHAPES[box.kind]
        return f"{names[id(box)]} [label={_dot(label)}, shape={shape}{style}{hint}]"

    clusters = iter(range(len(names) + 1000))

    def opening(group: Group) -> str:
        return f"subgraph cluster_{next(clusters)} {{ label={_dot(group.title)}"

    lines += _members(picture.root, node, opening, "}")
    for source, flow, target in _arrows(picture):
        label = "\n".join(text for text in (flow.above, flow.below) if text)
        lines.append(f"    {names[id(source)]} -> {names[id(target)]} [label={_dot(label)}]")
    for line in picture.caption:
        lines.append(f"    // {line}")
    return "\n".join([*lines, "}"]) + "\n"


def mermaid(picture: Picture) -> str:
    """The picture as a Mermaid flowchart."""
    names = _names(picture)

    def node(box: Box) -> str:
        label = "<br>".join(map(_mermaid, [box.title, *([box.note] if box.note else [])]))
        label = "<br>".join([label, *map(_mermaid, box.column)])
        return names[id(box)] + _MERMAID_SHAPES.get(box.kind, '["{}"]').format(label)

    groups = iter(range(len(names) + 1000))

    def opening(group: Group) -> str:
        return f'subgraph g{next(groups)}["{_mermaid(group.title)}"]'

    lines = ["flowchart LR", *_members(picture.root, node, opening, "end")]
    for source, flow, target in _arrows(picture):
        label = "<br>".join(_mermaid(text) for text in (flow.above, flow.below) if text)
        middle = f'-- "{label}" -->' if label else "-->"
        lines.append(f"    {names[id(source)]} {middle} {names[id(target)]}")
    for kind, fill in _DOT_FILLS.items():
        members = ",".join(names[id(b)] for b in picture.root.boxes() if b.kind == kind)
        if members:
            lines.append(f"    classDef {kind} fill:{fill},color:#1f2430")
            lines.append(f"    class {members} {kind}")
    return "\n".join(lines) + "\n"


def _names(picture: Picture) -> dict[int, str]:
    return {id(box): f"n{i}" for i, box in enumerate(picture.root.boxes())}


def _members(
    group: Group,
    node: Callable[[Box], str],
    opening: Callable[[Group], str],
    closing: str,
    indent: str = "    ",
) -> list[str]:
    lines = []
    for member in group.members:
        if isinstance(member, Group):
            lines.append(f"{indent}{opening(member)}")
            lines += _members(member, node, opening, closing, f"{indent}    ")
            lines.append(f"{indent}{closing}")
        else:
            lines.append(f"{indent}{node(member)}")
    return lines


def _arrows(picture: Picture) -> Iterator[tuple[Box, Flow, Box]]:
    made: dict[Value, tuple[Box, Flow]] = {
        flow.value: (box, flow) for box in picture.root.boxes() for flow in box.flows
    }
    for box in picture.root.boxes():
        for value in box.takes:
            if value in made:
                source, flow = made[value]
                yield source, flow, box


def _dot(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _mermaid(text: str) -> str:
    """Only letters, digits and harmless signs as they are; the rest as numbers of characters."""
    return "".join(c if c.isalnum() or c in " _.,=+-/()[]:·" else f"#{ord(c)};" for c in text)
