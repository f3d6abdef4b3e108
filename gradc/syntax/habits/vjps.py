"""Derivatives in the manner of other systems: `vjp f(x, dy) {`, `jvp(f, (x,), (v,))`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Source, Span
from gradc.syntax.expected import expected_words, found_words
from gradc.syntax.habits.enclosed import closing, parts
from gradc.syntax.habits.indices import is_bound
from gradc.syntax.refusal import Refusal

_HEAD = re.compile(
    r"\s*vjp\s+(?P<name>\w+)\s*(?P<given>\([^(){}=]*\))?\s*"
    r"(?:->\s*(?P<results>\w+(?:\s*,\s*\w+)*)\s*)?"
    r";?\s*(?:(?P<cotangents>\w+(?:\s*,\s*\w+)*)\s*)?(?P<opening>[{=:])\s*"
)


def vjp(r: Refusal) -> Diagnostic | None:
    """A head that names no results or no cotangents."""
    head = _HEAD.match(r.line_text) if r.first_word == "vjp" else None
    if head is None or not r.line_start <= r.place < r.line_start + head.end():
        return None
    name = head["name"]
    given = [p for p in parts((head["given"] or "()")[1:-1]) if p]
    formals, count = _function(name, r.source.text)
    formals = formals or given
    further = given[len(formals) :] if given[: len(formals)] == formals else []
    results, cotangents = (parts(head[k]) if head[k] else [] for k in ("results", "cotangents"))
    if not cotangents and len(results) == 2 * count:  # a comma for the semicolon
        results, cotangents = results[:count], results[count:]
    elif not cotangents and results and all(n[:1] == "d" and n[1:] for n in results):
        results, cotangents = [n[1:] for n in results], results  # the cotangents alone
        results = results if not {*results} & {*formals} else []
    count = len(results) or count
    if not cotangents and len(further) in (count, 2 * count):
        cotangents = further[-count:]
        results = results or further[:-count]
    results = results or _fresh(count, "y", formals, cotangents)
    cotangents = cotangents or [f"d{result}" for result in results]
    text = f"vjp {name}({', '.join(formals)}) -> {', '.join(results)}; {', '.join(cotangents)} {{"
    start, end = r.line_start + r.indent, r.line_start + head.end()
    if head["opening"] != "{":
        value = r.line_text[head.end() :].strip()
        if re.search(rf"(?m)^[ \t]*fn[ \t]+{re.escape(value)}[ \t]*\(", r.source.text):
            value = f"{value}({', '.join(formals)}) * {cotangents[0]}"
        if head["opening"] == ":" or len(formals) != 1 or not value:
            value = "…"
        text, end = f"{text} d{formals[0] if formals else 'x'} = {value} }}", r.line_start
        end += len(r.line_text.rstrip())
    text = text if "…" in text else text.strip()
    told = "the results of the function and their cotangents have names"
    help_ = Help(f"{told}: `{text}`", [Replacement(Span(r.source, start, end), text)])
    message = f"expected {expected_words(r.accepts)}, found {found_words(r.kind, r.word)}"
    return r.diagnostic("E0123", message, help_ if "…" not in text else str(help_))


_RULE = re.compile(r"\bvjp\s+\w+\s*\([^(){}]*\)\s*->([^;{}]*);([^{};]*)\{[^{}]*\Z")
_UPSTREAM = ("g", "dout", "dldy", "grad", "grad_output", "grad_out", "upstream", "ct", "delta")


def cotangent(name: str, span: Span) -> Help | None:
    """`dx = dy` in a rule `-> y; g`: the cotangent of what a function gives has the rule's name."""
    rule = _RULE.search(span.source.text, 0, span.start)
    if rule is None:
        return None
    results, given = ([p.strip() for p in parts(group)] for group in rule.groups())
    if len(results) != len(given):
        return None
    named = [c for r, c in zip(results, given, strict=True) if name == f"d{r}"]
    if not named and len(given) == 1 and name.lower() in (*_UPSTREAM, "dy"):
        named = given
    if not named:
        return None
    of = results[given.index(named[0])]
    told = f"the rule calls the cotangent of `{of}` `{named[0]}`: write `{named[0]}`"
    return Help(told, [Replacement(span, named[0])])


def _function(name: str, text: str) -> tuple[list[str], int]:
    """The parameters of a function of the file, and how many results it has."""
    found = re.search(rf"^[ \t]*fn[ \t]+{name}[ \t]*(?=\()", text, re.MULTILINE)
    end = closing(text, found.end()) if found else None
    if found is None or end is None:
        return [], 1
    formals = [re.split(r"[:=]", p)[0].strip() for p in parts(text[found.end() + 1 : end]) if p]
    returned = re.compile(r"\s*\{[^{}]*\breturn\b([^{}\n]*)").match(text, end + 1)
    return formals, len(parts(returned[1])) if returned else 1


def _fresh(count: int, name: str, *taken: Sequence[str]) -> list[str]:
    names = [name] if count == 1 else [f"{name}{i + 1}" for i in range(count)]
    return [n if all(n not in t for t in taken) else f"{n}_" for n in names]


_JVP = re.compile(r"\b(?:jax\.)?(?P<name>jvp|grad)\(\s*(?P<function>[A-Za-z]\w*)\s*,")
_TARGETS = re.compile(r"(?m)^[ \t]*(output[ \t]+)?(\w+)[ \t]*,[ \t]*(\w+)[ \t]*=[ \t]*\Z")


def of_function(text: str, source: Source, start: int) -> Help | None:
    """`jvp(f, (x,), (v,))`, where the call begins at `start`: of the value `f(x)` instead."""
    call = _JVP.match(text, start)
    end = closing(text, text.index("(", start)) if call else None
    if call is None or end is None:
        return None
    given = [_items(part) for part in parts(text[call.end() : end]) if part]
    if len(given) != (2 if call["name"] == "jvp" else 1) or not all(
        map(str.isidentifier, given[0])
    ):
        return None
    formals, _ = _function(call["function"], text)
    passed = given[0]
    if len(passed) < len(formals) and all(is_bound(text, name) for name in formals):
        passed = formals if {*passed} <= {*formals} else passed  # the others as the file has them
    of = f"{call['function']}({', '.join(passed)})"
    shown = [g[0] if len(g) == 1 else f"[{', '.join(g)}]" for g in given]
    if call["name"] == "grad":
        shown = [", ".join(given[0])]
    targets = _TARGETS.search(text, 0, start)
    stop = end + 1
    if second := re.match(r"\[1\]", text[stop:]):
        stop += second.end()
    if targets and call["name"] == "jvp" and not text[stop:].partition("\n")[0].strip():
        word, value, moved = targets.groups(default="")
        lines = [f"{word}{value} = {of}", f"{word}{moved} = jvp({', '.join((value, *shown))})"]
        told = f"a derivative is of a value: `{lines[0]}` and `{lines[1]}`"
        begin = targets.start(1 if word else 2)
        margin = " " * (begin - text.rfind("\n", 0, begin) - 1)
        edit = Replacement(Span(source, begin, stop), f"\n{margin}".join(lines))
        return Help(told, [edit])
    written = f"{call['name']}({', '.join((of, *shown))})"
    told = f"a derivative is of a value: `{written}`"
    return Help(told, [Replacement(Span(source, start, stop), written)])


def _items(text: str) -> list[str]:
    """The items of a list in parentheses or brackets, or what stands there alone."""
    inside = text[1:-1] if text[:1] in ("(", "[") and closing(text) == len(text) - 1 else text
    return [part for part in parts(inside) if part]


def jvp(r: Refusal) -> Diagnostic | None:
    """`jvp(f, (x,), (v,))` of JAX: a tuple among its arguments."""
    if r.kind != "COMMA" or r.innermost != "(" or len(r.brackets) < 2:
        return None
    called = re.search(r"\b(?:jax\.)?jvp$", r.text[: r.brackets[-2]])
    told = of_function(r.text, r.source, called.start()) if called else None
    return r.diagnostic("E0123", "parentheses hold one value", told) if told else None
