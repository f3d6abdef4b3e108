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
    if keyword == "fn" and body and body[:1] != "{":
        body = respelt(body)
        return (f"the word is `fn`: write `fn {header[1]}{header[2] or '()'} = {body}`",)
    if keyword == "layer" and rest.rstrip()[-1:] == ":":
        return (
            "a layer is written `layer L(x) { … return y }`, and a model is a row of statements",
        )
    opening = f"{keyword} {header[1]}{header[2] or '(x)'} {{"
    return (f"the word is `{keyword}`: write `{opening}`, and `}}` at its end",)
