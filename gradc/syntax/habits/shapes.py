"""Types and shapes of declarations, as other systems have them."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.patterns import pattern
from gradc.source import Source, Span
from gradc.syntax.characters import without_comment
from gradc.syntax.expected import expected_words, found_words
from gradc.syntax.habits.enclosed import parts
from gradc.syntax.habits.names import free_name
from gradc.syntax.refusal import Refusal

_INITIALISERS = pattern(
    r"(zeros|ones|constant|normal|uniform|glorot_\w+|he_\w+|lecun_normal|orthogonal|eye|xavier\w*"
    r"|kaiming\w*|randn?)\b"
)
_STARTS = {
    "xavier": "glorot_uniform", "xavier_uniform": "glorot_uniform", "randn": "normal(1)",
    "xavier_normal": "glorot_normal", "kaiming": "he_normal", "kaiming_uniform": "he_uniform",
    "kaiming_normal": "he_normal", "rand": "uniform(0, 1)", "normal": "normal(0.1)",
    "uniform": "uniform(-0.1, 0.1)",
}  # fmt: skip
_NESTED = pattern(
    r"(?:(?P<colon>:)[ \t]*(?P<kind>[A-Za-z]\w*)?|(?<=\w))[ \t]*"
    r"(?P<sizes>\[[^\[\]=]*\](?:[ \t]*\[[^\[\]=]*\])+)"
)
_FREE = "a size that a call decides is a free dimension: `dim K` above, and `K` here"
ELEMENTS = {
    "float32": "f32", "float": "f32", "single": "f32", "Tensor": "f32", "FloatTensor": "f32",
    "float64": "f64", "double": "f64", "int32": "i32", "int64": "i64", "int": "i64", "long": "i64",
    "LongTensor": "i64", "bool": "bool", "bool_": "bool",
    "float16": "f32", "bfloat16": "f32", "half": "f32", "boolean": "bool", "integer": "i64",
}  # fmt: skip


def stated_element(text: str) -> str:
    """`f32` where the declarations of a file state it, and none another; else nothing."""
    if re.search(r"^[ \t]*dtype\b", text, re.MULTILINE):
        return ""
    declared = r"^[ \t]*(?:input|param|state|const)\b.*?:[ \t]*(f32|f64)\b"
    return "f32" if set(re.findall(declared, text, re.MULTILINE)) == {"f32"} else ""


def size(r: Refusal) -> Diagnostic | None:
    """`[?, 3]`, `[:, 3]`, `[4 x 3]`, `[3; 4]` in a declaration, `dim N = ?`."""
    if (
        named := re.match(r"\s*dim\b.*?(\w+)\s*[=:]\s*$", r.line_text[: r.place - r.line_start])
    ) and (r.word in ("?", "*", ":", "...")):
        help_ = f"a size that each call decides has no `=`: write `dim {named[1]}`"
        code = "E0107" if r.word == "?" else "E0123"
        return r.diagnostic(code, f"`{r.word}` is no size", help_)
    if not re.match(r"\s*(input|param|state|const)\b", r.line_text):
        return None
    left = r.line_text[: r.place - r.line_start]
    if "=" in left or "~" in left:
        return None
    if r.innermost == "[" and r.word in ("?", ":", "*"):
        return r.diagnostic("E0107" if r.word == "?" else "E0123", f"`{r.word}` is no size", _FREE)
    if r.innermost == "[" and r.word.lower() in ("x", "by"):
        sizes = re.sub(r"\s+(x|by|X)\s+", ", ", left[left.rindex("[") :] + r.line_text[len(left) :])
        return r.diagnostic("E0123", "a comma stands between sizes", f"write `{sizes.strip()}`")
    return None


def nested(r: Refusal) -> Diagnostic | None:
    """`u: f32[4][3]`, `u[4][3]`, `fn f(u: [4][3]) = …`: sizes in brackets of their own, as in C."""
    word = r.first_word
    if r.kind != "LSQB" or word not in ("input", "param", "state", "const", "var", "fn", "layer"):
        return None
    at = r.place - r.line_start
    for found in _NESTED.finditer(r.line_text):
        if re.search("[={]", r.line_text[: found.start()]):
            break
        if not found.start("sizes") <= at < found.end():
            continue
        kind = found["kind"] or ""
        kind = ELEMENTS.get(kind, kind if kind in ELEMENTS.values() else "")
        text = f"{'' if found['colon'] else ': '}{kind}{_joined(found['sizes'])}"
        start = found.start("kind" if found["kind"] else "sizes")
        place = r.line_start + start
        message = "a shape is one list of sizes in brackets"
        return r.at(place, r.line_start + found.end(), "E0123", message, f"write `{text}`")
    return None


def flattened(declared: str) -> str:
    """`w: [4][3] = 1` as `w: [4, 3] = 1`."""
    found = re.match(rf"\w+{_NESTED.pattern}", declared)
    if found is None or not found["colon"]:
        return declared
    at = found.start("sizes")
    return f"{declared[:at]}{_joined(found['sizes'])}{declared[found.end() :]}"


def _joined(sizes: str) -> str:
    listed = ", ".join(s.strip() for s in re.findall(r"\[([^\[\]]*)\]", sizes))
    return f"[{listed}]"


def shape(r: Refusal) -> Diagnostic | None:
    """`u: (4, 3)`, `u: 4, 3`, `u: {4, 3}`, `u[4, 3]`, `u 4 3`, `u: f64(4, 3)`, `u: f64<4, 3>`."""
    head = re.match(r"\s*(input|param|state|const)\s+\w+\s*(:?)\s*(\w*)", r.line_text)
    if head is None or (r.brackets and r.innermost != "{"):
        return None
    left, right = r.line_text[: r.place - r.line_start], r.line_text[r.place - r.line_start :]
    if "=" in left or "~" in left:
        return None
    if r.kind == "COMMA" or (r.kind == "NAME" and not right[:1].isdigit()):
        return None
    value = re.match(r"([(\[{<]?)\s*([^()\[\]{}<>~=]*?)\s*([)\]}>]?)\s*(?=[~=]|$)", right)
    listed = re.match(r"[^\[]*\[([^\]]*)\]\s*$", left)
    if value is None:
        return None
    if r.kind not in ("LPAR", "LSQB", "LBRACE", "NUMBER") and (r.word, value[3]) != ("<", ">"):
        return None
    sizes = [s for s in re.split(r"\s*[,x×]\s*|\s+", value[2].strip(", ")) if s]
    kind = head[3]
    if r.word == "<" and sizes and sizes[0] in {*ELEMENTS, *ELEMENTS.values()}:
        kind, *sizes = sizes  # `Array<f32, 4, 3>`
    if not sizes and value[1] != "(":
        return None
    if listed:
        sizes = [listed[1], *sizes]
    if (
        r.kind == "NUMBER"
        and len(sizes) == 1
        and not listed
        and re.fullmatch(r"\s*\w+ \w+\s*", left)
    ):
        declared, found = left.strip(), found_words(r.kind, r.word)
        helps = [f"write `{declared} = {sizes[0]}`"]
        if head[1] != "const" and sizes[0].isdigit():
            helps = [f"{helps[0]}, or `{declared}: [{sizes[0]}]` where it is a size"]
        return r.diagnostic("E0123", f"expected `=`, found {found}", *helps)
    if listed and head[1] != "const" and r.kind == "NUMBER" and len(sizes) == 2:
        found = found_words(r.kind, r.word)
        help_ = f"write `{left.strip()} = {sizes[1]}`"
        return r.diagnostic("E0123", f"expected `=`, found {found}", help_)
    if head[1] == "const" and r.kind == "NUMBER" and r.previous == ":" and len(sizes) == 1:
        declared = left.strip().rstrip(": ")
        return r.diagnostic("E0123", "a number is no type", f"write `{declared} = {sizes[0]}`")
    found = ELEMENTS.get(kind, kind if kind in ELEMENTS.values() else "")
    found = "" if listed else found or stated_element(r.source.text)
    colon = "" if head[2] else ": "
    width = len(value.group().rstrip())
    if r.kind == "LSQB" and not head[2]:
        help_ = f"write `{left.strip()}: {found}[{', '.join(sizes)}]`"
        return r.at(r.place, r.place + width, "E0123", "expected `:` in front of a shape", help_)
    return r.at(
        r.place,
        r.place + (width if r.kind in ("LPAR", "LSQB") or r.word == "<" else len(r.word)),
        "E0123",
        "a shape is a list of sizes in brackets",
        f"write `{colon}{found}[{', '.join(sizes)}]`",
    )


def element(r: Refusal) -> Diagnostic | None:
    """`u: np.float32[3]`, `u: torch.Tensor`, `u: "float32"`."""
    if not re.match(r"\s*(input|param|state|const)\s+\w+\s*:", r.line_text):
        return None
    behind = re.fullmatch(r"(.*:\s*)(\[[^\]]*\])\s*", r.line_text[: r.place - r.line_start])
    if (
        r.kind == "NAME"
        and behind
        and ((meant := ELEMENTS.get(r.word, r.word)) in ELEMENTS.values())
    ):
        help_ = f"the element type stands in front of the shape: `{meant}{behind[2]}`"
        return r.diagnostic(
            "E0123", f"expected `=` or the end of the line, found `{r.word}`", help_
        )
    if r.kind == "DOT" and re.match(r"[^=~]*:\s*\w+$", r.line_text[: r.place - r.line_start]):
        name = re.match(r"(?:\s*\.?\s*(\w+))+", r.text_behind)
        prefix = r.previous
        start = r.text.rindex(prefix, 0, r.place)
        if sized := re.match(r"\s*\.\s*shape\b\s*(\[[^\]]*\])?", r.text[r.place :]):
            size = f"{prefix}.shape{sized[1] or '[0]'}"
            told = f"a shape is a list of sizes: write `[{size}{'' if sized[1] else ', …'}]`"
            edit = Replacement(Span(r.source, start, r.place + len(sized[0].rstrip())), f"[{size}]")
            help_ = Help(told, [edit]) if sized[1] else told
            return r.at(start, edit.span.end, "E0123", "a size is no type", help_)
        meant = ELEMENTS.get(name[1] if name else "", "f32")
        sizes = re.search(r"\[[^\]]*\]", r.text_behind)
        shown = f"{meant}{sizes[0] if sizes else '[3]'}"
        message = "types stand without a prefix"
        return r.at(start, start + len(prefix), "E0123", message, f"write `{shown}`")
    if r.kind == "STRING" and r.previous == ":":
        meant = ELEMENTS.get(r.word[1:-1], r.word[1:-1])
        sizes = re.match(r"\s*(\[[^\]]*\])", r.text_behind)
        told = f"write `{meant}{sizes[1]}`" if sizes else f"write `{meant}`, or `{meant}[3]`"
        return r.diagnostic("E0123", "a type stands without quotation marks", told)
    return None


def initialiser(r: Refusal) -> Diagnostic | None:
    """`param u: [3] normal(0.1)`, `param u: [3], normal(0.1)`."""
    declared = re.match(r"\s*(?:input|const)\s+(\w+.*)", r.line_text)
    if r.kind == "TILDE" and declared and not r.brackets:
        helps = [f"what starts at random is learned: `param {declared[1].strip()}`"]
        helps += _kept(r, declared[1]) if r.first_word == "const" else []
        return r.diagnostic("E0123", "only a `param` has an initialiser", *helps)
    if "TILDE" not in r.accepts or r.kind not in ("NAME", "COMMA"):
        return None
    text = r.line_text[r.place - r.line_start :].lstrip(", \t")
    named = re.match(r"(?:init\w*|kernel_init\w*|bias_init\w*)\s*=\s*([\"']?)(.+)\1$", text)
    meant = named[2] if named else text
    meant = _STARTS.get(meant.strip().removesuffix("()"), meant)
    if not _INITIALISERS.match(meant):
        return None
    head = r.line_text[: r.place - r.line_start].strip()
    start = r.place + r.text[r.place :].index(text[0])
    end = r.place + len(r.line_text) - (r.place - r.line_start)
    if r.kind == "NAME":
        end = start + len(re.match(r"\w+", text)[0])  # type: ignore[index]
    return r.at(
        r.place, end, "E0123", "an initialiser stands behind a `~`", f"write `{head} ~ {meant}`"
    )


def _kept(r: Refusal, declared: str) -> list[str]:
    """How what starts at random stays as it is: `wrt` behind the loss names the others."""
    name = re.match(r"\w+", declared)
    others = re.findall(r"(?m)^[ \t]*param[ \t]+(\w+)", r.source.text)
    names = f" {', '.join(others)}" if others and not re.search(r"\bnn\b", r.source.text) else ""
    told = f"`wrt{names}` behind the loss leaves it out of what is learned"
    return [f"{told}, and so does `stop_gradient({name[0]})`"] if name else []


def quoted(r: Refusal) -> Diagnostic | None:
    """`input "x": [4]`."""
    if r.kind != "STRING" or r.previous not in (
        "input",
        "param",
        "state",
        "const",
        "dim",
        "output",
        "dtype",
    ):
        return None
    name = r.word.strip("\"'")
    text = f"{r.previous} {name}{r.line_text[r.place + len(r.word) - r.line_start :]}".strip()
    helps = (f"write `{text}`",) if name.isidentifier() else ()
    return r.diagnostic("E0123", f"expected a name, found the string `{r.word}`", *helps)


def undeclared(r: Refusal) -> Diagnostic | None:
    """`input x y`, `dim N: 3`: declarations side by side, and sizes behind a `:`."""
    word, behind = r.first_word, r.text_behind
    if word == "dim" and r.kind in ("COLON", "NAME", "NUMBER") and not r.brackets:
        listed = re.fullmatch(r"\s*dim\s+([^\W\d]\w*(?:[\s,]+[^\W\d]\w*)+)\s*", r.line_text)
        if r.kind == "NAME" and r.previous in ELEMENTS:
            help_ = f"a dimension has no type: write `dim {r.line_text[r.place - r.line_start :]}`"
            return r.diagnostic("E0123", f"expected `=`, found the name `{r.word}`", help_)
        if r.kind == "NAME" and listed:
            message = f"expected `,`, found the name `{r.word}`"
            names = ", ".join(re.findall(r"\w+", listed[1]))
            return r.diagnostic("E0123", message, f"write `dim {names}`")
        size = re.match(r"\w+$", behind if r.kind != "NUMBER" else r.word)
        if size is None:
            return None
        if r.previous == "dim":
            help_ = f"a dimension has a name: `dim {free_name(r.text, 'D', 'N', 'K')} = {size[0]}`"
            return r.diagnostic("E0123", f"expected a name, found `{r.word}`", help_)
        text = f"dim {r.previous} = {size[0]}"
        return r.diagnostic("E0123", f"expected `=`, found `{r.word}`", f"write `{text}`")
    if word in ("input", "param", "state") and r.kind == "NAME" and "COLON" in r.accepts:
        if r.word in ELEMENTS.values():
            head = r.line_text[: r.place - r.line_start].strip()
            help_ = f"write `{head}: {r.line_text[r.place - r.line_start :].strip()}`"
            return r.diagnostic("E0123", "a `:` stands between a name and its type", help_)
        several = re.fullmatch(r"\s*\w+\s+([\w\s]+?)\s*(:.*)?", r.line_text)
        each = several[1].split() if several else [r.previous, r.word]
        kind = (several[2] or "") if several else ""
        shown = " and ".join(f"`{word} {name}{kind}`" for name in each)
        message = f"expected `=`, `:` or the end of the line, found the name `{r.word}`"
        told = f"declarations stand on lines of their own: {shown}"
        return r.diagnostic("E0123", message, told)
    apart = beside(word, r.after_first) if r.kind == "COMMA" and not r.brackets else None
    if word == "const" and apart:
        return r.diagnostic("E0123", f"expected {expected_words(r.accepts)}, found `,`", apart)
    return None


def beside(word: str, rest: str) -> str | None:
    """The declarations of `input x, y: [N, D]`, `param a = 1, b = 2`, `const a, b = 1, 2`."""
    names, _, values = rest.partition("=")
    listed, given = parts(names), parts(values)
    if len(listed) == len(given) > 1 and all(name.isidentifier() for name in listed):
        items = [f"{name} = {value}" for name, value in zip(listed, given, strict=True)]
    else:
        items = parts(rest)
        forms = [re.fullmatch(r"([^\W\d]\w*)(\s*[:=~].*)?", item) for item in items]
        if not all(forms) or len(items) < 2:
            return None
        tails = [form[2] or "" for form in forms if form]
        if not any(tails[:-1]):  # what stands behind the last is meant of each
            items = [f"{form[1]}{tails[-1]}" for form in forms if form]
    *first, last = (f"`{word} {item}`" for item in items)
    return f"declarations stand on lines of their own: {', '.join(first)} and {last}"


_HEADS = {
    "inputs": "input", "params": "param", "parameters": "param", "parameter": "param",
    "weights": "param", "consts": "const", "constants": "const", "constant": "const",
    "outputs": "output", "states": "state",
}  # fmt: skip


def headed(source: Source, name: Span) -> Help | None:
    """`inputs: x [4, 3]`, `params: a = 1`, at the name: a declaration begins with its word."""
    start = source.line_starts[name.line - 1]
    line = source.line_text(name.line)
    word = pattern(r"[ \t]*(\w+)[ \t]*:[ \t]*$").match(line[: name.start - start])
    if word is None or word[1].lower() not in _HEADS:
        return None
    rest = without_comment(line[name.end - start :]).rstrip()
    if not pattern(r"\s*(?::?\s*\[[^\]]*\]\s*)?(?:[=~].*)?").fullmatch(rest):
        return None
    colon = ":" if rest.lstrip()[:1] == "[" else ""
    head = f"{_HEADS[word[1].lower()]} {name.text}{colon}"
    at = start + word.start(1)
    behind = source.text[name.end : name.end + len(rest) + 1]  # the end of the line is told of too
    edits = [
        Replacement(Span(source, at, name.end), head),
        Replacement(Span(source, name.end, name.end + len(behind)), behind),
    ]
    return Help(f"a declaration begins with its word: `{' '.join((head + rest).split())}`", edits)
