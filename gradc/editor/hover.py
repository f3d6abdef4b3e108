"""What an editor shows of the thing under the pointer, as Markdown."""

from __future__ import annotations

from gradc.editor.analysis import Analysis, told
from gradc.editor.project import Document
from gradc.editor.scopes import Builtin, Place, Symbol, resolved
from gradc.elaborate.bindings import PREDEFINED, Instance
from gradc.elaborate.initial import INITIALISERS
from gradc.ir.node import Value
from gradc.ir.sizes import Poly
from gradc.library.catalogue import documentation, page, signature
from gradc.library.loader import StandardLibrary, Stanza
from gradc.library.synonyms import ALIASES
from gradc.passes.separate import each
from gradc.passes.trim import live_nodes
from gradc.records import dataclass
from gradc.source import Span
from gradc.syntax import tree

_MEMBERS = {
    "T": "The transpose of a matrix.",
    "mT": "The last two axes swapped.",
    "shape": "The sizes, as a list that is known at compile time.",
}
_DRAWS = {
    "zeros": "All 0.", "ones": "All 1.", "constant": "All `c`.",
    "normal": "Drawn from a normal distribution with the standard deviation `std`.",
    "uniform": "Drawn uniformly between `low` and `high`.",
    "glorot_uniform": "Uniform within ±sqrt(6 / (fan_in + fan_out)).",
    "glorot_normal": "Normal with the standard deviation sqrt(2 / (fan_in + fan_out)).",
    "he_uniform": "Uniform within ±sqrt(6 / fan_in).",
    "he_normal": "Normal with the standard deviation sqrt(2 / fan_in).",
    "lecun_normal": "Normal with the standard deviation sqrt(1 / fan_in).",
    "orthogonal": "A random orthogonal matrix.", "eye": "The identity.",
}  # fmt: skip
_CONSTANTS = {
    "training": "True in training, false unless the caller says otherwise.",
    "inf": "Infinity.", "nan": "Not a number.", "pi": "The circle number.", "e": "Euler's number.",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hover:
    span: Span
    text: str


def hover(document: Document, offset: int) -> Hover | None:
    """What is known of what stands at an offset: a name, or else the expression around it."""
    place = document.index.at(offset)
    if place is not None and (text := described(document, place)):
        return Hover(place.span, text)
    return _expression(document, offset)


def described(document: Document, place: Place) -> str:
    """A name, with its type, its derivative and its documentation."""
    meaning = resolved(place.meaning)
    if isinstance(meaning, Builtin):
        return _builtin(document, meaning, place)
    if meaning is None:
        return ""
    if meaning.kind in ("fn", "layer"):
        return _function(meaning)
    return _value(document, meaning, place)


def _expression(document: Document, offset: int) -> Hover | None:
    """The type of the smallest expression around an offset."""
    name = document.source.name
    around = [
        (end - start, start, end)
        for file, start, end in document.analysis.types
        if file == name and start <= offset < end
    ]
    if not around or document.source.text[offset : offset + 1].isspace():
        return None
    _, start, end = min(around)
    span = Span(document.source, start, end)
    types = document.analysis.types_at(span)
    shown = " ".join(span.text.split())
    return Hover(span, _code(f"{shown}: {' or '.join(types)}"))


# --- names of the file ---


def _value(document: Document, symbol: Symbol, place: Place) -> str:
    kind = types_of(document, symbol, place)
    stated = ": " + kind if kind else ""
    parts = [_code(f"{_HEADS.get(symbol.kind, symbol.kind)} {symbol.name}{stated}".strip())]
    if symbol.kind == "dim":
        parts = [_code(f"dim {symbol.name}{_size(document, symbol)}")]
    elif symbol.kind == "file" and isinstance(symbol.statement, tree.Import):
        parts = [_code(symbol.statement.span.text)]
    elif symbol.kind == "param" and symbol.statement is not None:
        parts.append(f"starts as `{_start(symbol.statement)}`")
    if derivative := _derivative(document.analysis, symbol):
        parts.append(derivative)
    parts += [symbol.doc] if symbol.doc else []
    return "\n\n".join(parts)


_HEADS = {"value": "", "carried": "(carried)", "element": "(of each step)"}


def types_of(document: Document, symbol: Symbol, place: Place | None = None) -> str:
    """The type of what a name stands for, several where a function is called with several."""
    analysis = document.analysis
    if place is not None and (types := analysis.types_at(place.span)):
        return " or ".join(types)
    if document.index.declared.file.names.get(symbol.name) is symbol:
        bound = analysis.binding(symbol.name)
        if text := told(bound):
            return text
        if isinstance(bound, Instance):
            return f"an instance of `{bound.layer.name}`"
    for use in document.index.uses(symbol):
        if types := analysis.types_at(use.span):
            return " or ".join(types)
    return ""


def _size(document: Document, symbol: Symbol) -> str:
    bound = document.analysis.binding(symbol.name)
    if isinstance(bound, int):
        return f" = {bound}"
    if isinstance(bound, Poly) and str(bound) != symbol.name:
        return f" = {bound}"
    return ""


def _start(statement: tree.Statement) -> str:
    if isinstance(statement, tree.ParamDecl) and statement.initialiser is not None:
        return f"~ {statement.initialiser.span.text}"
    value = getattr(statement, "value", None)
    return f"= {value.span.text}" if value is not None else "= 0"


def _derivative(analysis: Analysis, symbol: Symbol) -> str:
    """What the derivatives of the losses by a name are called, and their type."""
    graph = analysis.graph
    if graph is None or graph.loss is None or symbol.scope is None or symbol.scope.kind != "file":
        return ""
    bound = analysis.binding(symbol.name)
    value = bound.value if isinstance(bound, Instance) else bound
    if not isinstance(value, Value):
        return ""
    if not value.type.is_float:
        return "carries no derivative"
    names = []
    for part in each(graph):
        goal = part.loss_values
        if value in {v for n in live_nodes(graph.nodes, goal) for v in n.operands} | set(goal):
            names.append(f"d{part.loss}/d{symbol.name}")
    if not names:
        losses = " and ".join([loss.name for loss in graph.losses])
        return f"{losses} {'do' if graph.further else 'does'} not depend on it"
    return f"{', '.join(names)}: `{value.type}`"


def _function(symbol: Symbol) -> str:
    definition = symbol.statement
    assert isinstance(definition, tree.FnDef)
    parts = [_code(head_of(definition))]
    parts += [definition.doc] if definition.doc else []
    return "\n\n".join(parts)


def head_of(definition: tree.FnDef) -> str:
    """`fn f(x, axis = -1) -> [B]`, as it is written."""
    text = definition.span.text
    last = (definition.results or definition.parameters or (definition.name,))[-1]
    end = last.span.end - definition.span.start
    if definition.results is None:
        end = text.index(")", end) + 1
    return " ".join(text[:end].split())


# --- what gradc brings along ---


def _builtin(document: Document, meaning: Builtin, place: Place) -> str:
    library = document.project.library
    match meaning.kind:
        case "operation" | "layer":
            return operation_text(library, meaning.name)
        case "argument":
            stanza = stanza_of(library, meaning.of)
            head = signature(stanza) if stanza else meaning.of
            return f"`{meaning.name}` of\n\n{_code(head)}"
        case "initialiser":
            arguments = INITIALISERS[meaning.name][0]
            head = f"{meaning.name}({', '.join(arguments)})" if arguments else meaning.name
            return f"{_code('~ ' + head)}\n\n{_DRAWS.get(meaning.name, '')}"
        case "constant":
            value = PREDEFINED.get(meaning.name)
            head = meaning.name if value is None else f"{meaning.name} = {value}"
            return f"{_code(head)}\n\n{_CONSTANTS.get(meaning.name, '')}"
        case "member" if not meaning.of:
            return _MEMBERS.get(meaning.name, "")
        case "member":
            types = " or ".join(_member_types(document, place))
            return _code(f"{meaning.name}: {types}" if types else meaning.name) + (
                f"\n\nof the layer `{meaning.of}`"
            )
    return ""


def _member_types(document: Document, place: Place) -> list[str]:
    """The types of an expression that ends with a member."""
    return [
        text
        for (file, _, end), types in document.analysis.types.items()
        if file == document.source.name and end == place.span.end
        for text in types
    ][:1]


def stanza_of(library: StandardLibrary, name: str) -> Stanza | None:
    """The stanza that a name of the library, or another spelling of it, is defined by."""
    name = ALIASES.get(name, name)
    found = (library.stanzas.get((role, name)) for role in ("op", "fn", "layer"))
    return next((stanzas[0] for stanzas in found if stanzas), None)


def operation_text(library: StandardLibrary, name: str) -> str:
    """Signature, meaning and derivative of an operation, function or layer of the library."""
    stanza = stanza_of(library, name)
    text = page(library, name)
    if stanza is None or text is None:
        return ""
    parts = [_code(signature(stanza)), documentation(stanza), *_rule(text)]
    if stanza.role == "fn" and ("vjp", stanza.name) not in library.stanzas:
        parts.append("The derivative is derived from its definition.")
    return "\n\n".join(parts)


_SHOWN = ("derivative", "definition")


def _rule(text: str) -> list[str]:
    """The derivative, and the definition, of a page of the catalogue."""
    parts = []
    for block in text.split("\n\n"):
        title, _, rest = block.partition("\n")
        if title in _SHOWN and rest:
            lines = [line.removeprefix("    ") for line in rest.splitlines()]
            parts.append(f"{title}\n{_code(chr(10).join(lines))}")
    return parts


def _code(text: str) -> str:
    return f"```graph\n{text}\n```"
