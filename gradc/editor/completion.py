"""What may be typed next: names, operations, arguments, initialisers, keywords, members."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gradc.editor.hover import head_of, stanza_of, types_of
from gradc.editor.index import callee_of, layer_of, member_of
from gradc.editor.project import Document
from gradc.editor.scopes import Builtin, Meaning, Scope, Symbol, resolved
from gradc.editor.typed import Call, Typed, typed_at
from gradc.elaborate.bindings import PREDEFINED, Instance
from gradc.elaborate.initial import INITIALISERS
from gradc.elaborate.members import MEMBERS
from gradc.ir.node import Value
from gradc.ir.types import DTYPES
from gradc.library.catalogue import public_stanzas, signature, summary
from gradc.library.loader import StandardLibrary, Stanza
from gradc.records import dataclass, replace
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.keywords import KEYWORDS

_LITERALS = ("true", "false", "none")
_WITHIN = ("and", "or", "not", "as", "over", "times", "unshared", "newaxis", *_LITERALS)
_STARTING = sorted(KEYWORDS - set(_WITHIN) - {"op"})


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may be typed. `kind` is a symbol's, a builtin's, or `type`, `file`."""

    name: str
    kind: str
    detail: str = ""
    inserted: str = ""  # where that is more than the name
    rank: int = 5  # the lowest stand first
    is_library: bool = False  # its documentation is that of an operation
    doc: str = ""


def completions(document: Document, offset: int) -> list[Offer]:
    """What may stand at an offset, the likeliest first."""
    typed = typed_at(document.source.text, offset)
    offers = list(dict.fromkeys(_offers(document, typed, offset)))
    # Arguments stay in the order of the signature.
    return sorted(offers, key=lambda o: (o.rank, o.rank and o.name.lower(), o.rank and o.name))


def _offers(document: Document, typed: Typed, offset: int) -> Iterator[Offer]:
    scope = document.index.scope_at(offset)
    match typed.kind:
        case "file":
            yield from _files(document)
        case "imported":
            yield from _imported(document, typed.owner)
        case "member":
            yield from _members(document, typed.owner, scope)
        case "initialiser":
            for name, (arguments, _) in INITIALISERS.items():
                yield Offer(name, "initialiser", f"({', '.join(arguments)})" if arguments else "")
        case "type":
            yield from (Offer(name, "type", text) for name, text in DTYPES.items())
        case "size":
            yield from _names(document, scope, offset, ("dim", "const", "argument"))
        case "name":
            yield from _names(document, scope, offset, ("input", "param", "value", "carried"))
            yield from _names(document, scope, offset, ("state", "instance", "element"))
        case "statement":
            yield from (Offer(word, "keyword") for word in _STARTING)
        case "value":
            yield from _arguments(document, typed.call, scope)
            yield from _names(document, scope, offset)
            yield from _library(document.project.library)
            yield from (Offer(name, "constant", rank=7) for name in (*PREDEFINED, "training"))
            yield from (Offer(word, "keyword", rank=8) for word in _WITHIN)


def _names(
    document: Document, scope: Scope, offset: int, kinds: tuple[str, ...] = ()
) -> Iterator[Offer]:
    """The names that are seen, but for those that the statement itself binds."""
    seen: set[str] = set()
    for name, meaning in scope.visible():
        if name in seen:
            continue
        seen.add(name)
        if isinstance(meaning, Builtin):
            if not kinds:
                yield _offered(document.project.library, meaning)
        elif not (kinds and meaning.kind not in kinds) and not _is_within(meaning, offset):
            yield _of_symbol(document, name, meaning)


def _is_within(symbol: Symbol, offset: int) -> bool:
    """Whether an offset is in the statement that binds a symbol: no value depends on itself."""
    statement = symbol.statement
    if not isinstance(statement, tree.Assign):
        return False
    return statement.span.start <= offset <= statement.span.end


def _of_symbol(document: Document, name: str, symbol: Symbol) -> Offer:
    behind = resolved(symbol)
    if isinstance(behind, Symbol) and isinstance(behind.statement, tree.FnDef):
        if behind.kind in ("fn", "layer"):
            head = head_of(behind.statement)
            return Offer(name, behind.kind, head, rank=2, doc=behind.doc)
    elif isinstance(behind, Builtin):
        offer = _offered(document.project.library, behind)
        return replace(offer, name=name, is_library=name == behind.name)
    return Offer(name, symbol.kind, types_of(document, symbol), rank=1, doc=symbol.doc)


# --- arguments ---


@dataclass(frozen=True, slots=True)
class Signature:
    """How something is called: its head, and each parameter's stretch of that and name."""

    head: str
    parameters: tuple[tuple[str, str], ...]  # (name, as it is written)
    active: int
    doc: str = ""
    operation: str = ""  # of the library, where it is one


def signature_at(document: Document, offset: int) -> Signature | None:
    """The call that is being typed at an offset."""
    call = typed_at(document.source.text, offset).call
    if call is None:
        return None
    return _signature(document, call, document.index.scope_at(offset))


def _signature(document: Document, call: Call, scope: Scope) -> Signature | None:
    library = document.project.library
    if (drawn := INITIALISERS.get(call.callee)) is not None and scope.find(call.callee) is None:
        names = drawn[0]
        if names and library.find_callable(call.callee, trusted=False) is None:
            parameters = tuple((n, n) for n in names)
            return Signature(f"{call.callee}({', '.join(names)})", parameters, call.position)
    callee = resolved(_called(document, call, scope))
    if isinstance(callee, Symbol) and callee.kind not in ("fn", "layer"):
        callee = layer_of(callee)
    if isinstance(callee, Symbol) and isinstance(callee.statement, tree.FnDef):
        definition = callee.statement
        parameters = tuple(
            (p.name.name, " ".join(p.span.text.split())) for p in definition.parameters
        )
        head, doc, own = head_of(definition), callee.doc, ""
    elif isinstance(callee, Builtin) and (stanza := stanza_of(library, callee.name)):
        head, doc, own = signature(stanza), "", stanza.name
        parameters = _parameters(stanza)
    else:
        return None
    names = tuple(name for name, _ in parameters)
    active = names.index(call.keyword) if call.keyword in names else call.position
    return Signature(head, parameters, active, doc, own)


@cache
def _parameters(stanza: Stanza) -> tuple[tuple[str, str], ...]:
    definition = stanza.parse()
    assert isinstance(definition, tree.FnDef | tree.OpDef)
    return tuple((p.name.name, " ".join(p.span.text.split())) for p in definition.parameters)


def _called(document: Document, call: Call, scope: Scope) -> Meaning | None:
    return callee_of(_path(document, call.callee), scope, document.project.is_operation)


def _path(document: Document, text: str) -> tree.Expr:
    """`layers.Dense` as a tree would have it."""
    nowhere = Span(document.source, 0, 0)
    first, *rest = text.split(".")
    expr: tree.Expr = tree.Name(nowhere, first)
    for part in rest:
        expr = tree.Member(nowhere, expr, tree.Identifier(nowhere, part), 1)
    return expr


def _arguments(document: Document, call: Call | None, scope: Scope) -> Iterator[Offer]:
    """The keywords of the call around that have not been given."""
    found = _signature(document, call, scope) if call is not None else None
    if call is None or found is None or call.keyword:
        return
    for position, (name, written) in enumerate(found.parameters):
        if position >= call.position and name not in call.given:
            yield Offer(name, "argument", written, f"{name}=", rank=0)


# --- what gradc brings along ---


@cache
def _library(library: StandardLibrary) -> tuple[Offer, ...]:
    stanzas = public_stanzas(library)
    return tuple(_of_stanza(s) for s in stanzas if s.role != "layer")


def _of_stanza(stanza: Stanza) -> Offer:
    kind = "layer" if stanza.role == "layer" else "operation"
    detail = f"{signature(stanza)}: {summary(stanza)}"
    return Offer(stanza.name, kind, detail, rank=4, is_library=True)


def _offered(library: StandardLibrary, meaning: Builtin) -> Offer:
    stanza = stanza_of(library, meaning.name)
    return _of_stanza(stanza) if stanza else Offer(meaning.name, meaning.kind)


# --- members and files ---


def _members(document: Document, path: str, scope: Scope) -> Iterator[Offer]:
    expr = _path(document, path)
    owner = resolved(member_of(expr, scope) if isinstance(expr, tree.Member) else scope.find(path))
    if isinstance(owner, Symbol) and owner.kind == "file":
        for name, meaning in (owner.inner.names if owner.inner else {}).items():
            if isinstance(meaning, Symbol) and meaning.kind in ("fn", "layer", "const", "dim"):
                yield _of_symbol(document, name, meaning)
        return
    instance = _instance(document, path)
    for name, member in (instance.members if instance else {}).items():
        kind = "param" if isinstance(member, Value) else "instance"
        detail = str(member.type) if isinstance(member, Value) else member.layer.name
        yield Offer(name, kind, detail, rank=1)
    if instance is None and isinstance(owner, Symbol):
        layer = layer_of(owner)
        if isinstance(layer, Symbol) and layer.inner is not None:
            for name, meaning in layer.inner.names.items():
                if isinstance(meaning, Symbol) and meaning.kind in ("param", "state", "instance"):
                    yield _of_symbol(document, name, meaning)
    yield from (Offer(name, "member") for name in MEMBERS)


def _instance(document: Document, path: str) -> Instance | None:
    """The instance of a layer that elaboration made of a path."""
    first, *rest = path.split(".")
    found = document.analysis.binding(first)
    for part in rest:
        found = found.members.get(part) if isinstance(found, Instance) else None
    return found if isinstance(found, Instance) else None


def _imported(document: Document, file: str) -> Iterator[Offer]:
    if file == "nn":
        for stanza in public_stanzas(document.project.library):
            if stanza.role == "layer":
                yield _of_stanza(stanza)
        return
    other = document.scope_of(file)
    for name, meaning in (other.names if other else {}).items():
        if isinstance(meaning, Symbol) and meaning.kind in ("fn", "layer", "const", "dim"):
            yield _of_symbol(document, name, meaning)


_GRAPH = re.compile(r"[\w./-]+\.graph")


def _files(document: Document) -> Iterator[Offer]:
    """The graphs beside a file."""
    own = Path(document.name)
    try:
        found = sorted(p.relative_to(own.parent).as_posix() for p in own.parent.glob("*.graph"))
        found += sorted(p.relative_to(own.parent).as_posix() for p in own.parent.glob("*/*.graph"))
    except (OSError, ValueError):
        return
    for path in found:
        if path != own.name and _GRAPH.fullmatch(path):
            yield Offer(path, "file")
