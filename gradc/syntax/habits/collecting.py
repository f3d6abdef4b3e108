"""Comprehensions as loops: items that are added up, or collected."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.diagnostics import Help, Replacement
from gradc.source import Span
from gradc.syntax.habits.enclosed import parts, wrapped
from gradc.syntax.habits.names import free_name
from gradc.syntax.refusal import Refusal

JOINED = frozenset(
    "concatenate concat cat stack hstack vstack dstack column_stack meshgrid".split()
)
"""What takes a list of arrays."""
PLAIN = ("list", "tuple", "stack", "array", "asarray")
"""What makes an array of a list, or a list of something else."""


def _bound(r: Refusal, place: Span) -> str:
    """The name that a whole statement gives to what stands at a place; empty where it is none."""
    line = r.text.rfind("\n", 0, place.start) + 1
    bound = re.fullmatch(r"[ \t]*(\w+)[ \t]*=[ \t]*", r.text[line : place.start])
    behind = r.text[place.end :].partition("\n")[0].partition("#")[0]
    return bound[1] if bound and not behind.strip() else ""


def unstacked(r: Refusal, place: Span) -> list[Replacement]:
    """What is an array already needs no `stack` below."""
    name = _bound(r, place)
    if not name:
        return []
    joined = re.compile(rf"\bstack\(\s*{name}\s*(?:,\s*axis\s*=\s*0\s*)?\)")
    return [
        Replacement(Span(r.source, *m.span()), name)
        for m in joined.finditer(r.source.text, place.end)
    ]


def looped(
    r: Refusal,
    step: str,
    names: Sequence[str],
    walked: str,
    function: str,
    place: Span | None,
) -> Help | None:
    """A loop that adds the items up, or that collects them by a name of their own."""
    text = r.source.text
    over = _over(step, names, walked, text)
    if over is None or place is None or function in JOINED - {"stack"}:
        return None
    step, head = over
    line = r.text.rfind("\n", 0, place.start) + 1
    margin = re.match(r"[ \t]*", r.text[line:])[0]  # type: ignore[index]
    above, own = Span(r.source, line, line), _bound(r, place)
    whole = Span(r.source, line + len(margin), place.end)
    if function == "sum":
        name = own or free_name(text, "total", "added")
        added = wrapped(step) if re.search(r"[<>=]|\b(?:and|or|not)\b", step) else step
        loop = f"scan {name} = 0 over {head} {{ next {name} = {name} + {added} }}"
        told = f"a loop adds the items up: `{loop}`"
        if own:
            return Help(told, [Replacement(whole, loop)])
        edits = [Replacement(above, f"{margin}{loop}\n"), Replacement(place, name)]
        return Help(f"{told}; here write `{name}`", edits)
    own = own if function in ("", *PLAIN) else ""
    name = own or free_name(text, "items", "collected")
    count = free_name(text, "n", "count", "steps")
    lines = [f"scan {count} = 0 over {head} {{", f"    next {count} = {count} + 1"]
    lines += [f"    output {name} = {step}", "}"]
    loop = f"\n{margin}".join(lines)
    shown = f"scan {count} = 0 over {head} {{ next {count} = {count} + 1 }}"
    told = f"a loop collects each step: `output {name} = {step}`, in the body of `{shown}`"
    if own:
        return Help(told, [Replacement(whole, loop), *unstacked(r, place)])
    used = name if function in ("", *PLAIN) else f"{function}({name})"
    edits = [Replacement(above, f"{margin}{loop}\n"), Replacement(place, used)]
    return Help(f"{told}; here write `{used}`", edits)


def _over(step: str, names: Sequence[str], walked: str, text: str) -> tuple[str, str] | None:
    """A step and the head of a loop over what it walks along, by names that are free."""
    several = re.fullmatch(r"(zip|enumerate)\((.*)\)", walked)
    counted = re.fullmatch(r"range\(\s*(?:0\s*,)?\s*([^,]+?)\s*\)", walked)
    columns = parts(several[2]) if several else [walked]
    if counted:
        length = re.fullmatch(r"len\((\w+)\)", counted[1])
        columns = [f"arange({f'{length[1]}.shape[0]' if length else counted[1]})"]
    elif several and several[1] == "enumerate":
        columns = [f"arange({columns[0]}.shape[0])", *columns]
    if len(columns) != len(names) or any(re.search(r"\.\w+\(|^range\(", c) for c in columns):
        return None
    pairs = []
    for name, column in zip(names, columns, strict=True):
        if not re.search(rf"(?<![\w.]){name}\b", step):
            continue
        own = name
        if re.search(rf"(?m)^[ \t]*(?:[a-z]+[ \t]+)?{name}[ \t]*(?:[:=~]|$)", text):
            own = free_name(text, f"{name}_i", f"{name}_t")
            step = re.sub(rf"(?<![\w.]){name}\b", own, step)
        pairs.append(f"{own} in {column}")
    return (step, ", ".join(pairs)) if pairs else None
