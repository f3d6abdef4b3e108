"""Loops of other languages, as the scans that they are here."""

from __future__ import annotations

import re

from gradc.syntax.habits.enclosed import closing, parts, unwrapped

ENDS = "a loop has a fixed number of steps, such as 12, and `where` ends the change"
_WHILE = f"{ENDS}: `scan h = h0 times 12 {{ next h = where(…, …, h) }}`"
# `in range(3)`, `(i = 0; i < 3; i++)`, `repeat 3 {`.
_COUNTED = re.compile(
    r"=\s*1\s*:\s*(\w+)|\bin\s+1\s*:\s*(\w+)|\brange\((?:0\s*,\s*)?(\w+)\)|;\s*\w+\s*<\s*(\w+)\s*;|^\(?(\d+|[A-Z])\b"
)
_UPDATE = re.compile(r"\s*(\w+)\s*([-+*/@]?)=(?!=)\s*([^{};#]+?)\s*;?\s*")


def until(word: str, rest: str, block: str) -> str:
    """The scan for `while h > 1 { h = h / 2 }` and `until h < 1 { h = h / 2 }`."""
    name, start, step = _carried(block)
    condition = rest.strip().rstrip(":").strip()
    if (name, start, step) == _NOTHING or not re.search(rf"(?<![\w.]){start}\b", condition):
        return _WHILE
    condition = re.sub(rf"(?<![\w.]){start}\b", name, condition)
    while condition[:1] == "(" and closing(condition) == len(condition) - 1:
        condition = condition[1:-1].strip()
    chosen = f"{name}, {step}" if word == "until" else f"{step}, {name}"
    text = f"scan {name} = {start} times 12 {{ next {name} = where({condition}, {chosen}) }}"
    return f"{ENDS}: `{text}`{_further(name, start)}"


def stopped(rest: str, text: str) -> str:
    """What is said of `if sum(v) < 0 { break }` in a scan: what it carries does not change then."""
    condition = unwrapped(rest.strip().rstrip("{:").strip())
    carried = re.search(r"(?m)^[ \t]*next[ \t]+(\w+)[ \t]*=[ \t]*([^\n#}]+)", text)
    if not carried or not condition:
        return ENDS
    name, step = carried[1], carried[2].strip()
    return f"{ENDS}: `next {name} = where({condition}, {name}, {step})`"


def loop(rest: str, below: str, text: str = "") -> str:
    """The scan for `for v in x`, `for i, v in enumerate(x)`, `for i in range(len(x))`.

    `below` is what stands in the block, and behind it; `text` is all that is written.
    """
    walks = ""
    if walked := re.match(r"\(?\s*(\w+)\s+in\s+([A-Za-z]\w*)\b(?!\()", rest):
        walks = f"{walked[1]} in {walked[2]}"
    elif counted := re.match(r"\(?(\w+)\s*,\s*\(?(\w+)\)?\s+in\s+enumerate\((\w+)\)", rest):
        walks = f"{counted[1]} in arange({counted[3]}.shape[0]), {counted[2]} in {counted[3]}"
    elif zipped := re.match(r"\(?([\w, ]+?)\)?\s+in\s+zip\(([\w, ]+)\)", rest):
        names, sequences = parts(zipped[1]), parts(zipped[2])
        if len(names) == len(sequences):
            pairs = zip(names, sequences, strict=True)
            walks = ", ".join(f"{name} in {sequence}" for name, sequence in pairs)
    elif each := re.match(r"\(?(\w+)\s+in\s+range\((?:len\((\w+)\)|(\w+)\.shape\[0\])\)", rest):
        walks = f"{each[2] or each[3]}_{each[1]} in {each[2] or each[3]}"
    if walks:
        name, start, step = _carried(below)
        if layer := _sized(rest, name, step):
            return layer
        text = f"scan {name} = {start} over {walks} {{ next {name} = {step} }}"
        return f"a loop is written `{text}`{_further(name, start)}"
    steps = _COUNTED.search(rest)
    count = next(filter(None, steps.groups())) if steps else "12"
    name, start, step = _carried(below) if steps else _NOTHING
    counter = re.match(r"\(?\s*(?:int\s+)?([A-Za-z]\w*)\s*(?:in\b|=)", rest)
    if counter and re.search(rf"\b{counter[1]}\b", step):
        walks, step = _walked(counter[1], step, count, text)
        text = f"scan {name} = {start} over {walks} {{ next {name} = {step} }}"
        return f"a loop is written `{text}`{_further(name, start)}"
    if (name, start, step) == _NOTHING and (guess := _from_outside(below, counter and counter[1])):
        name, start, step = guess
        text = f"scan {name} = {start} times {count} {{ next {name} = {step} }}"
        head = f"`scan {name} = … times {count}` carries `{name}` on by `next {name} = …`"
        return f"{head}: `{text}`"
    own, layers = _with_layers(step)
    text = f"scan {name} = {start} times {count}{' unshared' * layers} {{ next {name} = {own} }}"
    told = "; without `unshared` all steps have the same parameters" if layers else ""
    return f"a step is repeated by `{text}`{_further(name, start)}{told}"


def _with_layers(step: str) -> tuple[str, bool]:
    """A step whose layer has a name, as it needs where no statement gives it one."""
    calls = re.findall(r"(?<![\w.])[A-Z]\w*\([^()]*\)(?!\s*as\b)", step)
    if len(calls) != 1:
        return step, False
    return step.replace(calls[0], f"{calls[0]} as hidden"), True


def _sized(rest: str, name: str, step: str) -> str:
    """What is said of `for n in sizes { h = relu(Dense(h, n)) }`: a scan has one layer for all."""
    walked = re.match(r"\(?\s*(\w+)\s+in\s+([A-Za-z]\w*)", rest)
    made = walked and re.search(rf"\b[A-Z]\w*\([^()]*\b{walked[1]}\b[^()]*\)", step)
    if not walked or not made:
        return ""
    name = name.rstrip("0123456789")
    before = re.match(r"\w+", re.sub(r".*?\(", "", made[0]))
    lines = []
    for n in (0, 1):
        text = re.sub(rf"\b{walked[1]}\b", f"{walked[2]}[{n}]", f"{made[0]} as layer{n + 1}")
        if before:
            text = re.sub(rf"\b{before[0]}\b", f"{name}{n or ''}", text, count=1)
        lines.append(f"`{name}{n + 1} = {step.replace(made[0], text)}`")
    return f"each layer has its own size and is a statement of its own: {', '.join(lines)}, …"


def _from_outside(block: str, counter: str | None) -> tuple[str, str, str] | None:
    """What `h = tanh(x @ W)` carries where each step is meant to go on from the one before."""
    inside = re.match(r"\s*\{?\s*\n?([^\n{}]*)\n?([^\n]*)", block)
    update = _UPDATE.fullmatch(inside[1]) if inside else None
    if inside is None or update is None or update[2] or inside[2][:1].isspace():
        return None
    name, _, step = update.groups()
    read = dict.fromkeys(re.findall(r"(?<![\w.])[a-z]\w*\b(?!\s*[(.=])", step))
    beside = [n for n in read if re.search(rf"\b{n}\s*@|@\s*{n}\b", step)]
    found = list(read) if len(read) == 1 else beside
    if len(found) != 1 or counter in read:
        return None
    return name, found[0], re.sub(rf"(?<![\w.]){found[0]}\b", name, step)


def _walked(counter: str, step: str, count: str, text: str) -> tuple[str, str]:
    """What a loop walks along whose steps read `x[i]`, and such a step; else it counts.

    A number of steps is that of all elements only where the array is declared with as many.
    """
    arrays = dict.fromkeys(re.findall(rf"\b(\w+)\[{counter}\]", step))
    alone = re.sub(rf"\b(\w+)\[{counter}\]", r"\1_\g<0>", step)
    for array in arrays:
        alone = alone.replace(f"{array}_{array}[{counter}]", f"{array}_{counter}")
    if arrays and not re.search(rf"\b{counter}\b", alone):
        parts_ = [
            array
            if re.search(rf"\b{array}\s*:\s*\w*\[\s*{count}\b", text)
            else f"{array}[:{count}]"
            for array in arrays
        ]
        walked = parts_ if count.isdigit() else arrays
        pairs = zip(arrays, walked, strict=True)
        return ", ".join(f"{array}_{counter} in {part}" for array, part in pairs), alone
    return f"{counter} in arange({count})", step


def _further(name: str, start: str) -> str:
    """What is said of the new name of what a loop of another language binds again."""
    return f"; below it write `{name}` for `{start}`" if name == f"{start}2" else ""


_NOTHING = ("h", "h0", "…")


def _carried(block: str) -> tuple[str, str, str]:
    """What a block with one statement carries: a name, what it starts from, and a step of it."""
    inside = re.match(r"\s*\{?\s*\n?([^\n{}]*)\n?([^\n]*)", block)
    update = _UPDATE.fullmatch(inside[1]) if inside else None
    if inside is None or update is None:
        return _NOTHING
    name, sign, step = update.groups()
    further = inside[2][:1].isspace() and inside[2].strip(" \t}")
    if further or not (sign or re.search(rf"\b{name}\b", step)):
        return _NOTHING
    own = f"{name}2"
    step = re.sub(rf"(?<![\w.]){name}\b", own, step)
    whole = step if re.fullmatch(r"\w+|[\d.]+", step) or sign in ("", "+") else f"({step})"
    return own, name, f"{own} {sign} {whole}" if sign else step
