"""Heads and bodies of loops, as they are written elsewhere."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.expected import expected_words, found_words
from gradc.syntax.habits.enclosed import closing, parts
from gradc.syntax.habits.indices import is_bound
from gradc.syntax.habits.repeats import ENDS
from gradc.syntax.habits.stepping import difference
from gradc.syntax.refusal import Refusal


def loop(r: Refusal) -> Diagnostic | None:
    """`scan h = b in range(3)`, `scan h = b for x_t in x`, `over x_t of x`, `times=3`."""
    if r.first_word != "scan" or "{" in r.line_text[: r.place - r.line_start]:
        return None
    behind = r.text_behind
    if bare := _bracketed(r):
        return bare
    if axis := _axis(r):
        return axis
    if r.kind == "EQUAL" and "=" in r.line_text[: r.place - r.line_start] and r.previous != "times":
        return _initial(r)
    counted = re.match(r"(?:(?:for\s+\w+\s+)?in\s+)?range\(([^()]*)\)", f"{r.word} {behind}")
    if r.kind == "NAME" and counted:
        return r.diagnostic(
            "E0123", f"a scan counts by `times`, not by `{r.word}`", f"write `times {counted[1]}`"
        )
    if steps := re.search(r"(?<=[\w)\]])\s+(?:for\s+)?(\w+)\s+times\b(?!\s*[=\w])", r.line_text):
        text = f"{r.line_text[: steps.start()].strip()} times {steps[1]}"
        return r.diagnostic("E0123", "`times` stands in front of the count", f"write `{text}`")
    if r.kind in ("COMMA", "LPAR") and (pairs := _zipped(r)):
        return r.diagnostic("E0123", "each sequence has a name of its own", f"write `{pairs}`")
    if r.word == "over" and (both := re.search(r"\s*\btimes\s+\S+(?=\s+over\b)", r.line_text)):
        start = r.line_start + both.start()
        place = Span(r.source, start, start + len(both[0]))
        told = f"as many steps as the sequence has elements: leave `{both[0].strip()}` out"
        message = "a scan counts by `times`, or walks along what stands behind `over`"
        return r.diagnostic("E0123", message, Help(told, [Replacement(place, "")]))
    if r.word == "unshared" and r.previous == "scan":
        rest = r.text_behind.rstrip("{ ")
        start = r.line_start + r.indent
        place = Span(r.source, start, r.line_start + len(r.line_text.rstrip("{ ")))
        text = f"scan {rest} unshared"
        last = Help(f"`unshared` stands last: `{text}`", [Replacement(place, text)])
        return r.diagnostic("E0123", "expected a name, found the keyword `unshared`", last)
    if r.word == "times" and (both := re.search(r"\bin\s+\w+(\s*,\s*times\s+\S+)", r.line_text)):
        place = Span(r.source, r.line_start + both.start(1), r.line_start + both.end(1))
        told = f"as many steps as the sequence has elements: leave `{both[1].strip(', ')}` out"
        message = "a scan counts by `times`, or walks along what stands behind `over`"
        return r.diagnostic("E0123", message, Help(told, [Replacement(place, "")]))
    if r.word == "while" and (whole := _until(r)):
        return r.diagnostic("E0123", "`while` is no part of a loop", whole)
    walked = re.match(r"(\w+)\s+in\s+(\w+)", behind)
    if r.kind == "NAME" and r.word in ("for", "foreach", "along", "on", "while") and walked:
        text = f"over {walked[1]} in {walked[2]}"
        message = f"a scan walks along what stands behind `over`, not `{r.word}`"
        return r.diagnostic("E0123", message, f"write `{text}`")
    if r.word == "_" and r.previous == "over" and (along := re.match(r"in\s+(\w+)", behind)):
        help_ = f"write `over {along[1]}_t in {along[1]}`"
        return r.diagnostic("E0123", "an element has a name", help_)
    if r.word == "as" and "IN" in r.accepts and behind:
        help_ = f"write `over {behind.split()[0]} in {r.previous}`"
        return r.diagnostic("E0123", "the element stands first", help_)
    if r.kind == "NAME" and r.word in ("of", "from", "on", "along") and "IN" in r.accepts:
        sequence = re.match(r"\w+", behind)
        text = f"over {r.previous} in {sequence[0] if sequence else 'x'}"
        message = f"`in` stands behind the name of an element, not `{r.word}`"
        return r.diagnostic("E0123", message, f"write `{text}`")
    if r.kind == "NAME" and r.word in ("repeat", "for", "steps", "time", "count", "range", "until"):
        number = re.search(r"\d+|\b[A-Z]\b", behind)
        text = f"times {number[0] if number else 12}"
        return r.diagnostic(
            "E0123", f"a scan counts by `times`, not by `{r.word}`", f"write `{text}`"
        )
    if r.previous == "times" and r.kind == "EQUAL":
        number = re.match(r"\w+", behind)
        text = f"times {number[0] if number else 12}"
        return r.diagnostic("E0123", "`times` takes no `=`", f"write `{text}`")
    if r.kind == "_NEWLINE" or r.brackets:
        return None
    if named := _unnamed(r):
        return named
    found = found_words(r.kind, r.word)
    message = f"expected {expected_words(r.accepts)}, found {found}"
    return r.diagnostic("E0123", message, _form(r.line_text))


_RANGED = re.compile(
    r"\b(?P<all>(?:times|over)\s+(?:(?P<name>\w+)\s+in\s+)?"
    r"(?P<range>range\((?P<stop>\w+)\)|(?P<first>\w+)\s*(?P<sign>:|\.\.\.?[=<]?)\s*(?P<last>\w+)))"
    r"\s*(?=\{|unshared\b|$)"
)


def ranged(r: Refusal) -> Diagnostic | None:
    """`times 1:5`, `times 0..5`, `over i in 1:T`, `over range(5)`: a count as a range."""
    found = _RANGED.search(r.line_text) if r.first_word == "scan" else None
    if found is None or not found.start() < r.place - r.line_start <= found.end():
        return None
    count, first = found["stop"], found["first"] or "0"
    if count is None:
        last, excluded = found["last"], found["sign"].endswith("<")
        excluded = excluded or (first == "0" and not found["sign"].endswith("="))
        count = difference(last if excluded else _plus_one(last), first)
    text, name, what = f"times {count}", found["name"], "a count is a number"
    body = r.text[r.place :].partition("}")[0]
    if name and re.search(rf"(?<![\w.]){name}\b", body):
        begun = "" if first == "0" else f"{first}, "
        what = "numbers in a row are an array"
        text = f"over {name} in arange({begun}{count if not begun else _plus_one(found['last'])})"
    start = r.line_start + found.start("all")
    place = Span(r.source, start, r.line_start + found.end("all"))
    told = Help(f"{what}: write `{text}`", [Replacement(place, text)])
    start = r.line_start + found.start("range")
    return r.at(start, place.end, "E0123", f"`{found['range']}` is no count", told)


def _plus_one(bound: str) -> str:
    return str(int(bound) + 1) if bound.isdigit() else f"{bound} + 1"


_IN_BRACKETS = re.compile(
    r"\s*scan\s*[(\[]\s*(?P<names>\w+(?:\s*,\s*\w+)*)\s*,?\s*[)\]]\s*=\s*"
    r"(?P<values>.*?)\s*(?=\b(?:over|times|unshared)\b|\{|$)"
)


def _bracketed(r: Refusal) -> Diagnostic | None:
    """`scan (h, c) = (a, b) over …`, `scan (h = a over …) {`: a head stands without brackets."""
    whole = re.match(r"\s*scan\s*\(\s*(\w.*)\)\s*\{", r.line_text)
    inside = whole[1] if whole and r.kind == "LPAR" else ""
    binds = re.search(r"(?<![<>=!])=(?!=)", inside.partition("(")[0])
    if binds and closing(f"({inside})") == len(inside) + 1:
        message = "the head of a scan stands without brackets"
        return r.diagnostic("E0123", message, f"write `scan {inside.strip()} {{`")
    head = _IN_BRACKETS.match(r.line_text)
    if head is None or r.kind not in ("LPAR", "LSQB"):
        return None
    given, names = head["values"], parts(head["names"])
    inner = given[1:-1] if given[:1] in ("(", "[") and closing(given) == len(given) - 1 else given
    given = inner.strip(", ") if len(parts(inner)) == len(names) else given
    text = f"scan {', '.join(names)} = {given}"
    message = "what a scan carries stands without brackets"
    return r.diagnostic("E0123", message, f"write `{text}`")


def _until(r: Refusal) -> str | None:
    """`scan h = 1 while h > 0 { next h = h / 2 }`, with a number of steps."""
    found = re.compile(
        r"\s*(scan\s+(\w+)\s*=.*?)\s+while\s+([^{\n]+?)\s*\{\s*next\s+(\w+)\s*=(?!=)\s*([^}\n;]+)"
    ).match(r.text, r.line_start)
    if found is None or found[2] != found[4]:
        return None
    step = f"where({found[3]}, {found[5].strip()}, {found[2]})"
    return f"{ENDS}: `{found[1]} times 12 {{ next {found[2]} = {step} }}`"


def _unnamed(r: Refusal) -> Diagnostic | None:
    """`scan h = 0 over x {`: the elements that the loop walks along have no name."""
    head = re.match(r"\s*(scan\b.*?)\s+over\s+(\w+)\s*(?=\{)(.*)", r.line_text)
    if head is None or r.kind != "LBRACE":
        return None
    sequence = head[2]
    if walked := _indexed_by_step(r, head[2], r.line_start + head.start(2)):
        return r.diagnostic("E0123", "`over` counts nothing", walked)
    if re.fullmatch(r"\d+|[A-Z]", sequence):
        return r.diagnostic("E0123", "`over` counts nothing", f"write `times {sequence}`")
    start = r.line_start + head.start(2)
    message = f"each element of `{sequence}` has a name in the body"
    if named := re.fullmatch(r"(.*\S)\s*,\s*(\w+)", head[1]):
        help_ = f"write `{named[1]} over {named[2]} in {sequence} {{`"
        return r.at(start, start + len(sequence), "E0123", message, help_)
    text = f"{head[1]} over {sequence}_t in {sequence} {{"
    told = f"write `{text}`; in the body an element is `{sequence}_t`"
    return r.at(start, start + len(sequence), "E0123", message, told)


def _indexed_by_step(r: Refusal, count: str, start: int) -> Help | None:
    """`scan h = 0 over T { … x[t] … }`: what the body indexes by its step is walked along."""
    text = r.source.text
    end = text.find("}", r.place) % (len(text) + 1)
    found = list(re.finditer(r"(?<![\w.])(\w+)\[([a-z])\]", text[r.place : end]))
    steps = {m[2] for m in found if not is_bound(text, m[2])}
    if len(steps) != 1 or not re.fullmatch(r"\d+|[A-Z]\w*", count):
        return None
    arrays = list(dict.fromkeys(m[1] for m in found if m[2] in steps))
    over = ", ".join(f"{name}_t in {name}" for name in arrays)
    named = " and ".join(f"`{name}_t` for `{name}[{min(steps)}]`" for name in arrays)
    edits = [Replacement(Span(r.source, start, start + len(count)), over)]
    for m in found:
        if m[2] in steps:
            at = r.place + m.start()
            edits.append(Replacement(Span(r.source, at, at + len(m[0])), f"{m[1]}_t"))
    return Help(f"write `over {over}`, and {named}", edits)


_AXIS = re.compile(
    r"\bover\b(?P<walked>.*?)\s*(?P<sign>[,(]?)\s*\b(?P<word>(?:along|on|by)\s+axis|axis|dim)"
    r"\s*(?P<equals>[=:]?)\s*(?P<axis>-?\d+)\s*\)?"
)


def _axis(r: Refusal) -> Diagnostic | None:
    """`over x_t in x, axis 0`, `over x_t in x (axis=0)`, `over x_t in x axis=0`."""
    found = _AXIS.search(r.line_text)
    signs = [name for name in ("equals", "sign") if found and found[name]]
    if found is None or not (signs or found["word"] != "axis"):
        return None
    sign = signs[0] if signs else "word"
    start = r.line_start + found.start(sign)
    if not r.line_start + found.start() < r.place <= r.line_start + found.end():
        return None
    message = f"the axis of a scan stands without `{found[sign]}`"
    if sign == "word":
        message = f"the word is `axis`, not `{found[sign]}`"
    help_ = f"write `over{found['walked']} axis {found['axis']}`"
    return r.at(start, start + len(found[sign]), "E0123", message, help_)


def _zipped(r: Refusal) -> str | None:
    """`over a, b in x, y`, as it is written here: `over a in x, b in y`."""
    head = re.search(
        r"\bover\s*\(?([\w, ]+?)\)?\s+in\s+(?:zip\s*)?\(?([\w,. ]+?)\)?\s*(?:\{|$)", r.line_text
    )
    each = re.search(r"\bover\s*\(?(\w+)\s*,\s*(\w+)\)?\s+in\s+enumerate\((\w+)\)", r.line_text)
    if each:
        return f"over {each[2]} in {each[3]}, {each[1]} in arange({each[3]}.shape[0])"
    names, sequences = (parts(head[1]), parts(head[2])) if head else ([], [])
    if len(names) < 2 or len(names) != len(sequences):
        return None
    pairs = zip(names, sequences, strict=True)
    return f"over {', '.join(f'{name} in {sequence}' for name, sequence in pairs)}"


def _form(line: str) -> str:
    """The head of a scan, with the names of this one where they can be told."""
    carried = re.match(
        r"\s*scan\s+(\w+)(?:\s*=\s*([^{]+?)|(?=\s*,)|)(?=\s*(?:,\s*\w+\s*=|\{|\bover\b|\btimes\b|$))",
        line,
    )
    if carried and carried[1] == "times":
        carried = None
    walked = re.search(r"(\w+)\s+in\s+(\w+)", line)
    over = f"over {walked[1]} in {walked[2]}" if walked else "over x_t in x"
    if counted := re.search(r"\b(?:times|over)\s+(\d+|[A-Z]\w*)\b(?!\s+in\b)", line):
        over = f"times {counted[1]}"
    name = carried[1] if carried and not (walked and walked[1] == carried[1]) else "h"
    start = parts(carried[2])[0] if carried and carried[2] else f"{name}0"
    step = re.search(rf"\bnext\s+{name}\s*=\s*([^{{}}]+)$", line)
    body = f"next {name} = {step[1].strip() if step else '…'}"
    return f"a loop is written `scan {name} = {start} {over} {{ {body} }}`"


def _initial(r: Refusal) -> Diagnostic:
    """`scan h = a, c = b`: names first, then values."""
    head = re.match(r"\s*scan\s+(.*?)(?=\s+(?:over|times|unshared)\b|\s*\{|$)", r.line_text)
    stated = re.sub(r"\s+and\s+(?=\w+\s*=)", ", ", head[1]) if head else ""
    pairs = [p.partition("=") for p in parts(stated)]
    if pairs and all(equals for _, equals, _ in pairs):
        names = ", ".join(name.strip() for name, _, _ in pairs)
        values = ", ".join(value.strip() for _, _, value in pairs)
        help_ = f"names stand first: write `scan {names} = {values}`"
    else:
        help_ = "names stand first, then as many values: `scan h, c = h0, c0`"
    return r.diagnostic("E0123", "a scan has one `=`", help_)


def called(r: Refusal) -> Diagnostic | None:
    """`ys = scan(step, h0, x)`, `h = scan h0 over x`: a loop as if it were a value."""
    if r.word != "scan" or r.previous != "=" or not re.match(r"\(|[A-Za-z]", r.text_behind):
        return None
    name = re.match(r"\s*(?:output\s+)?(\w+)", r.line_text)
    help_ = _form(f"scan {name[1] if name else 'h'}")
    return r.diagnostic("E0112", "`scan` is a statement, no value", help_)


def unsaid(r: Refusal) -> Diagnostic | None:
    """`scan h = 0 over x_t in x { h + x_t }`: a step that is a value."""
    if r.innermost != "{" or r.kind not in ("LPAR", "INFIX", "MINUS", "LSQB", "NUMBER"):
        return None
    opening = r.text[r.text.rfind("\n", 0, r.brackets[-1]) + 1 : r.brackets[-1]]
    carried = re.match(r"\s*scan\s+(\w+)\s*=", opening)
    start = max(r.brackets[-1], r.line_start - 1) + 1
    if r.text[r.place : r.place + 2] in ("++", "--"):
        return None
    if carried is None or not re.fullmatch(r"\s*\w*\s*", r.text[start : r.place]):
        return None
    value = r.text[start:].partition("\n")[0].partition("}")[0].strip()
    if re.search(r"(?<![=<>!])=(?!=)", re.sub(r"\([^()]*\)", "", value)):
        return None
    message = "a step says what the next one starts from"
    return r.diagnostic("E0123", message, f"write `next {carried[1]} = {value}`")
