"""Calls as diagnostics see them: what is wrong in a body is told where the user made the call.

The first place is the argument that the fault came in by, where it is one, else the call; the body
is a note behind it. What is wrong whatever a function of the user's is called with stays in its
body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gradc.diagnostics import Diagnostic, Label, Note
from gradc.elaborate.bindings import Binding, Function, describe
from gradc.elaborate.order import bound_names, subtrees, used_names
from gradc.ir.node import Value
from gradc.ir.origin import Calling
from gradc.patterns import pattern
from gradc.records import dataclass, replace
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import wrapped

_NAME = pattern(r"(?<![\w.])[A-Za-z_]\w*")
_READ = pattern(r"(?<![\w.])[^\W\d]\w*(?!\w|\s*=(?!=))")
_LONGEST = 60  # characters of a formula of the library that a note quotes

OF_THE_BODY = ("E01", "E0201", "E0202", "E0203", "E0204", "E0206", "E0207", "E0208", "E0209",
               "E0210", "E0212", "E0214", "E0216", "E0402", "W909", "W910")  # fmt: skip
"""What is wrong in a body whatever it is called with: its words, not what they meet."""

_OF_THE_CALL = ("E0205", "W901", "W902", "W903")
"""What is wrong with the call itself or with what is made of it, and with none of its arguments."""


@dataclass(frozen=True, slots=True, eq=False)
class Called:
    """A call of a function or layer, with what its parameters are bound to."""

    function: Function
    values: Mapping[str, Binding]
    place: Span
    arguments: Mapping[str, Span]  # of the parameters that the call gives
    outer: Calling | None  # the call whose body this one stands in

    def shown(self, found: Diagnostic) -> Diagnostic:
        """What was found in the body, as it is told: at the call in the user's file."""
        if self._holds(found.span) and not self._is_of_body(found):
            found = self._moved(found)
        elif self.function.module.trusted:
            kept = tuple(label for label in found.labels if not in_library(label.span))
            found = replace(found, labels=kept)
        return found if self.outer is None else self.outer.shown(found)

    @property
    def public(self) -> str:
        """The function of the library that the user called, where this call is of its body."""
        if isinstance(self.outer, Called) and self.outer.function.module.trusted:
            return self.outer.public
        return self.function.name

    def given(self, span: Span) -> Span:
        """The argument that a parameter of a body of the library stands for; else the place."""
        if not in_library(span):
            return span
        found = self.arguments.get(span.text, span)
        return found if self.outer is None else self.outer.given(found)

    @property
    def title(self) -> str:
        """What is called, where its body is the user's; else empty."""
        return "" if self.function.module.trusted else self.function.name

    def named(self, value: object) -> str:
        """The parameter that stands for a value in the body; empty for none."""
        return next((n for n, v in self.values.items() if v is value and n in self._own()), "")

    def at_call(self, span: Span) -> str:
        """A formula of the body in the words of the file, its parameters by what they are given.

        Empty where it reads what the body alone has.
        """
        if not any(_within(span, text) for text in self._texts()):
            return ""
        own, made = self._own(), self._made(sized=True)

        def given(match: re.Match[str]) -> str:
            name = match[0]
            if name not in own:
                return name
            argument = self.arguments.get(name)
            if argument is None:
                return ""
            text = " ".join(argument.text.split())
            text = text if self.outer is None else self.outer.at_call(argument)
            return text and wrapped(text)

        reads = list(_READ.finditer(span.text))
        if any(m[0] not in own and m[0] in made for m in reads):
            return ""
        if not all(given(m) for m in reads):
            return ""
        return " ".join(_READ.sub(given, span.text).split())

    def _own(self) -> set[str]:
        return {p.name.name for p in self.function.definition.parameters}

    def _holds(self, span: Span | None) -> bool:
        """Whether a place is in the body or its rule; of the library, in any of its texts."""
        if span is None:
            return True
        if self.function.module.trusted:
            return in_library(span)
        return any(_within(span, text) for text in self._texts())

    def _texts(self) -> Iterator[Span]:
        yield self.function.definition.span
        if self.function.rule is not None:
            yield self.function.rule.span

    def _is_of_body(self, found: Diagnostic) -> bool:
        if self.function.module.trusted or found.span is None or found.code in _OF_THE_CALL:
            return False
        return found.code.startswith(OF_THE_BODY) or not self._reads_parameters(found.span)

    def _moved(self, found: Diagnostic) -> Diagnostic:
        """The same at the argument that it is about, or else at the call."""
        marks = [Label(found.span, found.text)] if found.span is not None else []
        marks += [label for label in found.labels if self._holds(label.span)]
        kept = [label for label in found.labels if not self._holds(label.span)]
        came = [self._arguments(m) for m in marks if found.code not in _OF_THE_CALL]
        blamed = {label.span: label for labels in came for label in labels}
        if came and len(came[0]) == 1:
            first = came[0][0]
        elif len(blamed) == 1 and not (came and came[0]):
            (first,) = blamed.values()
        else:
            first = Label(self.place)
        others = [label for span, label in blamed.items() if span is not first.span]
        return replace(
            found,
            span=first.span,
            text=first.text,
            labels=(*others, *kept),
            notes=self._notes(marks, found.notes),
        )

    def _notes(self, marks: Sequence[Label], inner: Sequence[Note]) -> tuple[Note, ...]:
        name = f"in {self.function.name}"
        if any(_within(m.span, self.function.rule.span) for m in marks if self.function.rule):
            name = f"in the derivative of {self.function.name}"
        if not self.function.module.trusted:
            return Note(name, tuple(marks)), *inner
        # Of the library, what the user called and the formula that went wrong.
        formula = inner[-1].text.partition(": ")[2] if inner else self._formula(marks)
        shown = formula and self._is_readable(formula)
        return (Note(f"{name}: {formula}" if shown else name),)

    def _is_readable(self, formula: str) -> bool:
        """Whether a formula is of parameters and operators, which the caller can tell."""
        own = self._own()
        return "(" not in formula and own.issuperset(_NAME.findall(formula))

    def _formula(self, marks: Sequence[Label]) -> str:
        """The smallest formula around the places, in quotes; none where that is long."""
        found = [
            text
            for part in _formulas(list(self._statements()))
            if marks
            and all(_within(m.span, part.span) for m in marks)
            and len(text := " ".join(part.span.text.split())) <= _LONGEST
        ]
        return f"`{min(found, key=len)}`" if found else ""

    # --- where a value in the body came from ---

    def _arguments(self, mark: Label) -> list[Label]:
        """The arguments that what stands at a place was made from."""
        names = [n for n in self._parameters(mark.span) if n in self.arguments]
        # Arrays before what says how to take them: an axis, a reduction.
        names = [n for n in names if isinstance(self.values.get(n), Value)] or names
        if names == [mark.span.text]:
            value = self.values.get(names[0])
            text = mark.text or (describe(value) if isinstance(value, Value) else "")
            return [Label(self.arguments[names[0]], text)]
        return [Label(self.arguments[n], describe(self.values.get(n))) for n in names]

    def _parameters(self, span: Span, *, sized: bool = False) -> list[str]:
        """The parameters that the names at a place lead back to, along the statements.

        With `sized`, by way of the sizes of what a layer declares as well.
        """
        made = self._made(sized)
        statements = list(self._statements())
        pending = [name for name, place in used_names(statements) if _within(place, span)]
        own = self._own()
        seen: dict[str, None] = {}
        while pending:
            name = pending.pop(0)
            if name not in seen:
                seen[name] = None
                pending += made.get(name, ())
        return [name for name in seen if name in own]

    def _reads_parameters(self, span: Span) -> bool:
        """Whether the statement at a place depends on what the function is called with."""
        around = [s.span for s in self._statements() if _within(span, s.span)]
        return not around or bool(self._parameters(around[-1], sized=True))

    def _statements(self) -> Iterator[tree.Statement]:
        """Those of the body and of its rule, with those of their loops."""
        yield from _opened(self.function.definition.body)
        if self.function.rule is not None:
            yield from _opened(self.function.rule.body)

    def _made(self, sized: bool) -> dict[str, list[str]]:
        """The names that each name of the body is made from, or has its size by."""
        made: dict[str, list[str]] = {}
        if (rule := self.function.rule) is not None:
            for given in (*rule.results, *rule.cotangents):
                made[given.name] = [p.name for p in rule.parameters]
        for statement in self._statements():
            if isinstance(statement, tree.ParamDecl | tree.StateDecl) and not sized:
                continue
            read = [name for name, _ in used_names(statement)]
            for bound in bound_names(statement):
                made.setdefault(bound.name, []).extend(read)
            if isinstance(statement, tree.Scan):
                for carried, first in zip(statement.carried, statement.initial, strict=False):
                    made[carried.name] = [name for name, _ in used_names(first)]
                for over in statement.over:
                    made[over.target.name] = [name for name, _ in used_names(over.sequence)]
        return made


def in_library(span: Span) -> bool:
    """Whether a place is in a text of gradc's own, which a diagnostic does not show."""
    return span.source.is_library


def _formulas(part: Any) -> Iterator[tree.Expr]:
    """The operators and calls in a piece of tree."""
    for item in subtrees(part):
        if isinstance(item, tree.Binary | tree.Unary | tree.Call | tree.Index):
            yield item


def _opened(statements: Iterable[tree.Statement]) -> Iterator[tree.Statement]:
    for statement in statements:
        yield statement
        if isinstance(statement, tree.Scan):
            yield from _opened(statement.body)


def _within(span: Span, other: Span) -> bool:
    return span.source is other.source and other.start <= span.start and span.end <= other.end
