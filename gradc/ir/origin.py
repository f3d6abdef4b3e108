"""Origins: where nodes come from, and where to show what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from gradc.diagnostics import Diagnostic
from gradc.records import dataclass, replace
from gradc.source import Span


class Calling(Protocol):
    """A call that nodes are of, as far as diagnostics of them have to know it."""

    @property
    def place(self) -> Span:
        """Where the call stands."""

    @property
    def outer(self) -> Calling | None:
        """The call whose body this one stands in."""

    def shown(self, found: Diagnostic) -> Diagnostic:
        """What was found in the body, as it is told: at the call in the user's file."""

    def given(self, span: Span) -> Span:
        """The argument that a parameter of a body of the library stands for; else the place."""

    def named(self, value: object) -> str:
        """The parameter that stands for a value in the body; empty for none."""

    def at_call(self, span: Span) -> str:
        """A formula of the body in the words of the file, its parameters by what they are given.

        Empty where it reads what the body alone has.
        """

    @property
    def title(self) -> str:
        """What is called, where its body is the user's; else empty."""


@dataclass(slots=True, eq=False)
class Origin:
    """Where nodes come from: a statement of the user's file and, in between, what it called.

    Nodes of one statement are printed as one paragraph. Where it calls layers, or functions of the
    user's, each call has a title of its own, and `within` is the statement of the innermost one.
    `calling` is the innermost call of all, those of functions of the library included.
    """

    span: Span | None
    prefix: str  # names of intermediate values start with it
    titles: tuple[str, ...] = ()
    within: str = ""
    calling: Calling | None = None
    is_derived: bool = False  # of a derivative that the statement takes

    def named(self, prefix: str) -> Origin:
        """The same place, for values of other names."""
        return Origin(self.span, prefix, self.titles, self.within, self.calling, self.is_derived)

    @property
    def places(self) -> Iterator[Span]:
        """Where the calls stand that led here, from the innermost outwards, and the statement."""
        calling = self.calling
        while calling is not None:
            yield calling.place
            calling = calling.outer
        if self.span is not None:
            yield self.span

    def shown(self, found: Diagnostic) -> Diagnostic:
        """What was found of a node, as it is told: where the user wrote what led to it."""
        if found.span is None:
            found = replace(found, span=self.span)
        return found if self.calling is None else self.calling.shown(found)
