"""Several values as other languages keep them: tuples, sets, dictionaries."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.expected import expected_words
from gradc.syntax.habits.dims import above, with_batch
from gradc.syntax.habits.enclosed import closing, parts, wrapped
from gradc.syntax.habits.shapes import ELEMENTS
from gradc.syntax.habits.stated import as_parameter
from gradc.syntax.refusal import Refusal


def several(r: Refusal) -> Diagnostic | None:
    """A tuple `(a, b)`, a set `{a, b}`: lists stand in brackets."""
    is_output = r.previous == r.first_word == "output"
    if r.kind in ("LPAR", "LSQB") and is_output:
        end = closing(r.text, r.place)
        listed = r.text[r.place + 1 : end] if end else ""
        if end and not r.text[end + 1 :].partition("\n")[0].partition("#")[0].strip():
            return _handed_out(r, listed)
    if r.kind == "LBRACE" and (is_output or (r.needs_value and r.previous != "=")):
        match = re.compile(r"\{([^{}\n]*)\}").match(r.text, r.place)
        if match is None:
            return None
        if r.first_word in ("output", "return") and r.previous == r.first_word:
            return _handed_out(r, match[1])
        if ":" in match[1]:
            keyed = [re.fullmatch(r"[\"']?(\w+)[\"']?\s*:\s*(.+)", p) for p in parts(match[1])]
            given = ", ".join(f"{k[1]}={k[2]}" for k in keyed if k)
            help_ = "arguments have names"
            if r.innermost == "(" and all(keyed):
                help_ = f"{help_}: write `{given}`"
            return r.diagnostic("E0123", "there are no dictionaries", help_)
        return r.diagnostic("E0123", "braces hold no value", f"write `[{match[1].strip()}]`")
    pair = re.match(r"\s*\(([\w, ]+)\)\s*=(?!=)\s*(.*)", r.line_text)
    if r.kind == "LPAR" and pair and not r.line_text[: r.place - r.line_start].strip():
        names, given = parts(pair[1]), pair[2].strip()
        inner = given[1:-1] if given[:1] == "(" and given[-1:] == ")" else given
        given = inner if len(parts(inner)) == len(names) > 1 else given
        help_ = f"names stand without parentheses: `{pair[1]} = {given}`"
        return r.diagnostic("E0123", "expected a statement, found `(`", help_)
    nested = re.match(r"\s*(\w+(?:\s*,\s*(?:\w+|\([\w, ]+\)))+)\s*=(?!=)\s*(.+)", r.line_text)
    if r.kind == "LPAR" and nested and r.place < r.line_start + nested.end(1):
        listed = ", ".join(parts(re.sub(r"[()]", "", nested[1])))
        help_ = f"names stand without parentheses: `{listed} = {nested[2].strip()}`"
        return r.diagnostic("E0123", "expected a name, found `(`", help_)
    if r.kind == "RPAR" and r.innermost == "(" and r.needs_value and r.previous == "(":
        return r.diagnostic("E0123", "parentheses hold one value", "an empty list is `[]`")
    if r.kind != "COMMA" or r.innermost != "(" or "RPAR" not in r.accepts or r.needs_value:
        return None
    start = r.brackets[-1]
    end = closing(r.text, start)
    if end is None:
        return None
    inner = " ".join(r.text[start + 1 : end].split()).rstrip(", ")
    if made := _declared_call(r, inner):
        return made
    if joined := _joined(r, start, end, inner):
        return joined
    if declared := _declared(r.line_text, inner):
        return r.diagnostic("E0123", "parentheses hold one value", f"write `{declared}`")
    if r.first_word == "scan" and re.search(r"=\s*$", r.text[:start]):
        head = r.text[r.line_start : start].strip()
        return r.diagnostic("E0123", "parentheses hold one value", f"write `{head} {inner}`")
    names = parts(re.split(r"=(?!=)", r.line_text)[0])
    if len(names) == len(parts(inner)) > 1 and re.search(r"=\s*$", r.text[:start]):
        head = r.text[r.line_start : start].strip()
        help_ = f"several values stand without parentheses: `{head} {inner}`"
        return r.diagnostic("E0123", "parentheses hold one value", help_)
    function = re.fullmatch(r"\s*(fn\s+\w+\s*\(.*\))\s*(?:->.*)?=\s*", r.text[r.line_start : start])
    if function:
        help_ = f"several results stand in a body: `{function[1]} {{ return {inner} }}`"
        return r.diagnostic("E0123", "parentheses hold one value", help_)
    alone = (
        re.search(r"=\s*$", r.text[:start]) and not r.line_text[end + 1 - r.line_start :].strip()
    )
    returned = re.search(r"\breturn\s*$", r.text[:start])
    if returned:
        help_ = f"several results stand without parentheses: `return {inner}`"
        return r.diagnostic("E0123", "parentheses hold one value", help_)
    indexed = re.search(r"(\w+)\[\s*$", r.text[:start])
    if indexed and re.match(r"\s*\]", r.text[end + 1 :]):
        place = Span(r.source, start, end + 1)
        told = f"positions along several axes stand without parentheses: `{indexed[1]}[{inner}]`"
        return r.diagnostic(
            "E0123", "parentheses hold one value", Help(told, [Replacement(place, inner)])
        )
    if opened := _opened(r, start, end, inner):
        return r.diagnostic("E0123", "parentheses hold one value", opened)
    several = _of_several(r, inner) if alone else None
    help_ = several or f"a list is written in brackets: `[{inner}]`"
    values = parts(inner)
    if not alone and values[0].isdigit() and len(set(values)) == 1:
        help_ = f"write `[{inner}]`, or `{values[0]}`"
    method = re.search(r"(\w+)\.(reshape|view)\($", r.text[:start])
    if method and re.match(r"\s*\)", r.text[end + 1 :]):
        help_ = f"write `reshape({method[1]}, [{inner}])`"
    return r.diagnostic("E0123", "parentheses hold one value", help_)


def _opened(r: Refusal, start: int, end: int, inner: str) -> Help | None:
    """`LSTMCell(x_t, (h, c))`: values that a layer, or a function of the file, takes one by one."""
    if len(r.brackets) < 2 or r.text[r.brackets[-2]] != "(":
        return None
    opening = r.brackets[-2]
    stop, called = closing(r.text, opening), re.search(r"\b\w+$", r.text[:opening])
    if called is None or stop is None or re.search(r"=\s*$", r.text[opening:start]):
        return None
    if re.search(rf"(?m)^[ \t]*(?:fn|layer)[ \t]+{called[0]}\([^,()]*\)", r.source.text):
        return None  # which takes one
    made = rf"^[ \t]*(?:(?:fn|layer)[ \t]+{called[0]}\b|{called[0]}[ \t]*=.*\b[A-Z]\w*\()"
    own = re.search(made, r.source.text, re.MULTILINE)
    if not (own or called[0][0].isupper()) or re.fullmatch(r"[\d\s,.-]+", inner):
        return None
    text = f"{called[0]}{r.text[opening:start]}{inner}{r.text[end + 1 : stop + 1]}"
    told = f"arguments are given one by one: `{' '.join(text.split())}`"
    return Help(told, [Replacement(Span(r.source, start, end + 1), inner)])


def _handed_out(r: Refusal, inside: str) -> Diagnostic | None:
    """`output {"z": z, "p": sigmoid(z)}`, `return {"z": z}`, `output (a, b)`."""
    given = [part for part in parts(" ".join(inside.split())) if part]
    keyed = [re.fullmatch(r"[\"']?(\w+)[\"']?\s*:\s*(.+)", part) for part in given]
    message = "there are no dictionaries" if any(keyed) else "outputs stand without brackets"
    if not any(keyed):
        keyed = [re.fullmatch(r"(\w+)\s*=(?!=)\s*(.+)", part) for part in given]
    pairs = [(k[1], k[2]) if k else ("", part) for k, part in zip(keyed, given, strict=True)]
    if r.first_word == "return" and r.brackets:
        values = ", ".join(value for _, value in pairs)
        return r.diagnostic("E0123", message, f"several results are listed: `return {values}`")
    own = [
        (name or (value if value.isidentifier() else f"y{i}"), value)
        for i, (name, value) in enumerate(pairs, 1)
    ]
    if not own:
        return None
    lines = [f"`output {name if name == value else f'{name} = {value}'}`" for name, value in own]
    if all(name == value for name, value in own):
        lines = [f"`output {', '.join(name for name, _ in own)}`"]
    *first, last = lines
    shown = f"{', '.join(first)} and {last}" if first else last
    return r.diagnostic("E0123", message, f"write {shown}")


def unbound(r: Refusal) -> Diagnostic | None:
    """`q = a, b`: one name for several values."""
    bound = re.fullmatch(r"\s*(?:(?:output|loss)\s+)?\w+\s*=(?!=)\s*(.+)", r.line_text.rstrip(" }"))
    if r.kind != "COMMA" or r.brackets or bound is None:
        return None
    if any(re.match(r"[\w\s]+=(?!=)", value) for value in parts(bound[1])[1:]):
        return None  # further statements
    help_ = _of_several(r, bound[1]) or f"a list is written in brackets: `[{bound[1]}]`"
    return r.diagnostic("E0123", f"expected {expected_words(r.accepts)}, found `,`", help_)


def _of_several(r: Refusal, inner: str) -> str | None:
    """What is meant by several values as if they were one; None where that is a list of numbers."""
    values = parts(inner)
    if loss := re.match(r"\s*loss\s+(\w+)", r.line_text):
        return losses_of(loss[1], [value for value in values if value])
    if len(values) < 2 or all(re.fullmatch(r"-?[\d._e-]+", value) for value in values):
        return None
    named = re.match(r"\s*(output\s+)?(\w+)", r.line_text)
    word, name = (named[1] or "", named[2]) if named else ("", "y")
    if word.strip() == "output" and all(value.isidentifier() for value in values):
        return f"several values are listed: `output {inner}`"
    lines = [f"`{word}{name}{i} = {value}`" for i, value in enumerate(values, 1)]
    each = f"{', '.join(lines[:-1])} and {lines[-1]}"
    return f"`stack([{inner}])` makes one array of several; each by a name of its own is {each}"


def losses_of(name: str, values: Sequence[str]) -> str:
    """What is said of a loss that is given several values: their sum, or a loss of each."""
    compared = any(re.search(r"[<>=]|\b(?:and|or|not)\b", value) for value in values)
    total = " + ".join(map(wrapped, values) if compared and len(values) > 1 else values)
    told = f"a loss is one scalar: write `loss {name} = {total}`"
    if len(values) < 2:
        return told
    lines = [f"`loss {name}{i} = {value}`" for i, value in enumerate(values, 1)]
    return f"{told}; or a loss of each: {', '.join(lines[:-1])} and {lines[-1]}"


_JOINS = {
    "hstack": "concatenate axis=-1", "hcat": "concatenate axis=-1",
    "vstack": "concatenate axis=0", "vcat": "concatenate axis=0", "row_stack": "concatenate axis=0",
    "dstack": "stack axis=-1", "column_stack": "stack axis=-1",
    "cat": "concatenate", "concat": "concatenate",
    "concatenate": "concatenate", "stack": "stack",
}  # fmt: skip


def _joined(r: Refusal, start: int, end: int, inner: str) -> Diagnostic | None:
    """`hstack((a, b))`, `torch.cat((a, b), dim=1)`: the call that joins what the tuple holds."""
    called = re.search(r"(?:\w+\.)*(\w+)\(\s*$", r.text[:start])
    name = called[1].lower() if called else ""
    name = name if name in _JOINS else name.replace("_", "")
    if called and re.search(rf"(?m)^[ \t]*fn {called[1]}\b", r.text):
        return None  # the file's own
    stop = closing(r.text, called.end(1)) if called else None
    if called is None or name not in _JOINS or stop is None:
        return None
    function, _, axis = _JOINS[name].partition(" ")
    further = [part for part in parts(r.text[end + 1 : stop].strip().lstrip(",")) if part]
    said = [re.fullmatch(r"(?:(?:axis|dim)\s*=\s*)?(-?\w+)", part) for part in further]
    if axis and not further:
        given = [axis]
    elif not axis and len(said) < 2 and all(said):
        given = [f"axis={m[1]}" for m in said if m]
    else:
        return None
    text = f"{function}({', '.join([f'[{inner}]', *given])})"
    message = "parentheses hold one value"
    if function != called[1]:
        message = f"there is no function or operation `{called[0].rstrip('( ')}`"
    return r.at(called.start(), stop + 1, "E0123", message, f"write `{text}`")


_DECLARES = {"input": "Input InputLayer placeholder", "param": "Variable Parameter parameter"}
_DECLARERS = {name: word for word, names in _DECLARES.items() for name in names.split()}
_DRAWN = {
    "zeros": "zeros",
    "ones": "ones",
    "eye": "eye",
    "randn": "normal(1)",
    "random_normal": "normal(1)",
    "rand": "uniform(0, 1)",
    "random_uniform": "uniform(0, 1)",
}

_SCALED = re.compile(r"(?:glorot|he|lecun)_(?:uniform|normal)|orthogonal")


def _declared_call(r: Refusal, sizes: str) -> Diagnostic | None:
    """`x = Input(shape=(4,))`: an input or a parameter as if a call made it."""
    called = re.match(r"\s*(\w+)\s*=\s*((?:\w+\.)*(\w+)\s*\()", r.line_text)
    if called is None or called[3] not in _DECLARERS:
        return None
    word = _DECLARERS[called[3]]
    if word == "input":
        sizes = with_batch(called[3], sizes, r.text)
    elements = set(re.findall(r":\s*(f32|f64|)\s*\[", r.text))
    stated = "f32" if elements == {"f32"} else ""
    start, end = called.span(2)
    stop = closing(r.line_text, end - 1)
    said = re.search(rf"\b({'|'.join(ELEMENTS)}|[fi](?:32|64))\b", r.line_text[end:stop])
    if said is not None and not re.search(r"^[ \t]*dtype\b", r.text, re.MULTILINE):
        element = ELEMENTS.get(said[1], said[1])
        stated = "" if element == "f64" else element
    place = r.line_start + start, r.line_start + (end if stop is None else stop + 1)
    what = "an input" if word == "input" else "a parameter"
    declared = f"`{word} {called[1]}: {stated}[{sizes}]`"
    return r.at(*place, "E0123", f"{what} is declared", f"write {above(sizes, r.text)}{declared}")


def _declared(line: str, sizes: str) -> str | None:
    """`param W: [4, 3] = zeros((4, 3))`, as it is written here."""
    started = re.match(r"\s*((?:param|state)\s+\w+[^=]*?)\s*=\s*(?:\w+\.)*(\w+)\s*\((.*)", line)
    if started is None:
        return None
    stop = closing(line, started.start(3) - 1)
    arguments = parts(line[started.start(3) : stop])
    given = [part for part in arguments if re.fullmatch(r"-?[\d.]+(?:e-?\d+)?", part)]
    drawn = started[2] if _SCALED.fullmatch(started[2]) else _DRAWN.get(started[2])
    if started[2] == "normal":
        drawn = f"normal({given[-1] if given else 1})"
    elif started[2] == "uniform":
        drawn = f"uniform({', '.join(given) if len(given) == 2 else '0, 1'})"
    elif started[2] == "full" and (value := re.search(r"\),\s*(-?[\d.]+)", line)):
        drawn = f"constant({value[1]})"
    shape = "" if ":" in started[1] else f": [{sizes}]"
    return drawn and f"{started[1]}{shape} ~ {drawn}"


_BRACES = re.compile(r"\{(?:[^{}\n=]|\{[^{}\n=]*\})*\}")


def in_braces(r: Refusal) -> str | None:
    """`axis={0, 2}`, `const k = {1, 2}`, `k = {a + b}`: what braces behind a `=` are meant for."""
    given = _BRACES.match(r.text, r.place)
    inner = given[0][1:-1].strip(", \t") if given else ""
    if given is None or re.match(r"return\b", inner):
        return None
    if not inner:
        return "an empty list is `[]`"
    listed = f"[{inner}]".replace("{", "[").replace("}", "]")
    several = len(parts(inner)) > 1 or listed != f"[{inner}]"
    if r.innermost == "(" and (named := re.search(r"(\w+)\s*=\s*$", r.text[: r.place])):
        place = Span(r.source, named.start(), given.end())
        text = f"{named[1]}={listed if several else inner}"
        return Help(f"write `{text}`", [Replacement(place, text)])
    if not several:
        return f"parentheses go around a value: `({inner})`"
    is_data = r.first_word in ("const", "input", "param", "state") or "{" in inner
    meant = None if is_data else _of_several(r, inner)
    return meant or f"a list is written in brackets: `{listed}`"


def entries(r: Refusal) -> str | None:
    """`param p = {w: 1, b: 0}`: what each entry of a dictionary is here."""
    line = r.line_text[: r.place - r.line_start]
    word = re.match(r"\s*((?:param|input|const|state)\b)?", line)
    inside = re.match(r"\{([^{}\n]+)\}?", r.text[r.place :])
    pairs = [part.partition(":") for part in parts(inside[1])] if inside else []
    named = [(name.strip(" \"'"), value.strip()) for name, _, value in pairs]
    if not named or not all(name.isidentifier() and value for name, value in named):
        return None
    shown = f"{word[1]} " if word and word[1] else ""
    numbers = all(re.match(r"[-\d.\[]", value) for _, value in named)
    learned = re.match(r"(?i)\s*(?:param|weight|theta|variable|w)\w*\s*=", line)
    if not shown and numbers and learned:
        shown = "param "
    lines = [f"{shown}{name} = {value}" for name, value in named if shown or name != value]
    declared = [as_parameter(name, value) for name, value in named] if learned else []
    if declared and all(declared):
        lines = declared
    told = f"each value stands on a line of its own: {' and '.join(f'`{n}`' for n in lines)}"
    bound = re.match(r"\s*(?:(?:param|input|const|state)\s+)?(\w+)\s*=\s*$", line)
    if bound is None:
        return told
    text, dictionary = r.source.text, bound[1]
    entry = re.compile(rf"(?<![\w.]){dictionary}\[\s*[\"'](\w+)[\"']\s*\]")
    read = [m for m in entry.finditer(text, r.place) if m[1] in dict(named)]
    if not read or len(read) < len(re.findall(rf"(?<![\w.]){dictionary}\b", text)) - 1:
        return told
    if not lines:
        told = "each value has its name already: leave the line out"
    said = f"{told}; below write `{read[0][1]}` for `{read[0][0]}`"
    end = text.find("\n", r.place)
    place = Span(r.source, r.line_start, len(text) if end < 0 else end)
    margin = line[: len(line) - len(line.lstrip())]
    edits = [Replacement(place, "\n".join(f"{margin}{n}" for n in lines))]
    edits += [Replacement(Span(r.source, *m.span()), m[1]) for m in read]
    return Help(said, edits)
