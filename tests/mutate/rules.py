"""Mutants of the derivative rules of the library: each differs from it in one place of one rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gradc.library.loader import StandardLibrary, Stanza
from gradc.syntax import tree
from tests.library.cases import LIBRARY, cases_of
from tests.mutate.alterations import Words, alterations


@dataclass(frozen=True)
class RuleMutant:
    """A rule of an operation, or of a function, with something wrong in it."""

    operation: str
    rule: str  # on one line
    stanza: Stanza = field(repr=False)
    text: str = field(repr=False)  # of the definition, from its head on

    @property
    def label(self) -> str:
        """What it is known by: whose rule, and what that has become."""
        return f"{self.operation}: {self.rule}"

    def library(self) -> StandardLibrary:
        """The standard library but for this rule."""
        definition = self.stanza.parse().span
        before = definition.source.text[definition.start :]
        text = LIBRARY.texts[self.stanza.file]
        assert text.count(before) == 1
        texts = {**LIBRARY.texts, self.stanza.file: text.replace(before, self.text)}
        return StandardLibrary(texts, exposed=True)


def rule_mutants(operation: str | None = None) -> list[RuleMutant]:
    """Those of one operation, or of the whole library in the order of its files."""
    return [
        mutant
        for (role, name), stanzas in LIBRARY.stanzas.items()
        if role in ("op", "vjp") and operation in (None, name)
        for mutant in _of_stanza(stanzas[0])
    ]


def _of_stanza(stanza: Stanza) -> Iterator[RuleMutant]:
    definition = stanza.parse()
    assert isinstance(definition, tree.OpDef | tree.VjpDef)
    statements = definition.rules if isinstance(definition, tree.OpDef) else definition.body
    words = _words(definition)
    rules = [s for s in statements if isinstance(s, tree.Assign)]
    seen = {_line(_text(rule)) for rule in rules}
    for rule in rules:
        for altered in alterations(rule.value, words):
            text = definition.span.source.text
            changed = f"{text[: altered.start]}{altered.text}{text[altered.end :]}"
            end = rule.value.span.end + len(changed) - len(text)
            line = _line(changed[rule.targets[0].span.start : end])
            if line not in seen:
                seen.add(line)
                yield RuleMutant(stanza.name, line, stanza, changed[definition.span.start :])


def _words(definition: tree.OpDef | tree.VjpDef) -> Words:
    if isinstance(definition, tree.VjpDef):
        names = {i.name for i in definition.parameters}
        drawn = {o.name for c in cases_of(definition.name.name) for o in c.operands}
        made = [i.name for i in (*definition.results, *definition.cotangents)]
        return Words([*sorted(drawn & names), *made], names - drawn)
    formals = LIBRARY.operation(definition.name.name).formals
    results = [r.name.name for r in definition.results]
    operands = [f.name for f in formals if f.is_operand and f.kind == "value"]
    arrays = [*operands, *results, *(f"d{r}" for r in results)]
    return Words(arrays, [f.name for f in formals if f.name not in operands])


def _text(rule: tree.Assign) -> str:
    return rule.targets[0].span.to(rule.value.span).text


def _line(text: str) -> str:
    return " ".join(text.split())
