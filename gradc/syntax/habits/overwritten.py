"""Elements that are written as elsewhere: `y[0] = 0`, `y[:, 1] = b`, `y[y < 0] = 0`."""

from __future__ import annotations

import re

from gradc.syntax.habits.enclosed import parts, wrapped
from gradc.syntax.habits.names import fresh, is_state, next_of_state
from gradc.syntax.refusal import Refusal

_ASSIGNED = re.compile(r"\s*(\w+)\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\s*([-+*/]?)=(?!=)\s*(.+)")
_WHOLE = re.compile(r":|\.\.\.")


def assigned(r: Refusal) -> str:
    """What is said of a statement that binds an element."""
    found = _ASSIGNED.match(r.line_text)
    if found is None:
        return "values never change: `where` or `concatenate` makes one with other elements"
    name, inside, sign, value = (part.strip() for part in found.groups())
    own = fresh(name, r.source.text)
    below = f"; below it write `{own}` for `{name}`"
    if sign:
        value = f"{name}[{inside}] {sign} {value if sign == '+' else wrapped(value)}"
    text = made_with(name, parts(inside), value)
    if not text:
        text = f"where(…, {value}, {name})"
    if is_state(name, r.source.text[: r.place]):
        return f"values never change: {next_of_state(name, text, own)}"
    return f"values never change: another one is made: `{own} = {text}`{below}"


def made_with(name: str, places: list[str], value: str) -> str:
    """The array with other elements at these places; empty where no operation makes it."""
    first = places[0]
    if len(places) == 1 and re.search(r"[<>!=]=?|\bnot\b", first):
        return f"where({first}, {value.replace(f'{name}[{first}]', name)}, {name})"
    single = [i for i, place in enumerate(places) if not _WHOLE.fullmatch(place)]
    if len(single) == len(places) == 2 and all(":" not in place for place in places):
        return f"index_put({name}, {first}, index_put({name}[{first}], {places[1]}, {value}))"
    if len(single) != 1:
        return ""
    (axis,) = single
    place = places[axis]
    if any(p == "..." for p in places[:axis]):
        axis -= len(places)
    if ":" in place:
        begin, _, end = (part.strip() for part in place.partition(":"))
        size = f"{name}.shape[{axis}]"
        begin, end = (f"{size} - {p[1:]}" if p[:1] == "-" else p for p in (begin, end or size))
        if ":" in end:
            return ""
        place = f"arange({begin}, {end})" if begin not in ("", "0") else f"arange({end})"
    return f"index_put({name}, {place}, {value}{f', axis={axis}' if axis else ''})"
