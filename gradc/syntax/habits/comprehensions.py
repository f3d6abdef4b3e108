"""Comprehensions: a list written out where it is known, else the operation on whole arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.characters import without_comment
from gradc.syntax.habits.collecting import JOINED, PLAIN, looped, unstacked
from gradc.syntax.habits.enclosed import closing, parts, wrapped
from gradc.syntax.habits.primes import sizes_of
from gradc.syntax.refusal import Refusal

_MESSAGE = "there are no comprehensions"
_WHOLE = "operations work on whole arrays, as in `sum(x, axis=1)`"
_MOST = 12  # items that are written out
_LONGEST = 240  # characters of all of them
_HEAD = re.compile(r"\s*\(?\s*(\w+(?:\s*,\s*\w+)*)\s*\)?\s+in\s+")
_RANGE = re.compile(r"range\(\s*(?:(\w+)\s*,\s*)?(\w+)\s*(?:,\s*(\d+)\s*)?\)")
_CALL = re.compile(r"\b(\w+)\(")
_ELEMENTWISE = frozenset(
    "abs cos exp log maximum minimum relu sigmoid sin softplus sqrt square tanh where".split()
)

_Item: TypeAlias = "Mapping[str, str]"  # what the names of a step stand for


def comprehension(r: Refusal) -> Diagnostic | None:
    """`sum(f(a) for a in x)`, `[x @ W[i] for i in range(3)]`."""
    if r.word != "for" or not r.brackets or r.innermost == "{":
        return None
    start = r.brackets[-1]
    end = closing(r.text, start)
    head = _HEAD.match(r.text, r.place + 3)
    if end is None or head is None or head.end() > end:
        return r.diagnostic("E0123", _MESSAGE, _WHOLE)
    step = " ".join(r.text[start + 1 : r.place].split())
    names = parts(head[1])
    walked, _, condition = r.text[head.end() : end].partition(" if ")
    walked = " ".join(walked.split())
    if re.search(r"\bfor\b", walked):
        return r.diagnostic("E0123", _MESSAGE, _WHOLE)
    called = re.search(r"(\w+)\(\s*$", r.text[: start + 1 if r.innermost == "(" else start])
    function = called[1] if called else ""
    if condition.strip():
        help_ = _chosen(step, names, walked, condition, function)
        if not _keeps_rows(f"{step} {condition}", walked) or "…" in help_:
            chosen = f"where({' '.join(condition.split())}, {step}, 0)"
            help_ = looped(r, chosen, names, walked, function, _place(r, function)) or help_
        return r.diagnostic("E0123", _MESSAGE, help_)
    items = _items(names, walked, r.source.text)
    texts = [_said(step, item) for item in items] if items else []
    listed = 0 < len(texts) <= _MOST and sum(map(len, texts)) <= _LONGEST
    rows = _keeps_rows(step, walked) or _takes_rows(step, names, function, r.source.text)
    whole = _of_arrays(step, names, walked) if rows else None
    if listed and (function in JOINED or not whole or not _is_elementwise(step)):
        return _written_out(r, texts, function, Span(r.source, start, end + 1))
    other = f", or `[{', '.join(texts)}]`" if listed and r.innermost == "[" else ""
    if not whole:
        loop = looped(r, step, names, walked, function, _place(r, function))
        return r.diagnostic("E0123", _MESSAGE, loop or _WHOLE)
    place = _place(r, function)
    if function and r.innermost == "(" and function not in PLAIN:
        whole = f"{function}({whole})"
    elif function not in ("", *PLAIN):  # of a list
        place = Span(r.source, start, end + 1)
    told = f"operations work on whole arrays: `{whole}`{other}"
    if place is None and function in PLAIN:  # it says along which axis
        told = f"{told} has the steps along axis 0"
    if place is None or other:
        return r.diagnostic("E0123", _MESSAGE, told)
    edits = [Replacement(place, whole), *unstacked(r, place)]
    return r.diagnostic("E0123", _MESSAGE, Help(told, edits))


def of_entries(r: Refusal) -> Diagnostic | None:
    """`{k: f(a) for k, a in enumerate(x)}`: a list of the values is an array."""
    found = _ENTRIES.match(r.text, r.place)
    if found is None:
        return None
    step, walked = (" ".join(found[part].split()) for part in ("step", "walked"))
    names, place = parts(found["names"]), Span(r.source, *found.span())
    help_: str = "each value has a name of its own"
    used = [n for n in names if re.search(rf"(?<![\w.]){n}\b", step)]
    rows = _keeps_rows(step, walked) or _takes_rows(step, names, "", r.source.text)
    counted = re.fullmatch(r"enumerate\((.*)\)", walked)
    column = counted[1] if counted and used == names[1:] else walked
    if re.search(r"\.\w+\(", walked):
        pass  # the entries of another dictionary
    elif rows and (whole := _of_arrays(step, used, column)):
        told = f"operations work on whole arrays: `{whole}`"
        help_ = Help(told, [Replacement(place, whole)])
    elif loop := looped(r, step, names, walked, "", place):
        help_ = loop
    return r.diagnostic("E0123", "there are no comprehensions, and no dictionaries", help_)


_ENTRIES = re.compile(
    r"\{\s*(?P<key>[^:{}]+):\s*(?P<step>[^{}]+?)\s+for\s+(?P<names>\w+(?:\s*,\s*\w+)*)\s+in\s+"
    r"(?P<walked>[^{}]+?)\s*\}"
)


def _place(r: Refusal, function: str) -> Span | None:
    """Where a comprehension stands, with the call that it is the one argument of."""
    start = r.brackets[-1]
    end = closing(r.text, start)
    if end is None:
        return None
    if not function:
        return Span(r.source, start, end + 1)
    opening = start if r.innermost == "(" else r.text.rfind("(", 0, start)
    close = closing(r.text, opening)
    called = re.search(r"[\w.]+\s*$", r.text[:opening])
    between = r.text[opening + 1 : start] if opening < start else ""
    if close is None or called is None or between.strip() or r.text[end + 1 : close].strip(" )\n"):
        return None
    return Span(r.source, called.start(), close + 1)


def _written_out(r: Refusal, texts: Sequence[str], function: str, list_: Span) -> Diagnostic:
    """The items of a list one by one, or in a sum, or as the array that a function takes."""
    texts = _instances(r, texts)
    text, place, what = f"[{', '.join(texts)}]", list_, "list"
    if function == "sum" or (function and r.innermost == "("):
        opening = r.text.rindex("(", 0, list_.start + 1)
        end = closing(r.text, opening)
        start = opening - len(re.search(r"\w+\s*$", r.text[:opening])[0])  # type: ignore[index]
        alone = end is not None and r.text[list_.end : end].strip() == ""
        if function == "sum" and end is not None and (alone or end == list_.end - 1):
            summed = " + ".join(f"({t})" if " as " in t else t for t in texts)
            beside = re.search(r"[-*/@%]\s*$", r.text[:start]) or re.match(
                r"\s*[*/@%.\[]", r.text[end + 1 :]
            )
            text, what = f"({summed})" if beside else summed, "sum"
            place = Span(r.source, start, end + 1)
        elif function in ("list", "tuple"):
            place = Span(r.source, start, list_.end)
        else:
            inside = text if function in JOINED else f"stack({text})"
            text, place = f"{function}({inside})", Span(r.source, start, list_.end)
    elif function and function not in JOINED:
        text = f"stack({text})"
    help_ = Help(f"a {what} is written out: `{text}`", [Replacement(place, text)])
    return r.diagnostic("E0123", _MESSAGE, help_)


def _instances(r: Refusal, texts: Sequence[str]) -> Sequence[str]:
    """Calls of layers with names, which those in a list need to have parameters by."""
    calls = [re.match(r"[A-Z]\w*(?=\()", text) for text in texts]
    if not all(c and closing(t, c.end()) == len(t) - 1 for c, t in zip(calls, texts, strict=True)):
        return texts
    bound = re.match(r"\s*(\w+)\s*=(?!=)", r.line_text)
    stem = bound[1].removesuffix("s") if bound else "layer"
    stem = stem if not bound or stem != bound[1] else f"{stem}_"
    names = [f"{stem}{i}" for i in range(1, len(texts) + 1)]
    if any(re.search(rf"\b{name}\b", r.source.text) for name in names):
        return texts
    return [f"{text} as {name}" for text, name in zip(texts, names, strict=True)]


def _items(names: Sequence[str], walked: str, text: str) -> list[_Item] | None:
    """What the names stand for in each step; None where only a call can tell."""
    if len(names) == 1:
        found = _sequence(walked, text)
        return None if found is None else [{names[0]: item} for item in found]
    several = re.fullmatch(r"(zip|enumerate)\((.*)\)", walked)
    if several is None:
        return None
    columns = [_sequence(part, text) for part in parts(several[2])]
    if several[1] == "enumerate":
        columns.insert(0, None if columns[0] is None else list(map(str, range(len(columns[0])))))
    if len(columns) != len(names) or any(c is None for c in columns):
        return None
    rows = zip(*(c for c in columns if c is not None), strict=False)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _sequence(walked: str, text: str) -> list[str] | None:
    """The items of `range(3)`, of a list, or of the name of one."""
    if counted := _RANGE.fullmatch(walked):
        first, last = _number(counted[1] or "0", text), _number(counted[2], text)
        step = int(counted[3] or 1)
        if first is None or last is None or not step or last - first > _MOST * step:
            return None
        return list(map(str, range(first, last, step)))
    if walked.isidentifier() and (items := _given(walked, text)):
        return items
    if walked.isidentifier():
        bound = re.search(
            rf"^[ \t]*(?:const[ \t]+)?{walked}[ \t]*=[ \t]*(\[.*)$", text, re.MULTILINE
        )
        walked = without_comment(bound[1]).strip() if bound else ""
    if walked[:1] != "[" or closing(walked) != len(walked) - 1:
        return None
    return [part for part in parts(walked[1:-1]) if part]


def _given(name: str, text: str) -> list[str]:
    """The items of a list that a function takes, where all its calls give as many."""
    head = re.search(rf"(?m)^[ \t]*(?:fn|layer)[ \t]+(\w+)\({name}\)", text)
    calls = re.findall(rf"(?<![\w.]){head[1]}\(\s*\[([^\[\]]*)\]\s*\)", text) if head else []
    counts = {len([p for p in parts(call) if p]) for call in calls}
    return [f"{name}[{i}]" for i in range(counts.pop())] if len(counts) == 1 else []


def _number(word: str, text: str) -> int | None:
    """A number, or the name of one: of a constant or of a dimension."""
    if word.isdigit():
        return int(word[:6])
    stated = re.compile(
        rf"^[ \t]*(?:const|dim)[ \t].*?\b{word}[ \t]*=[ \t]*(\d{{1,6}})\b", re.MULTILINE
    )
    found = stated.search(text)
    return int(found[1]) if found else None


def _said(step: str, item: _Item) -> str:
    """A step with what its names stand for."""
    name = re.compile(rf"(?<![\w.])(?:{'|'.join(item)})\b(?!\s*=(?!=))")

    def place(match: re.Match[str]) -> str:
        before, behind = step[: match.start()].rstrip()[-1:], step[match.end() :].lstrip()[:1]
        alone = before in ("", "(", "[", ",") and behind in ("", ")", "]", ",")
        return item[match[0]] if alone else wrapped(item[match[0]])

    return name.sub(place, step)


def _is_elementwise(step: str) -> bool:
    return "@" not in step and set(_CALL.findall(step)) <= _ELEMENTWISE


def _keeps_rows(step: str, walked: str) -> bool:
    """Whether a step says of whole arrays what it says of their rows: no sum, and no product."""
    return set(_CALL.findall(step)) <= _ELEMENTWISE and ("@" not in step or "range(" in walked)


def _takes_rows(step: str, names: Sequence[str], function: str, text: str) -> bool:
    """Whether each product of a step has a row on its left and one array for all on its right.

    The items of a sum are numbers then: the array has one axis.
    """
    if not set(_CALL.findall(step)) <= _ELEMENTWISE or "@" not in step or "[" in step:
        return False
    row = re.compile(rf"(?<![\w.@)\]])(?<!@ )(?:{'|'.join(names)})\s*@\s*([A-Za-z]\w*)(?![\w.(\[])")
    arrays = row.findall(step)
    if len(arrays) != step.count("@") or not {*arrays}.isdisjoint(names):
        return False
    if function in JOINED - {"stack"}:
        return False
    return function != "sum" or all(len(sizes_of(a, text)) == 1 for a in arrays)


def _of_arrays(step: str, names: Sequence[str], walked: str) -> str | None:
    """A step said of whole arrays: of those that the names walk along, or `x` for `x[i]`."""
    zipped = re.fullmatch(r"zip\((.*)\)", walked)
    columns = parts(zipped[1]) if zipped else [walked]
    if len(columns) != len(names):
        return None
    counted = _RANGE.fullmatch(walked)
    if counted and (counted[3] or counted[1] not in (None, "0")):
        return None  # some of the elements
    if len(names) == 1 and counted:
        whole = re.sub(rf"(\w)\[{names[0]}\]", r"\1", step)
        apart = whole != step and not re.search(rf"\b{names[0]}\b", whole)
        return whole if apart else None
    if any(_CALL.match(c) or c[:1] == "[" for c in columns):
        return None
    return _said(step, dict(zip(names, columns, strict=True)))


def _chosen(step: str, names: Sequence[str], walked: str, condition: str, function: str) -> str:
    """What is said of `a for a in x if a > 0`: no value is left out, a choice is made."""
    told = "a choice keeps the size"
    value, asked = (_of_arrays(text, names, walked) for text in (step, condition.strip()))
    if not value or not asked:
        return f"{told}: `where(…, …, 0)`"
    text = f"where({asked}, {value}, 0)"
    if function in ("sum", "mean"):
        text = f"sum({text})" + (f" / sum({asked})" if function == "mean" else "")
    return f"{told}: `{text}`"
