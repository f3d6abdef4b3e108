"""Choices of other languages: `a if c else b`, `c ? a : b`, `if c then a else b`."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic
from gradc.syntax.habits.enclosed import closing, parts, unwrapped
from gradc.syntax.habits.respelt import respelt
from gradc.syntax.refusal import Refusal

_CHOICE = "a choice is written `where(condition, a, b)`"
_LONGEST = 200  # characters of a value that is written anew
_WORDS = re.compile(r"\?|:|\b(?:if|then|else)\b")
_THEN = re.compile(r"^if\s+(?:(\((?:[^()]|\([^()]*\))*\))\s+(?=[\w.(-])(?!then\b)|([^:]+?):)")
_HEAD = re.compile(r"(?:.*?[^=<>!]=(?!=)|\s*return\b)\s*")


def choice(r: Refusal) -> Diagnostic | None:
    """A choice that is written as elsewhere, at its first sign."""
    line, column = r.line_text, r.place - r.line_start
    if r.word == "?":
        return r.diagnostic("E0123", "`?` means nothing here", _advice(line))
    if r.word == "if" and r.kind == "NAME" and r.first_word != "if":
        message = "expected an operator or the end of the line, found the name `if`"
        return r.diagnostic("E0123", message, _advice(line))
    begun = re.match(r".*=\s*(if)\s+", line[:column])
    if begun and r.first_word != "if":
        start = r.line_start + begun.start(1)
        return r.at(start, start + 2, "E0123", "`if` chooses no value", _advice(line))
    return None


_BRANCHES = re.compile(
    r"(?P<if>.+?)\s*[:{]\s*(?P<name>\w+)\s*=(?!=)\s*(?P<a>[^{};\n#]+?)[\s;]*\}?\s*else\b\s*[:{]\s*"
    r"(?P<other>\w+)\s*=(?!=)\s*(?P<b>[^{};\n#]+?)\s*;?\s*(?:\}|\n(?![ \t]+[^\s}])|$)"
)


_BRANCH = re.compile(
    r"(?P<if>.+?)\s*[:{]\s*(?P<name>\w+)\s*=(?!=)\s*(?P<a>[^{};\n#]+?)\s*;?\s*"
    r"(?:\}(?!\s*else\b)|\n(?![ \t]+[^\s}]|\s*el(?:se|if)\b)|$)"
)


_RETURNED = re.compile(
    r"(?P<if>.+?)\s*[:{]\s*return\s+(?P<a>[^{};\n#]+?)[\s;]*\}?\s*(?:else\b\s*[:{]?\s*)?"
    r"return\s+(?P<b>[^{};\n#]+?)\s*;?\s*(?:\}|\n|$)"
)


def branches(rest: str, below: str, before: str) -> str | None:
    """What is said of `if c { h = a } else { h = b }`, on one line or on several.

    Where there is no `else`, `h` has a value `before`.
    """
    text = f"{rest}\n{below}"
    if re.match(r"[^\n:{]+\sthen\b", text):
        text = re.sub(r"^([^\n]+?)\s+then\b", r"\1:", text)
        text = re.sub(r"\belse[ \t]+(?=\w+[ \t]*=)", "else: ", re.sub(r"[ \t]+end\b", "", text))
    if several := _alternatives(text):
        return f"`{several[0]} = {several[1]}`"
    if returned := _RETURNED.match(text):
        condition = respelt(unwrapped(returned["if"].strip()))
        return f"`return where({condition}, {returned['a']}, {returned['b']})`"
    both = _BRANCHES.match(text)
    found = both or _BRANCH.match(text)
    if found is None or (both and both["name"] != both["other"]):
        return None
    name, condition = found["name"], respelt(unwrapped(found["if"].strip()))
    if both:
        return f"`{name} = where({condition}, {both['a']}, {both['b']})`"
    if not re.search(rf"^\s*(?:[a-z]+\s+)?{name}\b", before, re.MULTILINE):
        return f"`{name} = where({condition}, {found['a']}, …)`"
    chosen = f"`{name}2 = where({condition}, {found['a']}, {name})`"
    return f"{chosen}; below it write `{name}2` for `{name}`"


_ALTERNATIVE = re.compile(
    r"(?P<if>.+?)\s*[:{]\s*(?P<name>\w+)\s*=(?!=)\s*(?P<a>[^{};\n#]+?)[\s;]*\}?\s*"
    r"\b(?:elif|elseif|elsif|else\s+if)\b\s*"
)


def _alternatives(text: str) -> tuple[str, str] | None:
    """The name and the value of `c { h = a } else if d { h = b } else { h = e }`."""
    if found := _ALTERNATIVE.match(text):
        others = _alternatives(text[found.end() :])
        if others is None:
            last = _BRANCHES.match(text, found.end())
            if last is None or last["name"] != last["other"]:
                return None
            condition = respelt(unwrapped(last["if"].strip()))
            others = last["name"], f"where({condition}, {last['a']}, {last['b']})"
        if others[0] != found["name"]:
            return None
        condition = respelt(unwrapped(found["if"].strip()))
        return others[0], f"where({condition}, {found['a'].strip()}, {others[1]})"
    return None


def _advice(line: str) -> str:
    """The value of a statement with `where` for its choices."""
    statement = line.rpartition("{")[2].partition("}")[0]
    head = _HEAD.match(statement)
    value = respelt(statement[head.end() :].strip()) if head else ""
    chosen = _chosen(value) if len(value) <= _LONGEST else value
    whole = value and chosen != value and not _WORDS.search(re.sub(r"\[[^\]]*\]", "", chosen))
    return f"{_CHOICE}: `{chosen}`" if whole else _CHOICE


def _chosen(text: str) -> str:
    """An expression with `where` for each choice, from the outermost to those in it."""
    if len(several := parts(text)) > 1:
        return ", ".join(map(_chosen, several))
    keyword = re.match(r"\s*\w+\s*=(?!=)\s*", text)
    if keyword:
        return keyword[0].strip() + _chosen(text[keyword.end() :])
    text = _THEN.sub(lambda m: f"if {m[1] or m[2]} then ", text.strip()).replace("else:", "else ")
    while text[:1] == "(" and closing(text) == len(text) - 1:
        text = text[1:-1].strip()
    for first, second in (("?", ":"), ("if", "else"), ("then", "else")):
        cut = _cut(text, first, second)
        if cut is None:
            continue
        before, between, behind = cut
        if first == "if" and not before.strip():
            continue
        three = (between, before, behind) if first == "if" else (before, between, behind)
        if first == "then":
            three = (before.removeprefix("if"), between, behind)
        return f"where({', '.join(map(_chosen, three))})"
    return _within_brackets(text)


def _within_brackets(text: str) -> str:
    found, place = "", 0
    while (start := text.find("(", place)) >= 0:
        end = closing(text, start)
        if end is None:
            break
        inner = text[start + 1 : end]
        called = start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_")
        new = _chosen(inner)
        if new == inner.strip() or called:
            new = f"({new if new != inner.strip() else inner})"
        found += text[place:start] + new
        place = end + 1
    return found + text[place:]


def _cut(text: str, first: str, second: str) -> tuple[str, str, str] | None:
    """What stands before the first of two signs, between it and its second, and behind that."""
    open_ = start = end = depth = 0
    for match in re.finditer(rf"[()\[\]]|{_WORDS.pattern}", text):
        word = match[0]
        depth += (word in "([") - (word in ")]")
        if depth:
            continue
        if word == first:
            open_ += 1
            if open_ == 1:
                start, end = match.span()
        elif word == second and open_:
            open_ -= 1
            if not open_:
                return text[:start], text[end : match.start()], text[match.end() :]
    return None
