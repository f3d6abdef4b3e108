"""Functions and layers as other languages begin them, written anew."""

from __future__ import annotations

import re

from gradc.syntax.habits.enclosed import parts
from gradc.syntax.habits.respelt import respelt


def of_c(rest: str, block: str) -> str | None:
    """`float f(float t) { return 2 * t; }`."""
    head = re.match(r"(\w+)\s*\(([^()]*)\)\s*(?:\{(.*)|$)", rest)
    if head is None:
        return None
    formals = ", ".join(part.split()[-1].lstrip("*") for part in parts(head[2]) if part)
    body = head[3] if head[3] and head[3].strip() else block
    returned = re.match(r"\s*return\b\s*([^;}\n]+)", body)
    if returned:
        return f"fn {head[1]}({formals}) = {respelt(returned[1].strip())}"
    return f"fn {head[1]}({formals}) {{"


_ONLY = re.compile(r"[ \t]+return\b[ \t]*([^;}\n]+)(?:\n(?![ \t]+\S)|$)")
_FUNCTION = re.compile(r"write `fn (\w+)\(([^`]*?)\) = ([^`]+)`$")
_BOUND = re.compile(r"^(?:(?:input|param|state)[ \t]+(\w+)|(\w+)[ \t]*=(?!=))", re.MULTILINE)


def with_values(help_: str, text: str) -> str:
    """A help that defines a function, with parameters for what it reads of the values of a file."""
    shown = _FUNCTION.search(help_)
    if shown is None:
        return help_
    name, formals, body = shown.groups()
    own = {name, *re.findall(r"\w+", formals)}
    bound = {given or made for given, made in _BOUND.findall(text)} - own
    called = re.findall(r"(?<![\w.])([^\W\d]\w*)(?!\w|\s*\(|\s*=(?!=))", body)
    read = ", ".join(dict.fromkeys(n for n in called if n in bound))
    if not read:
        return help_
    head = f"fn {name}({', '.join(filter(None, (formals, read)))})"
    return (
        f"{help_[: shown.start()]}write `{head} = {body}`, and `{name}(…, {read})` for `{name}(…)`"
    )


def of_definition(keyword: str, rest: str, block: str) -> tuple[str, ...]:
    """`def f(x): return 2 * x`, `class Model:`."""
    if matlab := re.match(r"(\w+)\s*=\s*(\w+)\s*(\([^()]*\))\s*$", rest):
        only = re.match(rf"\s*{matlab[1]}\s*=(?!=)\s*([^\n#%]+)\n\s*(?:end\b|$)", f"{block}\n")
        if only:
            text = f"fn {matlab[2]}{matlab[3]} = {respelt(only[1].strip())}"
            return (f"the word is `fn`: write `{text}`",)
        opening = f"fn {matlab[2]}{matlab[3]} {{"
        return (f"the word is `fn`: write `{opening}`, and `return {matlab[1]} }}` at its end",)
    header = re.match(r"(\w+)\s*(\((?:[^()]|\([^()]*\))*\))?\s*(?:->[^:{=]*)?", rest)
    if header is None:
        return (f"the word is `{keyword}`",)
    body = rest[header.end() :].lstrip(":= \t")
    body = re.sub(r"^return\b\s*", "", body)
    returned = re.fullmatch(r"\{\s*return\b\s*([^;}]+?)\s*;?\s*\}", body)
    body = returned[1] if returned else body
    if keyword == "fn" and not body and (only := _ONLY.match(block)):
        body = only[1].strip()
    if keyword == "fn" and body and body[:1] != "{":
        body = respelt(body)
        return (f"the word is `fn`: write `fn {header[1]}{header[2] or '()'} = {body}`",)
    if keyword == "layer" and rest.rstrip()[-1:] == ":":
        return (
            "a layer is written `layer L(x) { … return y }`, and a model is a row of statements",
        )
    opening = f"{keyword} {header[1]}{header[2] or '(x)'} {{"
    return (f"the word is `{keyword}`: write `{opening}`, and `}}` at its end",)
