"""Comprehensions: a list written out where it is known, else the operation on whole arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.characters import without_comment
from gradc.syntax.habits.enclosed import closing, parts, wrapped
from gradc.syntax.refusal import Refusal

_MESSAGE = "there are no comprehensions"
_MOST = 12  # items that are written out
_LONGEST = 240  # characters of all of them
_HEAD = re.compile(r"\s*\(?\s*(\w+(?:\s*,\s*\w+)*)\s*\)?\s+in\s+")
_RANGE = re.compile(r"range\(\s*(?:(\w+)\s*,\s*)?(\w+)\s*(?:,\s*(\d+)\s*)?\)")
_CALL = re.compile(r"\b(\w+)\(")
_ELEMENTWISE = frozenset(
    "abs cos exp log maximum minimum relu sigmoid sin softplus sqrt square tanh where".split()
)
_JOINED = frozenset(
    "concatenate concat cat stack hstack vstack dstack column_stack meshgrid".split()
)
"""What takes a list of arrays."""

_Item: TypeAlias = "Mapping[str, str]"  # what the names of a step stand for


def comprehension(r: Refusal) -> Diagnostic | None:
    """`sum(f(a) for a in x)`, `[x @ W[i] for i in range(3)]`."""
    if r.word != "for" or not r.brackets or r.innermost == "{":
        return None
    start = r.brackets[-1]
    end = closing(r.text, start)
    head = _HEAD.match(r.text, r.place + 3)
    if end is None or head is None or head.end() > end:
        return r.diagnostic(
            "E0123", _MESSAGE, "operations work on whole arrays, as in `sum(x, axis=1)`"
        )
    step = " ".join(r.text[start + 1 : r.place].split())
    names = parts(head[1])
    walked, _, condition = r.text[head.end() : end].partition(" if ")
    walked = " ".join(walked.split())
    if re.search(r"\bfor\b", walked):
        return r.diagnostic(
            "E0123", _MESSAGE, "operations work on whole arrays, as in `sum(x, axis=1)`"
        )
    called = re.search(r"(\w+)\(\s*$", r.text[: start + 1 if r.innermost == "(" else start])
    function = called[1] if called else ""
    if condition.strip():
        return r.diagnostic("E0123", _MESSAGE, _chosen(step, names, walked, condition, function))
    items = _items(names, walked, r.source.text)
    texts = [_said(step, item) for item in items] if items else []
    listed = 0 < len(texts) <= _MOST and sum(map(len, texts)) <= _LONGEST
    whole = _of_arrays(step, names, walked) if _keeps_rows(step, walked) else None
    if listed and (function in _JOINED or not whole or not _is_elementwise(step)):
        return _written_out(r, texts, function, Span(r.source, start, end + 1))
    if whole and function and r.innermost == "(":
        whole = f"{function}({whole})"
    other = f", or `[{', '.join(texts)}]`" if listed and r.innermost == "[" else ""
    help_ = f"operations work on whole arrays{f': `{whole}`{other}' if whole else ''}"
    return r.diagnostic("E0123", _MESSAGE, help_ if whole else f"{help_}, as in `sum(x, axis=1)`")


def _written_out(r: Refusal, texts: Sequence[str], function: str, list_: Span) -> Diagnostic:
    """The items of a list one by one, or in a sum, or as the array that a function takes."""
    text, place, what = f"[{', '.join(texts)}]", list_, "list"
    if function == "sum" or (function and r.innermost == "("):
        opening = r.text.rindex("(", 0, list_.start + 1)
        end = closing(r.text, opening)
        start = opening - len(re.search(r"\w+\s*$", r.text[:opening])[0])  # type: ignore[index]
        alone = end is not None and r.text[list_.end : end].strip() == ""
        if function == "sum" and end is not None and (alone or end == list_.end - 1):
            summed = " + ".join(texts)
            beside = re.search(r"[-*/@%]\s*$", r.text[:start]) or re.match(
                r"\s*[*/@%.\[]", r.text[end + 1 :]
            )
            text, what = f"({summed})" if beside else summed, "sum"
            place = Span(r.source, start, end + 1)
        elif function in ("list", "tuple"):
            place = Span(r.source, start, list_.end)
        else:
            inside = text if function in _JOINED else f"stack({text})"
            text, place = f"{function}({inside})", Span(r.source, start, list_.end)
    elif function and function not in _JOINED:
        text = f"stack({text})"
    help_ = Help(f"a {what} is written out: `{text}`", [Replacement(place, text)])
    return r.diagnostic("E0123", _MESSAGE, help_)


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
    if walked.isidentifier():
        bound = re.search(
            rf"^[ \t]*(?:const[ \t]+)?{walked}[ \t]*=[ \t]*(\[.*)$", text, re.MULTILINE
        )
        walked = without_comment(bound[1]).strip() if bound else ""
    if walked[:1] != "[" or closing(walked) != len(walked) - 1:
        return None
    return [part for part in parts(walked[1:-1]) if part]


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
