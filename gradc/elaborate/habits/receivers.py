"""Parameters of functions that stand for an object or a dictionary: `self`, `params["W"]`."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, Help, Replacement, error
from gradc.elaborate.members import RECEIVERS
from gradc.elaborate.order import bound_names, subtrees
from gradc.source import Span
from gradc.syntax import tree


def received_object(definition: tree.FnDef, found: Diagnostic | None = None) -> Diagnostic | None:
    """What is said of `layer Dense(self, x)`: where its body reads `self.W`, or a call lacks one.

    `found` is what is wrong with the call.
    """
    if not definition.parameters or definition.parameters[0].name.name not in RECEIVERS:
        return None
    first, *others = definition.parameters
    name = first.name.name
    own = {n.name for s in definition.body for n in bound_names(s)}
    read = [
        part
        for part in subtrees(definition.body)
        if isinstance(part, tree.Member)
        and isinstance(part.base, tree.Name)
        and part.base.name == name
    ]
    if found is None and not any(part.name.name in own for part in read):
        return None
    source = first.span.source
    opening, closing = source.text.rindex("(", 0, first.span.start) + 1, first.span.end
    end = others[0].span.start if others else closing
    known = own | {p.name.name for p in others}
    further = [n for n in dict.fromkeys(part.name.name for part in read) if n not in known]
    listed = ", ".join([*further, *(" ".join(p.span.text.split()) for p in others)])
    text = f"{definition.role} {definition.name.name}({listed})"
    told = f"leave it out: `{text}`"
    if further:
        told = f"what is read of it has parameters of its own: `{text}`"
    if read:
        member = read[0].name.name
        told += f", and write `{member}` for `{name}.{member}`"
    instead = ", ".join(further) + ", " * bool(further and others)
    edits = [Replacement(Span(source, opening, end), instead)]
    edits += [Replacement(part.span, part.name.name) for part in read]
    kind = "a layer" if definition.role == "layer" else "a function"
    (diagnostic,) = error(
        "E0206", f"{kind} has no `{name}`", first.name.span, helps=[Help(told, edits)]
    ).diagnostics
    return diagnostic


def entries(definition: tree.FnDef) -> Diagnostic | None:
    """What is said of a body that reads `params["W"]`, where `params` is a parameter."""
    if re.search(r"\[\s*[\"']", definition.span.text) is None:
        return None
    given = {p.name.name: p for p in definition.parameters}
    read: dict[str, list[tree.Index]] = {}
    for part in subtrees(definition.body):
        if isinstance(part, tree.Index) and isinstance(part.base, tree.Name):
            is_named = len(part.items) == 1 and isinstance(part.items[0], tree.String)
            if is_named and part.base.name in given:
                read.setdefault(part.base.name, []).append(part)
    for name, parts in read.items():
        return _apart(definition, given, name, parts)
    return None


def _apart(
    definition: tree.FnDef,
    given: dict[str, tree.Parameter],
    name: str,
    parts: list[tree.Index],
) -> Diagnostic:
    """The parameter `name`, of which a body reads entries, as one parameter for each of them."""
    keys = {part.span.start: _key(part) for part in parts}
    own = list(dict.fromkeys(keys.values()))
    taken = {n.name for s in definition.body for n in bound_names(s)} | set(given) - {name}
    helps = ["each value has a parameter of its own"]
    if all(key.isidentifier() for key in own):
        listed = [
            text
            for n, p in given.items()
            for text in (own if n == name else [" ".join(p.span.text.split())])
        ]
        text = f"{definition.role} {definition.name.name}({', '.join(listed)})"
        told = f"{helps[0]}: `{text}`"
        edits = [Replacement(given[name].span, ", ".join(own))]
        edits += [Replacement(part.span, keys[part.span.start]) for part in parts]
        helps = [told if taken.intersection(own) else Help(told, edits)]
    (diagnostic,) = error(
        "E0304", f"`{name}` has no entries: there are no dictionaries", parts[0].span, helps=helps
    ).diagnostics
    return diagnostic


def _key(part: tree.Index) -> str:
    (item,) = part.items
    return item.value if isinstance(item, tree.String) else ""
