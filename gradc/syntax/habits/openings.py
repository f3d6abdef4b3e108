"""First words of statements, as other languages have them."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, Help, Replacement, near_miss
from gradc.source import Span
from gradc.syntax.expected import found_words
from gradc.syntax.habits import phrases
from gradc.syntax.habits.choices import branches
from gradc.syntax.habits.definitions import of_c, of_definition
from gradc.syntax.habits.enclosed import parts
from gradc.syntax.habits.fronted import behind_name, behind_names, element_of
from gradc.syntax.habits.indices import is_bound
from gradc.syntax.habits.names import free_name, in_one
from gradc.syntax.habits.packages import IDLE, written
from gradc.syntax.habits.repeats import loop, stopped, until
from gradc.syntax.habits.respelt import respelt
from gradc.syntax.habits.shapes import beside, flattened
from gradc.syntax.keywords import KEYWORDS
from gradc.syntax.refusal import Refusal

_MEANT = {
    "input": "inputs in placeholder arg argument args given feature features data inp inpt",
    "param": "parameter parameters params parm weight weights variable trainable learnable prm",
    "const": "constant constants static final readonly define",
    "dim": "dims dimension dimensions size sizes",
    "output": "outputs out outp result results returns ret yield print println display show puts",
    "loss": "losses cost objective minimize minimise min criterion goal",
    "wrt": "with_respect_to gradient gradients grad differentiate by",
    "fn": "def func function fun proc sub",
    "layer": "class module struct model network",
    "state": "buffer register stateful",
    "import": "using include require",
    "": "let var val auto set my local mut",
}
_WORDS = {word: keyword for keyword, words in _MEANT.items() for word in words.split()}
_REPEATS = ("for", "while", "loop", "repeat", "foreach", "do", "until")
_TRAINED = "a graph says the loss alone: `backward` returns its gradients to the caller, who trains"
_OF_SHAPES = r"\b(?:shape|size|ndim|rank|dim|len)\b"
_UNCHECKED = "a graph checks no values: leave the line out"
_CHECKED = "shapes are checked at compile time: state a type, `h: [B, 3] = …`"
_SENTENCES = {
    "backward": "gradc writes `backward`: say `loss J = …`",
    "train": _TRAINED, "fit": _TRAINED, "optimize": _TRAINED, "optimizer": _TRAINED,
    "update": _TRAINED, "step": _TRAINED, "assert": _CHECKED, "check": _CHECKED,
    "with": "leave it out: statements stand alone", "try": "leave it out: nothing is thrown",
    "raise": _CHECKED,
    "except": "leave it out: nothing is thrown", "del": "leave it out: memory is the compiler's",
    "global": "leave it out: a statement sees every name of its file", "pass": "leave it out",
    "async": "leave it out", "await": "leave it out", "export": "say `output y`",
    "plot": "`gradc draw` makes a picture of the graph",
}  # fmt: skip
_STEPS = "leave it out: every step of a loop is made, and `where` keeps what is not to change"
_ALONE = {
    "pass": "leave it out", "end": "leave it out: a block ends with its `}`",
    "try": "leave it out: nothing is thrown", "break": _STEPS, "continue": _STEPS,
}  # fmt: skip
_CHOICE = "a choice is written `where(condition, a, b)`"


def foreign_word(r: Refusal) -> Diagnostic | None:
    """`let k = 2`, `weight w: [3]`, `minimize J`, `float x`: a word, and then what is no `=`."""
    word = r.first_word
    if word in _ALONE and r.line_text.strip() in (word, f"{word}:"):
        return r.at_first_word("E0123", f"`{word}` is no word of the language", _ALONE[word])
    if r.kind == "LBRACE" and word.lower() in ("do", "loop", "repeat", "forever", "try"):
        return r.at_first_word("E0123", f"`{word}` is no word of the language", _of_block(r))
    if not word or word in KEYWORDS or r.kind in ("EQUAL", "COLON", "COMMA", "DOT", ""):
        return None
    if r.before.rpartition("\n")[2].strip() != word or not _goes_on(r):
        return None
    rest, opening, inside = r.after_first.partition("{")
    below = r.text[r.line_start :].partition("\n")[2]
    is_block = opening and word.lower() in _REPEATS
    rest = rest.strip() if is_block else flattened(r.after_first)
    short = re.fullmatch(r"(.*?[^:]):\s*(\w+\s*[-+*/@]?=(?!=).*)", rest)
    if short and word.lower() in _REPEATS:
        rest, below = short[1], f"{short[2]}\n"
    helps = _helps(word, rest, inside.strip(" }") or below, r.source.text)
    if helps and (name := _returned(helps[0], r.source.text)):
        what = "the module has `backward`" if "wrt" in helps[0] else f"`{name}` is returned already"
        helps = (f"leave the line out: {what}",)
    if word.lower() == "if" and (chosen := branches(rest, below, r.before)):
        helps = (f"{_CHOICE}: {chosen}",)
    if helps and (kept := re.fullmatch(r"write `output (\w+)`", helps[0])) and r.innermost == "{":
        head = r.text[r.text.rfind("\n", 0, r.brackets[-1]) + 1 : r.brackets[-1]]
        if re.match(rf"[ \t]*scan\b[^=]*\b{kept[1]}\b[^=]*=", head):  # its own name is carried
            helps = (f"write `output {kept[1]}s = {kept[1]}`",)
    if not helps:
        return None
    message = f"`{word}` is no word of the language"
    return r.at_first_word("E0123", message, *helps)


def of_call(word: str, rest: str) -> str | None:
    """What is said of a call as a statement, `assert(b > 0)`, `library(torch)`."""
    low = word.lower()
    if low in ("minimize", "minimise", "objective", "show", "display", "yield"):
        return _helps(word, rest, "")[0]
    return IDLE if _WORDS.get(low) == "import" or low == "library" else _SENTENCES.get(low)


def _returned(help_: str, text: str) -> str | None:
    """The name that `output J` is said to return, where the file says it is a loss or an output."""
    said = re.fullmatch(r"write `(?:output|wrt) (\w+)`", help_)
    if said and re.search(rf"^[ \t]*(?:loss|output)[ \t]+{said[1]}\b", text, re.MULTILINE):
        return said[1]
    return None


def _of_block(r: Refusal) -> str:
    """What is said of `do { … } while (h > 1)`, `loop { … }`."""
    if r.first_word == "try":
        return _ALONE["try"]
    block = re.compile(r"\{([^{}]*)\}?\s*(?:(while|until)\b([^\n;]*))?").match(r.text, r.place)
    assert block is not None
    return until(block[2], block[3], block[1]) if block[2] else loop("", block[1])


def _goes_on(r: Refusal) -> bool:
    """Whether what stands behind the first word is the rest of such a statement."""
    if r.kind == "LPAR":
        return r.first_word.lower() in ("print", "println", "if", "while", "for", "display")
    if r.kind == "MINUS" and r.first_word.lower() not in ("print", "minimize", "minimise", "yield"):
        return False
    return r.kind in ("NAME", "NUMBER", "STRING", "MINUS", "NOT", "LSQB") or r.word in KEYWORDS


def _helps(word: str, rest: str, block: str, text: str = "") -> tuple[str, ...]:
    low = word.lower()
    if low == "if" and (stops := re.search(r"\bbreak\b", f"{rest} {block.partition('}')[0]}")):
        return (stopped(rest[: stops.start()], text),)
    if low in ("if", "switch", "match", "case", "else", "elif", "when", "unless"):
        return (_CHOICE,)
    if low in ("assert", "check", "raise") and not re.search(_OF_SHAPES, rest):
        return (_UNCHECKED,)
    if low in _REPEATS and _trains(rest, block):
        return (f"leave it out: {_TRAINED}",)
    if low in ("while", "until"):
        return (until(low, rest, block),)
    if low in _REPEATS:
        return (loop(rest, block, text),)
    if element_of(word) is not None:
        if defined := of_c(rest, block):
            return (f"the word is `fn`: write `{defined}`",)
        return (of_element(word, rest),)
    if low == "with" and re.search(r"no_?grad|inference_mode|stop_gradient", rest):
        bound = re.match(r"\s*(\w+\s*=)\s*(.+)", block)
        shown = f"{bound[1]} stop_gradient({bound[2].strip()})" if bound else "stop_gradient(x)"
        return (f"no derivative passes what is in `stop_gradient`: `{shown}`",)
    if low == "type" and (named := re.match(r"(\w+)\s*=\s*(.+)", rest)):
        return (f"a type has no name: write `{named[2].strip()}` where `{named[1]}` stands",)
    if low in _SENTENCES:
        return (_SENTENCES[low],)
    if low == "lambda":
        return ("a function is written `fn f(x) = …`",)
    if low == "maximize" or low == "maximise":
        return (f"a loss is minimised: write `loss J = -{rest}`",)
    keyword = low if low in KEYWORDS else _WORDS.get(low)
    if keyword is None:
        near = near_miss(word, KEYWORDS)
        return near or ()
    if keyword in ("fn", "layer"):
        return of_definition(keyword, rest, block)
    if keyword == "output" and re.fullmatch(_PRINTED, rest):
        return ("leave it out: `output` returns a value, and `gradc trace` shows every one",)
    if keyword == "output" and re.fullmatch(_OF_A_SHAPE, rest):
        return (
            "leave it out: shapes are known at compile time, `gradc emit --stage graph` shows them",
        )
    if keyword == "import":
        path = re.fullmatch(r"[<\"']([\w./]+)[>\"']", rest)
        return (f"the word is `import`: {written(path[1])}",) if path else (IDLE,)
    learned = re.match(r"\w+\s*(?::.*|=\s*[-\d.\[][^a-zA-Z]*)$", rest)
    if not keyword and low in ("var", "mut") and learned:
        return (f"write `{rest}`, or `param {rest}` where it is learned",)
    rest = respelt(rest)
    if keyword in ("input", "param", "const", "state"):
        if apart := beside(keyword, rest):
            return (apart,)
        return (f"write `{behind_name(f'{keyword} {rest}') or f'{keyword} {rest}'}`",)
    return (f"write `{_statement(keyword, rest, free_name(text))}`",)


def _trains(rest: str, block: str) -> bool:
    """Whether a loop is over the steps of a training."""
    lines = block.split("\n")
    inside = lines[:1]
    for line in lines[1:]:
        if line.strip() and not line[:1].isspace():
            break
        inside.append(line)
    body = "\n".join(inside)
    return bool(
        re.search(r"\bepochs?\b|\b(?:data_?)?loader\b|\bbatches\b", rest)
        or re.search(r"\.backward\(|\.step\(|zero_grad|optimi[sz]er|\.apply_gradients", body)
    )


def _statement(keyword: str, rest: str, free: str) -> str:
    if not keyword:
        return phrases.as_function(rest) or rest
    if keyword in ("output", "loss"):
        inner = rest[1:-1].strip() if rest[:1] == "(" and rest[-1:] == ")" else rest
        inner = _without_strings(inner)
        if re.fullmatch(r"\w+(\s*,\s*\w+)*", inner) or re.match(r"\w+\s*(:[^=]*)?=(?!=)", inner):
            return f"{keyword} {inner}"
        return f"{keyword} {'J' if keyword == 'loss' else free} = {inner}"
    if keyword == "wrt":
        by = re.match(r"(?:of\s+)?\w+\s+(?:wrt|by|with\s+respect\s+to)\s+(.+)", rest)
        return f"wrt {by[1] if by else rest}"
    return f"{keyword} {rest}"


_PRINTED = r"\(\s*(?:\"[^\"]*\"|'[^']*')\s*\)"  # words alone
_OF_A_SHAPE = r"\(?\s*\w+\.(?:shape|size|ndim|dtype)(?:\(\))?\s*\)?"


def _without_strings(text: str) -> str:
    """What is printed, without the words around it: `"J", J`, `f"{J}"`."""
    found: list[str] = []
    for part in parts(text):
        quoted = re.fullmatch(r"[fFrRbB]?(?:\"[^\"]*\"|'[^']*')", part)
        found += re.findall(r"\{(\w+)[^}]*\}", part) if quoted else [part]
    return ", ".join(found) if found else text


def of_element(word: str, rest: str) -> str:
    """`float x = 2`, `int n`: a value that is bound, or else one that the caller gives."""
    rest = respelt(rest)
    declared = behind_names(f"input {word} {rest}") or f"write `input {rest}`"
    name, equals, value = rest.partition("=")
    given = re.search(r"\[", name) and re.fullmatch(r"[\s\d.,eE+\-{}\[\]]+", value)
    if given:
        return declared.replace("{", "[").replace("}", "]")
    if equals and (plain := re.search(r"[^\W\d]\w*(?=\s*(?:$|[:\[]))", name)):
        return f"write `{plain[0]} = {value.strip()}`"
    return declared


_NAMELESS = ("loss", "output", "input", "param", "dtype", "wrt")


def called_loss(r: Refusal) -> Diagnostic | None:
    """`loss = …`, `loss: J`, `output = y`: the keyword taken for a name."""
    word = r.first_word
    if word not in ("loss", "output", "input", "param", "dtype", "wrt", "dim") or r.kind not in (
        "EQUAL",
        "COLON",
    ):
        return None
    if r.before.rpartition("\n")[2].strip() != word:
        return None
    rest = r.after_first.lstrip(":= \t")
    given, learned = (free_name(r.text, *own) for own in (("x", "z", "u"), ("w", "v", "p")))
    names = {"loss": "J", "output": free_name(r.text), "input": given, "param": learned, "dim": "D"}
    name = names.get(word, "")
    rest = re.sub(r"^lambda\b[^:]*:\s*", "", rest)
    if word in ("dtype", "wrt"):
        text = f"{word} {rest}"
    elif r.kind == "EQUAL":
        only = word == "output" and re.fullmatch(r"\w+", rest)
        text = f"{word} {rest}" if only else f"{word} {name} = {rest}"
    elif word in ("loss", "output") and not re.fullmatch(r"\w+|\w+\s*=(?!=).*", rest):
        text = f"{word} {name} = {respelt(rest)}"
    else:
        text = f"{word} {rest}"
    message = f"`{word}` is a keyword and cannot be a name"
    return r.at_first_word("E0112", message, f"write `{text}`")


def unnamed(r: Refusal) -> Diagnostic | None:
    """`loss w**2`, `loss(w**2)`, `loss J: w**2`, `output 2 * x`, `output dJ / dw`."""
    word = r.first_word
    if word not in ("loss", "output") or r.kind == "_NEWLINE" or (r.brackets and r.word != "("):
        return None
    left = r.line_text[: r.place - r.line_start].strip()
    typed = re.fullmatch(word + r"\s+(\w+)\s*:(?:\s*\w*)", left)
    if typed and r.kind not in ("COMMA", "EQUAL"):
        value = r.after_first.partition(":")[2].strip()
        return r.diagnostic("E0123", "`:` binds nothing", f"write `{word} {typed[1]} = {value}`")
    if not re.fullmatch(word + r"(\s+\w+)?", left) or r.kind in ("COMMA", "EQUAL", "COLON"):
        return None
    if r.word == "loss" and not r.text_behind:
        return None
    if word == "output" and r.previous == word and r.kind in ("LBRACE", "LPAR"):
        items = parts(r.after_first[1:-1])
        if r.kind == "LBRACE" or (len(items) > 1 and not all(map(str.isidentifier, items))):
            return None  # several, told as such
    if r.word == "." and word == "loss":
        named = re.search(r"^[ \t]*loss[ \t]+(\w+)", r.source.text, re.MULTILINE)
        of = f" of `{named[1]}`" if named else ""
        help_ = f"leave the line out: `backward` of the module gives the gradients{of}"
        method = re.match(r"(\w+)\s*\(", r.text_behind)
        message = "a statement binds a plain name"
        message = f"values have no methods: `.{method[1]}`" if method else message
        return r.diagnostic("E0123", message, help_)
    if arrow := re.match(word + r"\s+(\w+)\s*<-\s*(.+)", r.line_text.strip()):
        place = r.line_start + r.line_text.index("<-")
        edit = Replacement(Span(r.source, place, place + 2), "=")
        help_ = Help(f"a value is bound by one `=`: `{word} {arrow[1]} = {arrow[2]}`", [edit])
        return r.at(place, place + 2, "E0123", "`<-` binds nothing", help_)
    if (renamed := re.fullmatch(r"(.+?)\s+as\s+(\w+)", r.after_first)) and word == "output":
        message = f"expected a name and `=`, found {found_words(r.kind, r.word)}"
        return r.diagnostic("E0123", message, f"write `output {renamed[2]} = {renamed[1]}`")
    bound = re.fullmatch(word + r"\s+(\w+)", left)
    if bound and re.match(r"\w+\s*=(?!=)", r.line_text[r.place - r.line_start :]):
        value = r.line_text[r.place - r.line_start :].strip()
        help_ = f"write `{word} {value}`"
        return r.diagnostic("E0123", f"expected `=`, found {found_words(r.kind, r.word)}", help_)
    if bound and r.kind in ("NAME", "NUMBER"):
        value = r.line_text[r.place - r.line_start :].strip()
        found = found_words(r.kind, r.word)
        made = re.search(rf"^\s*{bound[1]}\s*=", r.before, re.MULTILINE)
        both = word == "output" and made and value.isidentifier()
        help_ = f"write `{word} {bound[1]}{',' if both else ' ='} {value}`"
        return r.diagnostic("E0123", f"expected `=`, found {found}", help_)
    value = respelt(re.sub(r"^\w+\s*\([\w, ]*\)\s*=(?!=)\s*", "", r.after_first))
    if value[:1] == "(" and value[-1:] == ")":
        value = value[1:-1].strip()
    if quotient := re.match(r"d(\w*)\s*/\s*d(\w+)$", value):
        help_ = "derivatives are what `backward` returns; `wrt` says by what"
        if is_bound(r.source.text, quotient[1]) and is_bound(r.source.text, quotient[2]):
            instead = f"output d{quotient[1]}_d{quotient[2]} = grad({quotient[1]}, {quotient[2]})"
            help_ = f"`backward` returns it; as an output write `{instead}`"
        return r.diagnostic("E0123", "a derivative is no output", help_)
    if added := re.match(r"(\w+)\s*([-+*/@])=\s*(.+)", value):
        first = re.search(rf"^\s*loss\s+{added[1]}\s*=\s*([^#\n]+)", r.before, re.MULTILINE)
        before, behind = first[1].strip() if first else added[1], added[3]
        if added[2] != "+":
            before, behind = f"({before})", f"({behind})"
        value = f"{before} {added[2]} {behind}"
        whole = f"{word} {added[1]} = {value}"
        help_ = in_one(r, first, whole) if first else f"write `{word} {added[1]} = {added[3]}`"
        return r.diagnostic("E0123", f"`{added[2]}=` is not an operator", help_)
    name = "J" if word == "loss" else free_name(r.text)
    help_ = f"write `{word} {name} = {value}`"
    listed = value[1:-1] if value[:1] == "[" and value[-1:] == "]" else value
    if all(part.isidentifier() for part in parts(listed)):
        help_ = f"write `{word} {listed}`"
    return r.diagnostic(
        "E0123", f"expected a name and `=`, found {found_words(r.kind, r.word)}", help_
    )
