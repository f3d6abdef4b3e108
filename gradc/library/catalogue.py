"""The catalogue of operations, and the page of each, as text for a reader."""

from __future__ import annotations

import re
from textwrap import dedent, indent

from gradc.library.loader import StandardLibrary, Stanza
from gradc.library.proofs import proofs_of
from gradc.library.synonyms import ALIASES
from gradc.syntax import tree
from gradc.targets.python.spelling import read_spelling

_ROLES = ("op", "fn", "layer")
_DOC = re.compile(r"\A(?:##.*\n)+")


def public_stanzas(library: StandardLibrary) -> list[Stanza]:
    """What a graph can call, in the order of the files."""
    return [s for s in all_stanzas(library) if not s.internal]


def all_stanzas(library: StandardLibrary) -> list[Stanza]:
    """What the library defines, in the order of the files."""
    return [s[0] for (role, _), s in library.stanzas.items() if role in _ROLES]


def documentation(stanza: Stanza) -> str:
    match = _DOC.match(stanza.text)
    lines = match.group().splitlines() if match else []
    return "\n".join(line.removeprefix("##").removeprefix(" ") for line in lines)


def catalogue(library: StandardLibrary) -> str:
    """Every name with the first sentence of its documentation, by file."""
    files: dict[str, list[Stanza]] = {}
    for stanza in public_stanzas(library):
        files.setdefault(stanza.file, []).append(stanza)
    width = max(len(s.name) for stanzas in files.values() for s in stanzas)
    parts = []
    for file, stanzas in files.items():
        rows = "".join(f"  {s.name:<{width}}  {summary(s)}\n" for s in stanzas)
        parts.append(f"{file}\n{rows}")
    return "\n".join(parts)


def summary(stanza: Stanza) -> str:
    """The first sentence of its documentation."""
    text = " ".join(documentation(stanza).split())
    end = re.search(r"[.:;](?= |$)", text)
    return text[: end.start()] if end else text


def page(library: StandardLibrary, name: str) -> str | None:
    """What `gradc ops NAME` prints: signature, meaning, derivative, spelling, examples."""
    name = ALIASES.get(name, name)
    found = next((s for role in _ROLES if (s := library.stanzas.get((role, name)))), None)
    if found is None:
        return None
    stanza = found[0]
    parts = [signature(stanza), indent(documentation(stanza), "    ")]
    parts += _operation(stanza) if stanza.role == "op" else _definition(library, stanza)
    examples = [s.text.strip() for s in library.stanzas.get(("example", name), [])]
    if examples:
        calls = "\n".join(text.partition("example ")[2].strip() for text in examples)
        parts.append("examples (arrays are drawn at random)\n" + indent(calls, "    "))
    if proofs := proofs_of(name):
        parts.append("the derivative is proven by\n    " + ", ".join(proofs))
    if stanza.internal:
        parts.append("internal: bodies and rules of the library use it, a graph cannot call it")
    aliases = sorted(alias for alias, canonical in ALIASES.items() if canonical == name)
    if aliases:
        parts.append("also called\n    " + ", ".join(aliases))
    return "\n\n".join(part for part in parts if part) + "\n"


def signature(stanza: Stanza) -> str:
    """How the operation is called, as the library declares it without its type rules."""
    text = _DOC.sub("", stanza.text)
    head = re.match(r"\w+[ \t]+(\w+)", text)
    assert head is not None
    depth, end = 0, head.end()
    for end in range(head.end(), len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            break
    call = " ".join(f"{head[1]}{text[head.end() : end + 1]}".split())
    results = re.match(r"[ \t]*->[ \t]*([^={]+)", text[end + 1 :])
    if results is None:
        return call
    names = results[1].strip()
    if stanza.role == "op":  # each result is typed by a call of a rule
        names = re.sub(r":\s*\w+\((?:[^()]|\([^()]*\))*\)", "", names)
    return f"{call} -> {names}"


def _operation(stanza: Stanza) -> list[str]:
    definition = stanza.parse()
    assert isinstance(definition, tree.OpDef)
    rules = "\n".join(dedent(rule.span.text) for rule in definition.rules)
    clauses = {clause.word: clause for clause in definition.clauses}
    parts = [
        "derivative\n" + indent(rules, "    ")
        if rules
        else "derivative\n    none: its result carries no derivative",
    ]
    if numpy := clauses.get("numpy"):
        parts.append("NumPy\n    " + _spelling(numpy.items))
    return parts


def _spelling(items: tuple[str, ...]) -> str:
    """The statements or the expression of a spelling, or its function or operator."""
    spelling = read_spelling(items)
    if spelling.statements:
        return "\n    ".join(spelling.statements)
    return spelling.ufunc or spelling.function or spelling.operator or spelling.text


def _definition(library: StandardLibrary, stanza: Stanza) -> list[str]:
    text = _DOC.sub("", stanza.text).strip()
    parts = ["definition\n" + indent(_code(text), "    ")]
    if rule := library.stanzas.get(("vjp", stanza.name)):
        parts.append("derivative\n" + indent(_code(_DOC.sub("", rule[0].text).strip()), "    "))
    return parts


def _code(text: str) -> str:
    """Without the comments of the library that follow the stanza and belong to the next."""
    lines = text.splitlines()
    while lines and (lines[-1].startswith("#") or not lines[-1].strip()):
        lines.pop()
    return "\n".join(lines)
